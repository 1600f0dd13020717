"""What the near-real-time loop is doing, on the terminal.

Belongs here: drawing. Does not belong here: counting; see `runner`.
"""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from streaming_ingest.runner import Progress


def drawn(progress: Progress, now: float) -> RenderableType:
    """The live table: what came, how far it is, and how late the marts are."""
    table = Table(title="Near real time", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("Events a second (last 10 s)", f"{progress.rate(now):,.0f}")
    table.add_row("Events taken", f"{progress.record_count:,}")
    table.add_row("in quarantine", f"{progress.quarantined_count:,}")
    table.add_row("buffered", f"{progress.buffered_count:,}")
    table.add_row("delivered, not in the marts yet", f"{progress.waiting_count:,}")
    table.add_row("Batches", f"{progress.batch_count:,}")
    table.add_row("Lag from arrival to mart, p50", _seconds(progress.lag(0.50)))
    table.add_row("p95", _seconds(progress.lag(0.95)))
    if progress.built:
        table.add_row("Latest micro-batch", _seconds(progress.built.seconds))
    if progress.failed_tests is not None:
        table.add_row("Data tests", _tests(progress.failed_tests))
    if progress.failure:
        table.add_row(Text("Latest failure", style="red"), Text(progress.failure, style="red"))
    return table


def _tests(failed: tuple[str, ...]) -> Text:
    return Text("failed: " + ", ".join(failed), style="red") if failed else Text("passed")


def _seconds(value: float | None) -> str:
    return "none yet" if value is None else f"{value:.2f} s"
