"""The window macros: every form gives what plain loops give, and nothing later changes it.

Windows are of seconds here, so that ties, exact edges and gaps meet in small examples.
"""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.events import later
from tests.support.window_sql import (
    CARRIED,
    COUNTS,
    ENTITIES,
    FRAUD_COUNTS,
    IMPLEMENTATIONS,
    MAXIMUM_SECONDS,
    SUMS,
    ask,
)

pytestmark = pytest.mark.xdist_group("properties")

Row = dict[str, Any]

# Half seconds show that an edge is exact and not rounded; a gap outlasts every window.
_moments = st.one_of(
    st.integers(0, 30).map(float), st.integers(0, 60).map(lambda n: n / 2), st.integers(100, 104)
).map(lambda seconds: later(seconds=seconds))
_amounts = st.integers(0, 9_999).map(lambda cents: Decimal(cents) / 100)
_customers = st.sampled_from(("c1", "c1", "c2"))
_terminals = st.sampled_from(("m1", "m2"))


def _events(amounts: st.SearchStrategy[Decimal | None]) -> st.SearchStrategy[list[Row]]:
    rows = st.tuples(_customers, _terminals, _moments, amounts)
    return st.lists(rows, max_size=30).map(_with_ids)


def _with_ids(rows: list[tuple[Any, ...]]) -> list[Row]:
    # Ids that do not follow the order of time; equal moments are ordered by them.
    return [
        {
            "transaction_id": f"t{(number * 7) % 31:02d}",
            "customer_id": customer,
            "terminal_id": terminal,
            "transaction_at": at,
            "amount": amount,
        }
        for number, (customer, terminal, at, amount) in enumerate(rows)
    ]


_known_frauds = st.lists(
    st.tuples(_customers, _moments, _moments, st.none() | _moments), max_size=12
).map(
    lambda rows: [
        {
            "customer_id": customer,
            "transaction_at": at,
            "known_from": known_from,
            # An interval may be empty, never reversed.
            "known_until": known_until and max(known_from, known_until),
        }
        for customer, at, known_from, known_until in rows
    ]
)


def order(row: Row) -> tuple[Any, str]:
    """The order in which transactions see each other."""
    return row["transaction_at"], row["transaction_id"]


def within(asking: Row, rows: list[Row], spec: dict[str, Any]) -> list[Row]:
    """Rows in (t - delay - window, t - delay], none after the asking one without a delay."""
    delay = timedelta(seconds=spec["delay_seconds"])
    end = asking["transaction_at"] - delay
    start = end - timedelta(seconds=spec["window_seconds"])
    return [
        row
        for row in rows
        if start < row["transaction_at"] <= end and (delay or order(row) <= order(asking))
    ]


def expected_aggregates(events: list[Row], entity: tuple[str, ...]) -> dict[str, Row]:
    """Counts and sums of each transaction by plain loops."""
    return {row["transaction_id"]: aggregates_of(row, events, entity) for row in events}


def aggregates_of(asking: Row, events: list[Row], entity: tuple[str, ...]) -> Row:
    """Counts and sums of one transaction."""
    same = [row for row in events if all(row[name] == asking[name] for name in entity)]
    counts = {spec["name"]: len(within(asking, same, spec)) for spec in COUNTS}
    sums = {spec["name"]: sum(r["amount"] for r in within(asking, same, spec)) for spec in SUMS}
    return counts | sums


def without_nought(rows: dict[str, Row]) -> dict[str, Row]:
    """An empty sum is null on one engine and nought on another: the models take either."""
    return {name: {k: v or None for k, v in row.items()} for name, row in rows.items()}


@pytest.mark.parametrize("form", ENTITIES)
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@given(events=_events(_amounts))
def test_trailing_aggregates(implementation: str, form: str, events: list[Row]) -> None:
    found = ask(f"aggregates {implementation} {form}", events)
    assert without_nought(found) == without_nought(expected_aggregates(events, ENTITIES[form]))


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@given(events=_events(_amounts))
def test_windows_of_several_entities_in_one_pass(implementation: str, events: list[Row]) -> None:
    expected = {row["transaction_id"]: {name: row[name] for name in CARRIED} for row in events}
    for form, entity in ENTITIES.items():
        for transaction_id, row in expected_aggregates(events, entity).items():
            expected[transaction_id] |= {f"{form}_{name}": value for name, value in row.items()}
    found = ask(f"aggregates {implementation} together", events)
    assert without_nought(found) == without_nought(expected)


