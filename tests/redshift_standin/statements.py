"""Redshift's statements as PostgreSQL runs them.

Belongs here: which statement becomes which. What is not named here goes through as it is. Does not
belong here: expressions (`expressions`) and what happens in object storage (`storage`).
"""

import re
from typing import Protocol

from tests.redshift_standin.expressions import rewritten, without_qualify
from tests.redshift_standin.tokens import Tokens, Unsupported, literal, together, without_comments

_NOTHING = "select 1 where false"
_TOUCHED = re.compile(
    r"""\b(dateadd|datediff|date_add|date_diff|datepart|nvl2?|decode|listagg|sysdate|approximate
    |qualify|minus|varchar|nvarchar|bpchar|numeric|decimal|diststyle|distkey|sortkey|encode|backup
    |identity|binding|refresh|analyze|vacuum|top|show|external|append|schema|use|attisdistkey
    |query_group|unload|copy|partition|convert|grant|revoke|text)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_SHOWN = (
    (r"show tables from schema (\S+?)\.(\S+)$", "rs.show_tables"),
    (r"show columns from table (\S+?)\.(\S+?)\.(\S+)$", "rs.show_columns"),
    (r"show schemas from database (\S+?)(?:\s+like\s+'(.*)')?$", "rs.show_schemas"),
    (r"show grants on table (\S+?)\.(\S+?)\.(\S+)$", "rs.show_grants"),
)
_MADE = re.compile(
    r"create\s+(?:(?:local\s+)?temp(?:orary)?\s+|or replace\s+)*(table|view|materialized view)\s+"
    r"(?:if not exists\s+)?([\w.\"$]+)",
    re.IGNORECASE,
)


class Storage(Protocol):
    """What is asked about object storage; each gives the statement to run instead."""

    def copy(self, sql: str) -> str: ...

    def unload(self, sql: str) -> str: ...

    def external(self, sql: str) -> str: ...


def translated(sql: str, storage: Storage, is_in_transaction: bool) -> str:
    """The statement that PostgreSQL is to run.

    Raises:
        Unsupported: where Redshift would refuse it, or the stand-in does not do it.
    """
    if not _TOUCHED.search(sql):
        return sql
    text = without_comments(sql)
    one_line = re.sub(r"\s+", " ", text)
    for rule in (_shown, _schema, _session, _maintenance, _altered, _granted):
        if (answer := rule(one_line, is_in_transaction)) is not None:
            return answer
    low = one_line.lower()
    if re.match(r"copy \S+.* from 's3://", low):
        return storage.copy(text)
    if low.startswith("unload"):
        return storage.unload(text)
    if "external" in low[:30]:
        return storage.external(one_line)
    if "attisdistkey" in low:
        sql = re.sub(r"\bpg_attribute\b", "rs.pg_attribute", sql)
    if re.search(r"\bqualify\b", low):
        sql = without_qualify(text)
    sql = rewritten(sql)
    return _created(sql) if low.startswith("create") else sql


def _shown(text: str, _: bool) -> str | None:
    for pattern, function in _SHOWN:
        if found := re.match(pattern, text, re.IGNORECASE):
            values = [
                "null" if each is None else literal(each.strip('"')) for each in found.groups()
            ]
            return f"select * from {function}({', '.join(values)})"
    return None


def _schema(text: str, _: bool) -> str | None:
    named = r'((?:create|drop) schema (?:if (?:not )?exists )?)"?\w+"?\.("?\w+"?.*)$'
    found = re.match(named, text, re.IGNORECASE)
    return found[1] + found[2] if found else None  # without the database's name


def _session(text: str, _: bool) -> str | None:
    if re.match(r'(use\s+"?\w+"?|reset\s+use)$', text, re.IGNORECASE):
        return _NOTHING
    if re.match(r"(set|reset)\s+query_group", text, re.IGNORECASE):
        return re.sub(r"query_group", "rs.query_group", text, flags=re.IGNORECASE)
    return None


def _maintenance(text: str, is_in_transaction: bool) -> str | None:
    if re.match(r"vacuum\b", text, re.IGNORECASE) and is_in_transaction:
        raise Unsupported("VACUUM cannot run inside a transaction block")
    return _NOTHING if re.match(r"(analyze|vacuum)\b", text, re.IGNORECASE) else None


def _altered(text: str, is_in_transaction: bool) -> str | None:
    low = text.lower()
    if found := re.match(r"alter materialized view (\S+) auto refresh (\w+)", low):
        return f"select rs.fact({literal(found[1])}, 'autorefresh', {literal(found[2])})"
    if found := re.match(r"alter table (\S+) append from (\S+)", low):
        if is_in_transaction:
            raise Unsupported("ALTER TABLE APPEND cannot run inside a transaction block")
        return together(
            f"insert into {found[1]} select * from {found[2]}", f"delete from {found[2]}"
        )
    if re.match(r"alter table \S+ alter (dist|sort|column \S+ encode)", low):
        return _NOTHING
    return None


def _granted(text: str, _: bool) -> str | None:
    if re.match(r"(grant|revoke)\b", text, re.IGNORECASE):
        return re.sub(r'\b(role|group)\s+(?=[\w"])', "", text, flags=re.IGNORECASE)
    return None


def _created(sql: str) -> str:
    """A CREATE without physical design, which is kept as facts for Redshift's system views."""
    sql, facts = _without_design(sql)
    made = _MADE.match(without_comments(sql))
    if not facts or not made:
        return sql
    name = made[2]
    if "late_binding" in facts:
        behind = re.split(re.escape(name), sql, maxsplit=1)[1]
        body = re.sub(r"^.*?\bas\b", "", behind, count=1, flags=re.IGNORECASE | re.DOTALL)
        query = body.rstrip("; \n")
        return together(f"select rs.make_late_binding({literal(name)}, {literal(query)})")
    kept = (
        f"select rs.fact({literal(name)}, {literal(key)}, {literal(value)})"
        for key, value in facts.items()
    )
    return together(sql.rstrip("; \n"), *kept)


def _without_design(sql: str) -> tuple[str, dict[str, str]]:
    tokens, facts = Tokens(sql), {}
    place = depth = item = 0
    is_in_query = False
    while place < len(tokens):
        word = tokens.word(place)
        depth += (word == "(") - (word == ")")
        if depth == 1 and word in ("(", ","):
            item = place + 1
        is_in_query = is_in_query or (word == "as" and depth == 0)
        end = None
        if not is_in_query:
            end = _design(tokens, place, item, facts)
        elif depth == 0 and tokens.words[place : place + 4] == ["with", "no", "schema", "binding"]:
            end, facts["late_binding"] = place + 3, "1"
        if end is not None:
            tokens.replace(place, end, "")
            place = end
        place += 1
    return tokens.edited(), facts


def _design(tokens: Tokens, place: int, item: int, facts: dict[str, str]) -> int | None:
    """Notes a clause of physical design that begins here; the place where it ends, if one does."""
    word, following = tokens.word(place), tokens.word(place + 1)
    if word == "diststyle":
        facts["diststyle"] = following
        return place + 1
    if word in ("distkey", "sortkey") and following == "(":
        columns, end = tokens.arguments(place + 1)
        facts[word] = ",".join(columns)
        return end
    if word in ("distkey", "sortkey"):
        facts[word] = "auto" if following == "auto" else tokens.word(item)
        return place + (following == "auto")
    if word in ("compound", "interleaved") and following == "sortkey":
        facts["sorttype"] = word
        return place
    if word == "encode":
        facts["encoded"] = "Y"
        return place + 1
    if word == "backup":
        return place + 1
    if word == "auto" and following == "refresh":
        facts["autorefresh"] = tokens.word(place + 2)
        return place + 2
    return None
