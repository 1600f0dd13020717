"""PostgreSQL as a source of changes: a logical replication slot, read through SQL.

Belongs here: the publication, the slot, the snapshot that the slot begins with, peeking and
acknowledging. Does not belong here: the messages' format (see `pgoutput`), delivering what is
read (see `capture`).

Peeking takes nothing from the slot: what was not acknowledged comes again, after a crash of this
process or of the server.
"""

import contextlib
import itertools
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from sentinel.errors import SettingsError, SourceReadError
from sentinel.ledger import utc_now
from streaming_ingest.change_data_capture import envelope
from streaming_ingest.change_data_capture.pgoutput import Decoder, Transaction
from streaming_ingest.streams import StreamRecord

if TYPE_CHECKING:
    import psycopg

_SNAPSHOT_ROWS = 20_000
# Names that PostgreSQL accepts without quotes; those of slots must be so.
_SLOT_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


@dataclass(frozen=True)
class CapturedTable:
    """A table and the dataset its rows belong to.

    Attributes:
        dataset: of the lake.
        table: schema and table, as `public.customers`.
        key: its key columns, which are those of the dataset without the event time.
    """

    dataset: str
    table: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class Peeked:
    """Whole transactions, in the order of their commits.

    Attributes:
        records: envelopes by dataset; a dataset without changes is not there.
        end: what to acknowledge once they are delivered.
        record_count: of all datasets.
        is_truncating: whether a table was emptied next: only a new snapshot tells which rows went.
    """

    records: Mapping[str, Sequence[StreamRecord]]
    end: int
    record_count: int
    is_truncating: bool


@dataclass(frozen=True)
class Snapshot:
    """A consistent view of the tables as they were when the slot began.

    Attributes:
        slot: name of the slot, which no other snapshot has.
        name: by which a transaction takes the view.
        start: log sequence number from which the slot holds every change.
    """

    slot: str
    name: str
    start: int


