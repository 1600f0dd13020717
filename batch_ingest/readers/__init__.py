"""Readers: a file's bytes to chunks, one module a format.

Belongs here: what depends on a file format. Does not belong here: which files there are, and what
their columns mean.
"""

from batch_ingest.readers.opening import FORMATS, OpenedFile, file_format
from batch_ingest.readers.reading import column_names, read_chunks, reading

__all__ = ["FORMATS", "OpenedFile", "column_names", "file_format", "read_chunks", "reading"]
