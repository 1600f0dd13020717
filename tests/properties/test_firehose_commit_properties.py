"""However Firehose cuts, repeats and mixes up, the lake is that of the local delivery."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.lake import RAW, Lake
from sentinel.ledger import Ledger
from sentinel.transform import Arriving
from streaming_ingest.decoding import decode
from streaming_ingest.firehose_commit.committer import Committer
from streaming_ingest.streams import StreamRecord
from tests.properties.test_firehose_properties import CARD_NUMBER, CONTENTS
from tests.support.firehose_service import TOKENISER, FirehoseService, FolderBucket
from tests.support.lake_rows import comparable, delivered_rows, produced_count, quarantined_rows

TRANSACTIONS = contract("transactions")
ARRIVED = datetime(2026, 6, 1, 12)
READ = (delivered_rows, quarantined_rows)


@given(
    st.lists(st.tuples(CONTENTS, st.integers(0, 10**9), st.booleans()), max_size=12),
    st.randoms(use_true_random=False),
)
def test_objects_in_any_order_and_number_give_what_the_local_delivery_gives(given, chance):
    # Firehose's function drops what is empty; the local delivery quarantines it.
    given = [one for one in given if one[0].strip()]
    records = [
        StreamRecord(content, str(number), ARRIVED + timedelta(milliseconds=at))
        for number, (content, at, _) in enumerate(given)
    ]
    failing = {content for content, _, is_failing in given if is_failing}
    with tempfile.TemporaryDirectory() as name:
        bucket = FolderBucket(Path(name) / "bucket", ARRIVED)
        service = FirehoseService(TRANSACTIONS, bucket.put, chance, failing.__contains__)
        events = service.deliver(records, most_lines=4)
        lake = Lake(f"{name}/lake")
        told = [key for key in events if chance.random() < 0.8]  # some events are lost
        told += [key for key in told if chance.random() < 0.3]  # others come twice
        chance.shuffle(told)
        for key in told:
            Committer(lake, bucket, TOKENISER).commit(key)
        committer = Committer(lake, bucket, TOKENISER)
        for key in list(committer.uncommitted()):
            assert committer.commit(key).outcome == "committed"

        local = Lake(f"{name}/local")
        decoded = decode(TRANSACTIONS, records)
        arriving = Arriving("b", "s", decoded.records, ARRIVED, decoded.unreadable)
        deliver(local, TRANSACTIONS, arriving, TOKENISER)

        for read in READ:
            expected = comparable(read(local, "transactions"))
            assert comparable(read(lake, "transactions")) == expected
        assert produced_count(lake, "transactions") == len(records)
        batches = [entry.batch_id for entry in Ledger(lake).entries()]
        assert len(batches) == len(events)
        named = {file.path for entry in Ledger(lake).entries() for file in entry.files}
        assert named == set(lake.list(RAW))
        others = [
            {name: value for name, value in row.items() if name not in TRANSACTIONS.key}
            for read in READ
            for row in read(lake, "transactions")
        ]
        assert CARD_NUMBER not in repr(others)
