"""Random histories of deliveries.

Belongs here: what may happen to a lake: ties, duplicates, corrections, late arrivals, reports and
reversals, moved terminals, and the order and the batches in which all that arrives. Does not belong
here: running dbt, and what must hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.support.events import label, later, terminal, transaction
from tests.support.reference import Delivery

Row = dict[str, Any]
Event = tuple[str, Row]

CUSTOMERS = ("c1", "c2", "c3")
TERMINALS = ("m1", "m2", "m3")
CHANNELS = ("card_present", "card_not_present", "atm", None)
CURRENCIES = ("EUR", "GBP", None)
# After every event, so that no record is rejected for coming from the future.
FIRST_INGESTION = datetime(2024, 8, 1)
LONGEST_LATENESS_DAYS = 40

# Few instants, a second apart around midnight and noon: ties and exact window edges are common.
_seconds = st.sampled_from((0, 0, 1, 43_200, 43_201, 86_399))
_days = st.integers(0, 70)
_amounts = st.integers(1, 40_000).map(lambda cents: cents / 100)


@dataclass(frozen=True)
class MicroBatch:
    """What is delivered together, and then what is run."""

    deliveries: tuple[Delivery, ...]
    action: str
    choice: int


@st.composite
def instants(draw: st.DrawFn) -> datetime:
    """A time within ten weeks."""
    return later(days=draw(_days), seconds=draw(_seconds))


@st.composite
def _versions(draw: st.DrawFn, transaction_id: str) -> list[Event]:
    """A transaction, sometimes again as it was, sometimes corrected in any respect."""

    def version() -> Row:
        return transaction(
            transaction_id,
            draw(instants()),
            draw(st.sampled_from(CUSTOMERS)),
            draw(st.sampled_from(TERMINALS)),
            draw(_amounts),
            channel=draw(st.sampled_from(CHANNELS)),
            currency=draw(st.sampled_from(CURRENCIES)),
        )

    first = version()
    rows = [first]
    match draw(st.integers(0, 9)):
        case 0:
            rows.append(dict(first))
        case 1 | 2:
            rows.append(version())
        case 3:
            rows.append({**first, "amount": draw(_amounts)})
    if len(rows) > 1 and draw(st.booleans()):
        # The source's own time of ingestion, so that what arrives later may be older.
        for row in rows:
            row["_ingested_at"] = FIRST_INGESTION + timedelta(hours=draw(st.integers(0, 3)))
    return [("transactions", row) for row in rows]


@st.composite
def _reports(draw: st.DrawFn, transaction_id: str) -> list[Event]:
    """What was reported about a transaction: often nothing, sometimes a reversal."""
    sources = st.sampled_from(("chargeback", "analyst"))
    count = draw(st.sampled_from((0, 0, 0, 1, 1, 2, 3)))
    return [
        (
            "fraud_labels",
            label(transaction_id, draw(instants()), draw(st.booleans()), draw(sources)),
        )
        for _ in range(count)
    ]


@st.composite
def _records(draw: st.DrawFn, terminal_id: str) -> list[Event]:
    """Versions of a terminal's record, some without a place; perhaps none."""
    return [
        (
            "terminals",
            terminal(
                terminal_id,
                draw(instants()),
                latitude=draw(st.sampled_from((10.0, 10.5, 52.25, None))),
                longitude=draw(st.sampled_from((-3.5, 13.25))),
                country_code=draw(st.sampled_from(("DE", "NG", None))),
            ),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]


@st.composite
def events(draw: st.DrawFn, smallest: int, largest: int) -> list[Event]:
    """Everything that is ever delivered, in the order in which it arrives."""
    found: list[Event] = []
    for number in range(draw(st.integers(smallest, largest))):
        found += draw(_versions(f"t{number:03d}"))
        found += draw(_reports(f"t{number:03d}"))
    for terminal_id in TERMINALS:
        found += draw(_records(terminal_id))
    # A total shuffle would make everything late; here each event is late on its own.
    lateness = [draw(st.integers(0, LONGEST_LATENESS_DAYS)) for _ in found]
    order = sorted(
        range(len(found)),
        key=lambda i: (happened_at(found[i]) + timedelta(days=lateness[i]), i),
    )
    return [found[i] for i in order]


def happened_at(event: Event) -> datetime:
    """When a transaction was made, a report given, a record changed."""
    dataset, row = event
    column = {"transactions": "transaction_at", "fraud_labels": "reported_at"}
    return row[column.get(dataset, "updated_at")]


@st.composite
def micro_batches(
    draw: st.DrawFn, actions: Sequence[str], smallest: int = 30, largest: int = 60
) -> list[MicroBatch]:
    """A history cut into two to four micro-batches, with an action after each."""
    arriving = draw(events(smallest, largest))
    cuts = sorted(draw(st.sets(st.integers(1, len(arriving) - 1), min_size=1, max_size=3)))
    found = []
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(arriving)], strict=True)):
        # Batch ids neither ascend nor follow the time of receipt.
        name = draw(st.sampled_from("abcdefgh"))
        received_at = FIRST_INGESTION + timedelta(hours=draw(st.integers(0, 5)))
        found.append(
            MicroBatch(
                tuple(_deliveries(arriving[start:end], f"{name}{number}", received_at)),
                draw(st.sampled_from(actions)),
                draw(st.integers(0, 99)),
            )
        )
    return found


def _deliveries(arriving: Sequence[Event], name: str, received_at: datetime) -> list[Delivery]:
    found = []
    for dataset in ("transactions", "fraud_labels", "terminals"):
        rows = [row for of, row in arriving if of == dataset]
        if rows:
            found.append(Delivery(dataset, f"{name}-{dataset}", received_at, rows))
    return found
