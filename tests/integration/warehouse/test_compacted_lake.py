"""Compactions beside dbt: whatever file a row is in, the warehouse holds the same."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sentinel.lake import RAW, Lake
from sentinel.live_files import LiveFiles
from sentinel.maintenance import maintain
from sentinel.settings import Settings
from streaming_ingest.replay import history
from streaming_ingest.replay.commands import app
from streaming_ingest.replay.history import Stretch
from tests.support import golden
from tests.support.compactions import AT_ONCE, compact_everything, remove_unused
from tests.support.events import customer, label, later, terminal, transaction
from tests.support.warehouse import INCREMENTAL_MODELS, Warehouse

pytestmark = pytest.mark.xdist_group("warehouse")
DATASETS = ("transactions", "fraud_labels", "customers", "terminals", "analyst_decisions")
STAGED = tuple(f"staging.stg_raw__{dataset}" for dataset in DATASETS)


def staged(warehouse: Warehouse) -> dict[str, list]:
    """Every row of the staged datasets but for the file it is in."""
    rows = warehouse.rows(STAGED)
    return {
        name: sorted(str({key: row[key] for key in row if key != "_file"}) for row in each)
        for name, each in rows.items()
    }


def content(warehouse: Warehouse) -> dict[str, list]:
    """Every row of the models that take batches, and of what rests on them."""
    names = (*INCREMENTAL_MODELS, "marts.dim_customers", "marts.alert_queue")
    return {name: sorted(map(str, rows)) for name, rows in warehouse.rows(names).items()}


@pytest.fixture(scope="module")
def delivered(empty_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The golden rows taken in several runs, never compacted. Not to be changed: take a copy."""
    warehouse = empty_warehouse.copied_to(tmp_path_factory.mktemp("delivered") / "home")
    for number in golden.runs():
        deliver(warehouse, number)
        warehouse.dbt("run")
    return warehouse


def deliver(warehouse: Warehouse, number: int) -> None:
    for each in golden.deliveries(number):
        warehouse.deliver(each.dataset, each.batch_id, each.rows, each.received_at)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Settings]:
    home = tmp_path / "home"
    monkeypatch.setenv("SENTINEL_HOME", str(home))
    monkeypatch.setenv("DBT_TARGET_PATH", str(home / "dbt_target"))
    monkeypatch.delenv("SENTINEL_LAKE_URL", raising=False)
    return Settings.load()


def test_compactions_between_micro_batches_change_nothing(
    empty_warehouse: Warehouse, delivered: Warehouse, tmp_path: Path
) -> None:
    warehouse = empty_warehouse.copied_to(tmp_path / "home")
    fewer, removed = [], []
    for number in golden.runs():
        deliver(warehouse, number)
        if number % 2:
            fewer.append(compact_everything(warehouse.lake))
        warehouse.dbt("run")
        if number % 3 == 2:
            fewer.append(compact_everything(warehouse.lake))
            removed.append(remove_unused(warehouse.lake))
    fewer.append(compact_everything(warehouse.lake))
    removed.append(remove_unused(warehouse.lake))
    assert any(fewer) and any(removed)
    warehouse.dbt("run")
    assert content(warehouse) == content(delivered)
    assert staged(warehouse) == staged(delivered)
    assert not warehouse.query("select * from ops.ingestion_reconciliation where not is_reconciled")
    warehouse.dbt("run", "--full-refresh")
    assert content(warehouse) == content(delivered)


def test_a_run_that_began_before_a_compaction_ends_as_without_it(
    empty_warehouse: Warehouse, delivered: Warehouse, tmp_path: Path
) -> None:
    warehouse = empty_warehouse.copied_to(tmp_path / "home")
    fewer = []

    def compact_and_clean() -> None:
        fewer.append(compact_everything(warehouse.lake))
        # Now, not in a month: what has just been replaced stays.
        done = maintain(warehouse.lake, DATASETS, AT_ONCE, 1)
        assert not any(each.unused.replaced or each.unused.abandoned for each in done)

    for number in golden.runs():
        deliver(warehouse, number)
        warehouse.dbt("run", on_first_model=compact_and_clean)
    assert sum(fewer) > 10
    assert content(warehouse) == content(delivered)
    assert staged(warehouse) == staged(delivered)
    warehouse.dbt("run")
    assert staged(warehouse) == staged(delivered)
    assert warehouse.query("select count(*) from ops.ingestion_reconciliation")[0][0] > 5
    assert not warehouse.query("select * from ops.ingestion_reconciliation where not is_reconciled")


def test_the_views_read_the_live_files_and_no_others(delivered: Warehouse, tmp_path: Path) -> None:
    warehouse = delivered.copied_to(tmp_path / "home")
    assert compact_everything(warehouse.lake) > 10
    warehouse.dbt("run", "-s", "stg_raw__transactions")
    live = LiveFiles(warehouse.lake, "transactions")
    expected = sorted(
        warehouse.lake.url(file.path) for each in live.compactions() for file in each.added
    )
    found = warehouse.query("select distinct _file from raw.transactions order by all")
    assert expected and set(expected) <= {path for (path,) in found}
    assert warehouse.query("select count(*), count(distinct path) from lake.live_files") == [
        (warehouse.query("select count(*) from lake.live_files")[0][0],) * 2
    ]
    replaced = {path for each in live.compactions() for path in each.replaced}
    assert not replaced & {path.removeprefix(warehouse.lake.url("")) for (path,) in found}


