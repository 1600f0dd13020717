"""The transform of one batch of arriving records.

Belongs here: the order of the steps. The steps themselves are in `coercion`, `rules` and
`personal_data`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from sentinel.contracts import Column, Contract
from sentinel.contracts.contract import METADATA_COLUMNS
from sentinel.transform.coercion import coerced
from sentinel.transform.personal_data import (
    Tokeniser,
    contains_personal_data,
    network_prefixes,
)
from sentinel.transform.rules import Violation, violations

REJECTED_SCHEMA = pa.schema(
    [
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("field", pa.string()),
        pa.field("payload", pa.string()),
        pa.field("_batch_id", pa.string(), nullable=False),
        pa.field("_source", pa.string(), nullable=False),
        pa.field("_position", pa.int64(), nullable=False),
        pa.field("_ingested_at", pa.timestamp("us"), nullable=False),
    ]
)
_LONGEST_PAYLOAD = 10_000
_METADATA = {column.name: column for column in METADATA_COLUMNS}
# What a record may say of itself; anything else that looks like load metadata is of unknown kind.
_KEPT_METADATA = ("_ingested_at", "_schema_version")


@dataclass(frozen=True)
class UnreadableRecord:
    """A record that could not be parsed or mapped.

    Attributes:
        position: position in the source, from 0.
        payload: its text; in quarantine every word of it that is not a column's name is a token.
        field: the column the reason is about, where there is one.
        record: the record, where it could be parsed and is only not understood yet: in quarantine
            it is JSON that can be delivered again, as that of a record the contract rejects.
        ingested_at: UTC time at which it entered; None: that at which its batch was received.
    """

    position: int
    payload: str
    reason: str = "malformed_record"
    field: str | None = None
    record: Mapping[str, Any] | None = None
    ingested_at: datetime | None = None


@dataclass(frozen=True)
class ReferenceIds:
    """Known identifiers of one column, and what to do with records that name others."""

    column: str
    known: pa.Array
    unknown: Literal["quarantine", "accept"] = "quarantine"


@dataclass(frozen=True)
class Arriving:
    """A batch of records as they arrived.

    Attributes:
        records: one row a record, columns by the contract's names or arriving personal names;
            `_position` and `_ingested_at` are used where present.
        received_at: UTC time that stands in for a missing `_ingested_at`.
    """

    batch_id: str
    source: str
    records: pa.Table
    received_at: datetime
    unreadable: tuple[UnreadableRecord, ...] = ()
    references: tuple[ReferenceIds, ...] = ()


@dataclass(frozen=True)
class Transformed:
    """Good records by the lake's schema and rejected ones with their reasons; none is lost."""

    delivered: pa.Table
    rejected: pa.Table
    unknown_columns: tuple[str, ...] = field(default=())


def transform(contract: Contract, arriving: Arriving, tokeniser: Tokeniser) -> Transformed:
    """Validates, tokenises and stamps one batch.

    Returns:
        Delivered and rejected records; their counts add up to what arrived.
    """
    records = _with_positions(arriving.records)
    ingested_at, bad_ingestion = ingestion_times(records, arriving.received_at)
    columns: dict[str, pa.Array] = {}
    broken: list[Violation] = [(bad_ingestion, "wrong_type", "_ingested_at")]
    for column in contract.columns:
        columns[column.name], failed = _column(records, column, tokeniser)
        broken.append((failed, "wrong_type", column.name))
    broken += violations(contract, columns, ingested_at)
    broken += _unknown_references(columns, arriving.references)
    broken += _personal_data(contract, columns)
    unknown = tuple(
        name
        for name in records.column_names
        if name not in contract.names
        and name not in contract.arriving_names
        and name not in _METADATA
    )
    rejected_mask, reason, about = first_reason(broken, records.num_rows)
    columns |= {
        "_batch_id": pa.repeat(arriving.batch_id, records.num_rows),
        "_source": pa.repeat(arriving.source, records.num_rows),
        "_position": records.column("_position").combine_chunks(),
        "_extras": _extras(records, unknown, tokeniser),
        "_schema_version": pa.repeat(contract.version, records.num_rows).cast(pa.int64()),
        "_ingested_at": ingested_at,
    }
    stamped = pa.Table.from_arrays(
        [columns[name] for name in contract.lake_schema.names], names=contract.lake_schema.names
    )
    good = stamped.filter(pc.invert(rejected_mask)).cast(contract.lake_schema)
    rejected = rejected_records(
        contract, arriving, records, tokeniser, rejected_mask, reason, about
    )
    return Transformed(good, rejected, unknown)


