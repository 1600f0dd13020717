"""From a record in a stream to features and the last hour, by the runner and the real dbt."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from sentinel.contracts import contract
from sentinel.lake import Lake
from sentinel.ledger import utc_now
from sentinel.process_lock import only_process
from sentinel.settings import Settings
from sentinel.transform import Tokeniser
from streaming_ingest.delivery import Buffering, Delivery
from streaming_ingest.endpoints import STREAMED, local_stream
from streaming_ingest.micro_batch import BUILDING, MicroBatches
from streaming_ingest.runner import Runner
from streaming_ingest.status import stream_statuses
from streaming_ingest.streams import Outgoing
from tests.support.events import label, transaction


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTINEL_HOME", str(tmp_path_factory.mktemp("near_real_time")))
        yield Settings.load()


@pytest.fixture(scope="module")
def builder(settings: Settings) -> MicroBatches:
    made = MicroBatches(settings)
    made.prepare()
    return made


def runner_on(settings: Settings, builder: MicroBatches) -> Runner:
    lake, tokeniser = Lake(settings.lake_location), Tokeniser(b"key")
    return Runner(
        [
            Delivery(lake, contract(name), local_stream(settings, name), tokeniser,
                     Buffering(seconds=0))
            for name in STREAMED
        ],
        builder,
        is_waiting=False,
    )  # fmt: skip


def send(settings: Settings, dataset: str, *rows: dict) -> None:
    local_stream(settings, dataset).send(
        [Outgoing("k", json.dumps(row, default=str).encode()) for row in rows]
    )


def ask(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as warehouse:
        return warehouse.sql(sql).fetchall()


def test_what_arrives_is_in_the_marts(settings: Settings, builder: MicroBatches) -> None:
    runner = runner_on(settings, builder)
    now = utc_now().replace(microsecond=0) - timedelta(minutes=2)
    send(
        settings, "transactions",
        transaction("n1", now, "nora", "n-shop", 20), transaction("n2", now, "nora", "n-shop", 40),
        transaction("n3", now, "nora", "n-shop", -1),
    )  # fmt: skip
    assert runner.step()
    assert runner.progress.failure is None
    assert (runner.progress.record_count, runner.progress.quarantined_count) == (3, 1)
    assert len(runner.progress.lags) == 3
    assert ask(
        settings,
        "select transaction_id, customer_transaction_count_1d, customer_amount_mean_1d"
        " from features.feat_transactions where customer_id = 'nora' order by 1",
    ) == [("n1", 1, 20.0), ("n2", 2, 30.0)]
    # A correction, a repetition and a report about what came before.
    send(settings, "transactions", transaction("n1", now, "nora", "n-shop", 60))
    send(settings, "transactions", transaction("n2", now, "nora", "n-shop", 40))
    send(settings, "fraud_labels", label("n2", now + timedelta(seconds=1)))
    assert runner.step()
    assert ask(
        settings,
        "select f.transaction_id, customer_amount_mean_1d, is_fraud from features.feat_transactions"
        " as f join marts.fct_transactions as t using (transaction_id)"
        " where f.customer_id = 'nora' order by 1",
    ) == [("n1", 60.0, False), ("n2", 50.0, True)]
    assert ask(
        settings, "select transaction_count, transaction_amount from marts.near_real_time_activity"
    ) == [(2, 100)]
    assert not runner.step()
    statuses = {each.name: each for each in stream_statuses(settings, Lake(settings.lake_location))}
    assert statuses["sentinel-transactions"].undelivered_bytes == 0
    assert statuses["sentinel-transactions"].waiting_count == 0


def test_data_tests_of_a_running_stream_find_what_is_wrong(
    settings: Settings, builder: MicroBatches
) -> None:
    runner = runner_on(settings, builder)
    send(settings, "transactions", transaction("d1", datetime(2024, 2, 1), "dora", "d-shop"))
    runner.step()
    assert all(each.is_passed for each in builder.check())
    with duckdb.connect(str(settings.warehouse_file)) as warehouse:
        warehouse.execute(
            "insert into marts.fct_transactions from marts.fct_transactions"
            " where customer_id = 'dora'"
        )
    failed = [each for each in builder.check() if not each.is_passed]
    assert [(each.test, each.model, each.failing_row_count) for each in failed] == [
        ("unique_fct_transactions_transaction_id", "marts.fct_transactions", 1)
    ]
    assert failed[0].is_error
    # The next version of the transaction replaces both.
    send(settings, "transactions", transaction("d1", datetime(2024, 2, 1), "dora", "d-shop", 2))
    runner.step()
    assert all(each.is_passed for each in builder.check())


def test_while_stream_and_batch_are_compared_a_micro_batch_waits(
    settings: Settings, builder: MicroBatches
) -> None:
    runner = runner_on(settings, builder)
    send(settings, "transactions", transaction("c1", datetime(2024, 2, 1), "cleo", "c-shop"))
    with only_process(settings, BUILDING, "wait"):
        runner.step()
        assert "is building into" in (runner.progress.failure or "")
    runner.step(is_last=True)
    assert runner.progress.failure is None
    assert ask(
        settings, "select count(*) from marts.fct_transactions where customer_id = 'cleo'"
    ) == [(1,)]


def test_the_views_are_named_that_show_a_micro_batch(builder: MicroBatches) -> None:
    assert set(builder.build().views) == {
        "marts.fct_rule_hits", "marts.fct_fraud_alerts", "marts.alert_queue",
        "marts.near_real_time_activity",
    }  # fmt: skip


def test_a_warehouse_that_somebody_else_builds_delays_and_loses_nothing(
    settings: Settings, builder: MicroBatches
) -> None:
    runner = runner_on(settings, builder)
    holder = subprocess.Popen(
        [sys.executable, "-c", "import duckdb, sys; c = duckdb.connect(sys.argv[1]);"
         "print('open', flush=True); sys.stdin.read()", str(settings.warehouse_file)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout and holder.stdout.readline() == "open\n"
    send(settings, "transactions", transaction("w1", datetime(2024, 3, 1), "wim", "w-shop"))
    runner.step()
    assert "lock" in (runner.progress.failure or "").lower()
    holder.communicate("")
    assert stream_statuses(settings, Lake(settings.lake_location))[0].waiting_count == 1
    runner.step(is_last=True)
    assert runner.progress.failure is None
    assert ask(
        settings, "select count(*) from marts.fct_transactions where customer_id = 'wim'"
    ) == [(1,)]


def test_a_second_runner_says_that_one_is_running(settings: Settings) -> None:
    with only_process(settings, "streaming", "wait"):
        done = subprocess.run(
            [str(Path(sys.executable).with_name("sentinel")), "stream", "run", "--until-idle", "0"],
            env={"SENTINEL_HOME": str(settings.state_folder), "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "is streaming into" in done.stderr
    assert "let it run, or stop it first" in done.stderr
