"""The window macros on Spark: the forms that it and Redshift use, against plain loops.

A query there takes a second, so many small histories are asked about at once, each with customers
and transactions of its own.
"""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_windows import (
    _amounts,
    _events,
    _known_frauds,
    expected_aggregates,
    expected_frauds,
    expected_maximum,
    huge_customer,
    without_nought,
)

from tests.support.window_sql import CARRIED, ENTITIES, ask

pytestmark = pytest.mark.xdist_group("spark")

Row = dict[str, Any]

HISTORIES = 40
EXAMPLES = settings(max_examples=3 if settings().derandomize else 60)


def apart(histories: list[list[Row]]) -> list[Row]:
    """One table of many histories that know nothing of each other."""
    return [
        {**row, **{name: f"{number}-{row[name]}" for name in row if name.endswith("_id")}}
        for number, history in enumerate(histories)
        for row in history
    ]


def many(history: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Many histories."""
    return st.lists(history, min_size=HISTORIES, max_size=HISTORIES)


@pytest.mark.parametrize("form", ENTITIES)
@given(histories=many(_events(_amounts)))
@EXAMPLES
def test_trailing_aggregates(form: str, histories: list[list[Row]]) -> None:
    expected = {}
    for number, events in enumerate(histories):
        for name, row in expected_aggregates(events, ENTITIES[form]).items():
            expected[f"{number}-{name}"] = row
    found = ask(f"aggregates default {form}", apart(histories), engine="spark")
    assert without_nought(found) == without_nought(expected)


@given(histories=many(_events(_amounts)))
@EXAMPLES
def test_windows_of_several_entities_in_one_pass(histories: list[list[Row]]) -> None:
    events = apart(histories)
    expected = {row["transaction_id"]: {name: row[name] for name in CARRIED} for row in events}
    for number, history in enumerate(histories):
        for form, entity in ENTITIES.items():
            for name, row in expected_aggregates(history, entity).items():
                expected[f"{number}-{name}"] |= {f"{form}_{key}": v for key, v in row.items()}
    found = ask("aggregates default together", events, engine="spark")
    assert without_nought(found) == without_nought(expected)


@given(histories=many(_events(st.none() | _amounts)))
@EXAMPLES
def test_trailing_earlier_maximum(histories: list[list[Row]]) -> None:
    expected = {
        f"{number}-{name}": row
        for number, events in enumerate(histories)
        for name, row in expected_maximum(events).items()
    }
    assert ask("maximum default", apart(histories), engine="spark") == expected


@given(histories=many(st.tuples(_events(_amounts), _known_frauds)))
@EXAMPLES
def test_known_fraud_counts(histories: list[tuple[list[Row], list[Row]]]) -> None:
    expected = {
        f"{number}-{name}": counts
        for number, (events, known_frauds) in enumerate(histories)
        for name, counts in expected_frauds(events, known_frauds).items()
        if any(counts.values())
    }
    events = apart([each for each, _ in histories])
    known_frauds = apart([each for _, each in histories])
    assert ask("frauds", events, known_frauds, engine="spark") == expected


@given(events=_events(_amounts))
@EXAMPLES
def test_models_call_the_form_that_was_tested(events: list[Row]) -> None:
    called = ask("aggregates called", events, engine="spark")
    assert called == ask("aggregates default one", events, engine="spark")


@pytest.mark.parametrize("form", ENTITIES)
def test_one_huge_customer(form: str) -> None:
    """Five thousand transactions of one customer, many at one instant: as on DuckDB."""
    events = huge_customer(random.Random(7))
    found = ask(f"aggregates default {form}", events, engine="spark")
    assert without_nought(found) == without_nought(ask(f"aggregates duckdb {form}", events))
    maximum = ask("maximum default", events, engine="spark")
    assert maximum == ask("maximum duckdb", events)
