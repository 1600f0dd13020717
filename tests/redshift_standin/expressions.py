"""Redshift's expressions in PostgreSQL's words.

Belongs here: calls and words that cannot be functions of the database. What can be is in
`compatibility.sql`. Does not belong here: whole statements.
"""

import re
from collections.abc import Callable

from sqlglot import exp, parse_one, transforms

from tests.redshift_standin.tokens import Tokens, Unsupported

_WITH_DATE_PART = ("dateadd", "datediff", "date_add", "date_diff", "datepart")
_ROUNDS = 2000


def rewritten(sql: str) -> str:
    """A text with every such expression replaced, one a round, so that nested calls work."""
    for _ in range(_ROUNDS):
        tokens = Tokens(sql)
        for place, word in enumerate(tokens.words):
            if rule := _RULES.get(word):
                rule(tokens, place)
                if tokens.is_edited:
                    break
        if not tokens.is_edited:
            return sql
        sql = tokens.edited()
    raise Unsupported("the statement is too long for the stand-in")


def without_qualify(sql: str) -> str:
    """QUALIFY as a condition on a subquery."""
    tree = parse_one(sql, read="redshift")
    changed = tree.transform(
        lambda node: transforms.eliminate_qualify(node) if isinstance(node, exp.Select) else node
    )
    return changed.sql("redshift")


def _is_call(tokens: Tokens, place: int) -> bool:
    return tokens.word(place + 1) == "(" and tokens.word(place - 1) != "."


def _date_part(tokens: Tokens, place: int) -> None:
    part = tokens.word(place + 2)
    if _is_call(tokens, place) and not part.startswith("'"):
        part = part.strip('"')
        tokens.replace(place + 2, place + 2, f"'{part}'")


def _nvl(tokens: Tokens, place: int) -> None:
    if _is_call(tokens, place):
        tokens.replace(place, place, "coalesce")


def _nvl2(tokens: Tokens, place: int) -> None:
    if _is_call(tokens, place):
        (asked, present, absent), end = tokens.arguments(place + 1)
        tokens.replace(
            place, end, f"case when ({asked}) is not null then {present} else {absent} end"
        )


def _decode(tokens: Tokens, place: int) -> None:
    if not _is_call(tokens, place):
        return
    parts, end = tokens.arguments(place + 1)
    if len(parts) > 2:
        branches = " ".join(
            f"when ({parts[0]}) is not distinct from ({parts[i]}) then {parts[i + 1]}"
            for i in range(1, len(parts) - 1, 2)
        )
        default = f" else {parts[-1]}" if len(parts) % 2 == 0 else ""
        tokens.replace(place, end, f"case {branches}{default} end")


def _listagg(tokens: Tokens, place: int) -> None:
    if not _is_call(tokens, place):
        return
    parts, end = tokens.arguments(place + 1)
    separator = parts[1] if len(parts) > 1 else "''"
    found = re.match(r"(distinct\s+)?(.*)$", parts[0], re.IGNORECASE | re.DOTALL)
    assert found is not None
    distinct, value = found.groups()
    order = ""
    if tokens.word(end + 1).startswith("within"):
        opening = tokens.words.index("(", end + 1)
        closing = tokens.closing(opening)
        order, end = " " + tokens.text(opening + 1, closing - 1), closing
        if distinct:  # PostgreSQL orders distinct values by the very same expression
            order = re.sub(re.escape(value.strip()) + r"\b", f"({value})::varchar", order)
    tokens.replace(
        place, end, f"string_agg({distinct or ''}({value})::varchar, {separator}{order})"
    )


def _sysdate(tokens: Tokens, place: int) -> None:
    if not _is_call(tokens, place):
        tokens.replace(place, place, "transaction_time()")


def _approximate(tokens: Tokens, place: int) -> None:
    if tokens.word(place + 1) in ("count", "percentile_disc"):
        tokens.replace(place, place, "")


def _convert(tokens: Tokens, place: int) -> None:
    if _is_call(tokens, place):
        (kind, value), end = tokens.arguments(place + 1)
        tokens.replace(place, end, f"cast({value} as {kind})")


def _text_type(tokens: Tokens, place: int) -> None:
    if _is_call(tokens, place) and tokens.word(place + 2) == "max":
        tokens.replace(place, place + 3, "varchar(65535)")
    elif tokens.word(place) == "nvarchar":
        tokens.replace(place, place, "varchar")
    elif not _is_call(tokens, place) and tokens.word(place - 1) in ("::", "as"):
        tokens.replace(place, place, "varchar(256)")  # Redshift's length where none is given


def _text(tokens: Tokens, place: int) -> None:
    before = tokens.word(place - 1)
    if before == "::" or (before == "as" and tokens.word(place + 1) == ")"):
        tokens.replace(place, place, "varchar(256)")


def _decimal(tokens: Tokens, place: int) -> None:
    is_type = tokens.word(place - 1) in ("::", "as") or _is_table(tokens)
    if is_type and not _is_call(tokens, place) and tokens.word(place - 1) != ".":
        tokens.replace(place, place, "numeric(18,0)")  # Redshift's digits where none are given


def _is_table(tokens: Tokens) -> bool:
    return tokens.word(0) in ("create", "alter") and "table" in tokens.words[:4]


def _minus(tokens: Tokens, place: int) -> None:
    if tokens.word(place + 1) in ("select", "("):
        tokens.replace(place, place, "except")


def _identity(tokens: Tokens, place: int) -> None:
    if _is_call(tokens, place):
        tokens.replace(place, tokens.closing(place + 1), "generated by default as identity")


def _top(tokens: Tokens, place: int) -> None:
    if tokens.word(place - 1) == "select":
        raise Unsupported("SELECT TOP n: write LIMIT")


_RULES: dict[str, Callable[[Tokens, int], None]] = {
    **dict.fromkeys(_WITH_DATE_PART, _date_part),
    "nvl": _nvl,
    "nvl2": _nvl2,
    "decode": _decode,
    "listagg": _listagg,
    "sysdate": _sysdate,
    "approximate": _approximate,
    "convert": _convert,
    "varchar": _text_type,
    "nvarchar": _text_type,
    "bpchar": _text_type,
    "text": _text,
    "numeric": _decimal,
    "decimal": _decimal,
    "minus": _minus,
    "identity": _identity,
    "top": _top,
}
