"""Producer and deliverer killed at random: nothing acknowledged is lost, nothing is there twice.

`SENTINEL_SOAK_ROUNDS` sets how often they are killed (`make soak`).
"""

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from sentinel.lake import RAW, Lake
from sentinel.ledger import Ledger
from streaming_ingest.local_stream import SHARD, LocalStream

ROUNDS = int(os.environ.get("SENTINEL_SOAK_ROUNDS", "8"))
_PRODUCE = """
import itertools, json, sys
from pathlib import Path
from streaming_ingest.local_stream import LocalStream
from streaming_ingest.streams import Outgoing
folder, run = Path(sys.argv[1]), sys.argv[2]
stream = LocalStream(folder / "stream", segment_bytes=50_000)
with (folder / "acknowledged").open("a") as acknowledged:
    for call in itertools.count():
        names = [f"{run}-{call}-{number}" for number in range(20)]
        stream.send([Outgoing(name, json.dumps({
            "transaction_id": name, "transaction_at": f"2024-03-0{1 + call % 3}T10:00:00Z",
            "customer_id": "c", "terminal_id": "m", "amount": -1 if name.endswith("-7") else 1,
        }).encode()) for name in names])
        acknowledged.write("".join(f"{name}\\n" for name in names))
        acknowledged.flush()
"""
_DELIVER = """
import sys
from pathlib import Path
from sentinel.contracts import contract
from sentinel.lake import Lake
from sentinel.transform import Tokeniser
from streaming_ingest.delivery import Buffering, Delivery
from streaming_ingest.local_stream import LocalStream
folder, buffering = Path(sys.argv[1]), Buffering(records=int(sys.argv[2]), seconds=0.05)
delivery = Delivery(Lake(str(folder / "lake")), contract("transactions"),
                    LocalStream(folder / "stream"), Tokeniser(b"key"), buffering)
while True:
    delivery.poll()
    if len(sys.argv) > 3 and not delivery.buffered_count:
        break
"""


def started(program: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)])


def killed(process: subprocess.Popen[bytes]) -> None:
    assert process.poll() is None, "ended by itself"
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_at_random_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path) -> None:
    chance = random.Random(17)
    for number in range(ROUNDS):
        producer = started(_PRODUCE, tmp_path, f"run{number}")
        # Cut elsewhere every time: a batch of the same start has other ends.
        deliverer = started(_DELIVER, tmp_path, chance.choice((30, 70, 1_000)))
        time.sleep(0.8 + chance.random())
        for process in chance.sample([producer, deliverer], 2):
            killed(process)
            time.sleep(chance.random() / 10)
    assert started(_DELIVER, tmp_path, 500, "to the end").wait(120) == 0

    taken = [
        json.loads(record.data)["transaction_id"]
        for record in LocalStream(tmp_path / "stream").read(SHARD, None, 10**9)
    ]
    assert len(set(taken)) == len(taken) > 100
    acknowledged = (tmp_path / "acknowledged").read_text().splitlines()
    assert set(acknowledged) <= set(taken)

    lake = Lake(str(tmp_path / "lake"))
    delivered: Counter[str] = Counter()
    rejected = 0
    for entry in Ledger(lake).entries("transactions"):
        for file in entry.files:
            rows = pq.read_table(io.BytesIO(lake.read(file.path))).column("transaction_id")
            assert len(rows) == file.row_count
            delivered.update(rows.to_pylist())
        if entry.rejected_file:
            rejected += pq.read_table(io.BytesIO(lake.read(entry.rejected_file))).num_rows
    good = {name for name in taken if not name.endswith("-7")}
    assert set(delivered) == good
    assert set(delivered.values()) == {1}
    assert rejected == len(taken) - len(good)
    # What interrupted attempts left behind is in no entry; what is in one is there.
    named = {file.path for entry in Ledger(lake).entries() for file in entry.files}
    assert named <= set(lake.list(RAW))
