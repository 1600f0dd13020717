"""Micro-batches that no Dagster run made are materialisations all the same, now and then."""

import dagster as dg
import pytest

from dagster_defs import reporting
from dagster_defs.reporting import MicroBatchReporter
from sentinel.settings import Settings
from streaming_ingest.micro_batch import Built

KEY = dg.AssetKey(["marts", "fct_transactions"])


def test_micro_batches_are_told_a_few_seconds_apart(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    for name in ("DAGSTER_HOME", "DBT_TARGET_PATH", "DBT_LOG_PATH"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name, str(tmp_path / name.lower()))  # set by it, undone after the test
    clock = iter([0.0, 5.0, 9.9, 10.0])
    monkeypatch.setattr(reporting.time, "monotonic", lambda: next(clock))
    reporter = MicroBatchReporter(Settings.load())
    for seconds in (1.0, 2.0, 3.0, 4.0):
        reporter(Built(seconds, {"marts.fct_transactions": seconds / 2}))
    with dg.DagsterInstance.get() as instance:
        found = instance.fetch_materializations(KEY, limit=10).records
    told = [record.asset_materialization.metadata for record in found]
    assert [(each["seconds"].value, each["micro_batches"].value) for each in told] == [
        (2.0, 3), (0.5, 1),
    ]  # fmt: skip
