"""What the fraud model writes into Redshift and reads from it."""

from datetime import date, datetime
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from dagster_defs.sensors import training_request
from fraud_model.model_log import table_types
from fraud_model.warehouse import Warehouse
from sentinel.settings import EnvironmentName, Settings
from tests.redshift_standin.server import RedshiftStandin

pytestmark = pytest.mark.xdist_group("redshift")

TYPES = {"version": "varchar", "auc_roc": "double", "row_count": "bigint"}


@pytest.fixture
def warehouse(
    standin: RedshiftStandin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Warehouse:
    for name, value in standin.environment("dev_models").items():
        monkeypatch.setenv(name, value)
    return Warehouse(Settings(environment=EnvironmentName.PROD, home=tmp_path, lake_url="s3://x/y"))


def test_rows_are_added_and_read(warehouse: Warehouse) -> None:
    rows = pa.table({"row_count": range(1_200), "version": ["1"] * 1_200, "auc_roc": [0.5] * 1_200})
    for _ in range(2):
        warehouse.append("model_log", "figures", TYPES, rows)
    found = warehouse.read(
        "select version, auc_roc, count(*) as n, sum(row_count) as total "
        f"from {warehouse.schema('model_log')}.figures group by version, auc_roc"
    )
    assert warehouse.schema("model_log") == "dev_models_model_log"
    assert found.to_pylist() == [
        {"version": "1", "auc_roc": 0.5, "n": 2_400, "total": 2 * sum(range(1_200))}
    ]


def test_rows_that_are_refused_in_part_are_not_there(warehouse: Warehouse) -> None:
    rows = pa.table({
        "row_count": range(600), "version": ["1"] * 599 + ["x" * 5_000], "auc_roc": [0.5] * 600,
    })  # fmt: skip
    warehouse.append("model_log", "refused", TYPES, rows.slice(0, 1))
    with pytest.raises(Exception, match="too long"):
        warehouse.append("model_log", "refused", TYPES, rows)
    found = warehouse.read(f"select count(*) as n from {warehouse.schema('model_log')}.refused")
    assert found.to_pylist() == [{"n": 1}]


def test_drift_that_is_written_there_asks_for_training(warehouse: Warehouse) -> None:
    """In a developer's schema, too: there it has a prefix."""
    day = date(2024, 3, 1)
    values = {
        "model_version": "3", "input_name": "amount", "transaction_count": 10, "is_drifted": True,
        "monitored_date": day, "monitored_at": datetime(2024, 3, 2),
    }  # fmt: skip
    types = table_types("drift")
    rows = pa.table({name: [values.get(name, 0.5)] for name in types})
    warehouse.append("model_log", "drift", types, rows)
    health = table_types("health")
    warehouse.append("model_log", "health", health, pa.table({name: [] for name in health}))
    asked = training_request(warehouse.settings)
    assert isinstance(asked, dg.RunRequest)
    assert asked.run_key == f"3 {day}"
