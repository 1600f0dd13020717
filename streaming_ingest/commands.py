"""`sentinel stream`: playing transactions into a stream, and keeping the marts current with it.

Belongs here: options, and what is shown. Does not belong here: the work itself.
"""

import time
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.live import Live
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from sentinel.contracts import contract
from sentinel.lake_access import open_lake
from sentinel.process_lock import only_process
from sentinel.settings import Settings
from sentinel.transform import Tokeniser
from streaming_ingest.delivery import Buffering, Delivery
from streaming_ingest.endpoints import STREAMED, dataset_reader, producer, stream_name
from streaming_ingest.firehose_commit.commands import commit
from streaming_ingest.live import drawn
from streaming_ingest.runner import Reporter, Runner
from streaming_ingest.simulation import (
    Tempo,
    generated_transactions,
    landed_transactions,
    play,
    records,
)
from streaming_ingest.status import stream_statuses
from streaming_ingest.stopping import until_stopped

REPORTERS = "sentinel.micro_batch_reporters"
"""Entry points: a `streaming_ingest.runner.Reporter`, made with the settings."""

app = typer.Typer(help="Near real time: streams into the lake and the marts.", no_args_is_help=True)
app.command()(commit)
_IDLE_SECONDS = 0.1
_DEFAULT_SPEED = 60.0
_WHEN_BUSY = "let it run, or stop it first; whoever starts next goes on where it ended."


@app.command()
def simulate(
    source: Annotated[
        Literal["generated", "landed"],
        typer.Option(help="Synthetic transactions, or those that have landed in the raw zone."),
    ] = "generated",
    rate: Annotated[
        float | None,
        typer.Option(min=0.1, help="Events a second, evenly; with --speed the most there may be."),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            help="Seconds of the events in a second of the play: their distances are kept, so many "
            "times shorter. 60 if neither is given.",
            show_default=False,
        ),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many events.")] = None,
    seed: Annotated[int, typer.Option(help="Of the synthetic transactions.")] = 1,
    customers: Annotated[
        int,
        typer.Option(
            min=2,
            help="How many make the synthetic transactions; at a high rate few of them pay more "
            "often than people do.",
        ),
    ] = 1_000,
) -> None:
    """Play transactions into the stream as if they happened now; stop with Ctrl+C.

    --rate 2000 sends 2,000 a second. --speed 60 plays an hour in a minute. Both together play an
    hour in a minute, but never more than 2,000 a second: what comes faster waits its turn.
    """
    settings = Settings.load()
    tables = (
        generated_transactions(seed, customers)
        if source == "generated"
        else landed_transactions(open_lake(settings))
    )
    if rate is None and speed is None:
        speed = _DEFAULT_SPEED
    tempo = Tempo(rate=rate, speed=speed, most=count)
    columns = (SpinnerColumn(), TextColumn("{task.fields[sent]:,} events into {task.description}"),
               TimeElapsedColumn())  # fmt: skip
    with (
        producer(settings, "transactions") as sender,
        Bar(*columns, console=Console(stderr=True)) as bar,
        until_stopped() as is_stopped,
    ):
        task = bar.add_task(stream_name("transactions"), total=None, sent=0)
        play(sender, records(tables), tempo, lambda n: bar.update(task, sent=n), is_stopped)


@app.command()
def run(
    buffer_seconds: Annotated[
        float, typer.Option(min=0.0, help="Deliver so many seconds after a first record.")
    ] = 1.0,
    buffer_records: Annotated[
        int, typer.Option(min=1, help="Deliver when so many records wait.")
    ] = 50_000,
    check_seconds: Annotated[
        float,
        typer.Option(min=0.0, help="Test keys and versions so many seconds apart; 0: never."),
    ] = 300.0,
    report: Annotated[
        bool, typer.Option(help="Tell Dagster what arrived, what was built and which tests passed.")
    ] = True,
    until_idle: Annotated[
        float | None,
        typer.Option(min=0.0, help="End when nothing has come for so many seconds."),
    ] = None,
) -> None:
    """Keep features, rule hits, alerts and marts current; stop with Ctrl+C, start again at will."""
    from streaming_ingest.micro_batch import MicroBatches  # imports dbt: seconds

    settings = Settings.load()
    buffering = Buffering(records=buffer_records, seconds=buffer_seconds)
    console = Console(stderr=True)
    with only_process(settings, "streaming", _WHEN_BUSY), until_stopped() as is_stopped:
        with console.status("Preparing the warehouse"):
            builder = MicroBatches(settings)
            builder.prepare()
            reporters = _reporters(settings) if report else []
        lake, tokeniser = open_lake(settings), Tokeniser(settings.personal_data_key)
        runner = Runner(
            [
                Delivery(lake, contract(name), dataset_reader(settings, name), tokeniser, buffering)
                for name in STREAMED
            ],
            builder,
            reporters,
            check_seconds,
            is_waiting=False,
        )
        _loop(runner, console, is_stopped, until_idle)


@app.command()
def status() -> None:
    """How far each stream has got: arrived, delivered to the lake, taken into the marts."""
    settings = Settings.load()
    table = Table("Stream", "Not delivered", "Batches", "Latest (UTC)", "Not in the marts")
    for one in stream_statuses(settings, open_lake(settings)):
        waiting = "cannot be seen now" if one.waiting_count is None else f"{one.waiting_count:,}"
        behind = (
            "not known" if one.undelivered_bytes is None else f"{one.undelivered_bytes:,} bytes"
        )
        table.add_row(
            one.name, behind, f"{one.batch_count:,}",
            f"{one.latest_at:%Y-%m-%d %H:%M:%S}" if one.latest_at else "never", waiting,
        )  # fmt: skip
    Console().print(table)


def _reporters(settings: Settings) -> list[Reporter]:
    """Everything that wants to know of micro-batches, whichever packages are installed."""
    return [entry.load()(settings) for entry in entry_points(group=REPORTERS)]


def _loop(
    runner: Runner, console: Console, is_stopped: Callable[[], bool], until_idle: float | None
) -> None:
    busy_at = time.monotonic()
    with Live(console=console, refresh_per_second=4) as live:
        while not is_stopped():
            if runner.step() or runner.progress.buffered_count:
                busy_at = time.monotonic()
            elif until_idle is not None and time.monotonic() - busy_at > until_idle:
                break
            live.update(drawn(runner.progress, time.monotonic()))
            time.sleep(_IDLE_SECONDS)
        runner.step(is_last=True)
        live.update(drawn(runner.progress, time.monotonic()))
