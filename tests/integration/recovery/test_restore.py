"""Restore, rehearsed: the lake from its bucket's versions, the warehouse from a copy of it."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sentinel.cli import application
from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.errors import SettingsError
from sentinel.lake import Lake
from sentinel.ledger import utc_now
from sentinel.restoration import bring_back, lost_since
from sentinel.transform import Arriving, Tokeniser
from tests.support import golden
from tests.support.aws_server import REGION, AwsServer, aws_server
from tests.support.lake_rows import comparable, delivered_rows
from tests.support.warehouse import INCREMENTAL_MODELS, Warehouse

DATASETS = ("transactions", "fraud_labels", "customers", "terminals")
READ_BY_PEOPLE = (
    "marts.fct_fraud_labels", "marts.fct_rule_hits", "marts.fct_fraud_alerts", "marts.alert_queue",
    "marts.rule_performance", "marts.customer_risk", "marts.terminal_risk", "marts.dim_customers",
    "marts.dim_terminals",
)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[AwsServer]:
    with aws_server() as running:
        s3 = running.client("s3")
        where = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket="restored", CreateBucketConfiguration=where)
        s3.put_bucket_versioning(Bucket="restored", VersioningConfiguration={"Status": "Enabled"})
        yield running


@pytest.fixture
def lake(server: AwsServer, request: pytest.FixtureRequest) -> Lake:
    """A lake of the golden deliveries' first run, on a bucket with versions."""
    lake = Lake(f"s3://restored/{request.node.name}", server.options)
    put(lake, golden.runs()[0])
    return lake


def put(lake: Lake, run: int) -> None:
    for each in golden.deliveries(run):
        names = dict.fromkeys(name for row in each.rows for name in row)
        import pyarrow as pa

        records = pa.table({name: [row.get(name) for row in each.rows] for name in names})
        arriving = Arriving(each.batch_id, "test", records, each.received_at)
        deliver(lake, contract(each.dataset), arriving, Tokeniser(b"test key"))


def content(lake: Lake) -> dict[str, bytes]:
    return {path: lake.read(path) for zone in ("raw", "ledger") for path in lake.list(zone)}


def a_second_later() -> None:
    """Versions carry whole seconds."""
    time.sleep(1.1)


def test_what_was_removed_or_written_over_comes_back_and_what_came_since_stays(lake: Lake) -> None:
    before = content(lake)
    a_second_later()
    at = utc_now()
    a_second_later()
    ledger, files = lake.list("ledger"), lake.list("raw")
    lake.delete([ledger[0], *files[:3]])
    lake.put(ledger[1], b"{}")
    put(lake, golden.runs()[1])
    came_since = set(content(lake)) - set(before)
    assert came_since

    lost = lost_since(lake, at)
    assert sorted(each.version.path for each in lost) == sorted([*ledger[:2], *files[:3]])
    assert [each.version.path for each in lost if not each.is_removed] == [ledger[1]]
    bring_back(lake, lost)
    after = content(lake)
    assert {path: after[path] for path in before} == before
    assert set(after) == set(before) | came_since
    assert lost_since(lake, at) == []
    # The ledger and the files that it names agree again, for every reader.
    for dataset in DATASETS:
        delivered_rows(lake, dataset)


def test_the_command_says_first_and_does_then(
    lake: Lake, server: AwsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "SENTINEL_ENVIRONMENT": "aws_local", "SENTINEL_LAKE_URL": lake.location,
        "SENTINEL_AWS_ENDPOINT_URL": server.address, "SENTINEL_HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    rows = comparable(delivered_rows(lake, "transactions"))
    a_second_later()
    at = f"{utc_now():%Y-%m-%dT%H:%M:%S}"
    a_second_later()
    lake.delete(lake.list("ledger/transactions"))
    assert delivered_rows(lake, "transactions") == []

    def restore(*options: str) -> str:
        done = CliRunner().invoke(application("restore"), ["restore", "--at", at, *options])
        assert done.exit_code == 0, done.output
        return done.output

    assert "Would be brought back" in restore("--dry-run")
    assert delivered_rows(lake, "transactions") == []
    assert "removed" in restore()
    assert comparable(delivered_rows(lake, "transactions")) == rows
    assert "is missing" in restore()


def test_a_folder_keeps_no_versions_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="keeps no versions"):
        lost_since(Lake(str(tmp_path / "lake")), utc_now())


def test_a_warehouse_built_from_a_copy_of_the_lake_has_the_same_rows(
    golden_warehouse: Warehouse, tmp_path: Path
) -> None:
    """All else is lost: the warehouse, the published copy, dbt's and Dagster's state."""
    shutil.copytree(golden_warehouse.home / "lake", tmp_path / "home" / "lake")
    restored = Warehouse(tmp_path / "home")
    restored.dbt("build", "--exclude", "resource_type:unit_test", "resource_type:snapshot")
    models = (*INCREMENTAL_MODELS, *READ_BY_PEOPLE)
    expected, found = golden_warehouse.rows(models), restored.rows(models)
    for model in models:
        assert expected[model], model
        assert sorted(map(repr, found[model])) == sorted(map(repr, expected[model])), model
