"""What the project says to Iceberg, read by Spark itself: its parser takes every such statement,
and its analyser finds nothing wrong but that the tables here, which are Parquet, cannot be changed.

Belongs here: the statements. Does not belong here: what they do to rows; see tests/iceberg, where
another server has Iceberg.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.spark import SparkAdapter
from dbt.adapters.spark.session import Cursor
from pyspark.errors import ParseException, PySparkException

from tests.support.events import label, later, transaction
from tests.support.spark import spark_session
from tests.support.spark_warehouse import SparkWarehouse

pytestmark = pytest.mark.xdist_group("spark")

SELECTED = ("--select", "+int_activity_hours__observed")
NO_TESTS = ("--exclude", "resource_type:unit_test", "resource_type:test")
CHANGING = re.compile(r"^\s*(?:merge into|delete from) (\S+)", re.MULTILINE)
KEPT_IN_ICEBERG = re.compile(r"using iceberg(?:\s+partitioned by \(months\(\w+\)\))?")
REFUSED = "UNSUPPORTED_FEATURE.TABLE_OPERATION"


@contextmanager
def tables_said_to_be_iceberg() -> Iterator[list[tuple[str, str]]]:
    """Gives a list that kind and statement of all that is meant for Iceberg are added to.

    Tables are made in Parquet and called Iceberg; what would change them is analysed, and refused.
    """
    execute, describe = Cursor.execute, SparkAdapter._get_relation_information_using_describe
    noted: list[tuple[str, str]] = []

    def reading(cursor: Cursor, sql: str, *parameters: Any) -> None:
        if KEPT_IN_ICEBERG.search(sql):
            noted.append((parsed(sql), sql))
            execute(cursor, KEPT_IN_ICEBERG.sub("using parquet", sql), *parameters)
        elif CHANGING.search(sql):
            noted.append((parsed(sql), sql))
            with pytest.raises(PySparkException) as refused:
                spark_session().sql(sql)
            assert refused.value.getCondition() == REFUSED, str(refused.value)
        else:
            execute(cursor, sql, *parameters)

    def described(adapter: SparkAdapter, row: Any) -> tuple[str, str, str]:
        schema, name, information = describe(adapter, row)
        return schema, name, information.replace("Provider: parquet", "Provider: iceberg")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTINEL_SPARK_TABLE_FORMAT", "iceberg")
        patch.setattr(Cursor, "execute", reading)
        patch.setattr(SparkAdapter, "_get_relation_information_using_describe", described)
        yield noted


def parsed(sql: str) -> str:
    """What Spark's parser takes a statement for; raises ParseException."""
    plan = spark_session()._jsparkSession.sessionState().sqlParser().parsePlan(sql)
    return str(plan.getClass().getSimpleName())


def test_spark_understands_what_is_said_to_iceberg(tmp_path: Path) -> None:
    warehouse = SparkWarehouse(tmp_path / "home")
    warehouse.deliver("transactions", "b1", [transaction("t1"), transaction("t2", later(days=40))])
    warehouse.deliver("fraud_labels", "l1", [label("t1", later(days=2))])
    with tables_said_to_be_iceberg() as first:
        warehouse.dbt("build", *SELECTED, *NO_TESTS)
    warehouse.deliver("transactions", "b2", [transaction("t2", later(days=41))])
    warehouse.deliver("fraud_labels", "l2", [label("t2", later(days=50))])
    stretch = json.dumps({"from_at": "2000-01-01", "to_at": "2100-01-01"})
    with tables_said_to_be_iceberg() as second:
        warehouse.dbt("run", *SELECTED)
        warehouse.dbt("run-operation", "release_batches", "--args", stretch)

    made = [sql for kind, sql in first if kind == "CreateTableAsSelect"]
    assert len(made) == 3
    assert all("partitioned by (months(" in sql for sql in made)
    # The log's tables.
    assert [kind for kind, _ in first].count("CreateTable") == 5
    kinds = [kind for kind, _ in second]
    assert kinds.count("MergeIntoTable") == 3
    # What was noted of changes before, and what was consumed.
    assert kinds.count("DeleteFromTable") == 3


def test_what_is_no_statement_is_refused() -> None:
    with pytest.raises(ParseException):
        parsed("merge into a using b on a.x = b.x when matched then vanish")
