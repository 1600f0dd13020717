"""Near real time, measured: delivery, and micro-batches against more and more history.

Belongs here: what runs in the measured process. Does not belong here: showing figures.

    python -m benchmarks.streaming delivery|micro_batches|sustained HOME COUNT [SECONDS]
"""

import json
import random
import subprocess
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from sentinel.contracts import contract
from sentinel.lake import Lake
from sentinel.ledger import utc_now
from sentinel.settings import Settings
from sentinel.transform import Tokeniser
from streaming_ingest.delivery import Buffering, Delivery
from streaming_ingest.endpoints import dataset_reader
from streaming_ingest.local_stream import LocalStream
from streaming_ingest.runner import Runner
from streaming_ingest.streams import Outgoing

MICRO_BATCH = 1_000
REPETITIONS = 9
_PER_CALL = 10_000
_WARMING_SECONDS = 10.0
_ENTITIES = """
    select array_agg(distinct customer_id), array_agg(distinct terminal_id), max(transaction_at)
    from marts.fct_transactions
    where transaction_at > (select max(transaction_at) from marts.fct_transactions)
        - interval '1 day'
"""


def delivery(home: Path, count: int) -> dict[str, float]:
    """Reading, transforming and delivering `count` records that wait in a stream."""
    stream, now = LocalStream(home / "stream"), utc_now()
    for start in range(0, count, _PER_CALL):
        stream.send([_record(n, now) for n in range(start, min(start + _PER_CALL, count))])
    deliveries = Delivery(
        Lake(str(home / "lake")), contract("transactions"), stream, Tokeniser(b"key"),
        Buffering(records=50_000, seconds=0),
    )  # fmt: skip
    started, cpu = time.perf_counter(), time.process_time()
    deliveries.poll()
    return {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}


def _record(number: int, now: datetime) -> Outgoing:
    return Outgoing("k", json.dumps({
        "transaction_id": f"t{number}", "transaction_at": (now - timedelta(seconds=number % 3600))
        .isoformat(), "customer_id": f"c{number % 50_000}", "card_number": str(
        4_000_000_000_000_000 + number % 50_000), "terminal_id": f"m{number % 10_000}",
        "amount": number % 20_000 / 100, "currency": "EUR", "channel": "card_present",
        "entry_mode": "chip", "country_code": "FR", "ip_address": "10.1.2.3",
        "merchant_category_code": "5411",
    }).encode())  # fmt: skip


def micro_batches(home: Path, count: int) -> dict[str, Any]:
    """Seconds from a delivered file to features and alerts, of micro-batches of 1,000 records.

    The records are of customers and terminals of the last day, at the times that follow.
    """
    from streaming_ingest.micro_batch import MicroBatches

    settings = Settings.load()
    builder = MicroBatches(settings)
    builder.prepare()
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as warehouse:
        row = warehouse.execute(_ENTITIES).fetchone()
        history = warehouse.execute("select count(*) from marts.fct_transactions").fetchone()
    assert row and history
    customers, terminals, latest = row
    stream = LocalStream(settings.state_folder / "streams" / "benchmark")
    deliveries = Delivery(
        Lake(settings.lake_location), contract("transactions"), stream,
        Tokeniser(settings.personal_data_key), Buffering(seconds=0),
    )  # fmt: skip
    chance = random.Random(1)  # noqa: S311 (traffic, not secrets)
    seconds = []
    for round_ in range(count):
        run = uuid.uuid4().hex[:8]
        stream.send([
            Outgoing("k", json.dumps({
                "transaction_id": f"{run}-{n}", "customer_id": chance.choice(customers),
                "transaction_at": (latest + timedelta(seconds=round_ * 60 + n / 20)).isoformat(),
                "terminal_id": chance.choice(terminals), "amount": chance.randint(1, 300),
            }).encode())
            for n in range(MICRO_BATCH)
        ])  # fmt: skip
        deliveries.poll()
        started = time.perf_counter()
        builder.build()
        seconds.append(time.perf_counter() - started)
    return {"history": history[0], "seconds": sorted(seconds[1:])}  # the first is not warm


def sustained(home: Path, rate: int, seconds: int = 600) -> dict[str, Any]:
    """Lag from a record's arrival in the stream to the marts at a steady rate of records a second.

    The generator is a process of its own, on the same two cores, as it is for whoever tries it.
    Lags are of records that arrived after the first ten seconds.
    """
    from streaming_ingest.micro_batch import MicroBatches

    settings = Settings.load()
    builder = MicroBatches(settings)
    builder.prepare()
    lake, tokeniser = Lake(settings.lake_location), Tokeniser(settings.personal_data_key)
    contracted = contract("transactions")
    reader = dataset_reader(settings, "transactions")
    runner = Runner([Delivery(lake, contracted, reader, tokeniser, Buffering(seconds=1))], builder,
                    is_waiting=False)  # fmt: skip
    runner.progress.lags = deque()
    command = [
        str(Path(sys.executable).with_name("sentinel")), "stream", "simulate",
        "--rate", str(rate), "--count", str(rate * seconds),
        "--customers", str(_customers(settings)),
    ]  # fmt: skip
    started = time.monotonic()
    simulating = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    seen, lags, builds = 0, [], []
    while simulating.poll() is None or seen < rate * seconds:
        if not runner.step():
            time.sleep(0.05)
        now = time.monotonic() - started
        if runner.progress.built and (not builds or builds[-1] is not runner.progress.built):
            builds.append(runner.progress.built)
        fresh = list(runner.progress.lags)
        runner.progress.lags.clear()
        seen += len(fresh)
        lags += [each for each in fresh if now - each > _WARMING_SECONDS]
        if now > 2 * seconds + 60:
            break  # it falls behind for good
    simulating.terminate()
    lags.sort()
    return {
        "rate": rate, "seconds": seconds, "records": seen, "micro_batches": len(builds),
        "p50": lags[len(lags) // 2], "p95": lags[int(len(lags) * 0.95)], "worst": lags[-1],
        "is_whole": seen == rate * seconds,
    }  # fmt: skip


def _customers(settings: Settings) -> int:
    """As many as the history is of: fewer would pay more often in these minutes than in a month."""
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as warehouse:
        row = warehouse.execute("select count(*) from marts.dim_customers").fetchone()
    assert row
    return int(row[0])


PROGRAMS: dict[str, Callable[..., dict[str, Any]]] = {
    "delivery": delivery,
    "micro_batches": micro_batches,
    "sustained": sustained,
}

if __name__ == "__main__":
    program, folder, *numbers = sys.argv[1:]
    print(json.dumps(PROGRAMS[program](Path(folder), *map(int, numbers))))
