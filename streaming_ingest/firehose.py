"""Amazon Data Firehose as a stream that can be written.

Belongs here: the service's limits and error codes. Does not belong here: what it calls for each
batch (`firehose_transform`), and sending again what it refused (`producers`).
"""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from streaming_ingest.aws import failed_call
from streaming_ingest.streams import Outgoing, Sent

MOST_RECORDS = 500
MOST_BYTES = 4 * 2**20
MOST_RECORD_BYTES = 1_000 * 1024


class FirehoseWriter:
    """Sends to one delivery stream. Firehose knows no keys and keeps no order among calls.

    Args:
        name: of the delivery stream.
        client: boto3's `firehose` client.
    """

    most_records, most_bytes, most_record_bytes = MOST_RECORDS, MOST_BYTES, MOST_RECORD_BYTES

    def __init__(self, name: str, client: Any) -> None:
        self.name, self._client = name, client

    def send(self, records: Sequence[Outgoing]) -> Sent:
        """Sends one call's worth.

        Raises:
            StreamError: when the call failed as a whole; whether it was taken is not known.
        """
        try:
            said = self._client.put_record_batch(
                DeliveryStreamName=self.name, Records=[{"Data": one.data} for one in records]
            )
        except (BotoCoreError, ClientError) as error:
            return failed_call(self.name, error, len(records))
        return Sent(tuple(one.get("ErrorCode") for one in said["RequestResponses"]))
