"""Applying a mapping to records: renamed, typed, computed, defaulted, left over."""

from datetime import datetime

import pyarrow as pa
import pytest

from batch_ingest.chunk import Chunk, integers
from batch_ingest.mapping import Feed, Mapping
from batch_ingest.projection import Projection
from sentinel.errors import MappingError

IDS = {"transaction_id": "id", "customer_id": "customer", "terminal_id": "till"}


def feed(columns=None, **more) -> Feed:
    return Feed.model_validate(
        {"dataset": "transactions", "from": "*", "columns": columns or {}, **more}
    )


def chunk(**columns) -> Chunk:
    table = pa.table(columns)
    return Chunk(table, integers(100, 100 + table.num_rows), (), 100, 100 + table.num_rows)


def projected(one: Feed, given: Chunk, used_elsewhere=frozenset()):
    return Projection("transactions", one, used_elsewhere).apply(given, "file.csv")


def column(one: Feed, name: str, given: Chunk):
    return projected(one, given).records.column(name).to_pylist()


def test_columns_are_renamed_and_positions_kept():
    records = projected(
        feed(IDS), chunk(id=["a", "b"], customer=["c", "c"], till=["t", "t"])
    ).records
    assert records.select(["transaction_id", "_position"]).to_pylist() == [
        {"transaction_id": "a", "_position": 100}, {"transaction_id": "b", "_position": 101},
    ]  # fmt: skip


def test_columns_of_the_contracts_names_are_taken_unless_told_otherwise():
    given = chunk(transaction_id=["a"], card_number=["4111"], currency=["EUR"], amount=["5"])
    mapped = {"amount": {"expression": "cast(amount as int) * 2"}, "currency": {"value": "USD"}}

    names = set(projected(feed(mapped), given).records.column_names)
    assert names == {
        "transaction_id", "card_number", "currency", "amount", "_position", "source.currency",
    }  # fmt: skip
    assert column(feed(mapped), "currency", given) == ["USD"]
    assert column(feed(mapped), "amount", given) == [10]
    everything = {name: name for name in ("transaction_id", "customer_id", "terminal_id")}
    strict = feed({**everything, "amount": "amount", "transaction_at": {"value": "2026-01-01"}},
                  match_names=False)  # fmt: skip
    given = chunk(transaction_id=["a"], customer_id=["c"], terminal_id=["t"], amount=["1"],
                  currency=["EUR"])  # fmt: skip
    assert "source.currency" in projected(strict, given).records.column_names


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"expression": "cast(cents as double) / 100"}, [1.5, None]),
        ({"expression": "upper(word)"}, ["A", "B"]),
        ({"from": "word", "default": "x"}, ["a", "b"]),
        ({"from": "cents", "default": "0"}, ["150", "0"]),
        ({"from": "blank", "default": "x"}, ["x", "x"]),
        ({"from": "number", "default": 7}, [1, 7]),
        ({"from": "number", "default": "none"}, ["1", "none"]),
        ({"from": "gone", "optional": True}, [None, None]),
        ({"from": "gone", "optional": True, "default": "x"}, ["x", "x"]),
        ({"expression": "gone + 1", "optional": True}, [None, None]),
        ({"value": 5}, [5, 5]),
        ({"from": "cents", "type": "integer"}, [150, None]),
    ],
)
def test_ways_to_make_a_column(made, expected):
    given = chunk(cents=["150", None], word=["a", "b"], blank=["", " "], number=pa.array([1, None]))
    found = column(feed({"currency": made}), "currency", given)
    assert [float(each) if isinstance(each, float) else each for each in found] == expected or [
        str(each) if each is not None else None for each in found
    ] == expected


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"from": "at", "format": "%d.%m.%Y %H:%M"}, datetime(2026, 7, 1, 12)),
        ({"from": "at", "format": "%d.%m.%Y %H:%M", "time_zone": "Europe/Berlin"},
         datetime(2026, 7, 1, 10)),
        ({"from": "iso", "time_zone": "America/New_York"}, datetime(2026, 1, 1, 17)),
        ({"from": "iso", "delay_days": 7}, datetime(2026, 1, 8, 12)),
        ({"from": "iso", "delay_days": 0.5}, datetime(2026, 1, 2)),
        ({"from": "zoned", "time_zone": "America/New_York"}, datetime(2026, 1, 1, 12)),
    ],
)  # fmt: skip
def test_times(made, expected):
    zoned = pa.array([datetime(2026, 1, 1, 12)], pa.timestamp("us", "UTC"))
    given = chunk(at=["01.07.2026 12:00"], iso=["2026-01-01 12:00:00"], zoned=zoned)
    assert column(feed({"transaction_at": made}), "transaction_at", given) == [expected]


