"""From a change in the source to the dimension: a deletion ends what was, and says so."""

from datetime import datetime

import pytest

from sentinel.contracts import contract
from streaming_ingest.change_data_capture import envelope
from streaming_ingest.change_data_capture.clock import EPOCH
from streaming_ingest.change_data_capture.delivery import ChangeDelivery
from streaming_ingest.streams import StreamRecord
from tests.support.changes import TOKENISER
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("warehouse")
NOON = datetime(2024, 3, 1, 12)
MODELS = ("-s", "+dim_customers", "+snap_customers", "+ingestion_reconciliation", "--exclude",
          "resource_type:unit_test", "--indirect-selection", "cautious")  # fmt: skip


def capture(warehouse: Warehouse, *changes: tuple[str, str, dict | None, datetime]) -> None:
    """Delivers changes as one batch; the rows of a deletion have the key alone."""
    feed = ChangeDelivery(warehouse.lake, contract("customers"), TOKENISER, "shop", "a test")
    start = feed.progress.source_position or (0, 0)
    records = []
    for number, (operation, key, attributes, at) in enumerate(changes, start=start[1] + 1):
        row = {"customer_id": key, **(attributes or {})}
        source = {"table": "customers", "sequence": f'["0","{number}"]', "lsn": number,
                  "ts_us": round((at - EPOCH).total_seconds() * 1_000_000)}  # fmt: skip
        sides = (row, None) if operation == "d" else (None, row)
        data = envelope.write(operation, *sides, source)
        records.append(StreamRecord(data, str(number), datetime(2024, 4, 1)))
    done = feed.deliver(records)
    assert done is not None and not done.quarantined_row_count


def test_a_deletion_reaches_the_dimension_and_the_snapshot(
    empty_warehouse: Warehouse, tmp_path
) -> None:
    warehouse = empty_warehouse.copied_to(tmp_path / "home")
    capture(
        warehouse,
        ("c", "gone", {"segment": "retail"}, NOON),
        ("u", "gone", {"segment": "private"}, NOON),
        ("c", "there", {"segment": "retail"}, NOON),
    )
    warehouse.dbt("build", *MODELS)
    assert warehouse.query(
        "select customer_id, segment, is_deleted, deleted_at from marts.dim_customers order by all"
    ) == [("gone", "private", False, None), ("there", "retail", False, None)]
    deleted_at = datetime(2024, 3, 5, 8, 30)
    capture(warehouse, ("d", "gone", None, deleted_at))
    warehouse.dbt("build", *MODELS)
    assert warehouse.query(
        "select customer_id, segment, is_deleted, deleted_at from marts.dim_customers order by all"
    ) == [("gone", "private", True, deleted_at), ("there", "retail", False, None)]
    assert warehouse.query(
        "select segment, is_deleted, valid_from, valid_to from "
        "intermediate.int_customers__versioned where customer_id = 'gone' order by valid_from"
    ) == [
        ("retail", False, datetime(1900, 1, 1), NOON.replace(microsecond=1)),
        ("private", False, NOON.replace(microsecond=1), deleted_at),
        ("private", True, deleted_at, datetime(9999, 12, 31)),
    ]
    assert warehouse.query(
        "select is_deleted, dbt_valid_to is null from snapshots.snap_customers "
        "where customer_id = 'gone' order by all"
    ) == [(False, False), (True, True)]
