"""Batch ingestion: files, databases and APIs into the lake's raw zone.

Belongs here: connectors (dlt extracts), source mappings, and landing what is new exactly once.
Does not belong here: validation and tokenising (`sentinel.transform`), and streams.

    mapping = load_mapping("handbook")
    report = land(Settings.load(), mapping, "../data/handbook")
"""

from batch_ingest.landing import land
from batch_ingest.mapping import Mapping
from batch_ingest.mapping_file import SHIPPED, load_mapping
from batch_ingest.report import DatasetReport, LoadReport, Progress

__all__ = [
    "SHIPPED",
    "DatasetReport",
    "LoadReport",
    "Mapping",
    "Progress",
    "land",
    "load_mapping",
]
