"""What the loop does is told to Dagster: materialisations now and then, check results at once."""

import dagster as dg
import pytest

from dagster_defs import reporting
from dagster_defs.reporting import MicroBatchReporter
from sentinel.settings import Settings
from streaming_ingest.micro_batch import Built, Checked

KEY = dg.AssetKey(["marts", "fct_transactions"])
VIEW = dg.AssetKey(["marts", "fct_fraud_alerts"])


@pytest.fixture
def reporter(tmp_path, monkeypatch: pytest.MonkeyPatch) -> MicroBatchReporter:
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    for name in ("DAGSTER_HOME", "DBT_TARGET_PATH", "DBT_LOG_PATH"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name, str(tmp_path / name.lower()))  # set by it, undone after the test
    clock = iter([0.0, 5.0, 9.9, 10.0])
    monkeypatch.setattr(reporting.time, "monotonic", lambda: next(clock))
    return MicroBatchReporter(Settings.load())


def told(key: dg.AssetKey) -> list[dict[str, float]]:
    """Metadata of the materialisations of an asset, the latest first."""
    with dg.DagsterInstance.get() as instance:
        records = instance.fetch_materializations(key, limit=10).records
    return [
        {name: value.value for name, value in record.asset_materialization.metadata.items()}
        for record in records
    ]


def test_micro_batches_are_told_a_few_seconds_apart(reporter: MicroBatchReporter) -> None:
    for seconds in (1.0, 2.0, 3.0, 4.0):
        reporter.built(
            Built(seconds, {"marts.fct_transactions": seconds / 2}, ("marts.fct_fraud_alerts",))
        )
    assert told(KEY) == [{"seconds": 2.0, "micro_batches": 3}, {"seconds": 0.5, "micro_batches": 1}]
    assert told(VIEW) == [{"micro_batches": 3}, {"micro_batches": 1}]


def test_what_was_delivered_is_told_with_the_micro_batch_that_took_it(
    reporter: MicroBatchReporter,
) -> None:
    reporter.delivered({"transactions": 10, "fraud_labels": 1}, 2)
    reporter.built(Built(1.0, {}))
    reporter.delivered({"transactions": 5}, 1)
    reporter.built(Built(1.0, {}))
    reporter.delivered({"transactions": 7}, 0)
    reporter.built(Built(1.0, {}))
    reporter.built(Built(1.0, {}))
    assert told(dg.AssetKey(["raw", "transactions"])) == [
        {"records delivered": 12}, {"records delivered": 10},
    ]  # fmt: skip
    assert told(dg.AssetKey(["raw", "fraud_labels"])) == [{"records delivered": 1}]
    assert told(dg.AssetKey(["lake", "quarantine"])) == [
        {"records rejected": 1}, {"records rejected": 2},
    ]  # fmt: skip


def test_results_of_data_tests_are_those_of_asset_checks(reporter: MicroBatchReporter) -> None:
    reporter.checked(
        (
            Checked(
                "unique_fct_transactions_transaction_id", "marts.fct_transactions", 3, False, True
            ),
            Checked("not_null_fct_transactions_amount", "marts.fct_transactions", 0, True, False),
        )
    )
    with dg.DagsterInstance.get() as instance:
        found = {
            name: instance.event_log_storage.get_asset_check_execution_history(
                dg.AssetCheckKey(KEY, name), limit=5
            )
            for name in (
                "unique_fct_transactions_transaction_id",
                "not_null_fct_transactions_amount",
            )
        }
    evaluations = {name: each[0].event.asset_check_evaluation for name, each in found.items()}
    failed = evaluations["unique_fct_transactions_transaction_id"]
    assert (failed.passed, failed.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert failed.metadata["failing rows"].value == 3
    passed = evaluations["not_null_fct_transactions_amount"]
    assert (passed.passed, passed.severity) == (True, dg.AssetCheckSeverity.WARN)
