"""Replays and the warehouse: counts reconcile, what was lost comes back, what was right stays."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from typer.testing import CliRunner

from sentinel.errors import ContractError, LedgerConflictError
from sentinel.lake import Lake
from sentinel.settings import Settings
from streaming_ingest.replay import history, reconciliation, recovery
from streaming_ingest.replay.commands import app
from streaming_ingest.replay.history import ReplayError, Stretch
from tests.support import golden
from tests.support.comparison import differences
from tests.support.events import customer, label, later, terminal, transaction
from tests.support.warehouse import INCREMENTAL_MODELS, Warehouse

pytestmark = pytest.mark.xdist_group("warehouse")
REACHED = ("-s", "+fct_transactions", "+ingestion_reconciliation", "--exclude",
           "resource_type:unit_test", "--indirect-selection", "cautious")  # fmt: skip
EVERYTHING = Stretch(date(2000, 1, 1), date(2100, 1, 1))


@pytest.fixture(scope="module")
def built(empty_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The golden rows, delivered and taken in several runs. Not to be changed: take a copy."""
    warehouse = empty_warehouse.copied_to(tmp_path_factory.mktemp("golden") / "home")
    for number in golden.runs():
        for each in golden.deliveries(number):
            warehouse.deliver(each.dataset, each.batch_id, each.rows, each.received_at)
        warehouse.dbt("run", "--exclude", "ops")
    return warehouse


@pytest.fixture
def warehouse(built: Warehouse, tmp_path) -> Warehouse:
    """A copy of the built warehouse."""
    return built.copied_to(tmp_path / "home")


@pytest.fixture
def settings(warehouse, monkeypatch) -> Iterator[Settings]:
    monkeypatch.setenv("SENTINEL_HOME", str(warehouse.home))
    monkeypatch.setenv("DBT_TARGET_PATH", str(warehouse.home / "dbt_target"))
    monkeypatch.delenv("SENTINEL_LAKE_URL", raising=False)
    return Settings.load()


def content(warehouse: Warehouse) -> dict[str, list]:
    """Every row of every model, but for those about dbt's runs and about the last hour."""
    found = warehouse.query(
        "select table_schema || '.' || table_name from information_schema.tables where "
        "table_schema in ('intermediate', 'features', 'marts') "
        "and table_name <> 'near_real_time_activity' order by all"
    )
    assert {f"marts.{name}" for name in ("alert_queue", "dim_customers", "rule_performance")} | {
        *INCREMENTAL_MODELS
    } <= {name for (name,) in found}
    rows = warehouse.rows(name for (name,) in found)
    return {name: sorted(map(str, each)) for name, each in rows.items()}


def days_of(warehouse: Warehouse) -> list[date]:
    """The days with transactions."""
    days = "select distinct transaction_date from marts.fct_transactions order by all"
    return [day for (day,) in warehouse.query(days)]


def test_a_repair_changes_nothing_that_was_right(warehouse, settings):
    before = content(warehouse)
    (taken,) = warehouse.query("select count(distinct batch_id) from run_log.batch_consumption")
    assert history.repair(settings, EVERYTHING) == taken[0] > 5
    warehouse.dbt("run", "--exclude", "ops")
    assert content(warehouse) == before


def test_a_repair_brings_back_what_was_lost_and_replaces_what_was_spoilt(warehouse, settings):
    before = content(warehouse)
    for model in INCREMENTAL_MODELS:
        columns = [c for (c,) in warehouse.query(
            "select column_name from information_schema.columns where "
            f"table_schema || '.' || table_name = '{model}'"
        )]  # fmt: skip
        warehouse.execute(f"delete from {model} where hash({model.split('.')[1]}) % 3 = 0")
        if "is_weekend" in columns:
            warehouse.execute(f"update {model} set is_weekend = not is_weekend")
    assert content(warehouse) != before
    history.repair(settings, EVERYTHING)
    warehouse.dbt("run", "--exclude", "ops")
    assert content(warehouse) == before


