"""Changes that Debezium itself wrote to a stream.

Belongs here: reading a stream of envelopes into one dataset. Does not belong here: what a batch of
envelopes becomes. One stream carries one table, as Debezium writes them by default.
"""

from sentinel.contracts import Contract
from sentinel.delivery import Delivered
from sentinel.lake import Lake
from sentinel.transform import Tokeniser
from streaming_ingest.change_data_capture.delivery import ChangeDelivery
from streaming_ingest.streams import StreamReader

MOST_RECORDS = 10_000


class StreamedChanges:
    """Delivers one stream of envelopes; each shard goes on after its last committed record.

    Args:
        lake: where to.
        contract: of the dataset.
        tokeniser: for what is personal.
        reader: the stream; the records of a key are in one shard.
    """

    def __init__(
        self, lake: Lake, contract: Contract, tokeniser: Tokeniser, reader: StreamReader
    ) -> None:
        self._lake, self._contract, self._tokeniser = lake, contract, tokeniser
        self._reader = reader
        self._feeds: dict[str, ChangeDelivery] = {}

    def poll(self, most: int = MOST_RECORDS) -> list[Delivered]:
        """Delivers what has come, a batch for each shard that has something."""
        done = []
        for shard in self._reader.shards():
            feed = self._feed(shard)
            records = self._reader.read(shard, feed.progress.sequence, most)
            if records and (delivered := feed.deliver(records)):
                done.append(delivered)
        return done

    def _feed(self, shard: str) -> ChangeDelivery:
        if shard not in self._feeds:
            name = self._reader.name
            self._feeds[shard] = ChangeDelivery(
                self._lake, self._contract, self._tokeniser, f"{name}-{shard}",
                f"stream:{name}/{shard}",
            )  # fmt: skip
        return self._feeds[shard]
