"""`sentinel cdc`: capturing master databases into the lake.

Belongs here: options, progress, and trying again while the database is away. Does not belong here:
what a capture does; see `capture`.
"""

import time
from collections import Counter
from typing import Annotated

import structlog
import typer
from rich.console import Console
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from sentinel.contracts import Contract, contract
from sentinel.errors import SettingsError, SourceReadError
from sentinel.lake_access import open_lake
from sentinel.process_lock import only_process
from sentinel.settings import Settings
from sentinel.transform import Tokeniser
from streaming_ingest.change_data_capture.capture import Capture, Step
from streaming_ingest.change_data_capture.postgres import CapturedTable, PostgresSource
from streaming_ingest.change_data_capture.streamed import StreamedChanges
from streaming_ingest.endpoints import reader
from streaming_ingest.stopping import stop_by_interrupt

_LONGEST_WAIT_SECONDS = 60
_DEFAULT_TABLES = ["customers=public.customers", "terminals=public.terminals"]

app = typer.Typer(help="Change data capture of customers and terminals.", no_args_is_help=True)
log = structlog.get_logger(__name__)

Tables = Annotated[
    list[str],
    typer.Option("--table", help="dataset=schema.table, once for each table to be captured."),
]

Once = Annotated[bool, typer.Option("--once", help="Stop when everything there is was delivered.")]
PollSeconds = Annotated[float, typer.Option(help="How long to wait when nothing has come.")]


@app.command()
def run(
    name: Annotated[
        str, typer.Option(help="Name of the capture: of its publication, slot and batches.")
    ] = "masters",
    table: Tables = _DEFAULT_TABLES,
    once: Once = False,
    poll_seconds: PollSeconds = 1.0,
) -> None:
    """Capture a PostgreSQL database: a snapshot first, then every change, until Ctrl-C.

    The database is named by SENTINEL_CAPTURE_DSN, as postgresql://user:password@host/database. It
    needs wal_level=logical, and a user with REPLICATION who owns the tables. Columns are matched
    with the contract's by name (personal ones by the names they arrive with: full_name, email…);
    others are kept as tokens. Each delivered change is a version, deletions included.

    Stop it at any time and start it again: it goes on where the ledger says it ended.
    """
    settings = Settings.load()
    source = PostgresSource(_dsn(settings), name, [_table(each) for each in table])
    console = Console(stderr=True)
    with only_process(settings, f"capturing-{name}", "one capture of a name runs at a time."):
        stop_by_interrupt()
        try:
            _follow(settings, source, name, once, poll_seconds, console)
        except KeyboardInterrupt:
            console.print("Stopped. What was delivered is in the ledger.")
        except source.database_errors as error:
            raise SourceReadError(
                f"the database of capture {name!r} refused ({str(error).strip()}): check that the "
                "tables exist, that the user owns them and has REPLICATION, and that the server "
                "has a free slot (max_replication_slots)."
            ) from error
        finally:
            source.close()


@app.command()
def follow(
    stream: Annotated[
        str, typer.Argument(help="Kinesis stream, or local one in the state folder's streams/.")
    ],
    dataset: Annotated[str, typer.Option(help="Dataset that the stream's table belongs to.")],
    once: Once = False,
    poll_seconds: PollSeconds = 1.0,
) -> None:
    """Deliver changes that Debezium itself wrote to a stream, one stream a table, until Ctrl-C.

    The connector's settings: decimal.handling.mode=string or double, and tombstones or not. The
    records of a key are in one shard, in order.
    """
    settings = Settings.load()
    one = _of_versions(dataset)
    changes = StreamedChanges(
        open_lake(settings), one, Tokeniser(settings.personal_data_key), reader(settings, stream)
    )
    totals: Counter[str] = Counter()
    console = Console(stderr=True)
    with (
        only_process(settings, f"following-{stream}", "one process follows a stream at a time."),
        console.status("reading") as status,
    ):
        stop_by_interrupt()
        try:
            while True:
                done = changes.poll()
                _count(totals, Step(tuple(done), len(done)))
                status.update(_line(totals))
                if done:
                    continue
                if once:
                    break
                time.sleep(poll_seconds)
        except KeyboardInterrupt:
            console.print("Stopped. What was delivered is in the ledger.")
    console.print(_line(totals))


def _follow(
    settings: Settings, source: PostgresSource, name: str, once: bool, poll_seconds: float,
    console: Console,
) -> None:  # fmt: skip
    tokeniser = Tokeniser(settings.personal_data_key)
    totals: Counter[str] = Counter()
    trying = Retrying(
        retry=retry_if_exception_type(source.connection_errors),
        wait=wait_random_exponential(multiplier=0.5, max=_LONGEST_WAIT_SECONDS),
        before_sleep=_tell,
        reraise=True,
    )
    lake = open_lake(settings)

    def connected() -> Capture:
        source.connect()
        # What was delivered before the connection broke is read again from the ledger.
        return Capture(lake, tokeniser, source, name)

    with console.status("connecting") as status:
        try:
            capture = connected()
        except source.connection_errors as error:
            raise SourceReadError(
                f"the database of capture {name!r} cannot be reached ({str(error).strip()}): check "
                "SENTINEL_CAPTURE_DSN and that the server runs."
            ) from error
        while True:
            try:
                step = capture.step()
            except source.connection_errors as error:
                log.warning("the database went away, connecting again", error=str(error).strip())
                capture = trying(connected)
                continue
            _count(totals, step)
            status.update(_line(totals))
            if step.change_count or step.is_snapshot:
                continue
            if once:
                break
            time.sleep(poll_seconds)
    console.print(_line(totals))


def _count(totals: Counter[str], step: Step) -> None:
    totals["snapshots"] += step.is_snapshot
    for done in step.delivered:
        totals["batches"] += 1
        totals["versions"] += done.delivered_row_count
        totals["quarantined"] += done.quarantined_row_count


def _line(totals: Counter[str]) -> str:
    names = ("snapshots", "batches", "versions", "quarantined")
    return "  ".join(f"{name} {totals[name]:,}" for name in names)


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning(
        "the database does not answer, trying again",
        attempt=state.attempt_number, seconds=round(state.upcoming_sleep, 1),
        error=str(error).strip(),
    )  # fmt: skip


def _dsn(settings: Settings) -> str:
    if settings.capture_dsn is None:
        raise SettingsError(
            "which database? Set SENTINEL_CAPTURE_DSN to postgresql://user:password@host/database."
        )
    return settings.capture_dsn.get_secret_value()


def _table(told: str) -> CapturedTable:
    dataset, separator, table = told.partition("=")
    if not separator or table.count(".") != 1:
        raise SettingsError(f"--table {told!r}: write dataset=schema.table.")
    one = _of_versions(dataset)
    return CapturedTable(dataset, table, tuple(n for n in one.key if n != one.event_time))


def _of_versions(dataset: str) -> Contract:
    one = contract(dataset)
    if one.event_time not in one.key or "is_deleted" not in one.names:
        raise SourceReadError(
            f"{dataset} is not a dataset of versions that can be deleted; customers and terminals "
            "are."
        )
    return one