def test_stream_and_batch_are_compared_and_what_differs_is_repaired(warehouse, settings):
    before = content(warehouse)
    days = days_of(warehouse)
    stretch = Stretch(min(days), max(days))
    done = reconciliation.reconcile(settings, stretch)
    assert {each.model for each in done.comparisons} == {
        name for name in INCREMENTAL_MODELS if name != "marts.fraud_kpis_daily"
    }
    assert all(each.row_count > 0 for each in done.comparisons)
    assert not done.differing
    warehouse.execute(
        # One row wrong, one lost, one there twice.
        "update features.feat_transactions set is_night = not is_night where transaction_id ="
        " (select min(transaction_id) from features.feat_transactions)",
        "delete from marts.fct_transactions where transaction_id ="
        " (select max(transaction_id) from marts.fct_transactions)",
        "insert into features.feat_transactions_history from features.feat_transactions_history"
        " where transaction_id = (select min(transaction_id) from features.feat_transactions)",
    )
    steps = []
    done = reconciliation.reconcile(settings, stretch, steps.append)
    assert steps[-1] == "comparing"
    assert {each.model: each.differing_count for each in done.differing} == {
        "features.feat_transactions": 1,
        "marts.fct_transactions": 1,
        "features.feat_transactions_history": 1,
    }
    assert content(warehouse) == before
    schemas = warehouse.query("select table_schema from information_schema.tables")
    assert ("reconciliation",) not in schemas


def test_what_was_delivered_lately_is_compared_but_not_ages_before_it(tmp_path):
    warehouse = Warehouse(tmp_path / "home")
    assert reconciliation.recent_stretch(warehouse.lake, timedelta(days=1)) is None
    instants = [datetime(2024, 1, 1, 12), datetime(2024, 5, 1, 12), datetime(2024, 5, 3, 12)]
    for number, at in enumerate(instants):
        warehouse.deliver("transactions", f"b{number}", [transaction(f"t{number}", at)])
    recent = reconciliation.recent_stretch(warehouse.lake, timedelta(days=1))
    assert recent == Stretch(date(2024, 3, 24), date(2024, 5, 3))
    assert reconciliation.recent_stretch(warehouse.lake, timedelta(0)) is None
    assert reconciliation.reconcile(Settings.load(), None).comparisons == ()


def test_a_repair_of_some_days_releases_only_their_batches(warehouse, settings):
    days = days_of(warehouse)
    stretch = Stretch(max(days), max(days), "transactions")
    batches = history.batches(warehouse.lake, stretch)
    assert 0 < len(batches) < len(golden.deliveries())
    before = warehouse.query("select count(*) from run_log.batch_consumption")[0][0]
    assert history.repair(settings, stretch) == len(batches)
    released = before - warehouse.query("select count(*) from run_log.batch_consumption")[0][0]
    assert released >= len(batches)
    assert history.repair(settings, stretch) == 0


