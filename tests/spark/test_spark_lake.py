"""The lake as Spark sees it: the rows of live files, whatever else lies beside them."""

import shutil
from pathlib import Path

import pytest

from tests.support.compactions import compact_everything
from tests.support.events import transaction
from tests.support.spark_warehouse import SparkWarehouse
from tests.support.warehouse import Row

pytestmark = pytest.mark.xdist_group("spark")

VIEWS = ("run", "--select", "stg_lake__batches", "stg_raw__transactions")


def test_only_live_files_are_read(tmp_path: Path) -> None:
    """Compacted files beside those they replace, and one that nobody committed."""
    spark = SparkWarehouse(tmp_path / "home")
    for number in (1, 2):
        spark.deliver("transactions", f"b{number}", [transaction(f"t{number}")])
    spark.dbt(*VIEWS)
    rows, files = _rows(spark)
    assert [row["transaction_id"] for row in rows] == ["t1", "t2"]
    assert len(files) == 2

    committed = next((spark.home / "lake/raw/transactions").glob("*/*.parquet"))
    assert compact_everything(spark.lake) == 1
    shutil.copy(committed, committed.with_name("nobody-000000000000.parquet"))
    assert len(list(committed.parent.glob("*.parquet"))) == 4
    spark.dbt(*VIEWS)
    compacted, file = _rows(spark)
    assert compacted == rows
    assert len(file) == 1
    assert not file & files


def _rows(spark: SparkWarehouse) -> tuple[list[Row], set[str]]:
    """Rows in order without their files, and the files."""
    (found,) = spark.rows(["staging.stg_raw__transactions"]).values()
    files = {row.pop("_file") for row in found}
    return sorted(found, key=lambda row: row["transaction_id"]), files
