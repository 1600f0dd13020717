"""Identifiers known to the lake, for records that refer to them.

Belongs here: reading the ids of a dataset. Does not belong here: what happens to records with
unknown ones, which the transform decides.
"""

import io
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from batch_ingest.history import LakeHistory
from batch_ingest.mapping import Reference
from sentinel.contracts import contract
from sentinel.errors import MappingError
from sentinel.lake import Lake
from sentinel.live_files import LiveFiles
from sentinel.transform import ReferenceIds


def reference_ids(
    lake: Lake, history: LakeHistory, references: Iterable[Reference]
) -> tuple[ReferenceIds, ...]:
    """What the transform needs to judge references.

    Raises:
        MappingError: when a reference that may quarantine has no record in the lake at all.
    """
    found = []
    for reference in references:
        if reference.unknown == "accept":
            continue
        known = known_ids(lake, history, reference.dataset)
        if not len(known):
            raise MappingError(
                f"references: {reference.column} must be known in {reference.dataset}, of which "
                "the lake has no record: land that dataset first, or set 'unknown: accept'."
            )
        found.append(ReferenceIds(reference.column, known, reference.unknown))
    return tuple(found)


def known_ids(lake: Lake, history: LakeHistory, dataset: str) -> pa.Array:
    """Every id that a committed batch of the dataset has delivered."""
    if dataset in history.ids:
        return history.ids[dataset]
    column = contract(dataset).key[0]
    known = pa.array([], pa.string())
    for file in LiveFiles(lake, dataset).of(history.entries(dataset)):
        table = pq.ParquetFile(io.BytesIO(lake.read(file.path))).read([column])
        ids = pc.unique(table.column(column))
        known = pc.unique(pa.concat_arrays([known, ids]))
    history.ids[dataset] = known
    return known
