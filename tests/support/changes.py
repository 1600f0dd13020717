"""A master database that changes, and what the lake then holds of it.

Belongs here: tables with the columns of the contracts, and reading versions. Does not belong here:
which changes a test makes.
"""

import io
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from sentinel.lake import Lake
from sentinel.ledger import Ledger
from sentinel.transform import Tokeniser
from streaming_ingest.change_data_capture.capture import Capture, Step
from streaming_ingest.change_data_capture.postgres import CapturedTable, PostgresSource

CUSTOMERS = CapturedTable("customers", "public.customers", ("customer_id",))
TERMINALS = CapturedTable("terminals", "public.terminals", ("terminal_id",))
TOKENISER = Tokeniser(b"test key")
NAME = "shop"
TABLES = """
    drop publication if exists sentinel_shop;
    drop table if exists customers, terminals;
    create table customers (
        customer_id text primary key, full_name text, segment text, home_country_code text,
        home_latitude double precision, updated_at timestamptz default now()
    );
    create table terminals (
        terminal_id integer primary key, merchant_id text, merchant_category_code text,
        country_code text, is_open boolean
    );
    select pg_drop_replication_slot(slot_name) from pg_replication_slots;
"""

Row = dict[str, Any]


def master(dsn: str) -> psycopg.Connection:
    """A connection to a database with both tables, empty."""
    connection = psycopg.connect(dsn, autocommit=True)
    for statement in filter(str.strip, TABLES.split(";")):
        connection.execute(statement)
    return connection


def captured(dsn: str, lake: Lake, most: int = 20_000) -> list[Step]:
    """Captures until nothing is left, as a process that starts now would."""
    source = PostgresSource(dsn, NAME, [CUSTOMERS, TERMINALS])
    source.connect()
    try:
        capture = Capture(lake, TOKENISER, source, NAME)
        steps = [capture.step(most)]
        while steps[-1].change_count or steps[-1].is_snapshot:
            steps.append(capture.step(most))
        return steps
    finally:
        source.close()


def versions(lake: Lake, dataset: str) -> list[Row]:
    """Every delivered version in the order of the ledger."""
    tables = [
        pq.ParquetFile(io.BytesIO(lake.read(file.path))).read()
        for entry in Ledger(lake).entries(dataset)
        for file in entry.files
    ]
    return pa.concat_tables(tables).to_pylist() if tables else []


def history(lake: Lake, dataset: str, key: str, attribute: str) -> dict[str, list[Any]]:
    """For each key what its versions say, oldest first; a deletion is "deleted".

    Fails where two versions of a key have one time: only one of them would last.
    """
    found: dict[str, list[tuple[Any, Any]]] = {}
    for row in versions(lake, dataset):
        value = "deleted" if row["is_deleted"] else row[attribute]
        found.setdefault(row[key], []).append((row["updated_at"], value))
    for each, told in found.items():
        times = [at for at, _ in told]
        assert len(set(times)) == len(times), (each, told)
    return {each: [value for _, value in sorted(told)] for each, told in found.items()}


def current(lake: Lake, dataset: str, key: str, attribute: str) -> Row:
    """What the latest versions say, deleted rows left out."""
    return {
        each: told[-1]
        for each, told in history(lake, dataset, key, attribute).items()
        if told[-1] != "deleted"
    }
