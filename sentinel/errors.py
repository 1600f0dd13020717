"""The errors Sentinel raises on purpose.

Belongs here: exception classes that a user may meet, each saying what to do. Does not belong
here: control flow inside one module.
"""


class SentinelError(Exception):
    """Base of every expected error: the command line prints its text without a traceback."""


class SettingsError(SentinelError):
    """A setting is missing, unknown or contradictory."""


class ContractError(SentinelError):
    """A data contract is wrong or a dataset has none."""


class LedgerConflictError(SentinelError):
    """A batch id is already committed with other content."""


class LakeWriteError(SentinelError, OSError):
    """The lake cannot be written: the disk is full, or rights are missing."""


class CompactionError(SentinelError):
    """Files of the lake cannot be compacted without changing what readers see."""


class MappingError(SentinelError):
    """A source mapping names something that is not there or cannot be computed."""


class SourceReadError(SentinelError):
    """A source file, database or API cannot be read."""
