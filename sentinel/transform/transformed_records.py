"""Records that have passed the transform and were carried as text, back in the lake's schema.

Belongs here: giving columns their types again, and saying of which records that cannot be done.
Does not belong here: the contract's rules, which were applied when the records were transformed.
"""

import pyarrow as pa
import pyarrow.compute as pc

from sentinel.contracts import Contract
from sentinel.contracts.contract import METADATA_COLUMNS
from sentinel.transform.coercion import coerced
from sentinel.transform.personal_data import Tokeniser
from sentinel.transform.record_batch import (
    Arriving,
    Transformed,
    first_reason,
    rejected_records,
)
from sentinel.transform.rules import Violation


def read_back(contract: Contract, arriving: Arriving, tokeniser: Tokeniser) -> Transformed:
    """Takes records by the lake's schema, in columns of text, as a batch.

    Args:
        arriving: its records keep what they say of themselves, source and time of entry included,
            but for `_batch_id`; they have a column `_position`.

    Returns:
        The records, and as rejected those with a value that is missing or not of its type; their
        counts add up to what arrived.
    """
    records = arriving.records
    columns: dict[str, pa.Array] = {}
    broken: list[Violation] = []
    for column in (*contract.columns, *METADATA_COLUMNS):
        if column.name == "_batch_id":
            columns[column.name] = pa.repeat(arriving.batch_id, records.num_rows)
            continue
        if column.name not in records.column_names:
            columns[column.name] = pa.nulls(records.num_rows, column.arrow_type)
        else:
            columns[column.name], failed = coerced(records.column(column.name), column)
            broken.append((failed, "wrong_type", column.name))
        if column.required:
            broken.append((pc.is_null(columns[column.name]), "missing_value", column.name))
    mask, reason, about = first_reason(broken, records.num_rows)
    names = contract.lake_schema.names
    stamped = pa.Table.from_arrays([columns[name] for name in names], names=names)
    return Transformed(
        stamped.filter(pc.invert(mask)).cast(contract.lake_schema),
        rejected_records(contract, arriving, records, tokeniser, mask, reason, about),
    )
