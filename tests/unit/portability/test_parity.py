"""Comparing the rows of two engines: what counts as the same, and what is said when it is not."""

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sentinel.parity import compare, tables

ROWS = [
    {"id": "a", "count": 1, "amount": Decimal("1.50"), "mean": 0.1, "at": datetime(2026, 1, 1)},
    {"id": "b", "count": 2, "amount": None, "mean": None, "at": datetime(2026, 1, 2)},
]


def other(**changes: object) -> list[dict[str, object]]:
    return [{**ROWS[0], **changes}, ROWS[1]]


def test_rows_in_another_order_are_the_same() -> None:
    found = compare("t", ["id"], ROWS, ROWS[::-1])
    assert found.is_equal
    assert str(found) == "t: 2 rows, the same"


@pytest.mark.parametrize(
    "change",
    [
        {"count": 2},
        {"amount": Decimal("1.51")},
        {"amount": None},
        {"mean": 0.1 * (1 + 1e-8)},
        {"at": datetime(2026, 1, 1, 0, 0, 0, 1)},
    ],
)
def test_a_value_that_differs_is_named(change: dict[str, object]) -> None:
    found = compare("t", ["id"], ROWS, other(**change))
    assert not found.is_equal
    assert [(each.key, each.column) for each in found.mismatches] == [(("a",), *change)]


def test_a_driver_that_gives_true_for_one_is_wrong() -> None:
    found = compare("t", ["id"], ROWS, [{**each, "count": True} for each in ROWS])
    assert found.column_differences == ["count as number and truth"]


def test_rows_are_compared_however_many_there_are() -> None:
    numbers = pa.table({"id": range(200_000), "mean": pa.array(range(200_000), pa.float64())})
    changed = numbers.set_column(1, "mean", pc.multiply(numbers["mean"], 1.001))
    found = compare("t", ["id"], numbers, changed)
    assert found.mismatch_count == 199_999
    assert (len(found.mismatches), found.mismatches[0].key) == (20, (1,))


def test_the_last_digits_of_a_float_are_not_compared_but_told() -> None:
    found = compare("t", ["id"], ROWS, other(mean=0.1 * (1 + 1e-12)))
    assert found.is_equal
    assert 0 < found.worst_relative_difference < 1e-11


def test_a_decimal_is_the_same_whatever_its_digits() -> None:
    assert compare("t", ["id"], ROWS, other(amount=Decimal("1.5000"), count=Decimal("1"))).is_equal


def test_a_row_that_only_one_engine_has_is_named() -> None:
    found = compare("t", ["id"], ROWS, ROWS[:1])
    assert (found.missing, found.unexpected) == ([("b",)], [])
    assert not found.is_equal


def test_a_table_may_be_empty() -> None:
    assert compare("t", ["id"], [], []).is_equal
    assert not compare("t", ["id"], ROWS, []).is_equal
    assert compare("t", ["id"], [], ROWS).unexpected == [("a",), ("b",)]


def test_a_column_that_only_one_engine_has_is_named() -> None:
    found = compare("t", ["id"], ROWS, [{**each, "more": 1} for each in ROWS])
    assert found.column_differences == ["more"]
    assert not found.is_equal
    assert compare("t", ["id"], ROWS, [{**each, "more": 1} for each in ROWS], ["more"]).is_equal


def test_without_a_key_rows_are_counted() -> None:
    twice = [*ROWS, ROWS[0]]
    assert compare("t", [], twice, twice[::-1]).is_equal
    assert not compare("t", [], twice, ROWS).is_equal
    assert not compare("t", [], twice, [*other(mean=0.2), ROWS[0]]).is_equal


def test_a_key_that_is_not_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="3 rows, 2 keys of id"):
        compare("t", ["id"], [*ROWS, ROWS[0]], ROWS)


def test_a_date_is_the_key_that_its_midnight_is() -> None:
    dates = [{"day": date(2026, 1, 1), "n": 1}]
    assert compare("t", ["day"], dates, [{"day": datetime(2026, 1, 1), "n": 1}]).missing == []


def test_tables_and_keys_are_the_manifests() -> None:
    def node(name: str, kind: str = "model", **config: object) -> dict[str, object]:
        return {
            "name": name, "resource_type": kind, "package_name": "sentinel", "schema": "x",
            "unique_id": f"{kind}.sentinel.{name}", "config": {"schema": "marts", **config},
            "depends_on": {"nodes": []},
        }  # fmt: skip

    tested = {
        "resource_type": "test", "package_name": "sentinel", "config": {},
        "attached_node": "model.sentinel.facts",
        "test_metadata": {"name": "unique", "kwargs": {"column_name": "fact_id"}},
    }  # fmt: skip
    of_runs = {**node("runs"), "depends_on": {"nodes": ["source.sentinel.run_log.invocations"]}}
    manifest = {
        "nodes": {
            "1": node("facts", unique_key="day"), "2": tested, "3": of_runs,
            "4": node("states", "snapshot", unique_key="customer_id"),
        },
        "sources": {"source.sentinel.run_log.invocations": {"source_name": "run_log"}},
    }  # fmt: skip
    found = {each.name: each for each in tables(manifest)}
    assert found.keys() == {"facts", "states"}
    assert found["facts"].key == ("fact_id",)
    assert found["states"].key == ("customer_id", "dbt_valid_from")
