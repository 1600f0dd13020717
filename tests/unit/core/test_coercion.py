"""Arriving types to the contract's types, value by value."""

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from sentinel.contracts import contract
from sentinel.transform.coercion import coerced

TRANSACTIONS, CUSTOMERS = contract("transactions"), contract("customers")
AT = TRANSACTIONS.column("transaction_at")
AMOUNT = TRANSACTIONS.column("amount")
ID = TRANSACTIONS.column("customer_id")
LATITUDE = CUSTOMERS.column("home_latitude")
FLAG = CUSTOMERS.column("is_deleted")
NOON = datetime(2023, 11, 14, 22, 13, 20)


def values_and_failures(values, column):
    array = values if isinstance(values, pa.Array) else pa.array(values)
    converted, failed = coerced(array, column)
    assert converted.type == column.arrow_type
    return converted.to_pylist(), failed.to_pylist()


@pytest.mark.parametrize(
    ("arriving", "expected"),
    [
        ("2023-11-14T22:13:20Z", NOON),
        ("2023-11-14T23:13:20+01:00", NOON),
        ("2023-11-14 22:13:20", NOON),
        ("2023-11-14T22:13:20.123456789Z", NOON.replace(microsecond=123456)),
        ("2023-11-14", datetime(2023, 11, 14)),
        ("1700000000", NOON),
        (1700000000, NOON),
        (1700000000123, NOON.replace(microsecond=123000)),
        (1700000000123456, NOON.replace(microsecond=123456)),
        (1700000000123456789, NOON.replace(microsecond=123456)),
        (1700000000.5, NOON.replace(microsecond=500000)),
        (date(2023, 11, 14), datetime(2023, 11, 14)),
        (NOON, NOON),
    ],
)
def test_times(arriving, expected):
    assert values_and_failures([arriving], AT) == ([expected], [False])


@pytest.mark.parametrize(
    "arriving", ["yesterday", "31/02/2025 25:61", "0000-00-00T00:00:00Z", "infinity", True, 1e300]
)
def test_what_is_no_time(arriving):
    assert values_and_failures([arriving], AT) == ([None], [True])


def test_an_empty_text_is_missing_not_wrong():
    assert values_and_failures(["", "  ", None], AT) == ([None] * 3, [False] * 3)


def test_one_wrong_number_does_not_change_what_the_others_mean():
    values, failed = values_and_failures([1700000000, 9_200_000_000_000_000_000, None], AT)

    assert values[0] == NOON
    assert failed == [False, True, False]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_zones_and_units_of_timestamps(unit):
    zoned = pa.array([NOON], pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, "Europe/Berlin"))
    assert values_and_failures(zoned, AT) == ([NOON], [False])


def test_times_beyond_the_calendar_fail_alone():
    array = pa.array([2**61, 0], pa.int64()).view(pa.timestamp("us"))
    assert values_and_failures(array, AT) == ([None, datetime(1970, 1, 1)], [True, False])
    seconds = pa.array([2**61, 0], pa.int64()).view(pa.timestamp("s"))
    assert values_and_failures(seconds, AT) == ([None, datetime(1970, 1, 1)], [True, False])


@pytest.mark.parametrize(
    ("arriving", "expected"),
    [
        (0.1, "0.10"), (1e-9, "0.00"), ("12.345", "12.35"), ("1e3", "1000.00"), (" 7 ", "7.00"),
        (5, "5.00"), (Decimal("1.239"), "1.24"), (Decimal("9"), "9.00"),
    ],
)  # fmt: skip
def test_amounts(arriving, expected):
    assert values_and_failures([arriving], AMOUNT) == ([Decimal(expected)], [False])


@pytest.mark.parametrize(
    "arriving", [float("nan"), float("inf"), 1e16, "1,5", "NaN", 10**17, Decimal(10) ** 20]
)
def test_what_is_no_amount(arriving):
    assert values_and_failures([arriving], AMOUNT) == ([None], [True])


def test_a_good_amount_beside_a_wrong_one_is_kept():
    assert values_and_failures([Decimal("1.20"), Decimal(10) ** 20], AMOUNT) == (
        [Decimal("1.20"), None],
        [False, True],
    )


@pytest.mark.parametrize(
    ("arriving", "expected"),
    [
        ([7, None], ["7", None]),
        ([7.0, float("nan")], ["7", None]),
        ([7.5, 7.0], ["7.5", "7"]),
        ([1e300], ["1e+300"]),
        (["  a "], ["a"]),
        ([b"abc"], ["abc"]),
        ([None, None], [None, None]),
    ],
)
def test_identifiers(arriving, expected):
    assert values_and_failures(arriving, ID)[0] == expected


def test_dictionaries_chunks_and_slices():
    words = pa.array(["a", "b", "a"]).dictionary_encode()
    assert coerced(words, ID)[0].to_pylist() == ["a", "b", "a"]
    chunks = pa.chunked_array([pa.array(["1.5"]), pa.array(["x"])])
    assert coerced(chunks, AMOUNT)[1].to_pylist() == [False, True]
    assert coerced(pa.array(["x", "2", "3"])[1:], AMOUNT)[0].to_pylist() == [2, 3]


def test_doubles_and_booleans():
    assert values_and_failures(["1.5", "x"], LATITUDE) == ([1.5, None], [False, True])
    assert values_and_failures([1.0, float("inf"), float("nan")], LATITUDE) == (
        [1.0, None, None],
        [False, True, False],
    )
    assert values_and_failures(["true", "0", "maybe"], FLAG) == (
        [True, False, None],
        [False, False, True],
    )
