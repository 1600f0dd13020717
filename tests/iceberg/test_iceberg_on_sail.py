"""Tables in Iceberg: what grows by merging, is killed, corrected, released and taken anew are the
rows that DuckDB has.

Belongs here: the project's own models and macros, by dbt-spark, on a server that has Iceberg. Does
not belong here: Spark's own reading of the lake; see tests/spark.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.support import golden
from tests.support.events import transaction
from tests.support.parity import EVERY_SCHEMA, Readable, compared, differing, tables_of
from tests.support.sail_server import sail_server
from tests.support.sail_warehouse import SailWarehouse
from tests.support.warehouse import INCREMENTAL_MODELS, Row, Warehouse, manifest

FEATURES = "features.feat_transactions"
HOURS = "intermediate.int_activity_hours__observed"
SNAPSHOTS = ("snapshots.snap_customers", "snapshots.snap_terminals")
NO_TESTS = ("--exclude", "resource_type:unit_test", "resource_type:test")
# A hash of what each engine has of its own way to write a time.
OF_ENGINE = "dbt_scd_id"


@dataclass
class Both:
    """A warehouse on each engine, of one lake."""

    duckdb: Warehouse
    sail: SailWarehouse

    def deliver(self, run: int) -> None:
        """The golden batches of one run."""
        for each in golden.deliveries(run):
            self.duckdb.deliver(each.dataset, each.batch_id, each.rows, each.received_at)

    def build_on_duckdb(self) -> None:
        """Takes in what was delivered, and hands over what the lake holds."""
        self.duckdb.dbt("build", *NO_TESTS)
        self.sail.take_sources(self.duckdb)

    def differences(self, models: Sequence[str] | None = None) -> list[str]:
        """A line for each table that is not the same, of some or of all."""
        wanted = models or [f"{each.schema}.{each.name}" for each in tables_of(EVERY_SCHEMA)]
        self.sail.export(wanted)
        found = compared(self.duckdb, self.sail, EVERY_SCHEMA, wanted)
        assert len(found) == len(wanted)
        assert sum(each.left_row_count for each in found) > 200
        return differing(found)

    def hour_of_one_transaction(self) -> Row:
        """The key of a terminal's hour with one transaction that nobody reported, and that one."""
        with_one = self.duckdb.query(
            "select min(transaction_id), min(customer_id), terminal_id, "
            "date_trunc('hour', transaction_at) as hour_at from marts.fct_transactions "
            "group by terminal_id, hour_at having count(*) = 1 and not max(has_label) "
            "order by all limit 1"
        )
        names = ("transaction_id", "customer_id", "entity_id", "hour_at")
        return dict(zip(names, with_one[0], strict=True))

    def has_hour(self, warehouse: Readable, hour: Row) -> bool:
        """Whether the terminal's hour is among those observed."""
        return any(
            row["entity_kind"] == "terminal"
            and (row["entity_id"], row["hour_at"]) == (hour["entity_id"], hour["hour_at"])
            for row in warehouse.rows([HOURS])[HOURS]
        )


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The first deliveries, built anew on both."""
    folder = tmp_path_factory.mktemp("iceberg")
    with sail_server(folder) as address:
        found = Both(Warehouse(folder / "duckdb"), SailWarehouse(folder / "sail", address))
        found.deliver(golden.runs()[0])
        found.build_on_duckdb()
        found.sail.dbt("build", *NO_TESTS)
        yield found


def test_what_was_built_anew_is_what_duckdb_built(both: Both) -> None:
    assert both.differences() == []


@pytest.mark.parametrize("model", INCREMENTAL_MODELS)
def test_a_table_is_kept_by_month_without_a_column_for_it(both: Both, model: str) -> None:
    described = json.loads(both.sail.metadata(model).read_text())
    assert described["format-version"] == 2
    (schema,) = described["schemas"]
    names = {each["id"]: each["name"] for each in schema["fields"]}
    assert "_event_month" not in names.values()
    (spec,) = described["partition-specs"]
    kept_by = [(each["transform"], names[each["source-id"]]) for each in spec["fields"]]
    time = _event_time(model)
    assert kept_by == ([("month", time)] if time else [])


def test_what_grew_and_was_killed_is_what_duckdb_built(both: Both) -> None:
    """Corrections and late reports among them, and a transaction, the only one of its terminal's
    hour, that turns out to be of another month. On Sail one run is killed before a merge, the next
    one after one and before its batches are noted, and a third goes on from there."""
    hour = both.hour_of_one_transaction()
    assert both.has_hour(both.duckdb, hour)
    for run in golden.runs()[1:]:
        both.deliver(run)
    moved_to = hour["hour_at"] + timedelta(days=62)
    both.duckdb.deliver(
        "transactions", "correction",
        [transaction(hour["transaction_id"], moved_to, hour["customer_id"], hour["entity_id"])],
    )  # fmt: skip
    both.build_on_duckdb()
    before = both.sail.rows([FEATURES])[FEATURES]
    both.sail.dbt("run", die_at=f"merge into dev_{FEATURES} ")
    assert _sorted(both.sail.rows([FEATURES])[FEATURES]) == _sorted(before)
    noting = "insert into dev_run_log.batch_consumption"
    both.sail.dbt("run", "--select", "feat_transactions", die_at=noting)
    assert both.sail.rows([FEATURES])[FEATURES] != before
    both.sail.dbt("run")
    assert both.differences() == []
    assert not both.has_hour(both.sail, hour)


def test_batches_are_released_and_taken_again(both: Both) -> None:
    both.sail.execute(f"delete from dev_{FEATURES} where customer_id is not null")
    assert both.sail.rows([FEATURES])[FEATURES] == []
    stretch = {"from_at": "2000-01-01", "to_at": "2100-01-01"}
    said = both.sail.dbt("run-operation", "release_batches", "--args", json.dumps(stretch))
    consumed = both.duckdb.query("select count(distinct batch_id) from run_log.batch_consumption")
    assert f"batches released: {consumed[0][0]} " in said
    parents = ("int_transactions__versioned", "int_fraud_labels__deduplicated")
    both.sail.dbt("run", "--select", *parents, "feat_transactions")
    assert both.differences([FEATURES]) == []


def test_a_table_that_was_made_and_not_filled_is_made_again(both: Both) -> None:
    """A catalogue may make a table before its rows are there: a killed full refresh leaves that."""
    both.sail.dbt(
        "run", "--full-refresh", "--select", "feat_transactions",
        die_at=f"drop table dev_{FEATURES}__unfinished",
    )  # fmt: skip
    both.sail.execute(f"delete from dev_{FEATURES} where customer_id is not null")
    both.sail.dbt("run", "--select", "feat_transactions")
    assert both.differences([FEATURES]) == []


def test_snapshots_hold_what_was_known_when(both: Both) -> None:
    """A terminal has changed since the first ones; those on DuckDB are part of each build there."""
    both.sail.dbt("snapshot")
    superseded = 0
    for snapshot in SNAPSHOTS:
        expected = _without_hash(both.duckdb.rows([snapshot])[snapshot])
        assert _sorted(_without_hash(both.sail.rows([snapshot])[snapshot])) == _sorted(expected)
        superseded += sum(row["dbt_valid_to"] is not None for row in expected)
    assert superseded > 0


def _without_hash(rows: list[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name != OF_ENGINE} for row in rows]


def _sorted(rows: list[Row]) -> list[str]:
    return sorted(str(sorted(row.items())) for row in rows)


def _event_time(model: str) -> str | None:
    name = model.split(".")[1]
    (node,) = (each for each in manifest().nodes.values() if each.name == name)
    return node.config.event_time
