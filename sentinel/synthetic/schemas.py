"""Arrow schemas of the landing tables, as a bank hands them over, and of the truth.

Belongs here: column names and types before ingestion, raw personal data included.
Does not belong here: the contracts of the lake (`sentinel/contracts`), which hold after it.
"""

from __future__ import annotations

import pyarrow as pa

#: How JSON lines write timestamps: ISO 8601, UTC, to the microsecond.
JSON_TIMESTAMP_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"

_TIMESTAMP = pa.timestamp("us")
_AMOUNT = pa.decimal128(18, 2)


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


TRANSACTIONS = _schema(
    transaction_id=pa.string(),
    customer_id=pa.string(),
    card_number=pa.string(),
    terminal_id=pa.string(),
    currency=pa.string(),
    channel=pa.string(),
    entry_mode=pa.string(),
    country_code=pa.string(),
    device_id=pa.string(),
    ip_address=pa.string(),
    merchant_category_code=pa.string(),
    amount=_AMOUNT,
    transaction_at=_TIMESTAMP,
    ingested_at=_TIMESTAMP,
)

FRAUD_LABELS = _schema(
    transaction_id=pa.string(),
    label_source=pa.string(),
    fraud_type=pa.string(),
    is_fraud=pa.bool_(),
    reported_at=_TIMESTAMP,
    ingested_at=_TIMESTAMP,
)

CUSTOMERS = _schema(
    customer_id=pa.string(),
    full_name=pa.string(),
    email=pa.string(),
    phone=pa.string(),
    document_number=pa.string(),
    segment=pa.string(),
    home_country_code=pa.string(),
    home_latitude=pa.float64(),
    home_longitude=pa.float64(),
    is_deleted=pa.bool_(),
    updated_at=_TIMESTAMP,
)

TERMINALS = _schema(
    terminal_id=pa.string(),
    merchant_id=pa.string(),
    merchant_category_code=pa.string(),
    country_code=pa.string(),
    latitude=pa.float64(),
    longitude=pa.float64(),
    is_deleted=pa.bool_(),
    updated_at=_TIMESTAMP,
)

TRUTH = _schema(
    transaction_id=pa.string(),
    customer_id=pa.string(),
    terminal_id=pa.string(),
    fraud_pattern=pa.string(),
    amount=_AMOUNT,
    delivered_version_count=pa.int32(),
    delivered_row_count=pa.int32(),
    is_fraud=pa.bool_(),
    transaction_at=_TIMESTAMP,
)
