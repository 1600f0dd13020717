"""Arriving records for the core's tests: one good transaction, and batches of variations of it."""

from datetime import datetime
from typing import Any

import pyarrow as pa

from sentinel.contracts import contract
from sentinel.transform import Arriving, Tokeniser, Transformed, transform

RECEIVED_AT = datetime(2026, 6, 1, 12)
TOKENISER = Tokeniser(b"a key for tests")
CARD_NUMBER = "4111111111111111"  # passes the Luhn check; a published test number

GOOD: dict[str, Any] = {
    "transaction_id": "t-1",
    "customer_id": "c-1",
    "terminal_id": "m-1",
    "amount": "12.50",
    "transaction_at": "2026-05-31T10:00:00Z",
}


def transformed(
    *records: dict[str, Any], dataset: str = "transactions", **more: Any
) -> Transformed:
    """What the transform makes of records given as objects."""
    names = list(dict.fromkeys(name for record in records for name in record))
    table = pa.table({name: pa.array([record.get(name) for record in records]) for name in names})
    arriving = Arriving("batch-1", "a test", table, RECEIVED_AT, **more)
    return transform(contract(dataset), arriving, TOKENISER)


def reasons(done: Transformed) -> list[tuple[str, str | None]]:
    """Reason and field of each rejected record."""
    rows = done.rejected.select(["reason", "field"]).to_pylist()
    return [(row["reason"], row["field"]) for row in rows]