def _with_positions(records: pa.Table) -> pa.Table:
    if "_position" in records.column_names:
        return records
    return records.append_column("_position", pa.array(range(records.num_rows), pa.int64()))


def ingestion_times(records: pa.Table, received_at: datetime) -> tuple[pa.Array, pa.Array]:
    """When each record entered, and a mask of those whose own time cannot be read."""
    fallback = pa.repeat(pa.scalar(received_at, pa.timestamp("us")), records.num_rows)
    if "_ingested_at" not in records.column_names:
        return fallback, pa.repeat(False, records.num_rows)
    given, failed = coerced(records.column("_ingested_at"), _METADATA["_ingested_at"])
    return pc.coalesce(given, fallback), failed


def _column(records: pa.Table, column: Column, tokeniser: Tokeniser) -> tuple[pa.Array, pa.Array]:
    nothing = pa.repeat(False, records.num_rows)
    # Record by record: which name one of them uses says nothing about the others.
    present = [
        records.column(name)
        for name in (column.name, column.arriving_name)
        if name in records.column_names
    ]
    if not present:
        return pa.nulls(records.num_rows, column.arrow_type), nothing
    if column.arriving_name is None:
        return coerced(present[0], column)
    text = pc.coalesce(*map(_text, present))
    if column.tokenised_from:
        return tokeniser.tokens(text), nothing
    prefixes = network_prefixes(text)
    return prefixes, pc.and_(pc.is_valid(text), pc.is_null(prefixes))


def _text(values: pa.ChunkedArray) -> pa.Array:
    text, _ = coerced(values, Column(name="text", type="string", description="",
                                     classification="confidential"))  # fmt: skip
    return text


def _unknown_references(
    columns: dict[str, pa.Array], references: Iterable[ReferenceIds]
) -> Iterable[Violation]:
    for reference in references:
        if reference.unknown == "quarantine":
            values = columns[reference.column]
            unknown = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, reference.known)))
            yield unknown, "unknown_reference", reference.column


def _personal_data(contract: Contract, columns: dict[str, pa.Array]) -> Iterable[Violation]:
    """Text columns other than identifiers and closed lists must not carry personal values."""
    for column in contract.columns:
        is_free_text = column.type == "string" and not (
            column.accepted_values or column.pattern or column.arriving_name
        )
        if is_free_text and column.name not in contract.key:
            yield contains_personal_data(columns[column.name]), "personal_data", column.name


def first_reason(broken: list[Violation], rows: int) -> tuple[pa.Array, pa.Array, pa.Array]:
    """For each record whether it is rejected, and the first reason and field that say so."""
    reason, about = pa.nulls(rows, pa.string()), pa.nulls(rows, pa.string())
    for mask, why, name in broken:
        if pc.any(mask).as_py():
            is_new = pc.and_(mask, pc.is_null(reason))
            reason = pc.if_else(is_new, why, reason)
            about = pc.if_else(is_new, name, about)
    return pc.is_valid(reason), reason, about


def _extras(records: pa.Table, unknown: tuple[str, ...], tokeniser: Tokeniser) -> pa.Array:
    """Columns the contract does not know, as JSON: every value a token.

    What nobody declared may be personal, so it is treated as if it were; the token still joins
    and counts, and the column is read in the clear once the contract knows it.
    """
    if not unknown:
        return pa.nulls(records.num_rows, pa.string())
    tokens = {name: tokeniser.tokens(_text(records.column(name))).to_pylist() for name in unknown}
    rows = zip(*tokens.values(), strict=True)
    given = ({n: v for n, v in zip(tokens, row, strict=True) if v is not None} for row in rows)
    # Null where a record has none: what others of its batch have says nothing about it.
    return pa.array([json.dumps(each) if each else None for each in given], pa.string())