def test_the_files_of_a_batch_are_found_wherever_they_are(
    empty_warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse = empty_warehouse.copied_to(tmp_path / "home")
    for name in "abc":
        warehouse.deliver("transactions", f"old-{name}", [
            transaction(f"{name}{day}", later(days=day)) for day in range(3)
        ])  # fmt: skip
    compact_everything(warehouse.lake)
    warehouse.deliver("transactions", "new", [transaction("new", later(days=1))])
    warehouse.deliver("terminals", "other", [terminal("m1", later(days=1))])
    warehouse.dbt("run", "-s", "stg_raw__transactions")
    query = (
        "select '{{% if execute %}}{{{{ sentinel.files_of_batches({}) | sort | join(' ') }}}}"
        "{{% endif %}}' as paths"
    )
    for batches, expected in {
        ("new",): ["2024-03-02/new"],
        ("other",): ["2024-01-01/other"],
        ("old-a",): [f"2024-03-0{day}/compacted-000001" for day in (1, 2, 3)],
        ("old-b", "new"): ["2024-03-01/compacted-000001", "2024-03-02/compacted-000001",
                           "2024-03-02/new", "2024-03-03/compacted-000001"],
        ("nobody",): [],
    }.items():  # fmt: skip
        shown = warehouse.dbt("show", "--inline", query.format(list(batches)))
        ((paths,),) = shown.result.results[0].agate_table.rows
        names = [path.rsplit("-", 1)[0] for path in (paths or "").split()]
        assert [name.partition("event_date=")[2] for name in names] == expected, batches


def test_a_warehouse_that_is_given_another_lake_forgets_the_compactions(
    delivered: Warehouse, tmp_path: Path
) -> None:
    warehouse = delivered.copied_to(tmp_path / "home")
    compact_everything(warehouse.lake)
    warehouse.dbt("run", "-s", "staging")
    for path in warehouse.lake.list("compactions"):
        warehouse.lake.delete([path])
    warehouse.dbt("run", "-s", "staging")
    assert warehouse.query("select count(*) from lake.compactions") == [(0,)]
    assert staged(warehouse) == staged(delivered)


def test_history_is_replayed_from_compacted_files(
    delivered: Warehouse, settings: Settings, tmp_path: Path
) -> None:
    warehouse = delivered.copied_to(tmp_path / "home")
    everything = Stretch(date(2000, 1, 1), date(2100, 1, 1))
    entries = history.copied_batches(warehouse.lake, everything)
    copies = [Lake(str(tmp_path / name)) for name in ("before", "after", "deleted")]
    before = content(warehouse)

    def copy(into: Lake) -> int:
        return history.copy(warehouse.lake, into, everything, entries, lambda _: None)

    counts = [copy(copies[0])]
    compact_everything(warehouse.lake)
    counts.append(copy(copies[1]))
    assert remove_unused(warehouse.lake) > 10
    counts.append(copy(copies[2]))
    assert len(set(counts)) == 1
    files = [{path: lake.read(path) for path in lake.list(RAW)} for lake in copies]
    assert files[0] == files[1] == files[2]

    assert history.repair(settings, everything) > 5
    warehouse.dbt("run")
    assert content(warehouse) == before


def test_quarantine_is_replayed_beside_compacted_files(
    empty_warehouse: Warehouse, settings: Settings, tmp_path: Path
) -> None:
    """What a reference is known by lies in a compacted file by now."""
    warehouse = empty_warehouse.copied_to(tmp_path / "home")
    for number in range(3):
        warehouse.deliver("terminals", f"terminals-{number}", [terminal(f"m{number}")])
        warehouse.deliver("customers", f"customers-{number}", [customer(f"c{number}")])
        rows = [transaction(f"t{number}", later(hours=number), terminal_id=f"m{number}")]
        warehouse.deliver("transactions", f"transactions-{number}", rows)
    warehouse.deliver("fraud_labels", "labels", [label("t1", later(days=1))])
    _reject(warehouse)
    assert compact_everything(warehouse.lake) > 3
    assert remove_unused(warehouse.lake) > 3
    done = CliRunner().invoke(app, ["replay"])
    assert done.exit_code == 0, done.output
    assert "delivered as transactions-replay-000000" in done.output
    compact_everything(warehouse.lake)
    warehouse.dbt("run", "-s", "+fct_transactions", "+ingestion_reconciliation")
    found = warehouse.query("select transaction_id from marts.fct_transactions order by all")
    assert [name for (name,) in found] == ["t0", "t1", "t2", "t3"]
    assert not warehouse.query("select * from ops.ingestion_reconciliation where not is_reconciled")


def _reject(warehouse: Warehouse) -> None:
    """A transaction at a terminal that was not known when it came."""
    import pyarrow as pa

    from sentinel.contracts import contract
    from sentinel.delivery import deliver
    from sentinel.transform import Arriving, ReferenceIds, Tokeniser

    rows = [transaction("t3", later(hours=3), terminal_id="m2")]
    known = ReferenceIds("terminal_id", pa.array(["m0"], pa.string()))
    deliver(
        warehouse.lake, contract("transactions"),
        Arriving("rejected", "test", pa.Table.from_pylist(rows), datetime(2030, 1, 1),
                 references=(known,)),
        Tokeniser(b"test key"),
    )  # fmt: skip
