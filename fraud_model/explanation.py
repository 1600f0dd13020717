"""One transaction, explained.

Belongs here: finding it and asking a version about it. Does not belong here: words; see `words`.
"""

from dataclasses import dataclass
from datetime import timedelta

from fraud_model.examples import load_history
from fraud_model.registry import Version
from fraud_model.warehouse import Warehouse
from fraud_model.words import Reason, reasons
from sentinel.errors import SentinelError


class UnknownTransactionError(SentinelError):
    """The warehouse holds no such transaction."""


@dataclass(frozen=True)
class Explanation:
    """What a version says about a transaction, the weightiest input first."""

    probability: float
    reasons: list[Reason]


def explain_transaction(warehouse: Warehouse, version: Version, transaction_id: str) -> Explanation:
    """Scores a transaction and says why.

    Raises:
        UnknownTransactionError: when it is not in the warehouse.
    """
    quoted = transaction_id.replace("'", "''")
    found = warehouse.read(
        "select cast(transaction_at as date) as day from "
        f"{warehouse.schema('intermediate')}.int_transactions__labelled "
        f"where transaction_id = '{quoted}' and known_until is null"
    ).to_pylist()
    if not found:
        raise UnknownTransactionError(f"There is no transaction {transaction_id!r}.")
    day = found[0]["day"]
    rows = load_history(warehouse, version.plan.features, day, day + timedelta(days=1)).transactions
    position = rows.transaction_ids.index(transaction_id).as_py()
    inputs = rows.inputs[[position]]
    (of_row,) = reasons(version.model.learnt, version.plan.features, inputs)
    return Explanation(float(version.model.scores(inputs)[0]), of_row)
