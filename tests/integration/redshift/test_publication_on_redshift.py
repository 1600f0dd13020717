"""The published schemas: replaced all at once, readable by those who are named and nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sentinel.errors import SettingsError
from sentinel.publication import PUBLISHED_SCHEMAS, PublicationError, publish, roll_back
from sentinel.settings import EnvironmentName, Settings
from tests.redshift_standin.server import RedshiftStandin
from tests.support.aws_server import AwsServer
from tests.support.redshift_warehouse import RedshiftWarehouse

pytestmark = pytest.mark.xdist_group("redshift")

FACTS = "published_marts.fct_transactions"
BOTH = [
    "published_marts", "published_marts__previous", "published_ops", "published_ops__previous",
]  # fmt: skip


@pytest.fixture
def settings(
    standin: RedshiftStandin,
    golden_redshift: RedshiftWarehouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    for name, value in standin.environment("prod").items():
        monkeypatch.setenv(name, value)
    for name in schemas(golden_redshift):
        golden_redshift.execute(f"drop schema {name} cascade")
    return Settings(
        environment=EnvironmentName.PROD, home=tmp_path, published_readers=("reporter",),
        lake_url=golden_redshift.lake.location,
    )  # fmt: skip


def rows(warehouse: RedshiftWarehouse, table: str) -> list[str]:
    (found,) = warehouse.rows([table]).values()
    return sorted(map(str, found))


def schemas(warehouse: RedshiftWarehouse) -> list[str]:
    found = warehouse.query("select nspname from pg_namespace where nspname like '%published%'")
    return sorted(name for (name,) in found)


def test_readers_see_what_was_published_last(
    settings: Settings, golden_redshift: RedshiftWarehouse, standin: RedshiftStandin
) -> None:
    published = publish(settings)
    assert published.location == "published_marts, published_ops"
    assert published.row_counts["marts.fct_transactions"] > 0
    assert "ops.ingestion_reconciliation" in published.row_counts
    assert rows(golden_redshift, FACTS) == rows(golden_redshift, "marts.fct_transactions")

    with psycopg.connect(standin.dsn, autocommit=True) as owner:
        owner.execute(f"delete from {FACTS}".encode())
    publish(settings)
    assert rows(golden_redshift, FACTS) == rows(golden_redshift, "marts.fct_transactions")
    assert schemas(golden_redshift) == BOTH

    reader = standin.dsn.replace("sentinel@", "reporter@")
    with psycopg.connect(reader, autocommit=True) as connection:
        found = connection.execute(f"select count(*) from {FACTS}".encode()).fetchone()
        assert found == (published.row_counts["marts.fct_transactions"],)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select count(*) from marts.fct_transactions")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"delete from {FACTS}".encode())


@pytest.mark.parametrize("statement", ["create table published_ops", "alter schema", "commit"])
def test_an_attempt_that_is_cut_leaves_the_old_copy_and_the_next_one_clears_up(
    statement: str,
    settings: Settings,
    golden_redshift: RedshiftWarehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(settings)
    with monkeypatch.context() as patch:
        patch.setattr("sentinel.publication.schemas.redshift_cursor", _cut_at(statement))
        with pytest.raises(ConnectionError):
            publish(settings)
    assert rows(golden_redshift, FACTS) == rows(golden_redshift, "marts.fct_transactions")
    publish(settings)
    assert schemas(golden_redshift) == BOTH
    assert set(PUBLISHED_SCHEMAS) == {"marts", "ops"}


def test_going_back_swaps_all_schemas_and_readers_may_read_them(
    settings: Settings, golden_redshift: RedshiftWarehouse, standin: RedshiftStandin
) -> None:
    publish(settings)
    with pytest.raises(PublicationError, match="nothing to go back to"):
        roll_back(settings)
    first = rows(golden_redshift, FACTS)
    with psycopg.connect(standin.dsn, autocommit=True) as owner:
        owner.execute(f"delete from {FACTS}".encode())
    publish(settings)
    assert rows(golden_redshift, FACTS) == first

    done = roll_back(settings)
    assert done.location == "published_marts, published_ops"
    assert done.row_counts["marts.fct_transactions"] == 0
    assert rows(golden_redshift, FACTS) == []
    reader = standin.dsn.replace("sentinel@", "reporter@")
    with psycopg.connect(reader, autocommit=True) as connection:
        found = connection.execute(f"select count(*) from {FACTS}".encode()).fetchone()
    assert found == (0,)
    assert schemas(golden_redshift) == BOTH

    roll_back(settings)
    assert rows(golden_redshift, FACTS) == first
    publish(settings)
    assert schemas(golden_redshift) == BOTH


def test_going_back_that_is_cut_leaves_what_readers_see(
    settings: Settings, golden_redshift: RedshiftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings)
    publish(settings)
    with monkeypatch.context() as patch:
        patch.setattr("sentinel.publication.schemas.redshift_cursor", _cut_at("commit"))
        with pytest.raises(ConnectionError):
            roll_back(settings)
    assert rows(golden_redshift, FACTS) == rows(golden_redshift, "marts.fct_transactions")
    assert schemas(golden_redshift) == BOTH


def _cut_at(statement: str) -> Any:
    """A cursor that loses its connection at the first statement that begins so."""
    from contextlib import contextmanager

    from sentinel.redshift import redshift_cursor

    class Cut:
        def __init__(self, cursor: Any) -> None:
            self._cursor = cursor

        def execute(self, sql: str) -> None:
            if sql.startswith(statement):
                raise ConnectionError("cut")
            self._cursor.execute(sql)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._cursor, name)

    @contextmanager
    def cut() -> Iterator[Cut]:
        with redshift_cursor() as cursor:
            yield Cut(cursor)

    return cut


def test_a_reader_is_a_name_and_nothing_else(settings: Settings, aws: AwsServer) -> None:
    with pytest.raises(SettingsError, match="SENTINEL_PUBLISHED_READERS names"):
        publish(settings.model_copy(update={"published_readers": ('public; drop schema "marts',)}))


def test_readers_are_told_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTINEL_PUBLISHED_READERS", "role analysts,dashboards")
    assert Settings().published_readers == ("role analysts", "dashboards")
