"""A model that one engine exported is taken over by another, which goes on from there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sentinel.parity import Table, compare, tables
from tests.support.aws_server import AwsServer
from tests.support.redshift_warehouse import RedshiftWarehouse
from tests.support.warehouse import Warehouse, manifest

pytestmark = pytest.mark.xdist_group("redshift")

MODEL = "feat_transactions"
NAME = f"features.{MODEL}"
CONSUMED = (
    "select distinct batch_id from run_log.batch_consumption "
    f"where model = '{NAME}' order by batch_id"
)


@pytest.fixture
def redshift(golden_redshift: RedshiftWarehouse) -> Iterator[RedshiftWarehouse]:
    """The golden rows; whatever a test does to the model, it is right again afterwards."""
    yield golden_redshift
    golden_redshift.dbt("run", "--full-refresh", "--select", MODEL)


@pytest.fixture(scope="module")
def bucket(aws: AwsServer) -> str:
    aws.client("s3").create_bucket(
        Bucket="exchange", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return "exchange"


def operation(warehouse: Warehouse, name: str, location: str, model: str = MODEL) -> Any:
    arguments = json.dumps({"model": model, "location": location})
    return warehouse.dbt("run-operation", name, "--args", arguments, check=False)


def same(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> str:
    (table,) = [each for each in tables(manifest().to_dict()) if each.name == MODEL]
    assert isinstance(table, Table)
    compared = compare(NAME, table.key, expected, found)
    assert compared.left_row_count > 20
    return "" if compared.is_equal else str(compared)


def test_what_duckdb_exported_redshift_takes_over(
    golden_warehouse: Warehouse, redshift: RedshiftWarehouse, aws: AwsServer, bucket: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    (expected,) = golden_warehouse.rows([NAME]).values()
    copy = golden_warehouse.copied_to(tmp_path / "home")
    (tmp_path / "exported").mkdir()
    assert operation(copy, "export_model", str(tmp_path / "exported")).success
    for file in (tmp_path / "exported").rglob("*.parquet"):
        key = f"of_duckdb/{file.relative_to(tmp_path / 'exported')}"
        aws.client("s3").upload_file(str(file), bucket, key)

    before = redshift.query(CONSUMED)
    redshift.execute(f"delete from {NAME}", "delete from run_log.batch_consumption")
    assert operation(redshift, "import_model", f"s3://{bucket}/of_duckdb").success
    assert not same(expected, redshift.rows([NAME])[NAME])
    batches = copy.query(CONSUMED)
    assert redshift.query(CONSUMED) == batches == before


def test_what_redshift_unloaded_it_loads_again(redshift: RedshiftWarehouse, bucket: str) -> None:
    expected = redshift.rows([NAME])[NAME]
    assert operation(redshift, "export_model", f"s3://{bucket}/of_redshift").success
    redshift.execute(f"delete from {NAME}")
    assert operation(redshift, "import_model", f"s3://{bucket}/of_redshift").success
    assert not same(expected, redshift.rows([NAME])[NAME])


def test_an_import_that_fails_changes_nothing(redshift: RedshiftWarehouse, bucket: str) -> None:
    expected = redshift.rows([NAME])[NAME]
    done = operation(redshift, "import_model", f"s3://{bucket}/nothing/is/here")
    assert not done.success
    assert not same(expected, redshift.rows([NAME])[NAME])


def test_a_model_that_is_not_there_is_named(
    golden_warehouse: Warehouse, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    done = operation(golden_warehouse, "export_model", str(tmp_path / "x"), "feat_nothing")
    assert not done.success
    assert "there is no model feat_nothing" in "".join(capfd.readouterr())
