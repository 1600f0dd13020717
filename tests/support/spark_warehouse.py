"""A throw-away lake and a warehouse of Spark for one test module.

Belongs here: running dbt on it, reading and spoiling what it built. Does not belong here: the
session, which a test process has one of; assertions.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from dbt.adapters.spark.session import Cursor

from tests.support.spark import spark_session
from tests.support.warehouse import Row, Warehouse

_SCHEMA_PREFIX = "dev_"
_EVERY_SCHEMA = (
    "staging",
    "intermediate",
    "features",
    "marts",
    "ops",
    "reference",
    "run_log",
    "model_log",
)


class SparkWarehouse(Warehouse):
    """A lake of its own; its tables take the place of those of the one before it.

    Tables lie in the catalogue of the process: there is one at a time.
    """

    target = "spark"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        for schema in _EVERY_SCHEMA:
            spark_session().sql(f"drop schema if exists {_SCHEMA_PREFIX}{schema} cascade")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        return [tuple(row.values()) for row in _rows(spark_session().sql(sql).toArrow())]

    def execute(self, *statements: str) -> None:
        """Changes the warehouse behind dbt's back."""
        for statement in statements:
            spark_session().sql(statement)

    def table(self, model: str) -> pa.Table:
        """A model's table, without the column that Spark keeps it by."""
        return spark_session().table(_SCHEMA_PREFIX + model).drop("_event_month").toArrow()

    def rows(self, models: Iterable[str]) -> dict[str, list[Row]]:
        """Every row of each model as dictionaries."""
        return {model: _rows(self.table(model)) for model in models}

    def location(self, model: str) -> Path:
        """The folder in which a model's table lies."""
        described = spark_session().sql(f"describe extended {_SCHEMA_PREFIX}{model}").collect()
        (place,) = (row.data_type for row in described if row.col_name == "Location")
        return Path(str(place).removeprefix("file:"))

    @contextmanager
    def noting_statements(self) -> Iterator[list[str]]:
        """Gives a list that everything dbt has Spark execute is added to."""
        execute, noted = Cursor.execute, []

        def noting(cursor: Cursor, sql: str, *parameters: Any) -> None:
            noted.append(sql)
            execute(cursor, sql, *parameters)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Cursor, "execute", noting)
            yield noted

    @contextmanager
    def killed_while_overwriting(self, model: str) -> Iterator[None]:
        """The first statement that writes parts of a model's table anew removes them, and no more
        reaches Spark: what a process leaves that is killed between the two."""
        execute, killed = Cursor.execute, []

        def dying(cursor: Cursor, sql: str, *parameters: Any) -> None:
            if killed or f"insert overwrite table {_SCHEMA_PREFIX}{model} " in sql:
                if not killed:
                    killed.append(sql)
                    self._remove_parts_of(model)
                raise RuntimeError("killed")
            execute(cursor, sql, *parameters)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Cursor, "execute", dying)
            yield
        assert killed, f"nothing has overwritten {model}"

    def _remove_parts_of(self, model: str) -> None:
        aside = spark_session().table(f"{_SCHEMA_PREFIX}{model}__aside")
        for (month,) in aside.select("_month").distinct().collect():
            shutil.rmtree(self.location(model) / f"_event_month={month}", ignore_errors=True)


def _rows(table: pa.Table) -> list[Row]:
    """Rows with times as every engine's tests have them: UTC, without saying so."""
    naive = [
        column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column
        for column in table.columns
    ]
    rows: list[Row] = pa.table(naive, table.column_names).to_pylist()
    return rows