def rejected_records(
    contract: Contract, arriving: Arriving, records: pa.Table, tokeniser: Tokeniser,
    mask: pa.Array, reason: pa.Array, about: pa.Array,
) -> pa.Table:  # fmt: skip
    """The quarantine's records: those of a mask with their reasons, and the unreadable ones."""
    payloads = [_payload(contract, record, tokeniser) for record in _readable(records.filter(mask))]
    unreadable = arriving.unreadable
    count = len(payloads) + len(unreadable)
    stamp, _ = ingestion_times(records, arriving.received_at)
    position = records.column("_position").combine_chunks()
    return pa.table(
        {
            "dataset": pa.repeat(contract.dataset, count),
            "reason": reason.filter(mask).to_pylist() + [each.reason for each in unreadable],
            "field": about.filter(mask).to_pylist() + [each.field for each in unreadable],
            "payload": payloads + [_masked(contract, each, tokeniser) for each in unreadable],
            "_batch_id": pa.repeat(arriving.batch_id, count),
            "_source": pa.repeat(arriving.source, count),
            "_position": position.filter(mask).to_pylist() + [e.position for e in unreadable],
            "_ingested_at": stamp.filter(mask).to_pylist()
            + [each.ingested_at or arriving.received_at for each in unreadable],
        },
        schema=REJECTED_SCHEMA,
    )


def _readable(records: pa.Table) -> list[dict[str, Any]]:
    """Rows as objects; times as text, because Python has no years beyond 9999."""
    for index, column in enumerate(records.schema):
        if pa.types.is_temporal(column.type):
            text = pc.cast(records.column(index), pa.string())
            records = records.set_column(index, column.name, text)
    return list(records.to_pylist())


def _payload(contract: Contract, record: Mapping[str, Any], tokeniser: Tokeniser) -> str:
    """The rejected record as JSON that could be delivered again, nothing personal in the clear."""
    safe: dict[str, Any] = {}
    made_from = {column.name: column for column in contract.columns if column.arriving_name}
    made_from |= contract.arriving_names
    for name, value in record.items():
        if value is None or name == "_position":
            continue
        column = made_from.get(name)
        if column is not None and column.tokenised_from:
            safe[column.name] = tokeniser.token(_as_text(value))
        elif column is not None:
            prefix = network_prefixes(pa.array([_as_text(value)]))[0].as_py()
            safe[column.name] = prefix or tokeniser.token(_as_text(value))
        elif name == "_extras":
            safe[name] = _tokenised_extras(value, tokeniser)
        elif name in contract.names or name in _KEPT_METADATA:
            safe[name] = _without_personal_data(value, tokeniser)
        else:
            safe[name] = tokeniser.token(_as_text(value))
    return json.dumps(safe, default=str)


def _tokenised_extras(value: Any, tokeniser: Tokeniser) -> str:
    """Columns that no contract knew, as they lie in the lake: an object of tokens."""
    text = _as_text(value)
    try:
        given = json.loads(text)
    except ValueError:
        return tokeniser.token(text)
    if not isinstance(given, dict):
        return tokeniser.token(text)
    return json.dumps({name: tokeniser.token(_as_text(one)) for name, one in given.items()})


def _without_personal_data(value: Any, tokeniser: Tokeniser) -> Any:
    text = _as_text(value)
    redacted = tokeniser.redacted(text)
    return value if redacted == text and not isinstance(value, bytes | dict | list) else redacted


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


def _masked(contract: Contract, record: UnreadableRecord, tokeniser: Tokeniser) -> str:
    if record.record is not None:
        return _payload(contract, record.record, tokeniser)
    names = {*contract.names, *contract.arriving_names, *_METADATA, "true", "false", "null"}
    return tokeniser.masked(record.payload[:_LONGEST_PAYLOAD], names)
