"""The physical plan of a query of Spark, as far as tests ask about it.

Belongs here: reading a plan, and what in one would not scale. Does not belong here: which queries
are asked about.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.spark import spark_session

_ALL_WITH_ALL = ("BroadcastNestedLoopJoinExec", "CartesianProductExec")
_ADAPTIVE = "AdaptiveSparkPlanExec"
_FRAME = re.compile(r"specifiedwindowframe\(\w+, (.+?), (.+?)\)(?=\)|$| )")
_WINDOWS = ("WindowExec", "WindowGroupLimitExec")


@dataclass(frozen=True)
class Step:
    """A step of a plan, with those whose rows it takes.

    Attributes:
        kind: Spark's class of it.
        text: the step as Spark shows it.
        table: schema and name, if it reads a table's files.
        is_in_parts: whether that table is kept in parts, as all that grows with time is.
        pruned_by: the conditions by which parts are left unread.
        has_keys: whether a window is kept apart by something.
        windows: its functions with their frames.
        inputs: the steps before, subqueries included.
    """

    kind: str
    text: str
    table: str
    is_in_parts: bool
    pruned_by: tuple[str, ...]
    has_keys: bool
    windows: tuple[str, ...]
    inputs: tuple["Step", ...]

    def steps(self) -> Iterator["Step"]:
        """This one and all before it."""
        yield self
        for each in self.inputs:
            yield from each.steps()

    def reads_facts(self) -> bool:
        """Whether rows come from a table that grows with time."""
        return any(each.is_in_parts for each in self.steps())


def plan_of(sql: str) -> Step:
    """The plan with which Spark would begin; nothing is executed."""
    return _step(_executed_plan(sql))


def is_adaptive(sql: str) -> bool:
    """Whether Spark looks at the sizes of what it has shuffled, and splits what is too much for one
    task of a join."""
    told = spark_session().conf.get("spark.sql.adaptive.skewJoin.enabled")
    return told == "true" and _executed_plan(sql).getClass().getSimpleName() == _ADAPTIVE


def read_whole(plan: Step) -> list[str]:
    """Tables in parts of which every part is read."""
    return sorted({each.table for each in plan.steps() if each.is_in_parts and not each.pruned_by})


def joined_all_with_all(plan: Step) -> list[str]:
    """Joins that compare each row of facts with each of others. One small side is no harm."""
    return [
        each.text
        for each in plan.steps()
        if each.kind in _ALL_WITH_ALL and all(side.reads_facts() for side in each.inputs)
    ]


def windows_in_one_task(plan: Step) -> list[str]:
    """Windows over facts that nothing keeps apart: one task has all the rows."""
    return [
        each.text
        for each in plan.steps()
        if each.kind in _WINDOWS and not each.has_keys and each.reads_facts()
    ]


def windows_that_slide(plan: Step) -> list[str]:
    """Window functions that are computed anew over a frame for each row, and so cost the square of
    what a huge customer has. A frame that only grows, or is one row, is gone through once."""
    return [
        text
        for each in plan.steps()
        for text in each.windows
        for lower, upper in _FRAME.findall(text)
        if lower != "unboundedpreceding$()" and lower != upper
    ]


def _executed_plan(sql: str) -> Any:
    return spark_session().sql(sql)._jdf.queryExecution().executedPlan()


def _step(found: Any) -> Step:
    kind = found.getClass().getSimpleName()
    if kind == _ADAPTIVE:
        return _step(found.initialPlan())
    is_scan = kind == "FileSourceScanExec"
    # That there is a value is a condition that leaves nothing unread.
    filters = [each.toString() for each in _each(found.partitionFilters())] if is_scan else []
    identifier = found.tableIdentifier() if is_scan else None
    return Step(
        kind=kind,
        text=found.simpleString(200),
        table=".".join(identifier.get().unquotedString().split(".")[-2:]) if identifier else "",
        is_in_parts=is_scan and not found.relation().partitionSchema().isEmpty(),
        pruned_by=tuple(each for each in filters if not each.startswith("isnotnull")),
        has_keys=kind in _WINDOWS and not found.partitionSpec().isEmpty(),
        windows=(
            tuple(each.toString() for each in _each(found.windowExpression()))
            if kind == "WindowExec"
            else ()
        ),
        inputs=tuple(
            _step(each) for each in (*_each(found.children()), *_each(found.subqueries()))
        ),
    )


def _each(sequence: Any) -> Iterator[Any]:
    return (sequence.apply(place) for place in range(sequence.size()))