@given(events=_events(_amounts))
def test_models_call_the_exact_form_for_their_engine(events: list[Row]) -> None:
    assert ask("aggregates called", events) == ask("aggregates duckdb one", events)


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@given(events=_events(st.none() | _amounts))
def test_trailing_earlier_maximum(implementation: str, events: list[Row]) -> None:
    assert ask(f"maximum {implementation}", events) == expected_maximum(events)


def expected_maximum(events: list[Row]) -> dict[str, Row]:
    """The greatest earlier amount of each transaction by plain loops."""
    spec = {"window_seconds": MAXIMUM_SECONDS, "delay_seconds": 0}
    expected = {}
    for asking in events:
        same = [row for row in events if row["customer_id"] == asking["customer_id"]]
        earlier = [row["amount"] for row in within(asking, same, spec) if row is not asking]
        amounts = [amount for amount in earlier if amount is not None]
        expected[asking["transaction_id"]] = {"maximum": max(amounts, default=None)}
    return expected


@given(events=_events(_amounts), known_frauds=_known_frauds)
def test_known_fraud_counts(events: list[Row], known_frauds: list[Row]) -> None:
    expected = {
        transaction_id: counts
        for transaction_id, counts in expected_frauds(events, known_frauds).items()
        if any(counts.values())
    }
    assert ask("frauds", events, known_frauds) == expected


def expected_frauds(events: list[Row], known_frauds: list[Row]) -> dict[str, Row]:
    """Intervals that hold at t, of transactions in (t - delay - window, t - delay]."""
    found: dict[str, Row] = {}
    for asking in events:
        t = asking["transaction_at"]
        found[asking["transaction_id"]] = {
            spec["name"]: sum(
                fraud["customer_id"] == asking["customer_id"]
                and fraud["known_from"] <= t
                and (fraud["known_until"] is None or t < fraud["known_until"])
                and t - timedelta(seconds=spec["delay_seconds"] + spec["window_seconds"])
                < fraud["transaction_at"]
                <= t - timedelta(seconds=spec["delay_seconds"])
                for fraud in known_frauds
            )
            for spec in FRAUD_COUNTS
        }
    return found


@given(events=_events(_amounts), known_frauds=_known_frauds, cut=st.integers(0, 30))
@settings(max_examples=40)
def test_nothing_later_changes_a_window(
    events: list[Row], known_frauds: list[Row], cut: int
) -> None:
    earlier = sorted(events, key=order)[:cut]
    if not earlier:
        return
    now = earlier[-1]["transaction_at"]
    known_by_now = [
        {
            **fraud,
            "known_until": fraud["known_until"]
            if fraud["known_until"] and fraud["known_until"] <= now
            else None,
        }
        for fraud in known_frauds
        if fraud["known_from"] <= now
    ]
    for name in ("aggregates duckdb one", "aggregates default two", "maximum duckdb", "frauds"):
        then, at_last = ask(name, earlier, known_by_now), ask(name, events, known_frauds)
        seen = {row["transaction_id"] for row in earlier}
        assert then == {name: row for name, row in at_last.items() if name in seen}, name


def huge_customer(chance: random.Random) -> list[Row]:
    """Five thousand transactions of one customer, many at one instant."""
    return [
        {
            "transaction_id": f"t{number:04d}",
            "customer_id": "c1",
            "terminal_id": chance.choice(("m1", "m2")),
            "transaction_at": later(seconds=chance.choice((chance.randrange(900), 450))),
            "amount": Decimal(chance.randrange(10_000)) / 100,
        }
        for number in range(5_000)
    ]


@pytest.mark.parametrize("form", ENTITIES)
def test_one_huge_customer(form: str) -> None:
    chance = random.Random(7)
    events = huge_customer(chance)
    found = ask(f"aggregates duckdb {form}", events)
    assert without_nought(found) == without_nought(ask(f"aggregates default {form}", events))
    asked = chance.sample(events, 40)
    for asking in asked:
        near = [
            row
            for row in events
            if abs(row["transaction_at"] - asking["transaction_at"]) <= timedelta(seconds=30)
        ]
        name = asking["transaction_id"]
        expected = aggregates_of(asking, near, ENTITIES[form])
        assert without_nought({name: found[name]}) == without_nought({name: expected})


def test_the_maximum_of_one_huge_customer() -> None:
    events = huge_customer(random.Random(8))
    assert ask("maximum default", events) == ask("maximum duckdb", events)