class PostgresSource:
    """One database, its slot and its publication.

    Args:
        dsn: connection URL or string of libpq, of a user that may replicate.
        name: of the capture; the publication is `sentinel_<name>`, the slot has a number as well.
        tables: to be captured.
        patience_seconds: how long to wait for another capture of that name to end.

    Raises:
        SettingsError: when psycopg is missing or the name cannot be that of a slot.
    """

    def __init__(
        self, dsn: str, name: str, tables: Sequence[CapturedTable], patience_seconds: int = 10
    ) -> None:
        if not name or not set(name) <= _SLOT_CHARACTERS:
            raise SettingsError(
                f"a capture cannot be named {name!r}: use lower-case letters, digits and _."
            )
        self._psycopg = _driver()
        self._dsn, self._name, self._patience_seconds = dsn, name, patience_seconds
        self.publication = f"sentinel_{name}"
        self._slot = ""
        self.tables = tuple(tables)
        self._by_table = {each.table: each for each in self.tables}
        self._connection: psycopg.Connection[Any] | None = None
        self._snapshot_connection: psycopg.Connection[Any] | None = None

    @property
    def connection_errors(self) -> tuple[type[Exception], ...]:
        """What is raised while the server is away; connect again later."""
        return (self._psycopg.OperationalError, self._psycopg.InterfaceError)

    @property
    def database_errors(self) -> tuple[type[Exception], ...]:
        """What the server raises, whatever the reason."""
        return (self._psycopg.Error,)

    def connect(self) -> None:
        """Connects, makes sure of the publication, and keeps other captures of the slot away.

        Raises:
            SourceReadError: when the server does not log what is needed, another capture of this
                name runs, or a table is not published.
        """
        self.close()
        self._connection = self._psycopg.connect(self._dsn, autocommit=True)
        level = self._one("show wal_level")[0]
        if level != "logical":
            raise SourceReadError(
                f"the database of capture {self._name!r} has wal_level {level!r}: set it to "
                "'logical' (ALTER SYSTEM SET wal_level = logical) and restart the server."
            )
        self._keep_others_away()
        self._ensure_publication()

    def close(self) -> None:
        """Lets go of the server; harmless where it is gone."""
        for connection in (self._snapshot_connection, self._connection):
            if connection is not None:
                with contextlib.suppress(self._psycopg.Error):
                    connection.close()
        self._connection = self._snapshot_connection = None

    def resume(self, slot: str) -> bool:
        """Goes on with a slot; False where it does not hold every change any more."""
        found = self._all(
            "select wal_status from pg_replication_slots where slot_name = %s and "
            "database = current_database()", slot,
        )  # fmt: skip
        self._slot = slot
        return bool(found) and found[0][0] != "lost"

    def begin(self) -> Snapshot:
        """Makes a new slot in place of others; the snapshot lasts until the next one or `close`."""
        self._all(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots "
            "where slot_name ~ %s", f"^{self.publication}_[0-9a-f]{{16}}$",
        )  # fmt: skip
        if self._snapshot_connection is not None:
            self._snapshot_connection.close()
        # Only the replication protocol exports the snapshot that belongs to a new slot.
        connection = self._psycopg.connect(self._dsn, autocommit=True, replication="database")
        self._snapshot_connection = connection
        self._slot = f"{self.publication}_{secrets.token_hex(8)}"
        made = connection.execute(
            f"CREATE_REPLICATION_SLOT {self._slot} LOGICAL pgoutput EXPORT_SNAPSHOT"
        ).fetchone()
        assert made is not None
        return Snapshot(slot=self._slot, name=made[2], start=_sequence_number(made[1]))

    def rows(self, snapshot: Snapshot, table: CapturedTable) -> Iterator[list[StreamRecord]]:
        """The rows of a table as envelopes of operation `r`, some thousands at a time."""
        schema, name = table.table.split(".", 1)
        sql = self._psycopg.sql
        count = 0
        with self._psycopg.connect(self._dsn) as connection:
            connection.isolation_level = self._psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute(
                sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot.name))
            )
            taken_at = connection.execute(
                "select (extract(epoch from now()) * 1000000)::bigint, current_database()"
            ).fetchone()
            assert taken_at is not None
            source = {
                "name": self._name, "db": taken_at[1], "schema": schema, "table": name,
                "lsn": snapshot.start, "sequence": f'[null,"{snapshot.start}"]',
                "snapshot": "true", "ts_us": taken_at[0],
            }  # fmt: skip
            with connection.cursor("snapshot") as cursor:
                cursor.execute(
                    sql.SQL("select row_to_json(each)::text from {} as each").format(
                        sql.Identifier(schema, name)
                    )
                )
                while rows := cursor.fetchmany(_SNAPSHOT_ROWS):
                    contents = [
                        envelope.write("r", None, msgspec.json.decode(row[0]), source)
                        for row in rows
                    ]
                    yield _records(contents, snapshot.start, count)
                    count += len(rows)

    def vanished(
        self, snapshot: Snapshot, table: CapturedTable, keys: Sequence[Mapping[str, Any]]
    ) -> list[StreamRecord]:
        """Envelopes that delete rows of which a new snapshot shows that they are gone."""
        schema, name = table.table.split(".", 1)
        taken_at, database = self._one(
            "select (extract(epoch from now()) * 1000000)::bigint, current_database()"
        )
        source = {
            "name": self._name, "db": database, "schema": schema, "table": name,
            "lsn": snapshot.start, "sequence": f'["0","{snapshot.start}"]', "snapshot": "true",
            "ts_us": taken_at,
        }  # fmt: skip
        contents = [envelope.write("d", key, None, source) for key in keys]
        return _records(contents, snapshot.start, 0)

    def peek(self, most: int) -> Peeked:
        """The next transactions, at least one if there is any, until so many messages are reached.

        A transaction is never cut, so one that is larger than memory cannot be read.
        """
        upto, database = self._one("select pg_current_wal_flush_lsn()::text, current_database()")
        start = self._one(
            "select confirmed_flush_lsn::text from pg_replication_slots where slot_name = %s",
            self._slot,
        )[0]
        found = self._all(
            "select lsn::text, data from pg_logical_slot_peek_binary_changes(%s, %s::pg_lsn, %s, "
            "'proto_version', '1', 'publication_names', %s)",
            self._slot, upto, most, self.publication, binary=True,
        )  # fmt: skip
        keys = {each.table: each.key for each in self.tables}
        decoder = Decoder(self._name, database, keys)
        messages = [(_sequence_number(place), bytes(data)) for place, data in found]
        transactions = list(decoder.transactions(messages, _sequence_number(start)))
        # Where nothing was found up to there, nothing before it will be.
        end = transactions[-1].end if transactions else _sequence_number(upto)
        return self._peeked(transactions, end)

    def acknowledge(self, end: int) -> None:
        """Lets the server forget what lies before; it is in the ledger."""
        self._all(
            "select pg_replication_slot_advance(%s, greatest(%s::pg_lsn, confirmed_flush_lsn)) "
            "from pg_replication_slots where slot_name = %s",
            self._slot, f"{end >> 32:X}/{end & 0xFFFFFFFF:X}", self._slot,
        )  # fmt: skip

    def _peeked(self, transactions: Sequence[Transaction], end: int) -> Peeked:
        records: dict[str, list[StreamRecord]] = {}
        arrived_at = utc_now()
        whole = list(itertools.takewhile(lambda each: not each.is_truncating, transactions))
        if len(whole) < len(transactions):
            end = whole[-1].end if whole else 0
        for transaction in whole:
            for number, change in enumerate(transaction.changes):
                if table := self._by_table.get(change.table):
                    record = _record(change.data, transaction.end, number, arrived_at)
                    records.setdefault(table.dataset, []).append(record)
        count = sum(map(len, records.values()))
        return Peeked(records, end, count, is_truncating=not whole and bool(transactions))

    def _keep_others_away(self) -> None:
        # A capture that was killed holds its lock until the server notices.
        self._all(f"set lock_timeout = '{self._patience_seconds}s'")
        try:
            self._all("select pg_advisory_lock(hashtextextended(%s, 0))", self.publication)
        except self._psycopg.errors.LockNotAvailable:
            raise SourceReadError(
                f"another capture named {self._name!r} is at work on this database: stop it, or "
                "give this one another name."
            ) from None
        self._all("reset lock_timeout")

    def _ensure_publication(self) -> None:
        sql = self._psycopg.sql
        exists = self._all("select 1 from pg_publication where pubname = %s", self.publication)
        if not exists:
            names = sql.SQL(", ").join(
                sql.Identifier(*each.table.split(".", 1)) for each in self.tables
            )
            self._all(sql.SQL("create publication {} for table {}").format(
                sql.Identifier(self.publication), names
            ))  # fmt: skip
        published = self._all(
            "select schemaname || '.' || tablename from pg_publication_tables where pubname = %s",
            self.publication,
        )
        missing = sorted(self._by_table.keys() - {row[0] for row in published})
        if missing:
            raise SourceReadError(
                f"publication {self.publication} lacks {', '.join(missing)}: ALTER PUBLICATION "
                f"{self.publication} ADD TABLE …, and start again."
            )

    def _one(self, query: Any, *values: object) -> Any:
        return self._all(query, *values)[0]

    def _all(self, query: Any, *values: object, binary: bool = False) -> list[Any]:
        if self._connection is None:
            raise SourceReadError(f"capture {self._name!r} is not connected: call connect() first.")
        cursor = self._connection.execute(query, values or None, binary=binary)
        return cursor.fetchall() if cursor.description else []


def _records(contents: Sequence[bytes], end: int, first: int) -> list[StreamRecord]:
    now = utc_now()
    return [_record(data, end, first + number, now) for number, data in enumerate(contents)]


def _record(data: bytes, end: int, number: int, arrived_at: datetime) -> StreamRecord:
    """A record whose sequence, as text, is in the order of commits."""
    return StreamRecord(data, f"{end:016X}-{number:010d}", arrived_at)


def _sequence_number(text: str) -> int:
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def _driver() -> Any:
    try:
        import psycopg
        import psycopg.sql
    except ImportError as error:
        raise SettingsError(
            "capturing from PostgreSQL needs psycopg: install sentinel-lakehouse[postgres]."
        ) from error
    return psycopg
