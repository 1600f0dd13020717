"""The same commands on Kinesis and S3: what differs is the environment."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from sentinel.lake import Lake
from sentinel.ledger import Ledger
from tests.support.aws_server import REGION, aws_server
from tests.support.compactions import compact_everything, remove_unused

COUNT = 600


def test_from_kinesis_through_s3_to_the_marts(tmp_path: Path) -> None:
    with aws_server() as server:
        kinesis, s3 = server.client("kinesis"), server.client("s3")
        for name in ("sentinel-transactions", "sentinel-fraud-labels"):
            kinesis.create_stream(StreamName=name, ShardCount=2)
            kinesis.get_waiter("stream_exists").wait(StreamName=name)
        where = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket="near-real-time", CreateBucketConfiguration=where)
        credentials = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }
        environment = {
            **os.environ,
            **credentials,
            "SENTINEL_HOME": str(tmp_path),
            "SENTINEL_ENVIRONMENT": "aws_local",
            "SENTINEL_LAKE_URL": "s3://near-real-time/lake",
            "SENTINEL_AWS_ENDPOINT_URL": server.address,
        }

        def stream(*arguments: str) -> str:
            done = subprocess.run(
                [str(Path(sys.executable).with_name("sentinel")), "stream", *arguments],
                env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            return done.stdout

        stream("simulate", "--rate", "300", "--count", str(COUNT))
        stream("run", "--until-idle", "2", "--no-report")
        assert "not known" in stream("status")
        lake = Lake(
            "s3://near-real-time/lake",
            {"endpoint_url": server.address, "region_name": REGION,
             "aws_access_key_id": "test", "aws_secret_access_key": "test"},
        )  # fmt: skip
        entries = list(Ledger(lake).entries("transactions"))
        assert {entry.source for entry in entries} == {
            "stream:sentinel-transactions/shardId-000000000000",
            "stream:sentinel-transactions/shardId-000000000001",
        }
        produced = sum(entry.produced_row_count for entry in entries)
        delivered = sum(entry.delivered_row_count for entry in entries)
        assert produced == COUNT
        with duckdb.connect(str(tmp_path / "sentinel.duckdb"), read_only=True) as warehouse:
            counts = warehouse.sql(
                "select (select count(*) from marts.fct_transactions),"
                " (select count(*) from features.feat_transactions_history)"
            ).fetchone()
        assert counts == (delivered, delivered)

        # Compacted, and what was replaced removed: a warehouse from nothing has the same rows, and
        # goes on.
        assert compact_everything(lake) > 0
        assert remove_unused(lake) > 0
        (tmp_path / "sentinel.duckdb").unlink()
        stream("simulate", "--rate", "300", "--count", "100")
        stream("run", "--until-idle", "2", "--no-report")
        entries = list(Ledger(lake).entries("transactions"))
        assert sum(entry.produced_row_count for entry in entries) == COUNT + 100
        with duckdb.connect(str(tmp_path / "sentinel.duckdb"), read_only=True) as warehouse:
            counts = warehouse.sql(
                "select (select count(*) from marts.fct_transactions),"
                " (select count(*) from features.feat_transactions_history),"
                " (select count(*) from lake.compactions where dataset = 'transactions')"
            ).fetchone()
        delivered = sum(entry.delivered_row_count for entry in entries)
        assert counts == (delivered, delivered, 1)
