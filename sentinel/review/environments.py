"""Environments of pull requests: schemas of their own on a shared warehouse, for a time.

Belongs here: until when each may stay, and taking away those whose time is over. Does not belong
here: what is built in them; see `build`. On DuckDB an environment is a state folder, and is removed
with it.

An environment is its prefix, `pr_12`: all schemas that begin so are its own. Its lease, one row in
`pr_12_environment.lease`, is the first that is made and the last that goes, so an environment that
was begun or dropped half is found again.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sentinel.errors import SentinelError
from sentinel.ledger import utc_now
from sentinel.redshift import prefix, redshift_cursor, schemas
from sentinel.settings import Settings

KEPT = timedelta(days=3)
_PREFIX = re.compile(r"pr_[0-9]+")
_LEASE_SCHEMA = re.compile(r"(pr_[0-9]+)_environment")


class ReviewEnvironmentError(SentinelError):
    """There is no such environment, or it is not one of a pull request."""


@dataclass(frozen=True)
class PullRequestEnvironment:
    """An environment and until when it stays.

    Attributes:
        prefix: of its schemas.
        expires_at: UTC; None for one that was cut before it had a lease.
        schemas: that it has, its lease's last.
    """

    prefix: str
    expires_at: datetime | None
    schemas: tuple[str, ...]


def is_pull_request(settings: Settings) -> bool:
    """Whether what is built now goes into an environment of a pull request."""
    return settings.spec.target == "redshift" and _PREFIX.fullmatch(prefix()) is not None


def renew(settings: Settings, kept: timedelta = KEPT, now: datetime | None = None) -> datetime:
    """Makes the environment of these settings, or lets it stay longer.

    Returns:
        When it expires, in UTC.

    Raises:
        ReviewEnvironmentError: when it is not one of a pull request.
        RedshiftError: when Redshift cannot be reached.
    """
    if not is_pull_request(settings):
        raise ReviewEnvironmentError(
            f"SENTINEL_SCHEMA is {prefix()!r}: an environment that expires is named for its pull "
            "request, as pr_12 is."
        )
    expires_at = (now or utc_now()).replace(microsecond=0) + kept
    place = f"{prefix()}_environment"
    with redshift_cursor() as cursor:
        cursor.execute(f"create schema if not exists {place}")
        cursor.execute(f"create table if not exists {place}.lease (expires_at timestamp)")
        for statement in (
            "begin", f"delete from {place}.lease",
            f"insert into {place}.lease values ('{expires_at}')", "commit",
        ):  # fmt: skip
            cursor.execute(statement)
    return expires_at


def environments(settings: Settings) -> list[PullRequestEnvironment]:
    """Every environment of a pull request on this warehouse, in the order of their names.

    Raises:
        ReviewEnvironmentError: where the warehouse is not shared.
        RedshiftError: when Redshift cannot be reached.
    """
    _check_shared(settings)
    with redshift_cursor() as cursor:
        known = schemas(cursor)
        leases = [found[1] for each in known if (found := _LEASE_SCHEMA.fullmatch(each))]
        return [
            PullRequestEnvironment(each, _expiry(cursor, each), _of(each, known))
            for each in sorted(leases)
        ]


def drop(settings: Settings, name: str) -> PullRequestEnvironment:
    """Drops every schema of an environment.

    Raises:
        ReviewEnvironmentError: when there is none of that name.
        RedshiftError: when Redshift cannot be reached.
    """
    found = [each for each in environments(settings) if each.prefix == name]
    if not found:
        raise ReviewEnvironmentError(
            f"there is no environment {name!r}: `sentinel environments list`."
        )
    _drop(found[0])
    return found[0]


def expire(settings: Settings, now: datetime | None = None) -> list[PullRequestEnvironment]:
    """Drops the environments whose time is over, and those that never got one.

    Raises:
        as `environments`.
    """
    now = now or utc_now()
    over = [
        each for each in environments(settings) if each.expires_at is None or each.expires_at <= now
    ]
    for each in over:
        _drop(each)
    return over


def _drop(environment: PullRequestEnvironment) -> None:
    with redshift_cursor() as cursor:
        for each in environment.schemas:
            cursor.execute(f"drop schema if exists {each} cascade")


def _of(name: str, known: list[str]) -> tuple[str, ...]:
    lease = f"{name}_environment"
    own = sorted(each for each in known if each.startswith(f"{name}_") and each != lease)
    return (*own, lease)


def _expiry(cursor: Any, name: str) -> datetime | None:
    cursor.execute(
        "select count(*) from information_schema.tables "
        f"where table_schema = '{name}_environment' and table_name = 'lease'"
    )
    if not cursor.fetchone()[0]:
        return None
    cursor.execute(f"select max(expires_at) from {name}_environment.lease")
    expires_at: datetime | None = cursor.fetchone()[0]
    return expires_at


def _check_shared(settings: Settings) -> None:
    if settings.spec.target != "redshift":
        raise ReviewEnvironmentError(
            f"environment {settings.environment!s} has a warehouse to itself: remove its state "
            "folder, and it is gone."
        )
