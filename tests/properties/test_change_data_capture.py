"""Whatever changes in the source, and however it is captured, the lake has the same history."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.lake import Lake
from streaming_ingest.change_data_capture.clock import VersionClock
from tests.support.changes import captured, current, history, master
from tests.support.postgres import postgres_server

pytestmark = pytest.mark.xdist_group("postgres")

KEYS = ("a", "b", "c")
NOON = datetime(2026, 3, 1, 12)

one_change = st.tuples(st.sampled_from(("put", "delete", "rename")), st.sampled_from(KEYS))
one_transaction = st.lists(one_change, min_size=1, max_size=6)
captures = st.sampled_from((None, 1, 20_000))
histories = st.lists(st.tuples(one_transaction, captures, st.booleans()), max_size=8)


@pytest.fixture(scope="module")
def server():
    with postgres_server({"wal_level": "logical"}) as running:
        yield running


@given(changes=histories, identity=st.sampled_from(("default", "full")))
@settings(max_examples=25 if settings().derandomize else 1000)
def test_any_sequence_of_changes_gives_the_rows_of_the_source(server, changes, identity):
    with tempfile.TemporaryDirectory() as folder, master(server.dsn) as database:
        lake = Lake(str(Path(folder) / "lake"))
        database.execute(f"alter table customers replica identity {identity}")
        captured(server.dsn, lake)
        expected: dict[str, list[str]] = {}
        for number, (transaction, most, is_rolled_back) in enumerate(changes):
            with database.transaction(force_rollback=is_rolled_back):
                applied = [
                    version
                    for place, each in enumerate(transaction)
                    for version in applied_to(database, *each, f"{number}.{place}")
                ]
            for key, value in () if is_rolled_back else applied:
                expected.setdefault(key, []).append(value)
            if most is not None:
                captured(server.dsn, lake, most)
        captured(server.dsn, lake)
        assert history(lake, "customers", "customer_id", "segment") == expected
        there = database.execute("select customer_id, segment from customers").fetchall()
        assert current(lake, "customers", "customer_id", "segment") == dict(there)


def applied_to(
    database: psycopg.Connection, action: str, key: str, value: str
) -> list[tuple[str, str]]:
    """Changes the table; returns the versions that come of it, in order."""
    if action == "put":
        database.execute(
            "insert into customers (customer_id, segment) values (%s, %s) on conflict "
            "(customer_id) do update set segment = excluded.segment", (key, value),
        )  # fmt: skip
        return [(key, value)]
    if action == "delete":
        gone = database.execute("delete from customers where customer_id = %s", (key,))
        return [(key, "deleted")] * gone.rowcount
    renamed = database.execute(
        "update customers set customer_id = %s where customer_id = %s returning segment",
        (f"{key}-{value}", key),
    ).fetchall()
    return [
        version
        for (segment,) in renamed
        for version in ((key, "deleted"), (f"{key}-{value}", segment))
    ]


@given(
    changes=st.lists(st.tuples(st.sampled_from(KEYS), st.integers(-3, 3))),
    cuts=st.sets(st.integers(0, 20)),
)
def test_times_of_versions_are_in_the_order_of_the_source(changes, cuts):
    clock, given_times = VersionClock(), []
    for number, (key, microseconds) in enumerate(changes):
        if number in cuts:
            clock = VersionClock(clock.last)
        given_times.append((key, clock.stamp(key, NOON + timedelta(microseconds=microseconds))))
    times = [at for _, at in given_times]
    assert times == sorted(times)
    assert len(set(given_times)) == len(given_times)
    for (_, microseconds), at in zip(changes, times, strict=True):
        assert at >= NOON + timedelta(microseconds=microseconds)
    # No later than the latest commit so far and a microsecond for each change since.
    bound = NOON + timedelta(microseconds=max((m for _, m in changes), default=0) + len(changes))
    assert all(at <= bound for at in times)
