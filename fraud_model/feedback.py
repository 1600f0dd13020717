"""What analysts decide becomes a label.

Belongs here: from decisions to reports, with their source and time. Does not belong here: what
follows from labels; these come into the lake like anybody else's, and whatever reads labels reads
them.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from fraud_model.warehouse import Warehouse
from sentinel.contracts import contract
from sentinel.delivery import Delivered, deliver
from sentinel.lake_access import open_lake
from sentinel.transform import Arriving, Tokeniser

ANALYST = "analyst"
"""As the contract of fraud_labels calls who reports."""
_SOURCE = "analyst_decisions"


@dataclass(frozen=True)
class Feedback:
    """What was delivered.

    Attributes:
        frauds: decisions that it is fraud.
        genuine: decisions that it is not.
        delivered: what became of the batch; None when there was nothing new.
    """

    frauds: int
    genuine: int
    delivered: Delivered | None


def deliver_decisions(warehouse: Warehouse) -> Feedback:
    """Delivers every decision that is no label yet as a report of the time it was decided at.

    A batch is named by what is in it: whoever is interrupted, or runs beside another, delivers the
    same batch again, which is refused.

    Raises:
        WarehouseError: when decisions have not been built.
        LedgerConflictError: as `sentinel.delivery.deliver`.
    """
    new = undelivered(warehouse)
    if not new.num_rows:
        return Feedback(0, 0, None)
    frauds = sum(new["is_fraud"].to_pylist())
    settings = warehouse.settings
    arriving = Arriving(_batch_id(new), _SOURCE, new, datetime.now(UTC).replace(tzinfo=None))
    delivered = deliver(
        open_lake(settings), contract("fraud_labels"), arriving,
        Tokeniser(settings.personal_data_key),
    )  # fmt: skip
    return Feedback(frauds, new.num_rows - frauds, delivered)


def undelivered(warehouse: Warehouse) -> pa.Table:
    """Decisions without a label of their own, as the contract of fraud_labels wants reports.

    Of two decisions on one payment at one time, on an alert and in a review, that on the alert.
    """
    return warehouse.read(f"""
        select transaction_id, '{ANALYST}' as label_source, is_fraud, reported_at
        from (
            select
                decisions.transaction_id,
                decisions.is_fraud,
                decisions.decided_at as reported_at,
                row_number() over (
                    partition by decisions.transaction_id, decisions.decided_at
                    order by decisions.subject
                ) as place
            from {warehouse.schema("marts")}.fct_analyst_decisions as decisions
            inner join {warehouse.schema("marts")}.fct_transactions as transactions
                on decisions.transaction_id = transactions.transaction_id
            left join {warehouse.schema("intermediate")}.int_fraud_labels__deduplicated as reports
                on decisions.transaction_id = reports.transaction_id
                and decisions.decided_at = reports.reported_at
                and reports.label_source = '{ANALYST}'
            where decisions.is_fraud is not null
                and reports.transaction_id is null
        ) as decided
        where place = 1
        order by transaction_id, reported_at
    """)


def _batch_id(decided: pa.Table) -> str:
    text = "\n".join(f"{row}" for row in decided.to_pylist())
    return f"decisions-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
