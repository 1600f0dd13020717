"""What a load tells while it runs and when it ends.

Belongs here: counts and their sums. Does not belong here: showing them.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progress:
    """Where a load is.

    Attributes:
        feed: feed that is being landed, or derived dataset.
        bytes_done: bytes of the feed's files dealt with, those landed earlier included.
        bytes_total: size of the feed's files; 0 where the source does not tell.
        row_count: records of the feed dealt with in this load.
    """

    feed: str
    dataset: str
    files_done: int = 0
    files_total: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    row_count: int = 0


@dataclass
class DatasetReport:
    """What one load did to one dataset.

    Attributes:
        file_count: files looked at, those landed earlier included.
        batch_count: batches this load committed.
        present_batch_count: batches that were there already.
        present_row_count: records of those.
        produced_row_count: records the source handed over in the batches committed now; always
            delivered plus quarantined.
        repeated_row_count: records of a database or API that were there already, word for word.
        quarantined_by_reason: quarantined records by reason.
        appeared_columns, vanished_columns: columns of the source that came or went.
    """

    dataset: str
    file_count: int = 0
    batch_count: int = 0
    present_batch_count: int = 0
    present_row_count: int = 0
    produced_row_count: int = 0
    delivered_row_count: int = 0
    quarantined_row_count: int = 0
    repeated_row_count: int = 0
    quarantined_by_reason: Counter[str] = field(default_factory=Counter)
    appeared_columns: set[str] = field(default_factory=set)
    vanished_columns: set[str] = field(default_factory=set)
    seconds: float = 0


@dataclass
class LoadReport:
    """What one load did, by dataset."""

    mapping: str
    source: str | None
    datasets: dict[str, DatasetReport] = field(default_factory=dict)
    seconds: float = 0

    def of(self, dataset: str) -> DatasetReport:
        """The report of a dataset, made when first asked for."""
        return self.datasets.setdefault(dataset, DatasetReport(dataset))

    @property
    def batch_count(self) -> int:
        """Batches this load committed; 0 when the source holds nothing new."""
        return sum(each.batch_count for each in self.datasets.values())

    @property
    def delivered_row_count(self) -> int:
        """Records this load delivered."""
        return sum(each.delivered_row_count for each in self.datasets.values())

    @property
    def quarantined_row_count(self) -> int:
        """Records this load put into quarantine."""
        return sum(each.quarantined_row_count for each in self.datasets.values())
