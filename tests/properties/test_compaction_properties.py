"""Whatever is delivered, compacted and removed in whatever order: the lake holds the same rows, and
a batch's rows are found in the files that are named for it.
"""

import tempfile
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.compaction import Limits, compact, plans
from sentinel.lake import Lake
from sentinel.ledger import Ledger
from sentinel.live_files import LiveFiles
from tests.properties.histories import MicroBatch, micro_batches
from tests.support.compactions import (
    AT_ONCE,
    compact_everything,
    land,
    live_paths,
    live_rows,
    remove_unused,
    rows_by_batch,
)
from tests.support.events import later, transaction
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("properties")
TODAY = date(2026, 1, 1)

_batches = st.tuples(
    st.sampled_from("abcdefgh"),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=8),
)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), _batches),
        st.tuples(
            st.just("compact"),
            st.builds(
                Limits,
                closed_after_days=st.just(0),
                fewest_files=st.integers(2, 4),
                target_bytes=st.sampled_from((10_000, 25_000, 2**27)),
                most_rows=st.sampled_from((3, 10, 2_000_000)),
            ),
        ),
        st.tuples(st.just("cut off"), st.just(AT_ONCE)),
        st.tuples(st.just("remove"), st.none()),
    ),
    min_size=4,
    max_size=14,
)


@given(steps=_steps)
def test_the_lake_holds_the_same_rows_whatever_is_compacted(steps: list) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake, untouched = Lake(f"{folder}/compacted"), Lake(f"{folder}/untouched")
        for number, (step, what) in enumerate(steps):
            if step == "deliver":
                name, events = what
                rows = [transaction(f"{number}-{place}", later(days=day), amount=amount + 1)
                        for place, (day, amount) in enumerate(events)]  # fmt: skip
                for each in (lake, untouched):
                    land(each, f"{name}{number}", rows)
            elif step == "remove":
                remove_unused(lake)
                assert sorted(lake.list("raw")) == live_paths(lake)
            else:
                _compact(lake, what, is_cut_off=step == "cut off")
            assert live_rows(lake) == live_rows(untouched)
        assert rows_by_batch(lake) == rows_by_batch(untouched)
        _files_hold_what_is_said(lake)


def _compact(lake: Lake, limits: Limits, is_cut_off: bool) -> None:
    for plan in plans(lake, "transactions", limits, TODAY):
        assert len(plan.groups) < len(plan.files) >= limits.fewest_files
        if is_cut_off:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Lake, "put_if_absent", _killed)
                with pytest.raises(KeyboardInterrupt):
                    compact(lake, plan)
        else:
            assert compact(lake, plan) is not None


def _killed(*_: object) -> bool:
    raise KeyboardInterrupt


def _files_hold_what_is_said(lake: Lake) -> None:
    live = LiveFiles(lake, "transactions")
    for file in live.of(Ledger(lake).entries("transactions")):
        content = pq.ParquetFile(lake.url(file.path)).read()
        assert content.num_rows == file.row_count
        days = {instant.date() for instant in content.column("transaction_at").to_pylist()}
        assert days == {file.event_date}
        batches = content.column("_batch_id").to_pylist()
        assert batches == sorted(batches)
        assert file.batch_id in (None, *batches)


@given(history=micro_batches(("nothing", "compact", "compact and remove")))
@settings(max_examples=4 if settings().derandomize else 200)
def test_staged_rows_and_the_files_of_batches_are_the_same(
    empty_warehouse: Warehouse, history: list[MicroBatch]
) -> None:
    datasets = ("transactions", "fraud_labels", "terminals")
    with tempfile.TemporaryDirectory() as folder:
        compacted = empty_warehouse.copied_to(Path(folder) / "compacted")
        untouched = empty_warehouse.copied_to(Path(folder) / "untouched")
        for each in history:
            for delivery in each.deliveries:
                for warehouse in (compacted, untouched):
                    warehouse.deliver(
                        delivery.dataset, delivery.batch_id, delivery.rows, delivery.received_at
                    )
            if each.action != "nothing":
                compact_everything(compacted.lake)
            if each.action == "compact and remove":
                remove_unused(compacted.lake)
            # The views, and what is known of compactions, grow with every run.
            compacted.dbt("run", "--select", "staging")
        untouched.dbt("run", "--select", "staging")
        for dataset in datasets:
            columns = "* exclude (_file)"
            query = f"select {columns} from staging.stg_raw__{dataset} order by all"
            assert compacted.query(query) == untouched.query(query)
        _each_batch_is_in_its_files(compacted)


def _each_batch_is_in_its_files(warehouse: Warehouse) -> None:
    """In the condition that models use for one batch, and for all but one."""
    batches = [
        (dataset, batch_id)
        for dataset, batch_id in warehouse.query("select dataset, batch_id from lake.ledger")
        if dataset in ("transactions", "fraud_labels")
    ]
    for dataset in ("transactions", "fraud_labels"):
        ids = sorted(batch_id for of, batch_id in batches if of == dataset)
        for some in (ids[:1], ids[1:]):
            if some:
                _finds_exactly(warehouse, dataset, some)


def _finds_exactly(warehouse: Warehouse, dataset: str, batch_ids: list[str]) -> None:
    model = f"staging.stg_raw__{dataset}"
    shown = warehouse.dbt(
        "show", "--limit", "-1", "--inline",
        f"select _batch_id, count(*) as row_count from {model} "
        f"where {{{{ sentinel.delivered_in({batch_ids}) }}}} group by _batch_id",
    )  # fmt: skip
    found = {row[0]: int(row[1]) for row in shown.result.results[0].agate_table.rows}
    listed = "', '".join(batch_ids)
    expected = warehouse.query(
        f"select _batch_id, count(*) from {model} where _batch_id in ('{listed}') group by 1"
    )
    assert found == dict(expected)
