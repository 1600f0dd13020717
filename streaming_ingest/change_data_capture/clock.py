"""The time from which each version holds.

Belongs here: making times of commit into times that order versions. Does not belong here: reading
those times.
"""

from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


class VersionClock:
    """Gives each change a time such that the versions of a key are in the order of the source.

    The rule: a change holds from the time of its commit, but never from before the change that
    precedes it in the source; and where that is the very time which the same key already has, from
    one microsecond later. So times never fall, and rise strictly for each key, whatever the
    source's clock does: several changes of a row in one transaction, two commits within one
    microsecond, a clock set back. It is a hybrid logical clock (Kulkarni et al., Logical Physical
    Clocks, 2014) whose counter is the microsecond.

    Args:
        last: the greatest time given before, or None; the first change comes after it, because
            which keys have that time is not remembered.
    """

    def __init__(self, last: datetime | None = None) -> None:
        self.last = last
        self._keys: set[str] = set()
        self._is_taken = last is not None

    def stamp(self, key: str, committed_at: datetime) -> datetime:
        """The time from which the change holds; call it in the order of the source."""
        if self.last is None or committed_at > self.last:
            self.last = committed_at
            self._begin()
        elif self._is_taken or key in self._keys:
            self.last += _MICROSECOND
            self._begin()
        self._keys.add(key)
        return self.last

    def _begin(self) -> None:
        self._keys = set()
        self._is_taken = False


def from_microseconds(microseconds: int) -> datetime | None:
    """Microseconds since 1970 as UTC; None where Python has no such year."""
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None
