"""A lake that Firehose's objects became gives the marts that the local delivery gives."""

import json
import random
from collections import Counter
from datetime import timedelta

import pytest

from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.transform import Arriving
from streaming_ingest.decoding import decode
from streaming_ingest.firehose_commit.committer import Committer
from streaming_ingest.streams import StreamRecord
from tests.support.events import START, later, transaction
from tests.support.firehose_service import TOKENISER, FirehoseService, FolderBucket
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("warehouse")
TRANSACTIONS = contract("transactions")
ARRIVED = START + timedelta(days=10)
MODELS = ("marts.fct_transactions", "features.feat_transactions")
# With the data tests of what is built: reconciliation is one of them.
REACHED = ("-s", "+feat_transactions", "+fct_transactions", "+ingestion_reconciliation",
           "--exclude", "resource_type:unit_test", "--indirect-selection", "cautious")  # fmt: skip


def records() -> list[StreamRecord]:
    """Three days of a few customers, some transactions twice, some bad."""
    chance, rows = random.Random(11), []
    for number in range(120):
        rows.append(
            transaction(
                f"t-{number % 110}", later(hours=number * 0.6), f"c-{chance.randrange(5)}",
                f"m-{chance.randrange(3)}", f"{chance.randrange(1, 900)}.25" if number % 9 else "x",
                card_number="4111111111111111",
            )
        )  # fmt: skip
    return [
        StreamRecord(
            json.dumps(row, default=str).encode(), str(n), ARRIVED + timedelta(milliseconds=n)
        )
        for n, row in enumerate(rows)
    ]


def content(warehouse: Warehouse) -> dict[str, list[str]]:
    """The rows of the models, without what says which batch they came with."""
    return {
        model: sorted(
            repr({name: value for name, value in row.items() if name[0] != "_"}) for row in rows
        )
        for model, rows in warehouse.rows(MODELS).items()
    }


def test_the_marts_are_the_same(empty_warehouse, tmp_path):
    given = records()
    local = empty_warehouse.copied_to(tmp_path / "local")
    for number in range(0, len(given), 50):
        decoded = decode(TRANSACTIONS, given[number : number + 50])
        arriving = Arriving(f"b-{number}", "s", decoded.records, ARRIVED, decoded.unreadable)
        deliver(local.lake, TRANSACTIONS, arriving, TOKENISER)
    local.dbt("build", *REACHED)

    fire = empty_warehouse.copied_to(tmp_path / "fire")
    bucket = FolderBucket(tmp_path / "bucket", ARRIVED)
    service = FirehoseService(
        TRANSACTIONS, bucket.put, random.Random(5), lambda data: b'"t-7' in data
    )
    keys = service.deliver(given)
    random.Random(6).shuffle(keys)
    committer = Committer(fire.lake, bucket, TOKENISER)
    for some in (keys[: len(keys) // 2], keys):  # the second time half of them come again
        for key in some:
            committer.commit(key)
        fire.dbt("build", *REACHED)

    assert content(fire) == content(local)
    assert all(content(fire).values())
    counts = fire.query(
        "select count(*), sum(produced_row_count), sum(delivered_row_count), "
        "sum(quarantined_row_count) from ops.ingestion_reconciliation"
    )
    bad = sum(b'"x"' in record.data for record in given)
    assert counts == [(len(keys), len(given), len(given) - bad, bad)]
    kinds = Counter(key.split("/")[0] for key in keys)
    assert kinds["firehose"] > 3 and kinds["firehose-errors"]
