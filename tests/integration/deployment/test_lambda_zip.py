"""The Lambdas' zips: made twice they are the same, and alone each is enough."""

import gzip
import hashlib
import json
import platform
import re
import subprocess
import sys
import zipfile
from fnmatch import fnmatch

import pytest

from deploy import lambda_zip
from deploy.lambda_zip import (
    FIREHOSE,
    MOST_UNZIPPED_BYTES,
    SERVICES,
    UDFS,
    PackagingError,
    build,
)
from streaming_ingest.streams import StreamRecord
from tests.support.aws_server import aws_server
from tests.support.firehose_event import ARRIVED, firehose_event
from tests.support.firehose_place import firehose_place
from tests.support.firehose_service import error_line
from tests.support.lake_rows import delivered_rows, produced_count

TRANSFORM, COMMIT = FIREHOSE.handlers
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
CALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
from importlib import import_module
handler = import_module(sys.argv[2]).handler
print(json.dumps(handler(json.loads(sys.stdin.read()), None)))
print(json.dumps(sorted(each.__file__ for each in sys.modules.values()
                        if getattr(each, "__file__", None) and "site-packages" in each.__file__)))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Made for the interpreter that runs the tests."""
    path = tmp_path_factory.mktemp("lambda") / "function.zip"
    size = build(FIREHOSE, path, python=HERE, architecture=platform.machine())
    assert size < MOST_UNZIPPED_BYTES
    return path


@pytest.fixture(scope="module")
def unpacked(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("function")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    return folder


def called(unpacked, handler: str, event: dict, environment: dict[str, str]) -> dict:
    """What a handler answers in an interpreter that has nothing but the zip."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CALL, str(unpacked), handler.rpartition(".")[0]],
        input=json.dumps(event), capture_output=True, text=True, check=False, env=environment,
        cwd=unpacked,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *_, answer, elsewhere = done.stdout.splitlines()
    assert json.loads(elsewhere) == [], "it used packages that are not in the zip"
    return json.loads(answer)


def test_the_transform_answers_in_an_interpreter_that_has_nothing_else(unpacked):
    good = {
        "transaction_id": "t-1", "transaction_at": "2026-05-31T10:00:00Z", "customer_id": "c-1",
        "terminal_id": "m-1", "amount": "12.50", "card_number": "4111111111111111",
        "ip_address": "192.0.2.7", "unheard_of": [1],
    }  # fmt: skip
    contents = [good, good | {"amount": "x"}, good | {"transaction_at": 1780221600000}]
    event = firehose_event(*(json.dumps(one).encode() for one in contents), b"{", b"")
    environment = {"SENTINEL_ENVIRONMENT": "prod", "SENTINEL_TOKEN_KEY": "k"}
    answers = called(unpacked, TRANSFORM, event, environment)["records"]
    zones = [one.get("metadata", {}).get("partitionKeys", {}).get("zone") for one in answers]
    assert zones == ["raw", "quarantine", "raw", "quarantine", None]


def test_the_committer_commits_in_an_interpreter_that_has_nothing_else(unpacked):
    good = {
        "transaction_id": "t-1", "transaction_at": "2026-05-31 10:00:00", "customer_id": "c-1",
        "terminal_id": "m-1", "amount": "12.50", "_source": "stream:s", "_schema_version": 1,
        "_ingested_at": "2026-06-01 12:00:00", "_batch_id": "firehose-1", "_position": 0,
    }  # fmt: skip
    original = {name: value for name, value in good.items() if name[0] != "_"}
    kept = StreamRecord(json.dumps(original).encode(), "0", ARRIVED)
    with aws_server() as server:
        place = firehose_place(server)
        place.put(
            "firehose/raw/transactions/event_date=2026-05-31/x.gz",
            gzip.compress(json.dumps(good).encode() + b"\n{broken\n"),
        )
        place.put("firehose-errors/transactions/processing-failed/x", error_line(kept))
        messages = place.received()
        event = {
            "Records": [{"messageId": one["MessageId"], "body": one["Body"]} for one in messages]
        }
        assert len(messages) >= 2
        answer = called(unpacked, COMMIT, event, place.environment)
        assert answer == {"batchItemFailures": []}
        rows = delivered_rows(place.lake(), "transactions")
        assert [row["transaction_id"] for row in rows] == ["t-1", "t-1"]
        assert produced_count(place.lake(), "transactions") == 3


def test_the_functions_of_redshift_answer_in_an_interpreter_that_has_nothing_else(tmp_path):
    size = build(UDFS, tmp_path / "udfs.zip", python=HERE, architecture=platform.machine())
    assert size < MOST_UNZIPPED_BYTES
    with zipfile.ZipFile(tmp_path / "udfs.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    environment = {"SENTINEL_ENVIRONMENT": "prod", "SENTINEL_TOKEN_KEY": "k"}

    def answered(function: str, *rows: list) -> list:
        event = {"external_function": function, "num_records": len(rows), "arguments": rows}
        said = json.loads(called(tmp_path / "unpacked", UDFS.handlers[0], event, environment))
        assert said["success"], said
        return said["results"]

    assert answered("passes_luhn", ["4111 1111 1111 1111"], ["4111"], [None]) == [True, False, None]
    assert answered("prod.network_prefix", ["192.0.2.7"]) == ["192.0.2.0/24"]
    assert answered("name_similarity", ["Zoë", "zoe"], ["a", None]) == [1.0, None]


def test_the_same_sources_give_the_same_bytes(package, tmp_path):
    again = tmp_path / "again.zip"
    build(FIREHOSE, again, python=HERE, architecture=platform.machine())
    assert (
        hashlib.sha256(package.read_bytes()).digest() == hashlib.sha256(again.read_bytes()).digest()
    )
    assert [path.name for path in tmp_path.iterdir()] == ["again.zip"]


def test_it_holds_what_the_function_needs_and_no_more(package):
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    ours = [name for name in names if name.startswith(("sentinel/", "streaming_ingest/"))]
    assert "sentinel/contracts/transactions.yml" in ours
    wanted = {name for pattern in FIREHOSE.modules for name in ours if fnmatch(name, pattern)}
    assert wanted == set(ours)
    for unwanted in ("commands", "synthetic", "producers", "kinesis", "__pycache__"):
        assert not [name for name in ours if unwanted in name]
    packages = {name.split("/")[0] for name in names}
    assert not packages & {"numpy", "pandas", "dagster", "dbt", "typer", "bin"}
    described = {name.split("/")[2] for name in names if re.match("botocore/data/[^/]+/", name)}
    assert described == set(SERVICES)


def test_a_function_that_is_too_large_for_lambda_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setattr(lambda_zip, "MOST_UNZIPPED_BYTES", 10 * 2**20)
    with pytest.raises(PackagingError, match=r"MiB unzipped, Lambda takes 10"):
        build(FIREHOSE, tmp_path / "function.zip", python=HERE, architecture=platform.machine())
    assert not list(tmp_path.iterdir())


def test_wheels_that_lambdas_runtime_cannot_load_are_refused(tmp_path):
    with pytest.raises(PackagingError, match=r"cannot be installed for Python 2\.7"):
        build(FIREHOSE, tmp_path / "function.zip", python="2.7")
