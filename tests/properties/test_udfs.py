"""The functions of spark_udfs: what plain loops say, and the same on every engine that has them."""

import ipaddress
import json
import math
import re
from collections.abc import Callable, Iterator
from functools import cache

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.util import PythonEvalType

from sentinel.transform import Tokeniser
from sentinel.transform.personal_data import is_card_number, network_prefixes
from spark_udfs import on_duckdb, on_spark, redshift_function
from spark_udfs.card_numbers import passes_luhn
from spark_udfs.distances import great_circle_km
from spark_udfs.functions import ArrowFunction, functions
from tests.support.spark import spark_session

pytestmark = pytest.mark.xdist_group("spark")

DIGITS = st.text(st.sampled_from("0123456789 -x"), max_size=26)
TOKENISER = Tokeniser(b"key")
# Redshift and Spark have no text with these, and a float that is no number is none of theirs here.
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=24)
WORDS = st.sampled_from(
    ("4111 1111 1111 1111", "ann.lee+x@gmail.com", "10.0.0.7", "2001:db8::1", "::ffff:10.0.0.1",
     "AB:CD:EF:01:23:45", "00000000-0000", "Zoë", "ZOE", "straße", "unknown", "  ", "")
)  # fmt: skip
VALUES = {
    pa.string(): st.none() | TEXT | WORDS | DIGITS,
    pa.float64(): st.none() | st.floats(-180, 180),
}


@given(st.lists(st.none() | DIGITS | st.text(max_size=20)))
def test_luhn_says_what_a_loop_over_digits_says(values):
    def plainly(value: str) -> bool:
        bare = [c for i, c in enumerate(value)
                if not (c in " -" and i and value[i - 1] in "0123456789")]  # fmt: skip
        text = "".join(bare)
        return all(c in "0123456789" for c in text) and is_card_number(text)

    expected = [None if value is None else plainly(value) for value in values]
    assert passes_luhn(pa.array(values, pa.string())).to_pylist() == expected


@given(st.lists(st.ip_addresses(v=4) | st.ip_addresses(v=6), max_size=30))
def test_network_prefixes_are_those_of_the_standard_library(addresses):
    expected = [
        str(ipaddress.ip_network((each, 24 if each.version == 4 else 48), strict=False))
        for each in addresses
    ]
    assert (
        network_prefixes(pa.array(list(map(str, addresses)), pa.string())).to_pylist() == expected
    )


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90),
            st.none() | st.floats(-180, 180),
        )
    )
)  # fmt: skip
def test_distances_are_those_of_the_haversine_formula(places):
    def plainly(lat_1, lon_1, lat_2, lon_2):
        if None in (lat_1, lon_1, lat_2, lon_2):
            return None
        a, b, c, d = map(math.radians, (lat_1, lon_1, lat_2, lon_2))
        h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
        return 2 * 6371 * math.asin(math.sqrt(min(h, 1)))

    columns = [pa.array(list(each), pa.float64()) for each in zip(*places, strict=True)] or [
        pa.array([], pa.float64())
    ] * 4
    found = great_circle_km(*columns).to_pylist()
    for ours, place in zip(found, places, strict=True):
        expected = plainly(*place)
        assert ours == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-6))


ARGUMENTS = {
    f"{each.name}_{name}": kind
    for each in functions(TOKENISER)
    for name, kind in each.arguments.items()
}
"""Every argument of every function, as a column of one table."""


ROWS = st.lists(st.tuples(*(VALUES[kind] for kind in ARGUMENTS.values())), min_size=1)


@given(ROWS)
@settings(max_examples=12 if settings().derandomize else 300)
def test_every_engine_says_the_same(rows: list[tuple]) -> None:
    for engine in (_in_duckdb, _in_redshift, _in_spark):
        _check(engine, rows)


@pytest.fixture
def spark_without_arrow_functions() -> Iterator[None]:
    """As those before 4.1 are, of which EMR 7 has one."""
    session = _spark()
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr("pyspark.sql.functions.arrow_udf")
        on_spark.register(session, TOKENISER)
    yield
    on_spark.register(session, TOKENISER)


@pytest.mark.usefixtures("spark_without_arrow_functions")
@given(ROWS)
@settings(max_examples=4 if settings().derandomize else 100)
def test_an_older_spark_says_the_same(rows: list[tuple]) -> None:
    _check(_in_spark, rows)
    explained = _spark().sql(f"explain {_select()}").collect()[0][0]
    kinds = re.findall(r"ArrowEvalPython .*\], (\d+)$", explained, re.MULTILINE)
    assert set(kinds) == {str(PythonEvalType.SQL_SCALAR_PANDAS_UDF)}


def _check(engine: Callable[[pa.Table], dict[str, list]], rows: list[tuple]) -> None:
    columns = [list(each) for each in zip(*rows, strict=True)]
    table = pa.table(
        [pa.array(each, kind) for each, kind in zip(columns, ARGUMENTS.values(), strict=True)],
        names=list(ARGUMENTS),
    )
    found = engine(table)
    for each in functions(TOKENISER):
        expected = each.call(*_arguments(each, table)).to_pylist()
        assert len(found[each.name]) == len(expected)
        for one, other in zip(found[each.name], expected, strict=True):
            wanted = pytest.approx(other, rel=1e-9) if isinstance(other, float) else other
            assert one == wanted, (engine.__name__, each.name)


def _arguments(function: ArrowFunction, table: pa.Table) -> list[pa.Array]:
    return [table.column(f"{function.name}_{name}").combine_chunks() for name in function.arguments]


def _select() -> str:
    """One column a function, in the order of the rows."""
    answers = [
        f"{each.name}({', '.join(f'{each.name}_{name}' for name in each.arguments)}) as {each.name}"
        for each in functions(TOKENISER)
    ]
    return f"select {', '.join(answers)} from given_rows order by place"


def _by_function(rows: list[tuple]) -> dict[str, list]:
    names = (each.name for each in functions(TOKENISER))
    return {name: list(each) for name, each in zip(names, zip(*rows, strict=True), strict=True)}


@cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    on_duckdb.register(connection, TOKENISER)
    return connection


def _in_duckdb(table: pa.Table) -> dict[str, list]:
    connection = _duckdb()
    connection.register("given_rows", table.append_column("place", [range(len(table))]))
    return _by_function(connection.execute(_select()).fetchall())


def _in_redshift(table: pa.Table) -> dict[str, list]:
    known = {each.name: each for each in functions(TOKENISER)}
    found = {}
    for each in known.values():
        columns = [column.to_pylist() for column in _arguments(each, table)]
        event = {
            "external_function": f"udfs.{each.name}", "num_records": len(table),
            "arguments": list(zip(*columns, strict=True)),
        }  # fmt: skip
        answer = redshift_function.evaluated(json.loads(json.dumps(event)), known)
        found[each.name] = json.loads(json.dumps(answer))
    return found


@cache
def _spark() -> SparkSession:
    session = spark_session()
    on_spark.register(session, TOKENISER)
    return session


def _in_spark(table: pa.Table) -> dict[str, list]:
    kinds = {pa.string(): "string", pa.float64(): "double"}
    schema = ", ".join(f"{name} {kinds[kind]}" for name, kind in ARGUMENTS.items())
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    _spark().createDataFrame(
        [(place, *row) for place, row in enumerate(rows)], f"place int, {schema}"
    ).createOrReplaceTempView("given_rows")
    return _by_function([tuple(row) for row in _spark().sql(_select()).collect()])
