"""What a case is: a generic test on a table, and whether dbt must say pass or fail."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """One generic test on one table.

    `test` is `package.name`, `table` one of `tables.TABLES` or `source:<name>`, `column` the
    column the test is declared on, if any. `config` is the test's dbt config. `differs` says why
    the real package gives the other verdict, where it does.
    """

    test: str
    table: str
    verdict: str
    arguments: dict[str, object] = field(default_factory=dict)
    column: str | None = None
    config: dict[str, object] = field(default_factory=dict)
    differs: str = ""

    @property
    def label(self) -> str:
        """A readable name: the test, its table, its arguments, its verdict."""
        arguments = " ".join(f"{name}={value}" for name, value in self.arguments.items())
        column = f".{self.column}" if self.column else ""
        where = f" where {self.config['where']}" if "where" in self.config else ""
        return f"{self.test} {self.table}{column}{where} {arguments}: {self.verdict}"


@dataclass(frozen=True)
class On:
    """Makes cases of one generic test."""

    test: str
    column: str | None = None

    def passes(self, table: str, **arguments: object) -> Case:
        """The test must pass on the table."""
        return Case(self.test, table, "pass", arguments, self.column)

    def fails(self, table: str, **arguments: object) -> Case:
        """The test must fail on the table."""
        return Case(self.test, table, "fail", arguments, self.column)

    def raises(self, table: str, **arguments: object) -> Case:
        """The test must stop with an error: its arguments make no sense."""
        return Case(self.test, table, "error", arguments, self.column)
