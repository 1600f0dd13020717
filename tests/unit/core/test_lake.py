"""The lake's objects, on a folder and on S3: whole, listed, and written exactly once."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from core_lakes import BUCKET, s3_lake

from sentinel.errors import SettingsError
from sentinel.lake import Lake, ledger_path, quarantine_path, raw_path


def test_objects_are_read_as_written_and_replaced_whole(lake):
    lake.put("raw/a.parquet", b"one")
    lake.put("raw/a.parquet", b"two")

    assert lake.read("raw/a.parquet") == b"two"
    assert lake.exists("raw/a.parquet")
    assert not lake.exists("raw/b.parquet")
    assert not lake.exists("raw")
    with pytest.raises(FileNotFoundError):
        lake.read("raw/b.parquet")


def test_a_listing_has_what_is_below_the_prefix_and_ends_so(lake):
    for path in ("ledger/b/2.json", "ledger/a/1.json", "ledger/a/1.txt", "ledgers/a/3.json"):
        lake.put(path, b"x")

    assert lake.list("ledger", ".json") == ["ledger/a/1.json", "ledger/b/2.json"]
    assert lake.list("ledger/a") == ["ledger/a/1.json", "ledger/a/1.txt"]
    assert lake.list("nothing") == []


def test_only_the_first_conditional_put_writes(lake):
    assert lake.put_if_absent("ledger/a.json", b"first")
    assert not lake.put_if_absent("ledger/a.json", b"second")
    assert lake.read("ledger/a.json") == b"first"


def test_of_many_conditional_puts_at_once_one_wins(lake):
    def put(number: int) -> bool:
        return lake.put_if_absent("ledger/raced.json", b"%d" % number)

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(put, range(48)))

    assert sum(won) == 1
    assert lake.read("ledger/raced.json") == b"%d" % won.index(True)


def test_s3_itself_decides_by_the_header(s3):
    address, log = s3
    prefix = f"lake-{uuid.uuid4().hex}"
    s3_lake(address, prefix).put_if_absent("ledger/a.json", b"x")

    puts = [
        each for each in log.requests if each[:2] == ("PUT", f"/{BUCKET}/{prefix}/ledger/a.json")
    ]
    assert [condition for _, _, condition in puts] == ["*"]


def test_s3_answering_that_another_put_is_under_way_is_asked_again(s3, monkeypatch):
    lake = s3_lake(s3[0], f"lake-{uuid.uuid4().hex}")
    real, calls = lake._store.client.put_object, []

    def conflicts_once(**arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise lake._store.client.exceptions.ClientError(
                {"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject"
            )
        return real(**arguments)

    monkeypatch.setattr(lake._store.client, "put_object", conflicts_once)

    assert lake.put_if_absent("ledger/a.json", b"x")
    assert len(calls) == 2


def test_an_error_of_s3_is_not_taken_for_an_absent_object(s3):
    lake = Lake("s3://no-such-bucket-here/lake", {"endpoint_url": s3[0]})
    with pytest.raises(Exception, match="NoSuchBucket"):
        lake.put_if_absent("ledger/a.json", b"x")


def test_an_unfinished_write_leaves_nothing_that_is_listed(tmp_path, monkeypatch):
    lake = Lake(str(tmp_path / "lake"))
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("power cut")))

    with pytest.raises(OSError, match="power cut"):
        lake.put("raw/a.parquet", b"x")

    assert lake.list("raw") == []
    assert list((tmp_path / "lake" / "raw").iterdir()) == []


def test_a_place_that_cannot_write_exactly_once_is_refused():
    with pytest.raises(SettingsError, match="gs://bucket"):
        Lake("gs://bucket/lake")


def test_the_layout():
    content_hash = "0123456789abcdef"
    assert raw_path("transactions", "2026-01-02", "b", content_hash) == (
        "raw/transactions/event_date=2026-01-02/b-0123456789ab.parquet"
    )
    assert ledger_path("transactions", "b") == "ledger/transactions/b.json"
    assert quarantine_path("transactions", "b", content_hash) == (
        "quarantine/transactions/b-0123456789ab.parquet"
    )
