"""The Lambda's zip: made twice it is the same, and alone it is enough."""

import hashlib
import json
import platform
import subprocess
import sys
import zipfile

import pytest

from streaming_ingest import lambda_package
from streaming_ingest.lambda_package import MOST_UNZIPPED_BYTES, PackagingError, build
from tests.support.firehose_event import firehose_event

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
CALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
from streaming_ingest.firehose_transform import handler
print(json.dumps(handler(json.loads(sys.stdin.read()), None)))
print(json.dumps(sorted(each.__file__ for each in sys.modules.values()
                        if getattr(each, "__file__", None) and "site-packages" in each.__file__)))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Made for the interpreter that runs the tests."""
    path = tmp_path_factory.mktemp("lambda") / "function.zip"
    size = build(path, python=HERE, architecture=platform.machine())
    assert size < MOST_UNZIPPED_BYTES
    return path


def test_unpacked_it_answers_in_an_interpreter_that_has_nothing_else(package, tmp_path):
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "function")
    good = {
        "transaction_id": "t-1", "transaction_at": "2026-05-31T10:00:00Z", "customer_id": "c-1",
        "terminal_id": "m-1", "amount": "12.50", "card_number": "4111111111111111",
        "ip_address": "192.0.2.7", "unheard_of": [1],
    }  # fmt: skip
    contents = [good, good | {"amount": "x"}, good | {"transaction_at": 1780221600000}]
    event = firehose_event(*(json.dumps(one).encode() for one in contents), b"{", b"")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CALL, str(tmp_path / "function")],
        input=json.dumps(event), capture_output=True, text=True, check=False,
        env={"SENTINEL_ENVIRONMENT": "prod", "SENTINEL_TOKEN_KEY": "k"}, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *_, answered, elsewhere = done.stdout.splitlines()
    answers = json.loads(answered)["records"]
    zones = [one.get("metadata", {}).get("partitionKeys", {}).get("zone") for one in answers]
    assert zones == ["raw", "quarantine", "raw", "quarantine", None]
    assert json.loads(elsewhere) == [], "it used packages that are not in the zip"


def test_the_same_sources_give_the_same_bytes(package, tmp_path):
    again = tmp_path / "again.zip"
    build(again, python=HERE, architecture=platform.machine())
    assert (
        hashlib.sha256(package.read_bytes()).digest() == hashlib.sha256(again.read_bytes()).digest()
    )
    assert [path.name for path in tmp_path.iterdir()] == ["again.zip"]


def test_it_holds_what_the_function_needs_and_no_more(package):
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    ours = [name for name in names if name.startswith(("sentinel/", "streaming_ingest/"))]
    assert "sentinel/contracts/transactions.yml" in ours
    for unwanted in ("delivery", "synthetic", "producers", "kinesis", "__pycache__"):
        assert not [name for name in ours if unwanted in name]
    packages = {name.split("/")[0] for name in names}
    assert not packages & {"numpy", "pandas", "boto3", "dagster", "dbt", "bin"}


def test_a_function_that_is_too_large_for_lambda_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setattr(lambda_package, "MOST_UNZIPPED_BYTES", 10 * 2**20)
    with pytest.raises(PackagingError, match=r"MiB unzipped, Lambda takes 10"):
        build(tmp_path / "function.zip", python=HERE, architecture=platform.machine())
    assert not list(tmp_path.iterdir())


def test_wheels_that_lambdas_runtime_cannot_load_are_refused(tmp_path):
    with pytest.raises(PackagingError, match=r"cannot be installed for Python 2\.7"):
        build(tmp_path / "function.zip", python="2.7")
