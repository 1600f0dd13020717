"""The catalogue leads to exactly the live files, before and after compactions."""

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from sentinel.catalogue import Registered, catalogue_tables, register
from sentinel.catalogue.register import CatalogueError
from sentinel.commands.catalogue import app
from sentinel.compaction import Limits
from sentinel.contracts import contracts
from sentinel.lake import Lake
from sentinel.ledger import Ledger
from sentinel.live_files import LiveFiles
from sentinel.maintenance import maintain
from tests.support.aws_server import REGION, AwsServer
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("redshift")


class Registering:
    """A lake on S3 and its catalogue."""

    def __init__(self, home: Path, aws: AwsServer, name: str) -> None:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.name, self.glue = name, aws.client("glue")
        self.warehouse = Warehouse(home)
        self.lake = self.warehouse.lake = Lake(f"s3://{name}/lake", aws.options)

    def deliver(self, batch_id: str, *days: int) -> None:
        """One transaction a day, as one batch."""
        rows = [
            {
                "transaction_id": f"{batch_id}-{day}", "transaction_at": datetime(2024, 3, day),
                "customer_id": "c", "terminal_id": "t", "amount": 1,
            }
            for day in days
        ]  # fmt: skip
        done = self.warehouse.deliver("transactions", batch_id, rows)
        assert done.outcome == "committed"

    def register(self) -> Registered:
        return register(self.lake, self.glue, self.name)

    def partitions(self) -> dict[str, set[str]]:
        """Date to the files that its partition leads to, as an engine finds them."""
        found = self.glue.get_partitions(DatabaseName=f"{self.name}_raw", TableName="transactions")
        return {
            each["Values"][0]: self._listed(each["StorageDescriptor"]["Location"])
            for each in found["Partitions"]
        }

    def registered_batches(self) -> set[str]:
        """Batch ids in what engines read as the ledger."""
        table = self.glue.get_table(DatabaseName=f"{self.name}_lake", Name="ledger")["Table"]
        folder = self._path(table["StorageDescriptor"]["Location"])
        contents = (self.lake.read(path) for path in self.lake.list(folder, ".parquet"))
        return {
            row["batch_id"]
            for content in contents
            for row in pq.read_table(io.BytesIO(content)).to_pylist()
        }

    def live(self) -> dict[str, set[str]]:
        """Date to the live files, as the ledger and the compactions say."""
        found: dict[str, set[str]] = {}
        entries = Ledger(self.lake).entries("transactions")
        for file in LiveFiles(self.lake, "transactions").of(entries):
            found.setdefault(str(file.event_date), set()).add(self.lake.url(file.path))
        return found

    def _listed(self, location: str) -> set[str]:
        (path,) = self.lake.list(self._path(location))
        return set(self.lake.read(path).decode().splitlines())

    def _path(self, location: str) -> str:
        return location.removeprefix(f"{self.lake.location}/").rstrip("/")


@pytest.fixture
def registering(
    aws: AwsServer, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Registering]:
    yield Registering(tmp_path, aws, request.node.name.replace("_", "-")[:60].rstrip("-"))


def test_tables_are_those_of_the_contracts(registering: Registering) -> None:
    registering.register()
    found: dict[str, list[dict[str, Any]]] = {
        schema: registering.glue.get_tables(DatabaseName=f"{registering.name}_{schema}")[
            "TableList"
        ]
        for schema in ("raw", "lake")
    }
    assert {each["Name"] for each in found["raw"]} == set(contracts())
    assert {each["Name"] for each in found["lake"]} == {"ledger", "quarantine", "replayed"}
    assert len(catalogue_tables()) == sum(map(len, found.values()))
    (transactions,) = [each for each in found["raw"] if each["Name"] == "transactions"]
    types = {each["Name"]: each["Type"] for each in transactions["StorageDescriptor"]["Columns"]}
    assert (types["transaction_id"], types["amount"]) == ("string", "decimal(18,2)")
    assert transactions["PartitionKeys"] == [{"Name": "event_date", "Type": "date"}]


def test_partitions_grow_as_the_ledger_does(registering: Registering) -> None:
    registering.deliver("b1", 1, 2)
    assert registering.register() == Registered(1, 2)
    assert registering.partitions() == registering.live()
    registering.deliver("b2", 2, 3)
    assert registering.register() == Registered(1, 2)
    assert registering.partitions() == registering.live()
    assert registering.registered_batches() == {"b1", "b2"}
    assert registering.register() == Registered(0, 0)


def test_a_file_that_nobody_committed_is_not_led_to(registering: Registering) -> None:
    registering.deliver("b1", 1)
    registering.lake.put("raw/transactions/event_date=2024-03-01/left-over.parquet", b"PAR1")
    registering.register()
    (files,) = registering.partitions().values()
    assert not any("left-over" in each for each in files)
    assert len(files) == 1


def test_after_a_compaction_the_new_file_is_led_to_alone(registering: Registering) -> None:
    for number in range(5):
        registering.deliver(f"b{number}", 1, 2)
    registering.register()
    before = registering.partitions()
    maintain(registering.lake, ["transactions"], Limits(), 7, False, False)
    assert registering.register() == Registered(0, 2)
    after = registering.partitions()
    assert after == registering.live()
    assert all(len(after[day]) == 1 and not after[day] & before[day] for day in before)
    registering.deliver("late", 1)
    registering.register()
    assert registering.partitions() == registering.live()
    assert len(registering.partitions()["2024-03-01"]) == 2


def test_a_batch_is_in_the_ledger_only_once_its_files_are_led_to(
    registering: Registering, monkeypatch: pytest.MonkeyPatch
) -> None:
    registering.deliver("b1", 1)
    registering.register()
    registering.deliver("b2", 1)

    def refused(**_: Any) -> None:
        raise ConnectionError("cut")

    with monkeypatch.context() as patch:
        patch.setattr(registering.glue, "batch_update_partition", refused)
        with pytest.raises(ConnectionError):
            registering.register()
    assert registering.registered_batches() == {"b1"}
    registering.register()
    assert registering.registered_batches() == {"b1", "b2"}
    assert registering.partitions() == registering.live()


def test_the_command_registers_the_lake_of_the_settings(
    registering: Registering, aws: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    registering.deliver("b1", 1)
    for name, value in {
        "SENTINEL_ENVIRONMENT": "aws_local",
        "SENTINEL_LAKE_URL": registering.lake.location,
        "SENTINEL_AWS_ENDPOINT_URL": aws.address,
        "SENTINEL_CATALOGUE": registering.name,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, ["register"])
    assert done.exit_code == 0, done.output
    assert "1 batches registered; 1 partitions" in done.output
    assert registering.partitions() == registering.live()


def test_a_lake_in_a_folder_is_refused(tmp_path: Path, aws: AwsServer) -> None:
    with pytest.raises(CatalogueError, match="is a folder"):
        register(Lake(str(tmp_path)), aws.client("glue"), "any")
