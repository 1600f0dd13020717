"""SQL databases as a source: dlt's `sql_database`, by SQLAlchemy URL, with an incremental cursor.

Belongs here: reading tables and views. Does not belong here: which rows are new (`row_landing`).
"""

import contextlib
from collections.abc import Generator, Iterator
from typing import Any

import dlt
import sqlalchemy
from dlt.sources.sql_database import TableLoader, sql_table
from sqlalchemy.exc import SQLAlchemyError

from batch_ingest.dlt_runtime import extracting
from batch_ingest.mapping import Feed, SqlSource
from batch_ingest.row_source import Rows, from_environment
from batch_ingest.suggestions import suggestion
from sentinel.errors import MappingError, SourceReadError

_FETCHED_ROWS = 10_000


@contextlib.contextmanager
def open_database(spec: SqlSource, location: str | None) -> Iterator["Database"]:
    """The database at the location, or at the URL in the variable that the mapping names.

    Raises:
        SourceReadError: when there is no URL, no driver, or no answer.
    """
    url = location
    if url is None and spec.url_env is not None:
        url = from_environment(spec.url_env, "the database's URL")
    if url is None:
        raise SourceReadError(
            "this mapping reads a database: give its SQLAlchemy URL (SOURCE=...)."
        )
    try:
        engine = sqlalchemy.create_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise SourceReadError(
            f"the database's URL cannot be used ({type(error).__name__}: {error}): write it as "
            "dialect+driver://user:password@host/database, and install the driver."
        ) from error
    database = Database(engine, spec)
    try:
        yield database
    finally:
        database.close()


class Database:
    """Tables and views of one database."""

    def __init__(self, engine: sqlalchemy.Engine, spec: SqlSource) -> None:
        self._engine = engine
        self._connections: list[sqlalchemy.Connection] = []
        self._schema = spec.db_schema
        url = engine.url
        host = f"{url.host or ''}{f':{url.port}' if url.port else ''}"
        address = f"{url.get_backend_name()}://{host}/{url.database or ''}"
        self._shown = spec.identity or address

    def close(self) -> None:
        """Gives every connection back."""
        for connection in self._connections:
            connection.close()
        self._engine.dispose()

    def origin(self, feed: Feed) -> str:
        """Database and table."""
        return f"{self._shown}#{feed.source}"

    def read(self, name: str, feed: Feed, start: Any) -> Rows:
        """One query over the table, in the cursor's order, fetched bit by bit.

        Raises:
            MappingError: when the table or the cursor's column does not exist.
            SourceReadError: when the database does not answer.
        """
        schema, _, table = feed.source.rpartition(".")
        schema = schema or self._schema or ""
        columns = self._columns(name, schema or None, table)
        cursor = feed.cursor
        if cursor is not None and cursor.column not in columns:
            raise MappingError(
                f"datasets.{name}.cursor.column: {feed.source} has no column {cursor.column!r}: "
                f"{suggestion(cursor.column, columns)}"
            )
        records = self._records(table, schema, feed, start)
        return Rows(records, is_ordered=True, columns=frozenset(columns))

    def _columns(self, name: str, schema: str | None, table: str) -> set[str]:
        try:
            inspector = sqlalchemy.inspect(self._engine)
            there = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
            if table in there:
                return {column["name"] for column in inspector.get_columns(table, schema)}
        except SQLAlchemyError as error:
            raise SourceReadError(
                f"{self._shown}: the database does not answer ({type(error).__name__}: "
                f"{error.args[0] if error.args else error}): check address, user and password."
            ) from error
        raise MappingError(
            f"datasets.{name}.from: {self._shown} has no table {table!r}"
            f"{f' in schema {schema!r}' if schema else ''}: {suggestion(table, there)}"
        )

    def _records(
        self, table: str, schema: str, feed: Feed, start: Any
    ) -> Generator[dict[str, Any], None, None]:
        incremental = None
        if feed.cursor is not None:
            incremental = dlt.sources.incremental(
                feed.cursor.column, initial_value=start, row_order="asc", primary_key=(),
                on_cursor_value_missing="include",
            )  # fmt: skip
        is_sqlite = self._engine.dialect.name == "sqlite"
        with extracting(self.origin(feed), "check that the table can be read by this user."):
            yield from sql_table(
                credentials=self._engine,
                table=table,
                schema=schema or None,
                incremental=incremental,
                chunk_size=_FETCHED_ROWS,
                backend="sqlalchemy",
                reflection_level="minimal",
                table_adapter_callback=_without_types if is_sqlite else None,
                table_loader_class=_loader(self._connections),
            )


def _loader(connections: list[sqlalchemy.Connection]) -> type[TableLoader]:
    """dlt's own loader, with its connection where it can be closed.

    A read that is broken off would otherwise keep its connection, and the database its lock, until
    dlt's iterator is garbage collected.
    """

    class Loader(TableLoader):
        def _load_rows(self, query: Any, backend_kwargs: dict[str, Any]) -> Iterator[Any]:
            connection = self.engine.connect()
            connections.append(connection)
            chunked = connection.execution_options(yield_per=self.chunk_size)
            yield from self._convert_result(chunked.execute(query), backend_kwargs)
            connection.close()

    return Loader


def _without_types(table: sqlalchemy.Table) -> sqlalchemy.Table:
    """SQLite keeps any value in any column: read as it is, wrong ones go to quarantine."""
    for column in table.columns:
        column.type = sqlalchemy.types.NullType()
    return table
