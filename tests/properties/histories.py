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

# So many that a small batch touches few of them, so few that they meet.
CUSTOMERS = tuple(f"c{number}" for number in range(7))
TERMINALS = tuple(f"m{number}" for number in range(6))
CHANNELS = ("card_present", "card_not_present", "atm", None)
CURRENCIES = ("EUR", "GBP", None)
# After every event, so that no record is rejected for coming from the future.
FIRST_INGESTION = datetime(2024, 8, 1)
LONGEST_LATENESS_DAYS = 40

# Days that are often just a window, or a window and the delay, apart, or one more or less; instants
# a second apart around midnight and noon: ties and exact edges are common.
_days = st.sampled_from((0, 1, 2, 7, 8, 14, 22, 29, 30, 31, 36, 37, 38, 44, 59, 60, 61, 66, 67, 68))
_seconds = st.sampled_from((0, 0, 0, 1, 43_200, 86_399))
_amounts = st.sampled_from((1, 100, 499, 500, 1_999, 10_000, 21_999, 39_997)).map(
    lambda cents: cents / 100
)


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
    found: list[tuple[Event, int]] = []
    for number in range(draw(st.integers(smallest, largest))):
        first, *again = draw(_versions(f"t{number:03d}"))
        # Most arrive at once; corrections, duplicates and reports about them do not.
        found.append((first, draw(st.sampled_from((0, 0, 0, LONGEST_LATENESS_DAYS)))))
        found += [(event, draw(_lateness)) for event in again]
        found += [(event, draw(_lateness)) for event in draw(_reports(f"t{number:03d}"))]
    for terminal_id in TERMINALS:
        found += [(event, draw(_lateness)) for event in draw(_records(terminal_id))]
    arrivals = sorted(
        (happened_at(event) + timedelta(days=lateness), place)
        for place, (event, lateness) in enumerate(found)
    )
    return [found[place][0] for _, place in arrivals]


_lateness = st.integers(0, LONGEST_LATENESS_DAYS)


def happened_at(event: Event) -> datetime:
    """When a transaction was made, a report given, a record changed."""
    dataset, row = event
    column = {"transactions": "transaction_at", "fraud_labels": "reported_at"}
    return row[column.get(dataset, "updated_at")]


@st.composite
def micro_batches(draw: st.DrawFn, actions: Sequence[str]) -> list[MicroBatch]:
    """A history: one large delivery, then small ones of anything, with an action after each."""
    in_order = draw(events(70, 110))
    sizes = draw(st.lists(st.integers(1, 6), min_size=2, max_size=4))
    places = st.integers(0, len(in_order) - 1)
    late = draw(st.lists(places, min_size=sum(sizes), max_size=sum(sizes), unique=True))
    arriving = [event for place, event in enumerate(in_order) if place not in late]
    arriving += [in_order[place] for place in late]
    cuts = [len(arriving) - sum(sizes[place:]) for place in range(len(sizes))]
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
