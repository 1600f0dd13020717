"""A capture that is killed between any two steps loses nothing and delivers nothing twice."""

import signal
import subprocess
import sys

import pytest

from sentinel.lake import Lake
from tests.support.changes import captured, current, history, master


@pytest.fixture
def database(master_server):
    connection = master(master_server.dsn)
    yield connection
    connection.close()


def run_killed(server, lake, step):
    """Whether the process was killed at the step, rather than finished before it."""
    command = [sys.executable, "-m", "tests.support.capturing_process"]
    done = subprocess.run(
        [*command, server.dsn, lake.location, str(step)], check=False, capture_output=True
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode != 0


def test_killed_at_any_step_of_following_changes(tmp_path, master_server, database):
    lake = Lake(str(tmp_path / "lake"))
    captured(master_server.dsn, lake)
    expected, step = {}, 0
    is_killed = True
    while is_killed:
        with database.transaction():
            for customer_id in ("often", f"once-{step}"):
                database.execute(
                    "insert into customers (customer_id, segment) values (%s, %s) on conflict "
                    "(customer_id) do update set segment = excluded.segment",
                    (customer_id, str(step)),
                )
                expected.setdefault(customer_id, []).append(str(step))
            database.execute("insert into terminals values (%s, 'm')", (step,))
        is_killed = run_killed(master_server, lake, step)
        step += 1
    assert step > 12  # two datasets, a file and an entry each, before and after
    captured(master_server.dsn, lake)
    assert history(lake, "customers", "customer_id", "segment") == expected
    assert history(lake, "terminals", "terminal_id", "merchant_id") == {
        str(number): ["m"] for number in range(step)
    }


def test_killed_at_any_step_of_the_snapshot(tmp_path, master_server, database):
    """Rows change and go between the attempts: what an earlier one delivered must not stay."""
    lake = Lake(str(tmp_path / "lake"))
    step, is_killed = 0, True
    while is_killed:
        database.execute("delete from customers where customer_id <> 'lasting'")
        database.execute("delete from terminals")
        database.execute(
            "insert into customers (customer_id, segment) values (%s, 'new'), ('lasting', %s) "
            "on conflict (customer_id) do update set segment = excluded.segment",
            (f"c{step}", str(step)),
        )
        database.execute("insert into terminals values (%s, 'm')", (step,))
        is_killed = run_killed(master_server, lake, step)
        step += 1
    assert step > 12
    captured(master_server.dsn, lake)
    for dataset, key, attribute in (
        ("customers", "customer_id", "segment"),
        ("terminals", "terminal_id", "merchant_id"),
    ):
        found = database.execute(f"select {key}::text, {attribute} from {dataset}").fetchall()
        assert current(lake, dataset, key, attribute) == dict(found)
    (slots,) = database.execute("select count(*) from pg_replication_slots").fetchone()
    assert slots == 1
