"""Drift that the latest comparison found asks for training, once for a version and a day."""

from datetime import date, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_defs.sensors import drift_retrains, training_request
from sentinel.settings import Settings

Row = tuple[str, str, bool, date, datetime]
MORNING, EVENING = datetime(2025, 3, 2, 6), datetime(2025, 3, 2, 18)


def settings_with(home: Path, rows: list[Row], *tables: str) -> Settings:
    settings = Settings(home=home)
    with duckdb.connect(str(settings.warehouse_file)) as connection:
        connection.execute("create schema model_log")
        connection.execute(
            "create table model_log.drift (model_version varchar, input_name varchar, "
            "is_drifted boolean, monitored_date date, monitored_at timestamp)"
        )
        connection.execute(
            "create table model_log.health as select * rename (input_name as metric_name, "
            "is_drifted as is_out_of_limits) from model_log.drift"
        )
        for table in tables:
            connection.executemany(f"insert into model_log.{table} values (?, ?, ?, ?, ?)", rows)
    return settings


@pytest.mark.parametrize(
    "rows",
    [
        [("3", "reporting_amount", False, date(2025, 3, 1), MORNING)],
        # Found once, and not again since: that comparison had its run.
        [("3", "reporting_amount", True, date(2025, 3, 1), MORNING),
         ("4", "reporting_amount", False, date(2025, 3, 1), EVENING)],
    ],
)  # fmt: skip
def test_days_as_usual_ask_for_nothing(tmp_path: Path, rows: list[Row]) -> None:
    settings = settings_with(tmp_path, rows, "drift", "health")
    assert isinstance(training_request(settings), dg.SkipReason)


@pytest.mark.parametrize("table", ["drift", "health"])
def test_what_is_unusual_asks_for_training_by_version_and_day(tmp_path: Path, table: str) -> None:
    rows: list[Row] = [
        ("3", "reporting_amount", False, date(2025, 2, 28), EVENING),
        ("3", "reporting_amount", True, date(2025, 3, 1), EVENING),
        ("3", "fraud_probability", True, date(2025, 3, 1), EVENING),
    ]
    asked = training_request(settings_with(tmp_path, rows, table))
    assert isinstance(asked, dg.RunRequest)
    assert asked.run_key == "3 2025-03-01"


def test_the_sensor_watches_comparisons_and_starts_training(tmp_path: Path) -> None:
    sensor = drift_retrains(Settings(home=tmp_path, automation=True))
    assert isinstance(sensor, dg.AssetSensorDefinition)
    assert sensor.asset_key == dg.AssetKey(["model_log", "drift"])
    assert sensor.job_name == "train_fraud_model"
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
