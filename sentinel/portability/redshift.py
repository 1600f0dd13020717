"""What Redshift refuses, or computes otherwise than DuckDB and Spark.

Belongs here: one rule for each construct. Does not belong here: where the SQL comes from; see
`compiled`. Redshift's parser is PostgreSQL 8's with AWS's additions, and its compute nodes know
fewer functions than its leader node, so PostgreSQL itself proves little: it takes nearly all of
this. Source: AWS's SQL reference for Redshift.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import SqlglotError

from sentinel.portability.findings import Finding
from sentinel.portability.integers import Integers
from sentinel.portability.redshift_functions import (
    FUNCTIONS,
    LEADER_NODE,
    NOT_CALLS,
    UNKNOWN_TYPES,
)

ENGINE = "redshift"
_PHYSICAL = re.compile(
    r"^(copy|unload|show|set|reset|grant|revoke|comment|analyze|vacuum|begin|start|commit|rollback|"
    r"alter|drop|call|use|explain|truncate|refresh|abort|end|"
    r"create\s+(or\s+replace\s+)?(external|function|procedure|schema|user|role|group))\b",
    re.IGNORECASE,
)
_LEADING_COMMENTS = re.compile(r"^(\s+|/\*.*?\*/|--[^\n]*(\n|$))+", re.DOTALL)
_CATALOGUE = re.compile(r"\b(pg_catalog|information_schema|pg_[a-z_]+|svv_[a-z_]+)\b")
_WORD = re.compile(r"[a-z_]\w*")
_AGGREGATES: tuple[type[exp.Expr], ...] = (
    exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max, exp.Stddev, exp.StddevPop, exp.StddevSamp,
    exp.Variance, exp.VariancePop, exp.FirstValue, exp.LastValue, exp.NthValue,
)  # fmt: skip

logging.getLogger("sqlglot").setLevel(logging.ERROR)


def findings(sql: str) -> list[Finding]:
    """What Redshift would refuse or compute otherwise in some SQL, each construct once.

    Statements without a query of their own (grants, COPY, DDL of schemas) are not judged, nor are
    queries on Redshift's own catalogue, which run on its leader node.
    """
    text = _LEADING_COMMENTS.sub("", sql)
    if _PHYSICAL.match(text) or not text.strip():
        return []
    text = re.sub(r"\$(?=\d)", "_", text)  # $1 is a parameter, no dollar quote
    try:
        tokens = Redshift().tokenize(text)
    except SqlglotError as error:
        return [_unparsable(error)]
    words = [
        token.text.lower() if token.token_type.name not in ("STRING", "IDENTIFIER") else ""
        for token in tokens
    ]
    if any(_CATALOGUE.fullmatch(word) for word in words):
        return []
    found = list(_found_in_words(words))
    try:
        trees = [tree for tree in sqlglot.parse(text, read="redshift") if tree]
    except SqlglotError as error:
        return _distinct(found or [_unparsable(error)])
    for tree in trees:
        found += _found_in_tree(tree)
    return _distinct(found)


def _distinct(found: list[Finding]) -> list[Finding]:
    return sorted(set(found))


def _say(code: str, construct: str, advice: str) -> Finding:
    return Finding(ENGINE, code, construct, advice)


def _unparsable(error: SqlglotError) -> Finding:
    said = re.sub(r"\s+", " ", re.sub(r"\x1b\[\d*m", "", str(error)))[:160]
    return _say("RS001", "unparsable SQL", f"does not parse as Redshift: {said}")


_PHRASES: dict[tuple[str, str], tuple[str, str, str]] = {
    ("asof", "join"): ("RS101", "ASOF join", "a join and row_number() over its matches"),
    ("array", "["): ("RS102", "ARRAY[...] constructor", "ARRAY(...), which gives SUPER"),
    ("on", "conflict"): ("RS103", "ON CONFLICT", "delete and insert, or MERGE"),
    ("range", "between"): ("RS201", "RANGE frame", "ROWS frames only"),
    ("range", "unbounded"): ("RS201", "RANGE frame", "ROWS frames only"),
    ("groups", "between"): ("RS201", "GROUPS frame", "ROWS frames only"),
    ("semi", "join"): ("RS104", "SEMI JOIN", "where … in (select …)"),
    ("anti", "join"): ("RS104", "ANTI JOIN", "where not exists (select …)"),
}


def _found_in_words(words: list[str]) -> Iterator[Finding]:
    ctes = {
        words[i]
        for i in range(1, len(words) - 1)
        if words[i + 1] == "(" and words[i - 1] in ("with", "recursive", ",")
    }
    for i, word in enumerate(words):
        following = words[i + 1] if i + 1 < len(words) else ""
        before = words[i - 1] if i else ""
        if phrase := _PHRASES.get((word, following)):
            yield _say(*phrase)
        if word == "returning":
            yield _say("RS103", "RETURNING", "a query of its own")
        if before == ".":
            continue
        if word in LEADER_NODE and (following == "(" or word.startswith(("current_", "local"))):
            yield _say("RS301", f"{word}()", f"leader node only: use {LEADER_NODE[word]}")
        elif following == "(" and _is_unknown_call(word, before, words, i) and word not in ctes:
            yield _say("RS302", f"{word}()", "not among Redshift's functions")


def _is_unknown_call(word: str, before: str, words: list[str], place: int) -> bool:
    """Whether a word before a parenthesis calls a function that is not on the list."""
    if not _WORD.fullmatch(word) or word in FUNCTIONS or word in NOT_CALLS:
        return False
    if before in ("table", "into", "as", "join"):
        return False
    # `alias (column, …)` after a subquery or a relation's name.
    is_alias = before == ")" or (
        bool(_WORD.fullmatch(before)) and before not in FUNCTIONS and before not in NOT_CALLS
    )
    return not (is_alias and place > 1)


def _found_in_tree(tree: exp.Expr) -> Iterator[Finding]:
    integers = Integers(tree)
    for node in tree.walk():
        for kinds, rule in _RULES:
            if isinstance(node, kinds):
                yield from rule(node)
        if isinstance(node, exp.Div) and integers.has(node.left) and integers.has(node.right):
            yield _say(
                "RS401", f"integer division {_short(node)}",
                "gives an integer here and a float elsewhere: cast one side",
            )  # fmt: skip
        if isinstance(node, exp.Avg) and integers.has(node.this):
            yield _say(
                "RS402", f"average of integers {_short(node)}",
                "gives an integer here and a float elsewhere: cast what is averaged",
            )  # fmt: skip


def _short(node: exp.Expr) -> str:
    text = node.sql("redshift")
    return text if len(text) <= 60 else f"{text[:57]}…"


def _window(node: exp.Window) -> Iterator[Finding]:
    function = node.this
    if isinstance(function, exp.IgnoreNulls | exp.RespectNulls):
        function = function.this
    spec, order = node.args.get("spec"), node.args.get("order")
    kind = (spec.args.get("kind") or "ROWS").upper() if spec else ""
    if spec and kind != "ROWS":
        yield _say("RS201", f"{kind} frame", "ROWS frames only")
    if order and not spec and isinstance(function, _AGGREGATES):
        yield _say(
            "RS202", f"{function.key}() over (… order by …) without a frame",
            "an explicit ROWS frame",
        )  # fmt: skip
    if isinstance(function, exp.AggFunc) and isinstance(function.this, exp.Distinct):
        yield _say("RS203", "DISTINCT in a window function", "aggregate before")
    if isinstance(function, exp.Lag | exp.Lead) and function.args.get("default") is not None:
        yield _say("RS204", "default of lag() or lead()", "coalesce()")


def _select(node: exp.Select) -> Iterator[Finding]:
    if node.args.get("windows"):
        yield _say("RS205", "named WINDOW clause", "the window where it is used")
    distinct = node.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        yield _say("RS105", "DISTINCT ON", "row_number() = 1")
    source = node.args.get("from") or node.args.get("from_")
    filtered = any(node.args.get(name) for name in ("where", "group", "joins"))
    if node.args.get("qualify") and source is not None and not filtered and not source.this.alias:
        yield _say("RS106", "QUALIFY right after FROM", "an alias on the relation")


def _values(node: exp.Values) -> Iterator[Finding]:
    if isinstance(node.parent, exp.From | exp.Join | exp.Subquery | exp.CTE):
        yield _say("RS107", "VALUES as a table", "union all of selects")


def _data_type(node: exp.DataType) -> Iterator[Finding]:
    name = node.this.name if isinstance(node.this, exp.DataType.Type) else str(node.this)
    if name in UNKNOWN_TYPES:
        yield _say("RS501", f"type {name.lower()}", "no such type")
    elif name == "DECIMAL" and not node.expressions:
        yield _say("RS502", "decimal without precision", "it is (18, 0) here: give both digits")
    elif name in ("VARCHAR", "TEXT") and not node.expressions and _is_cast(node):
        yield _say("RS503", "text without length", "it is varchar(256) here: use dbt.type_string()")


def _is_cast(node: exp.DataType) -> bool:
    """Whether a value becomes text of this type; nothing is cut from a null."""
    if isinstance(node.parent, exp.Cast):
        return not isinstance(node.parent.this, exp.Null)
    return isinstance(node.parent, exp.ColumnDef)


def _recursive(node: exp.With) -> Iterator[Finding]:
    for each in node.expressions if node.args.get("recursive") else ():
        if isinstance(each.this, exp.Union):
            if not each.args["alias"].columns:
                yield _say("RS108", "recursive CTE without columns", "a list of its columns")
            if each.this.args.get("distinct"):
                yield _say("RS108", "recursive CTE with UNION", "UNION ALL")


def _merge(node: exp.Merge) -> Iterator[Finding]:
    if isinstance(node.args["using"], exp.Subquery):
        yield _say("RS109", "MERGE from a subquery", "a table as its source")
    whens = node.args["whens"].expressions if node.args.get("whens") else node.expressions
    if len(whens) > 2 or any(each.args.get("condition") for each in whens):
        yield _say("RS109", "MERGE with conditions", "one WHEN MATCHED, one WHEN NOT MATCHED")


def _always(code: str, construct: str, advice: str) -> Callable[[exp.Expr], list[Finding]]:
    return lambda _: [_say(code, construct, advice)]


_RULES: tuple[tuple[type[exp.Expr], Callable[[Any], Iterable[Finding]]], ...] = (
    (exp.Window, _window),
    (exp.Select, _select),
    (exp.Values, _values),
    (exp.DataType, _data_type),
    (exp.With, _recursive),
    (exp.Merge, _merge),
    (exp.Filter, _always("RS206", "FILTER (WHERE …)", "case inside the aggregate")),
    (exp.Lateral, _always("RS110", "LATERAL", "a join")),
    (exp.TableSample, _always("RS111", "TABLESAMPLE", "a condition on a hash")),
    (exp.Lock, _always("RS112", "FOR UPDATE", "nothing: Redshift has no row locks")),
    (exp.Lambda, _always("RS113", "lambda", "no lists: rows instead")),
    (exp.JSONExtract, _always("RS114", "-> on JSON", "json_extract_path_text()")),
    (exp.JSONExtractScalar, _always("RS114", "->> on JSON", "json_extract_path_text()")),
)
