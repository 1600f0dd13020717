"""Committers of Firehose's objects killed at random: no record is lost, none is there twice.

`SENTINEL_SOAK_ROUNDS` sets how often they are killed (`make soak`).
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.lake import RAW, Lake
from sentinel.ledger import Ledger
from sentinel.transform import Arriving
from streaming_ingest.decoding import decode
from streaming_ingest.streams import StreamRecord
from tests.support.aws_server import aws_server
from tests.support.firehose_place import FirehosePlace, firehose_place
from tests.support.firehose_service import TOKENISER, FirehoseService
from tests.support.lake_rows import comparable, delivered_rows, produced_count, quarantined_rows

ROUNDS = int(os.environ.get("SENTINEL_SOAK_ROUNDS", "8"))
TRANSACTIONS = contract("transactions")
ARRIVED = datetime(2026, 6, 1, 12)
_COMMIT = """
import sys
from sentinel.logging import configure_logging
from sentinel.settings import Settings
from streaming_ingest.aws import client
from streaming_ingest.firehose_commit.committer import Committer
from streaming_ingest.firehose_commit.queue import commit_listed, commit_queue
settings = Settings.load()
configure_logging(settings)
committer, queue = Committer.of(settings), client("sqs", settings)
print("ready", flush=True)
if sys.argv[1] == "queue":
    done = commit_queue(committer, queue, settings.firehose_queue_url, sys.argv[2] == "to the end")
else:
    done = commit_listed(committer)
print(done.object_count, done.failed_count)
"""


def started(place: FirehosePlace, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _COMMIT, *arguments], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, env=os.environ | place.environment,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def records(first: int, count: int) -> list[StreamRecord]:
    return [
        StreamRecord(
            json.dumps(
                {
                    "transaction_id": f"t-{number}", "customer_id": "c", "terminal_id": "m",
                    "transaction_at": f"2026-05-{28 + number % 3}T10:00:00Z",
                    "amount": -1 if number % 10 == 7 else 1,
                }
            ).encode(),
            str(number),
            ARRIVED + timedelta(milliseconds=number),
        )
        for number in range(first, first + count)
    ]  # fmt: skip


def test_killed_at_random_no_record_is_lost_and_none_is_there_twice(tmp_path: Path) -> None:
    chance = random.Random(23)
    given: list[StreamRecord] = []
    with aws_server() as server:
        place = firehose_place(server)
        service = FirehoseService(
            TRANSACTIONS, place.put, chance, lambda data: b"3" in data and b"7" in data
        )
        for _ in range(ROUNDS):
            some = records(len(given), 60)
            given += some
            service.deliver(some, most_lines=12)
            committers = [started(place, "queue", "on")]
            if chance.random() < 0.4:  # two at once
                committers.append(started(place, chance.choice(["queue", "listing"]), "on"))
            time.sleep(chance.random() * 0.8)
            for process in committers:
                process.send_signal(signal.SIGKILL)
                process.communicate()
        last = started(place, "queue", "to the end")
        last.communicate(timeout=120)
        assert last.returncode == 0

        lake = place.lake()
        # A message that was with a killed committer too often is in the dead-letter queue.
        missed = len(service.keys) - len(list(Ledger(lake).entries()))
        assert missed == 0 or place.waiting(place.dead_url) >= missed
        out, _ = started(place, "listing", "to the end").communicate(timeout=120)
        assert out == f"{missed} 0\n"

        entries = list(Ledger(lake).entries())
        assert sorted(entry.extract.origin for entry in entries) == sorted(service.keys)
        local = Lake(str(tmp_path / "local"))
        decoded = decode(TRANSACTIONS, given)
        arriving = Arriving("b", "s", decoded.records, ARRIVED, decoded.unreadable)
        deliver(local, TRANSACTIONS, arriving, TOKENISER)
        for read in (delivered_rows, quarantined_rows):
            expected = comparable(read(local, "transactions"))
            assert comparable(read(lake, "transactions")) == expected
        keys = [row["transaction_id"] for row in delivered_rows(lake, "transactions")]
        assert len(set(keys)) == len(keys)
        assert produced_count(lake, "transactions") == len(given)
        named = {file.path for entry in entries for file in entry.files}
        assert named <= set(lake.list(RAW))
