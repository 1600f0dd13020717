"""Which expressions are integers, as far as the SQL says so.

Belongs here: the question that division depends on: Redshift divides integers to an integer, DuckDB
and Spark to a float. Does not belong here: types in general. A column is an integer if the query
itself makes it one, or else if its name says so: counts, ranks and units are whole numbers by
docs/naming.md.
"""

import re

from sqlglot import exp

_INTEGER_NAME = re.compile(
    r"(^|_)(count|rank|position|seconds|minutes|hours|days|weeks|row_number|row_count)"
    r"(_\d+[hd])?(_delay_\d+d)?$"
)
_WHOLE: tuple[type[exp.Expr], ...] = (
    exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.DateDiff, exp.Extract, exp.Length,
    exp.Floor, exp.Ceil,
)  # fmt: skip
_KEPT: tuple[type[exp.Expr], ...] = (
    exp.Sum, exp.Min, exp.Max, exp.Window, exp.Paren, exp.Neg, exp.Abs, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.Nullif, exp.Ordered,
)  # fmt: skip
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Div)
_INTEGER_TYPES = frozenset({"INT", "BIGINT", "SMALLINT", "TINYINT"})
_DEEPEST = 40


class Integers:
    """Answers for the expressions of one statement."""

    def __init__(self, tree: exp.Expr) -> None:
        self._made: dict[str, list[exp.Expr]] = {}
        for alias in tree.find_all(exp.Alias):
            self._made.setdefault(alias.alias.lower(), []).append(alias.this)

    def has(self, expression: exp.Expr | None, depth: int = 0) -> bool:
        """Whether the expression is an integer in every reading of the statement."""
        if expression is None or depth > _DEEPEST:
            return False
        if isinstance(expression, exp.Literal):
            return bool(expression.is_int)
        if isinstance(expression, exp.Cast):
            return str(expression.to.this.name) in _INTEGER_TYPES
        if isinstance(expression, _WHOLE):
            return True
        if isinstance(expression, exp.Column):
            return self._has_column(expression, depth)
        return all(self.has(part, depth + 1) for part in _parts(expression)) and bool(
            _parts(expression)
        )

    def _has_column(self, column: exp.Column, depth: int) -> bool:
        made = [
            each for each in self._made.get(column.name.lower(), ()) if not _names(each, column)
        ]
        if made:
            return all(self.has(each, depth + 1) for each in made)
        return bool(_INTEGER_NAME.search(column.name.lower()))


def _names(made: exp.Expr, column: exp.Column) -> bool:
    """Whether an alias only hands the same name on: it says nothing about the type."""
    return isinstance(made, exp.Column) and made.name.lower() == column.name.lower()


def _parts(expression: exp.Expr) -> list[exp.Expr]:
    """What an expression has its type from; nothing where that is not known."""
    if isinstance(expression, _ARITHMETIC):
        return [expression.left, expression.right]
    if isinstance(expression, exp.Coalesce | exp.Greatest | exp.Least):
        return [expression.this, *expression.expressions]
    if isinstance(expression, exp.Case):
        results = [branch.args["true"] for branch in expression.args.get("ifs", [])]
        default = expression.args.get("default")
        return [each for each in (*results, default) if each and not isinstance(each, exp.Null)]
    if isinstance(expression, _KEPT):
        return [expression.this]
    return []
