"""dbt, or the export of tables, in an environment that has Sail's client in place of PySpark.

Belongs here: the process, and where it dies. Does not belong here: who starts it; see
`sail_warehouse`. It runs by itself, in an environment without the project's packages.

    python dbt_on_sail.py dbt [--die-at TEXT] ARGUMENT ...
    python dbt_on_sail.py export FOLDER SCHEMA.TABLE ...
    python dbt_on_sail.py execute STATEMENT ...
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DIED = 86
# What Sail 0.7.2 gives another type than it says, and then fails at: the negative of a decimal
# column, and a case of the integer nought and of floats.
_MISTAKEN = {
    re.compile(r"then -(\w+_value)"): r"then 0 - \1",
    re.compile(r"then 0(\s+else cast)"): r"then cast(0 as double)\1",
}


def main(arguments: Sequence[str]) -> int:
    """The exit code: dbt's, or `DIED`."""
    kind, *rest = arguments
    if kind == "dbt":
        die_at = None
        if rest[0] == "--die-at":
            _, die_at, *rest = rest
        return _dbt(rest, die_at)
    if kind == "export":
        return _export(Path(rest[0]), rest[1:])
    return _execute(rest)


def _dbt(arguments: Sequence[str], die_at: str | None) -> int:
    """Runs dbt; the first statement with the text is not executed, nor is anything after it."""
    from dbt.adapters.spark.session import Cursor
    from dbt.cli.main import dbtRunner

    execute = Cursor.execute

    def executing(cursor: Cursor, sql: str, *parameters: Any) -> None:
        if die_at and die_at in sql:
            os._exit(DIED)
        for mistaken, understood in _MISTAKEN.items():
            sql = mistaken.sub(understood, sql)
        execute(cursor, sql, *parameters)

    Cursor.execute = executing  # type: ignore[method-assign]
    return 0 if dbtRunner().invoke(list(arguments)).success else 1


def _export(folder: Path, tables: Sequence[str]) -> int:
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for name in tables:
        pq.write_table(_session().table(name).toArrow(), folder / f"{name}.parquet")
    return 0


def _execute(statements: Sequence[str]) -> int:
    for statement in statements:
        _session().sql(statement)
    return 0


def _session() -> Any:
    """The session that SPARK_REMOTE names; dbt's tables are in it."""
    from pyspark.sql import SparkSession

    return SparkSession.builder.getOrCreate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
