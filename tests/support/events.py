"""The one factory of synthetic rows for tests, as producers hand them over.

Belongs here: one function a dataset, with a value for each column the contract requires. Does not
belong here: histories of many rows, which are a test's own.
"""

from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]

# A Friday, in a leap year, far enough before RECEIVED_AT of the warehouse.
START = datetime(2024, 3, 1)


def later(*, days: float = 0, hours: float = 0, seconds: float = 0) -> datetime:
    """A time after START."""
    return START + timedelta(days=days, hours=hours, seconds=seconds)


def transaction(
    transaction_id: str,
    transaction_at: datetime = START,
    customer_id: str = "c1",
    terminal_id: str = "m1",
    amount: Any = 10,
    **optional: Any,
) -> Row:
    """A card authorisation; what is given beside the required columns is taken as it is."""
    return {
        "transaction_id": transaction_id,
        "transaction_at": transaction_at,
        "customer_id": customer_id,
        "terminal_id": terminal_id,
        "amount": amount,
        **optional,
    }


def label(
    transaction_id: str,
    reported_at: datetime,
    is_fraud: bool = True,
    label_source: str = "chargeback",
    **optional: Any,
) -> Row:
    """A report about a transaction."""
    return {
        "transaction_id": transaction_id,
        "label_source": label_source,
        "is_fraud": is_fraud,
        "reported_at": reported_at,
        **optional,
    }


def terminal(terminal_id: str, updated_at: datetime = START, **optional: Any) -> Row:
    """A version of a terminal."""
    return {"terminal_id": terminal_id, "updated_at": updated_at, **optional}


def customer(customer_id: str, updated_at: datetime = START, **optional: Any) -> Row:
    """A version of a customer."""
    return {"customer_id": customer_id, "updated_at": updated_at, **optional}


def decision(
    alert_id: str, decided_at: datetime = START, decision: str = "false_positive", **optional: Any
) -> Row:
    """An analyst's decision on an alert."""
    return {"alert_id": alert_id, "decision": decision, "decided_at": decided_at, **optional}
