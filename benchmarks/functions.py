"""The functions of `spark_udfs`, measured on each engine that calls them.

Belongs here: what runs in the measured process. Does not belong here: showing figures.

    python -m benchmarks.functions duckdb|spark|lambda FOLDER
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sentinel.settings import Settings
from sentinel.transform import Tokeniser
from spark_udfs import on_duckdb, redshift_function
from spark_udfs.functions import ArrowFunction, functions

COUNT = 1_000_000
LAMBDA_ROWS = 1_000
"""Rows of a call, of the order that Redshift sends."""
_LAMBDA_CALLS = 20
_SEED = 1
_TOKENISER = Tokeniser(b"benchmark")


def rates(engine: str, folder: Path) -> dict[str, float]:
    """Values a second by function, all of them different.

    Args:
        engine: `duckdb` on one thread, `spark` on one, or `lambda`, JSON in and out.
        folder: for the values.
    """
    measured = {"duckdb": _on_duckdb, "spark": _on_spark, "lambda": _by_handler}[engine]
    known = functions(_TOKENISER)
    path = folder / "values.parquet"
    if not path.exists():
        pq.write_table(_values(known), path)
    call = measured(path)
    for each in known:
        call(each)  # compiles, imports, reads the file
    return {each.name: call(each) for each in known}


def _columns(function: ArrowFunction) -> list[str]:
    return [f"{function.name}_{name}" for name in function.arguments]


def _on_duckdb(path: Path) -> Callable[[ArrowFunction], float]:
    connection = duckdb.connect(config={"threads": 1})
    on_duckdb.register(connection, _TOKENISER)
    connection.execute(f"create table given as from '{path}'")

    def rate(function: ArrowFunction) -> float:
        called = f"{function.name}({', '.join(_columns(function))})"
        started = time.process_time()
        connection.execute(f"select count({called}) from given").fetchall()
        return COUNT / (time.process_time() - started)

    return rate


def _on_spark(path: Path) -> Callable[[ArrowFunction], float]:
    from spark_job.session import open_session
    from spark_udfs import on_spark

    session = open_session(Settings.load())
    on_spark.register(session, _TOKENISER)
    session.read.parquet(str(path)).coalesce(1).cache().createOrReplaceTempView("given")

    def rate(function: ArrowFunction) -> float:
        called = f"{function.name}({', '.join(_columns(function))})"
        started = time.perf_counter()
        session.sql(f"select count({called}) from given").collect()
        return COUNT / (time.perf_counter() - started)

    return rate


def _by_handler(path: Path) -> Callable[[ArrowFunction], float]:
    table = pq.read_table(path)

    def rate(function: ArrowFunction) -> float:
        columns = [table[name].slice(0, LAMBDA_ROWS).to_pylist() for name in _columns(function)]
        rows = [list(row) for row in zip(*columns, strict=True)]
        event = json.dumps(
            {"external_function": function.name, "num_records": len(rows), "arguments": rows}
        )
        started = time.process_time()
        for _ in range(_LAMBDA_CALLS):
            redshift_function.handler(json.loads(event))
        return LAMBDA_ROWS * _LAMBDA_CALLS / (time.process_time() - started)

    return rate


def _values(known: tuple[ArrowFunction, ...]) -> pa.Table:
    """A column for each argument of each function, of the form that the function is for."""
    chance = np.random.default_rng(_SEED)
    numbers = chance.integers(0, 2**32, (8, COUNT))
    texts = {
        "keyed_token": [[f"customer-{n}" for n in numbers[0]]],
        "passes_luhn": [[f"4{n:015d}" for n in numbers[1]]],
        "normalised_email": [[f"Ann.Lee{n}+shop@Example.com" for n in numbers[2]]],
        "normalised_device_id": [[f"{n:032X}" for n in numbers[3]]],
        "network_prefix": [[_address(int(n)) for n in numbers[4]]],
        "is_private_address": [[_address(int(n)) for n in numbers[5]]],
        "name_similarity": [
            [f"Martha Example{n % 100_000}" for n in numbers[6]],
            [f"Marhta Exmaple{n % 100_000}" for n in numbers[7]],
        ],
    }
    columns = {}
    for function in known:
        given = texts.get(function.name) or [
            chance.uniform(-90, 90, COUNT) for _ in function.arguments
        ]
        columns |= dict(zip(_columns(function), map(pa.array, given), strict=True))
    return pa.table(columns)


def _address(number: int) -> str:
    return ".".join(str(byte) for byte in number.to_bytes(4, "big"))


if __name__ == "__main__":
    print(json.dumps(rates(sys.argv[1], Path(sys.argv[2]))))
