"""Firehose's objects, S3's events, SQS and the two ways in: the command and the Lambda."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.errors import SettingsError
from sentinel.lake import RAW, Lake
from sentinel.ledger import Ledger
from sentinel.transform import Arriving
from streaming_ingest.commands import app
from streaming_ingest.decoding import decode
from streaming_ingest.firehose_commit import function
from streaming_ingest.firehose_commit.bucket import FirehoseError
from streaming_ingest.streams import StreamRecord
from tests.support.aws_server import aws_server
from tests.support.firehose_place import FirehosePlace, firehose_place, in_environment
from tests.support.firehose_service import TOKENISER, FirehoseService
from tests.support.lake_rows import comparable, delivered_rows, produced_count, quarantined_rows

TRANSACTIONS = contract("transactions")
ARRIVED = datetime(2026, 6, 1, 12)
COMMAND = str(Path(sys.executable).with_name("sentinel"))


@pytest.fixture(scope="module")
def server():
    with aws_server() as running:
        yield running


@pytest.fixture
def place(server):
    place = firehose_place(server)
    with in_environment(place):
        yield place


def records(count: int) -> list[StreamRecord]:
    """Good ones on three days, and of every five one that is rejected."""
    found = []
    for number in range(count):
        day = f"2026-05-{28 + number % 3}"
        row = {
            "transaction_id": f"t-{number}", "transaction_at": f"{day}T10:00:00Z",
            "customer_id": f"c-{number % 7}", "terminal_id": "m-1", "amount": f"{number}.50",
            "card_number": "4111111111111111", "note": "free" if number % 4 else None,
        }  # fmt: skip
        content = json.dumps(row).encode()
        if number % 5 == 0:
            content = content.replace(b".50", b".x") if number % 2 else content[:-9]
        arrived = ARRIVED + timedelta(milliseconds=number)
        found.append(StreamRecord(content, str(number), arrived))
    return found


def service(place: FirehosePlace, **more) -> FirehoseService:
    return FirehoseService(TRANSACTIONS, place.put, random.Random(5), **more)


def commit(*options: str) -> str:
    done = CliRunner().invoke(app, ["commit", *options])
    if done.exception:
        raise done.exception
    return done.output


def must_equal_local_delivery(place: FirehosePlace, given: list[StreamRecord], folder) -> None:
    local = Lake(str(folder / "local"))
    decoded = decode(TRANSACTIONS, given)
    arriving = Arriving("b", "s", decoded.records, ARRIVED, decoded.unreadable)
    deliver(local, TRANSACTIONS, arriving, TOKENISER)
    lake = place.lake()
    for read in (delivered_rows, quarantined_rows):
        expected = comparable(read(local, "transactions"))
        assert expected
        assert comparable(read(lake, "transactions")) == expected
    assert produced_count(lake, "transactions") == len(given)


def test_from_the_function_through_s3_and_sqs_into_the_ledger(place, tmp_path):
    given = records(200)
    failing = service(place, is_failing=lambda data: b'"t-1' in data)
    keys = failing.deliver(given)
    assert {key.split("/")[0] for key in keys} == {"firehose", "firehose-errors"}
    said = commit("--until-empty")
    assert f"{len(keys):,} objects committed: 160 records delivered, 40 in quarantine" in said
    must_equal_local_delivery(place, given, tmp_path)
    assert place.waiting() == 0
    assert "0 objects committed" in commit("--until-empty")


def test_events_that_come_twice_and_in_any_order_change_nothing(place, tmp_path):
    given = records(60)
    keys = service(place).deliver(given)
    bodies = [message["Body"] for message in place.received()]
    bodies = [*bodies, *bodies]
    random.Random(2).shuffle(bodies)
    place.forget_events()
    for body in bodies:
        place.server.client("sqs").send_message(QueueUrl=place.queue_url, MessageBody=body)
    assert f"{len(keys):,} had been committed before" in commit("--until-empty")
    must_equal_local_delivery(place, given, tmp_path)
    assert len(list(Ledger(place.lake()).entries())) == len(keys)


def test_what_cannot_be_committed_goes_to_the_dead_letter_queue_and_holds_up_nothing(
    place, tmp_path
):
    given = records(60)
    sqs = place.server.client("sqs")
    sqs.send_message(QueueUrl=place.queue_url, MessageBody="not an event")
    place.put("firehose/raw/transactions/event_date=2026-05-28/damaged.gz", b"\x1f\x8bdamaged")
    place.put("firehose/raw/unheard_of/event_date=2026-05-28/x.gz", gzip.compress(b"{}"))
    service(place).deliver(given)
    with pytest.raises(FirehoseError, match=r"\d+ messages could not be committed"):
        commit("--until-empty")
    must_equal_local_delivery(place, given, tmp_path)
    until = time.monotonic() + 30
    while place.waiting() and time.monotonic() < until:
        try:
            commit("--until-empty")
        except FirehoseError:
            continue
    assert (place.waiting(), place.waiting(place.dead_url)) == (0, 3)
    with pytest.raises(FirehoseError, match="2 objects could not be committed"):
        commit("--sweep")


def test_a_listing_finds_what_no_event_told_of(place, tmp_path):
    given = records(60)
    keys = service(place).deliver(given)
    place.server.client("s3").put_object(
        Bucket=place.bucket, Key="landing/firehose/raw/transactions/", Body=b""
    )  # as consoles do to show a folder
    place.forget_events()
    assert "0 objects committed" in commit("--until-empty")
    listed = commit("--sweep", "--dry-run").splitlines()
    assert sorted(listed[:-1]) == sorted(keys)
    assert listed[-1] == f"{len(keys)} objects without a ledger entry"
    assert list(Ledger(place.lake()).entries()) == []
    assert f"{len(keys):,} objects committed" in commit("--sweep")
    must_equal_local_delivery(place, given, tmp_path)
    assert commit("--sweep", "--dry-run") == "0 objects without a ledger entry\n"
    assert "0 objects committed" in commit("--sweep")


def test_lambda_is_told_which_messages_failed(place, tmp_path, monkeypatch):
    given = records(60)
    keys = service(place).deliver(given)
    messages = place.received()
    event = {
        "Records": [
            {"messageId": one["MessageId"], "body": one["Body"], "eventSource": "aws:sqs"}
            for one in messages
        ]
    }
    event["Records"].insert(1, {"messageId": "poison", "body": "{}", "eventSource": "aws:sqs"})
    function._committer.cache_clear()
    assert function.handler(event) == {"batchItemFailures": [{"itemIdentifier": "poison"}]}
    must_equal_local_delivery(place, given, tmp_path)
    assert function.handler({"Records": event["Records"][:1]}) == {"batchItemFailures": []}
    assert len(list(Ledger(place.lake()).entries())) == len(keys)
    function._committer.cache_clear()
    monkeypatch.delenv("SENTINEL_ENVIRONMENT")
    with pytest.raises(SettingsError, match="set SENTINEL_ENVIRONMENT on the function"):
        function.handler(event)


def test_committers_at_once_commit_each_object_once(place, tmp_path):
    given = records(150)
    keys = service(place).deliver(given, most_lines=10)
    processes = [
        subprocess.Popen(
            [COMMAND, "stream", "commit", *options], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )
        for options in (["--until-empty"], ["--until-empty"], ["--sweep"])
    ]  # fmt: skip
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, said
    committed = [int(out.split()[0].replace(",", "")) for out, _ in said]
    assert sum(committed) == len(keys), said
    must_equal_local_delivery(place, given, tmp_path)
    lake = place.lake()
    assert len(list(Ledger(lake).entries())) == len(keys)
    assert {f.path for e in Ledger(lake).entries() for f in e.files} == set(lake.list(RAW))
    assert place.waiting() == 0


def test_the_command_ends_in_good_order_when_it_is_stopped(place):
    process = subprocess.Popen(
        [COMMAND, "stream", "commit"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"SENTINEL_LOG_FORMAT": "json"},
    )  # fmt: skip
    keys = service(place).deliver(records(20))
    first = json.loads(process.stderr.readline())
    assert (first["event"], first["level"]) == ("object committed", "info")
    assert first["key"] in keys
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "objects committed" in out
    committed = len(list(Ledger(place.lake()).entries()))
    assert f"{committed} objects committed" in out


def test_what_is_missing_is_said(place, monkeypatch):
    with pytest.raises(SettingsError, match="use it with --sweep"):
        commit("--dry-run")
    monkeypatch.setenv("SENTINEL_FIREHOSE_QUEUE_URL", f"{place.queue_url}-of-another")
    with pytest.raises(FirehoseError, match=r"does not answer .*check SENTINEL_FIREHOSE_QUEUE_URL"):
        commit()
    monkeypatch.delenv("SENTINEL_FIREHOSE_QUEUE_URL")
    with pytest.raises(SettingsError, match=r"set SENTINEL_FIREHOSE_QUEUE_URL .* or use --sweep"):
        commit()
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "local")
    monkeypatch.setenv("SENTINEL_LAKE_URL", "/somewhere")
    monkeypatch.delenv("SENTINEL_FIREHOSE_URL")
    with pytest.raises(SettingsError, match="Firehose writes to S3, and /somewhere is not there"):
        commit("--sweep")