def test_a_record_for_which_a_column_cannot_be_computed_is_set_aside_alone():
    given = chunk(id=["a", "b", "c"], cents=["100", "one", None], at=["1.1.2026", "2.1.2026", "no"])
    columns = {
        "transaction_id": "id",
        "amount": {"expression": "cast(cents as int) / 100"},
        "transaction_at": {"from": "at", "format": "%d.%m.%Y"},
    }
    done = projected(feed(columns), given)

    assert done.records.column("transaction_id").to_pylist() == ["a"]
    assert [(each.position, each.reason, each.field) for each in done.unreadable] == [
        (101, "wrong_type", "amount"), (102, "wrong_type", "transaction_at"),
    ]  # fmt: skip


def test_records_outside_the_condition_are_not_part_of_the_feed():
    given = chunk(id=["a", "b", "c"], kind=["sale", "refund", None])
    assert column(
        feed({"transaction_id": "id"}, where="kind = 'sale'"), "transaction_id", given
    ) == ["a"]


def test_columns_that_nothing_maps_are_kept_those_used_or_ignored_are_not():
    given = chunk(id=["a"], cents=["1"], noise=["n"], fraud=["1"], extra=["e"])
    one = feed(
        {"transaction_id": "id", "amount": {"expression": "CAST(Cents AS int)"}}, ignore=["noise"]
    )
    names = projected(one, given, frozenset({"fraud"})).records.column_names
    assert "extra" in names
    assert not {"id", "noise", "fraud"} & set(names)
    assert "cents" not in names, "expressions name columns without regard to case"


def test_an_expression_that_does_not_fit_is_an_error_of_the_mapping():
    given = chunk(cents=["1"])
    with pytest.raises(MappingError, match=r"columns.amount.*file.csv.*cast them"):
        projected(feed({"amount": {"expression": "cents / 100"}}), given)
    with pytest.raises(MappingError, match="one record only"):
        projected(
            feed({"amount": {"expression": "sum(cast(cents as int))"}}), chunk(cents=["1", "2"])
        )


def test_expressions_reach_no_files():
    given = chunk(word=["a"])
    with pytest.raises(MappingError):
        projected(
            feed({"amount": {"expression": "(select 1 from read_csv('/etc/passwd'))"}}), given
        )


def test_order_is_kept_over_many_records():
    numbers = [str(each) for each in range(200_000)]
    given = chunk(id=numbers)
    one = feed({"transaction_id": {"expression": "'t' || id"}})
    assert column(one, "transaction_id", given) == [f"t{each}" for each in numbers]


def test_labels_split_off_are_a_feed_of_the_same_files():
    mapping = Mapping.model_validate(
        {
            "name": "m",
            "source": {"kind": "files"},
            "datasets": {"transactions": {"from": "*", "where": "kind = 'sale'", "columns": {
                "transaction_id": "id", "transaction_at": {"from": "at", "format": "%Y%m%d"}}}},
            "derived": {"fraud_labels": {"kind": "labels", "of": "transactions",
                                         "where": "fraud = '1'", "reporting_delay_days": 7,
                                         "fraud_type": "scenario"}},
        }
    )  # fmt: skip
    given = chunk(
        id=["a", "b", "c"], at=["20260101"] * 3, fraud=["1", "0", "1"], scenario=["2", "0", "3"],
        kind=["sale", "sale", "refund"],
    )  # fmt: skip
    done = Projection("fraud_labels", mapping.feeds["fraud_labels"]).apply(given, "file")
    assert done.records.to_pylist() == [
        {"transaction_id": "a", "label_source": "chargeback", "is_fraud": True,
         "reported_at": datetime(2026, 1, 8), "fraud_type": "2", "_position": 100},
    ]  # fmt: skip


def test_columns_that_differ_by_case_alone_do_not_disturb_an_expression():
    table = pa.table([["1"], ["2"], ["x"]], names=["id", "ID", "Id"])
    given = Chunk(table, integers(0, 1), (), 0, 1)
    assert column(feed({"amount": {"expression": "cast(id as int)"}}), "amount", given) == [1]
    assert column(feed({"amount": {"expression": 'cast("ID" as int)'}}), "amount", given) == [2]
    assert column(feed({"amount": {"expression": "1 + 1"}}), "amount", given) == [2]
