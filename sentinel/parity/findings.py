"""What was built on each engine, and what differs.

Belongs here: the order of building and comparing, and showing what was found. Does not belong here:
how an engine is run, and when two rows are the same.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
from rich.console import Console
from rich.table import Table as Shown

from sentinel.parity.compare import Comparison, compare
from sentinel.parity.data_set import DataSet
from sentinel.parity.engines import WITHOUT_TESTS, Built, Engine
from sentinel.parity.tables import Table

Rows = dict[Table, pa.Table]


@contextmanager
def step(console: Console, what: str) -> Iterator[None]:
    """What is under way, and afterwards how long it took."""
    began = time.monotonic()
    with console.status(f"{what} …"):
        yield
    console.print(f"{what}: {time.monotonic() - began:.0f} s", highlight=False)


class Findings:
    """What was built and what differs."""

    def __init__(
        self, console: Console, engines: Sequence[Engine], selection: Sequence[str]
    ) -> None:
        self._console, self._engines, self._selection = console, engines, selection
        self._built: dict[str, Built] = {}
        self._first_rows: Rows = {}
        # By what was built and the two that were compared.
        self.comparisons: dict[tuple[str, str], list[Comparison]] = {}
        self.differing_verdicts: list[str] = []

    def build_in_runs(self, data: DataSet, with_tests: bool) -> None:
        """An increment a run; data tests in the last, if at all."""
        for run in range(len(data.runs)):
            entries, is_last = data.reveal(run), run == len(data.runs) - 1
            for engine in self._engines:
                with step(self._console, f"{engine.name}: run {run + 1} of {len(data.runs)}"):
                    engine.take(entries)
                    extra = () if is_last and with_tests else WITHOUT_TESTS
                    self._built[engine.name] = engine.build(*self._selection, *extra)
        first, *others = self._engines
        for other in others:
            self._compare_verdicts(first.name, other.name)

    def build_anew(self) -> None:
        """A full refresh on each."""
        for engine in self._engines:
            with step(self._console, f"{engine.name}: full refresh"):
                engine.build("--full-refresh", *self._selection, *WITHOUT_TESTS)

    def hold_against_each_other(self, what: str) -> None:
        """Every other engine's tables against those of the first."""
        first, *others = self._engines
        wanted = self._built[first.name].tables
        before, self._first_rows = self._first_rows, self._read(first, wanted)
        if before:
            self._before = before
        for other in others:
            rows = self._read(other, wanted)
            with step(self._console, f"comparing {first.name} and {other.name}"):
                self.comparisons[what, f"{first.name} and {other.name}"] = [
                    _compared(table, self._first_rows[table], rows[table]) for table in wanted
                ]

    def hold_against_the_increments(self) -> None:
        """What the first engine built anew against what it built in increments."""
        name = self._engines[0].name
        self.comparisons["increments and full refresh", name] = [
            _compared(table, rows, self._first_rows[table]) for table, rows in self._before.items()
        ]

    @property
    def are_equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differing_verdicts and all(
            each.is_equal for found in self.comparisons.values() for each in found
        )

    def show(self) -> None:
        """A line for each table, then what differs."""
        shown = Shown(caption="Mismatches of each comparison; 'worst' is of floats that count as "
                      "the same, relative.", caption_justify="left")  # fmt: skip
        shown.add_column("Table", no_wrap=True)
        shown.add_column("Rows", justify="right", no_wrap=True)
        for what, who in self.comparisons:
            shown.add_column(f"{who}: {what}", justify="right")
        shown.add_column("Worst", justify="right")
        for of_table in zip(*self.comparisons.values(), strict=True):
            counts = [each.mismatch_count + len(each.column_differences) for each in of_table]
            worst = max(each.worst_relative_difference for each in of_table)
            shown.add_row(
                of_table[0].table, f"{of_table[0].left_row_count:,}",
                *(f"[red]{count:,}[/]" if count else "0" for count in counts),
                f"{worst:.0e}" if worst else "",
            )  # fmt: skip
        self._console.print(shown)
        for (what, who), found in self.comparisons.items():
            for each in found:
                if not each.is_equal:
                    self._console.print(
                        f"[red]{who}, {what}:[/] {each}", highlight=False, soft_wrap=True
                    )
        for line in self.differing_verdicts:
            self._console.print(f"[red]{line}", highlight=False, soft_wrap=True)
        tables = {each.table for found in self.comparisons.values() for each in found}
        rows = sum(each.left_row_count for found in self.comparisons.values() for each in found)
        verdicts = len(self._built[self._engines[0].name].verdicts)
        said = "the same everywhere" if self.are_equal else "[bold red]not the same[/]"
        self._console.print(
            f"{rows:,} rows of {len(tables)} tables and the verdicts of {verdicts} data tests on "
            f"{', '.join(each.name for each in self._engines)}: {said}.",
            soft_wrap=True,
        )

    def as_json(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "is_equal": self.are_equal,
            "test_count": len(self._built[self._engines[0].name].verdicts),
            "differing_verdicts": self.differing_verdicts,
            "tables": [
                {
                    "what": what, "engines": who, "table": each.table, "rows": each.left_row_count,
                    "mismatches": each.mismatch_count + len(each.column_differences),
                    "worst_relative_difference": each.worst_relative_difference,
                }
                for (what, who), found in self.comparisons.items()
                for each in found
            ],
        }  # fmt: skip

    def _read(self, engine: Engine, wanted: Sequence[Table]) -> Rows:
        with step(self._console, f"{engine.name}: reading {len(wanted)} tables"):
            return engine.read(wanted)

    def _compare_verdicts(self, first: str, other: str) -> None:
        expected, found = self._built[first].verdicts, self._built[other].verdicts
        self.differing_verdicts += [
            f"{name}: {first} says {expected.get(name)}, {other} says {found.get(name)}"
            for name in sorted(expected.keys() | found.keys())
            if expected.get(name) != found.get(name)
        ]


def _compared(table: Table, left: pa.Table, right: pa.Table) -> Comparison:
    return compare(f"{table.schema}.{table.name}", table.key, left, right, table.ignored)
