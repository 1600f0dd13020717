"""The golden data set: reading its rows, and writing what the reference says about them.

Belongs here: the files in tests/integration/warehouse/golden. Does not belong here: the rows
themselves, and definitions, which are in `reference`. After a definition or a threshold has
changed, `python -m tests.support.golden` writes the expected files anew; read their difference.
`python -m tests.support.golden FOLDER` delivers the rows into FOLDER/lake, for `sentinel parity`.
"""

import csv
import shutil
import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sentinel.settings import REPOSITORY_ROOT
from tests.support import reference, reference_activity, reference_marts
from tests.support.reference import Delivery, Row, World
from tests.support.warehouse import Warehouse

FOLDER = REPOSITORY_ROOT / "tests/integration/warehouse/golden"

EXPECTED: dict[str, Callable[[World], list[Row]]] = {
    "features.feat_transactions": reference.features,
    "features.feat_transactions_history": reference.history,
    "intermediate.int_transactions__rules_observed": reference.observed,
    "intermediate.int_activity_hours__observed": reference_activity.activity_hours,
    "marts.fct_transactions": reference_marts.fact_transactions,
    "marts.fct_fraud_labels": reference_marts.fact_labels,
    "marts.fct_rule_hits": reference_marts.rule_hits,
    "marts.fct_fraud_alerts": reference_marts.alerts,
    "marts.alert_queue": reference_marts.alert_queue,
    "marts.fraud_kpis_daily": reference_marts.kpis_daily,
    "marts.rule_performance": reference_marts.rule_performance,
    "marts.customer_risk": lambda world: reference_marts.risk(world, "customer_id"),
    "marts.terminal_risk": lambda world: reference_marts.risk(world, "terminal_id"),
}

_PARSERS: dict[str, Callable[[str], Any]] = {
    "received_at": datetime.fromisoformat,
    "transaction_at": datetime.fromisoformat,
    "reported_at": datetime.fromisoformat,
    "updated_at": datetime.fromisoformat,
    "decided_at": datetime.fromisoformat,
    "_ingested_at": datetime.fromisoformat,
    "amount": Decimal,
    "latitude": float,
    "longitude": float,
    "is_fraud": lambda text: text == "true",
    "run": int,
}


def deliveries(run: int | None = None) -> list[Delivery]:
    """The batches in the order of delivery, of one run of dbt or of all."""
    rows = {name: _rows(FOLDER / f"{name}.csv") for name in _datasets()}
    return [
        Delivery(
            batch["dataset"],
            batch["batch_id"],
            batch["received_at"],
            [
                {name: value for name, value in row.items() if name != "batch_id"}
                for row in rows[batch["dataset"]]
                if row["batch_id"] == batch["batch_id"]
            ],
        )
        for batch in _rows(FOLDER / "batches.csv")
        if run in (None, batch["run"])
    ]


def runs() -> list[int]:
    """The runs of dbt between which the batches are delivered."""
    return sorted({batch["run"] for batch in _rows(FOLDER / "batches.csv")})


def expected_path(model: str) -> Path:
    """Where the expected rows of a model stand."""
    return FOLDER / "expected" / f"{model.split('.')[1]}.csv"


def expected_rows(model: str) -> list[dict[str, str]]:
    """The expected rows of a model, as text."""
    with expected_path(model).open(newline="") as file:
        return list(csv.DictReader(file))


def typed_like(rows: list[dict[str, str]], table: list[Row]) -> list[Row]:
    """Rows of text with each column in the type that it has in a table."""
    types = {
        name: next((type(row[name]) for row in table if row[name] is not None), str)
        for name in rows[0]
    }
    return [{name: _typed(text, types[name]) for name, text in row.items()} for row in rows]


def _typed(text: str, wanted: type) -> Any:
    if text == "":
        return None
    if wanted is bool:
        return text == "true"
    if wanted in (datetime, date):
        return wanted.fromisoformat(text)
    return wanted(text)


def as_text(value: Any) -> str:
    """A value as it is written into a file; nothing is empty."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case float():
            return repr(value)
        case _:
            return str(value)


def _datasets() -> list[str]:
    return sorted({batch["dataset"] for batch in _rows(FOLDER / "batches.csv")})


def _rows(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        return [
            {
                name: None if text == "" else _PARSERS.get(name, str)(text)
                for name, text in row.items()
            }
            for row in csv.DictReader(file)
        ]


def write_expected() -> None:
    """Writes every expected file."""
    world = World(deliveries())
    for model, rows_of in EXPECTED.items():
        rows = rows_of(world)
        path = expected_path(model)
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows[0])
            writer.writerows([as_text(value) for value in row.values()] for row in rows)


def write_lake(home: Path) -> None:
    """Delivers all batches into `home`/lake, in place of a lake that is there."""
    shutil.rmtree(home / "lake", ignore_errors=True)
    warehouse = Warehouse(home)
    for each in deliveries():
        warehouse.deliver(each.dataset, each.batch_id, each.rows, each.received_at)


if __name__ == "__main__":
    if folders := sys.argv[1:]:
        write_lake(Path(folders[0]))
    else:
        write_expected()
