"""Records that wait to be sent: which may go with the next call.

Belongs here: order within a key, and when a failed record may be tried again. Does not belong
here: sending.

A call to Kinesis or Firehose can take some of its records and refuse others. So of each key only
the oldest record is offered, and the next one when that is acknowledged.
"""

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from streaming_ingest.streams import Outgoing, StreamWriter


@dataclass(eq=False)
class Entry:
    """A record on its way.

    Attributes:
        number: place in the order of arrival.
        position: its place in the spool, or None where it is only in memory.
        attempts: calls it was part of so far.
    """

    number: int
    record: Outgoing
    position: int | None = None
    attempts: int = 0
    size: int = field(init=False)
    """Bytes, key included."""

    def __post_init__(self) -> None:
        self.size = record_size(self.record)


def record_size(record: Outgoing) -> int:
    """Bytes of a record, key included, as services count them."""
    return len(record.data) + len(record.key.encode())


class SendQueue:
    """Waiting records by key.

    Args:
        is_atomic: whether a call is taken whole or not at all, in order: several records of a key
            may then go together.
    """

    def __init__(self, is_atomic: bool = False) -> None:
        self._is_atomic = is_atomic
        self._lanes: dict[str, deque[Entry]] = {}
        self._ready: deque[str] = deque()
        self._waiting: list[tuple[float, int, str]] = []
        self._count = self._bytes = 0

    def __len__(self) -> int:
        return self._count

    @property
    def size_bytes(self) -> int:
        """Bytes of all waiting records, keys included."""
        return self._bytes

    def add(self, entry: Entry) -> None:
        """Takes a record that is younger than every one of its key in the queue."""
        lane = self._lanes.get(entry.record.key)
        if lane is None:
            self._lanes[entry.record.key] = deque([entry])
            self._ready.append(entry.record.key)
        else:
            lane.append(entry)
        self._count += 1
        self._bytes += entry.size

    def offered(self, now: float, writer: StreamWriter) -> list[Entry]:
        """One call's worth of records that may be sent now, oldest first.

        They stay in the queue; each has to be reported by `acknowledged` or `refused`.
        """
        while self._waiting and self._waiting[0][0] <= now:
            self._ready.append(heapq.heappop(self._waiting)[2])
        batch: list[Entry] = []
        size = 0
        while self._ready and len(batch) < writer.most_records:
            lane = self._lanes[self._ready[0]]
            for place in range(len(lane) if self._is_atomic else 1):
                entry = lane[place]
                is_full = len(batch) == writer.most_records or (
                    size + entry.size > writer.most_bytes
                )
                if is_full:
                    break
                batch.append(entry)
                size += entry.size
            if batch and batch[-1].record.key == self._ready[0]:
                self._ready.popleft()
            else:
                break  # the next key's first record does not fit into this call
        return sorted(batch, key=lambda entry: entry.number)

    def settle(self, acknowledged: Iterable[Entry], refused: Iterable[tuple[Entry, float]]) -> None:
        """What became of everything that was offered.

        Args:
            acknowledged: they leave the queue.
            refused: they stay, each with the time before which its key is not offered again.
        """
        touched: dict[str, float | None] = {}
        for entry in acknowledged:
            self._lanes[entry.record.key].remove(entry)
            self._count -= 1
            self._bytes -= entry.size
            touched.setdefault(entry.record.key, None)
        for entry, not_before in refused:
            earlier = touched.get(entry.record.key)
            touched[entry.record.key] = max(earlier or not_before, not_before)
        for key, held_until in touched.items():
            lane = self._lanes[key]
            if not lane:
                del self._lanes[key]
            elif held_until is None:
                self._ready.append(key)
            else:
                heapq.heappush(self._waiting, (held_until, lane[0].number, key))

    def next_at(self) -> float | None:
        """When a record may be sent: 0 if now, None if none waits."""
        if self._ready:
            return 0.0
        return self._waiting[0][0] if self._waiting else None

    def release(self) -> None:
        """Offers every record from now on, whatever it waited for."""
        self._ready.extend(key for _, _, key in sorted(self._waiting))
        self._waiting.clear()

    def entries(self) -> list[Entry]:
        """Every record, oldest first."""
        return sorted(
            (entry for lane in self._lanes.values() for entry in lane),
            key=lambda entry: entry.number,
        )

    def clear(self) -> None:
        """Forgets every record."""
        self._lanes.clear()
        self._ready.clear()
        self._waiting.clear()
        self._count = self._bytes = 0
