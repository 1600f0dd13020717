"""The warehouse as the models see it: tables in, rows of results out.

Belongs here: connections, the names of schemas, types of each engine. Does not belong here: what is
asked, and which results there are.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from sentinel.errors import SentinelError
from sentinel.redshift import redshift_cursor, schema
from sentinel.settings import Settings

_INSERTED_AT_ONCE = 500
_REDSHIFT_TYPES = {"varchar": "varchar(4096)", "double": "double precision"}


class WarehouseError(SentinelError):
    """The warehouse is not there, is in use, or lacks what is asked for."""


@dataclass(frozen=True)
class Warehouse:
    """The warehouse of an environment; each call opens a connection of its own.

    DuckDB lets nobody in while somebody writes, so nothing is kept open between calls.
    """

    settings: Settings

    def schema(self, name: str) -> str:
        """A schema's name here."""
        return schema(self.settings, name)

    def read(self, sql: str) -> pa.Table:
        """What a query gives.

        Raises:
            WarehouseError: when the warehouse cannot be opened, or has not what is asked for.
            RedshiftError: when it is Redshift and cannot be reached.
        """
        if self._is_duckdb:
            with self._duckdb(read_only=True) as connection:
                return connection.sql(sql).to_arrow_table()
        with redshift_cursor() as cursor:
            cursor.execute(sql)
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        columns = zip(*rows, strict=True) if rows else ([] for _ in names)
        return pa.table(dict(zip(names, map(list, columns), strict=True)))

    def append(self, schema: str, table: str, types: dict[str, str], rows: pa.Table) -> None:
        """Adds rows to a table, which is made if it is not there.

        Args:
            schema: name without prefix.
            table: the table.
            types: type of each column, in the words of DuckDB; the rows have these columns.
            rows: what is added, all or nothing.
        """
        where, rows = f"{self.schema(schema)}.{table}", rows.select(list(types))
        create = (f"create schema if not exists {self.schema(schema)}", self._create(where, types))
        if self._is_duckdb:
            with self._duckdb(read_only=False) as connection:
                connection.begin()
                for statement in create:
                    connection.execute(statement)
                connection.register("arriving", rows)
                connection.execute(f"insert into {where} select * from arriving")
                connection.commit()
            return
        with redshift_cursor() as cursor:
            for statement in ("begin", *create):
                cursor.execute(statement)
            for start in range(0, rows.num_rows, _INSERTED_AT_ONCE):
                _insert(cursor, where, rows.slice(start, _INSERTED_AT_ONCE))
            cursor.execute("commit")

    @property
    def _is_duckdb(self) -> bool:
        return self.settings.spec.target == "duckdb"

    def _create(self, where: str, types: dict[str, str]) -> str:
        columns = ", ".join(
            f"{name} {kind if self._is_duckdb else _REDSHIFT_TYPES.get(kind, kind)}"
            for name, kind in types.items()
        )
        return f"create table if not exists {where} ({columns})"

    @contextmanager
    def _duckdb(self, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        path = self.settings.warehouse_file
        if not path.is_file():
            raise WarehouseError(f"There is no warehouse at {path}: build it with `dbt build`.")
        try:
            with duckdb.connect(str(path), read_only=read_only) as connection:
                connection.execute("set timezone = 'UTC'")
                yield connection
        except duckdb.IOException as error:
            raise WarehouseError(f"{path} is in use, perhaps by a build: {error}") from error
        except duckdb.CatalogException as error:
            raise WarehouseError(f"{path} is not built as far as this needs: {error}") from error


def _insert(cursor: Any, where: str, rows: pa.Table) -> None:
    """One statement for many rows: Redshift answers each of them in a tenth of a second."""
    values: list[Sequence[Any]] = [tuple(row.values()) for row in rows.to_pylist()]
    row = f"({', '.join(['%s'] * rows.num_columns)})"
    statement = f"insert into {where} values {', '.join([row] * len(values))}"
    cursor.execute(statement, [value for each in values for value in each])
