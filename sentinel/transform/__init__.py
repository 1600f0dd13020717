"""The transform: the one function between every way in and the lake.

Belongs here: validating arriving records against the contract, replacing what is personal by
keyed tokens, stamping, and splitting good from rejected. Does not belong here: reading sources or
writing to the lake. It runs the same in batch ingestion, in local delivery and in Firehose.
"""

from sentinel.transform.personal_data import Tokeniser
from sentinel.transform.record_batch import (
    REJECTED_SCHEMA,
    Arriving,
    ReferenceIds,
    Transformed,
    UnreadableRecord,
    transform,
)
from sentinel.transform.transformed_records import read_back

__all__ = [
    "REJECTED_SCHEMA",
    "Arriving",
    "ReferenceIds",
    "Tokeniser",
    "Transformed",
    "UnreadableRecord",
    "read_back",
    "transform",
]
