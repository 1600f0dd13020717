"""Columns of a source that come and go.

Belongs here: comparing a batch's columns with those of the one before. Does not belong here:
deciding what to do: new columns are taken up, missing ones are null, the load goes on.
"""

from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Drift:
    """Columns that the previous batch of the feed did not have, and those it had alone."""

    appeared: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


class ColumnWatch:
    """The columns of one feed as they were last seen.

    Args:
        columns: columns of the latest committed batch, None before the first.
    """

    def __init__(self, feed: str, columns: tuple[str, ...] | None) -> None:
        self._feed = feed
        self._columns = columns

    def see(self, columns: tuple[str, ...], origin: str) -> Drift:
        """What changed with this batch; a batch without columns has no record to judge by."""
        if not columns:
            return Drift()
        before, self._columns = self._columns, columns
        if before is None or set(before) == set(columns):
            return Drift()
        drift = Drift(
            tuple(sorted(set(columns) - set(before))), tuple(sorted(set(before) - set(columns)))
        )
        log.warning(
            "the source's columns changed", feed=self._feed, origin=origin,
            appeared=list(drift.appeared), vanished=list(drift.vanished),
        )  # fmt: skip
        return drift
