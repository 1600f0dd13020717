"""Other places than folders: a lake on S3, and files behind an fsspec URL."""

import json

import boto3
import fsspec
import pytest
import shop
from landed import check_accounts, content, mapping_of, settings_in
from moto.server import ThreadedMotoServer

from batch_ingest import land
from sentinel.lake import Lake
from sentinel.ledger import Ledger
from sentinel.settings import Settings

BUCKET = "landing-tests"


@pytest.fixture
def on_s3(tmp_path, monkeypatch):
    """Settings of a lake on S3."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=address).create_bucket(Bucket=BUCKET)
    yield Settings(
        environment="aws_local", home=tmp_path / "home", lake_url=f"s3://{BUCKET}/lake",
        aws_endpoint_url=address,
    )  # fmt: skip
    server.stop()


def test_a_lake_on_s3_gets_the_same_batches_as_a_folder(tmp_path, settings, shop_mapping, on_s3):
    files = {"1.csv": shop.payments(0, 30), "2.jsonl": shop.payments(30, 60)}
    source = str(shop.write(tmp_path / "in", files))
    land(settings, shop_mapping, source)
    report = land(on_s3, shop_mapping, source)

    assert report.of("transactions").delivered_row_count == 60
    assert land(on_s3, shop_mapping, source).batch_count == 0
    lake = Lake(on_s3.lake_location, {"endpoint_url": on_s3.aws_endpoint_url})
    there = {(entry.dataset, entry.batch_id): entry.delivered_row_count
             for entry in Ledger(lake).entries()}  # fmt: skip
    here = {(entry.dataset, entry.batch_id): entry.delivered_row_count
            for entry in Ledger(Lake(settings.lake_location)).entries()}  # fmt: skip
    assert there == here
    check_accounts(settings)


def test_files_behind_a_url_are_the_same_files(tmp_path, settings, shop_mapping):
    source = shop.write(tmp_path / "in", {"1.csv": shop.payments(0, 30)})
    memory = fsspec.filesystem("memory")
    memory.pipe("/shop/payments/1.csv", (source / "payments" / "1.csv").read_bytes())
    other = settings_in(tmp_path / "other")

    land(settings, shop_mapping, str(source))
    land(other, shop_mapping, "memory://shop")

    assert content(other) == content(settings)
    assert land(settings, shop_mapping, "memory://shop").batch_count == 0
    assert json.dumps(mapping_of(tmp_path, shop.MAPPING).model_dump(mode="json"))