def test_a_stretch_in_a_lake_of_its_own_is_built_by_dbt(warehouse, settings, tmp_path):
    days = days_of(warehouse)
    first, last = days[len(days) // 3], days[2 * len(days) // 3]
    before = content(warehouse)
    copy = Warehouse(tmp_path / "copy")
    done = CliRunner().invoke(
        _replay_app(), ["--from", str(first), "--to", str(last), "--into", str(copy.home)]
    )
    assert done.exit_code == 0, done.output
    assert f"SENTINEL_HOME={copy.home}" in done.output
    copy.dbt("build", *REACHED)
    expected = [
        row for row in warehouse.rows(["marts.fct_transactions"])["marts.fct_transactions"]
        if first <= row["transaction_at"].date() <= last
    ]  # fmt: skip
    found = copy.rows(["marts.fct_transactions"])["marts.fct_transactions"]
    assert expected
    # What later reports say is not in the stretch.
    ids = [{"transaction_id": row["transaction_id"], "merchant_id": row["merchant_id"]}
           for row in expected]  # fmt: skip
    assert not differences(ids, found, ("transaction_id",), exact=True)
    assert len(found) == len(expected)
    assert content(warehouse) == before


def test_the_copy_repeated_is_the_same_and_another_stretch_is_refused(warehouse, tmp_path):
    into = Lake(str(tmp_path / "copy" / "lake"))
    days = days_of(warehouse)
    whole = Stretch(min(days), max(days), "transactions")
    entries = history.copied_batches(warehouse.lake, whole)
    counts = [history.copy(warehouse.lake, into, whole, entries, lambda _: None) for _ in range(2)]
    assert counts[0] == counts[1] > 0
    part = Stretch(min(days), max(days) - timedelta(days=1), "transactions")
    some = history.copied_batches(warehouse.lake, part)
    with pytest.raises(LedgerConflictError):
        history.copy(warehouse.lake, into, part, some, lambda _: None)


def test_a_copy_into_itself_and_days_turned_around_are_errors(warehouse):
    with pytest.raises(ReplayError, match="this lake itself"):
        history.copy(warehouse.lake, warehouse.lake, EVERYTHING, [], lambda _: None)
    with pytest.raises(ReplayError, match="swap them"):
        Stretch(date(2024, 3, 2), date(2024, 3, 1))
    with pytest.raises(ContractError):
        Stretch(date(2024, 3, 1), date(2024, 3, 2), "nothing")


def test_replayed_records_reach_the_marts_and_every_count_agrees(
    empty_warehouse, tmp_path, monkeypatch
):
    warehouse = empty_warehouse.copied_to(tmp_path / "home")
    monkeypatch.setenv("SENTINEL_HOME", str(warehouse.home))
    monkeypatch.delenv("SENTINEL_LAKE_URL", raising=False)
    warehouse.deliver("customers", "customers-1", [customer("c1")])
    warehouse.deliver("terminals", "terminals-1", [terminal("m1")])
    rows = [transaction(f"t{number}", later(hours=number)) for number in range(4)]
    rows[1]["channel"] = rows[2]["channel"] = "card_present"
    rows[3]["channel"] = "pigeon"
    _accept(monkeypatch, "transactions", "channel", ("atm",))
    warehouse.deliver("transactions", "transactions-1", rows)
    monkeypatch.undo()
    monkeypatch.setenv("SENTINEL_HOME", str(warehouse.home))
    warehouse.deliver("fraud_labels", "labels-1", [label("t1", later(days=1))])
    warehouse.dbt("build", *REACHED)
    assert _ids(warehouse) == ["t0"]

    for delivered in (2, 0):
        done = CliRunner().invoke(app, ["replay", "--dataset", "transactions"])
        assert done.exit_code == 0, done.output
        assert ("delivered as" in done.output) is bool(delivered)
        warehouse.dbt("build", *REACHED)
        assert _ids(warehouse) == ["t0", "t1", "t2"]
    assert warehouse.query(
        "select batch_id, produced_row_count, replayed_row_count, delivered_row_count, "
        "quarantined_row_count, recovered_row_count, is_reconciled "
        "from ops.ingestion_reconciliation where dataset = 'transactions' order by all"
    ) == [
        ("transactions-1", 4, 0, 1, 3, 2, True),
        ("transactions-replay-000000", 0, 2, 2, 0, 0, True),
    ]
    assert warehouse.query(
        "select _position, is_replayed from staging.stg_lake__quarantined_records order by all"
    ) == [(1, True), (2, True), (3, False)]
    assert warehouse.query(
        "select is_fraud from marts.fct_transactions where transaction_id = 't1'"
    ) == [(True,)]


def _accept(monkeypatch, dataset, column, accepted):
    """Delivers by a contract that accepts less."""
    from tests.support import warehouse as support

    one = recovery.contract(dataset)
    columns = tuple(
        each.model_copy(update={"accepted_values": accepted}) if each.name == column else each
        for each in one.columns
    )
    older = one.model_copy(update={"columns": columns})
    monkeypatch.setattr(support, "contract", lambda _: older)


def _ids(warehouse: Warehouse) -> list[str]:
    rows = warehouse.query("select transaction_id from marts.fct_transactions order by all")
    return [row[0] for row in rows]


def _replay_app():
    import typer

    from streaming_ingest.replay.commands import replay_history

    replay_app = typer.Typer()
    replay_app.command()(replay_history)
    return replay_app
