"""Micro-batches on Redshift: what has landed is registered by whoever is about to build, and a
catalogue that does not answer costs time and nothing else.
"""

import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from dagster_defs.assets import warehouse as warehouse_assets
from sentinel.settings import Settings
from sentinel.variables import environment_variables
from streaming_ingest.micro_batch import MicroBatchError, MicroBatches
from tests.redshift_standin.server import RedshiftStandin
from tests.support.aws_server import REGION, AwsServer
from tests.support.redshift_warehouse import RedshiftWarehouse

pytestmark = pytest.mark.xdist_group("redshift")

AT = datetime(2026, 3, 1, 12)
_NUMBERS = itertools.count()


@pytest.fixture
def warehouse(aws: AwsServer, standin: RedshiftStandin, tmp_path: Path) -> RedshiftWarehouse:
    return RedshiftWarehouse(tmp_path, aws, standin, f"near-real-time-{next(_NUMBERS)}")


@pytest.fixture
def settings(
    aws: AwsServer, standin: RedshiftStandin, warehouse: RedshiftWarehouse, tmp_path: Path
) -> Iterator[Settings]:
    """Production's, on the two servers."""
    with production(aws, standin, warehouse, tmp_path):
        yield Settings.load()


def production(
    aws: AwsServer, standin: RedshiftStandin, warehouse: RedshiftWarehouse, home: Path
) -> AbstractContextManager[None]:
    return environment_variables({
        **standin.environment("prod"), "SENTINEL_ENVIRONMENT": "prod", "SENTINEL_TOKEN_KEY": "key",
        "SENTINEL_HOME": str(home), "SENTINEL_LAKE_URL": warehouse.lake.location,
        "SENTINEL_CATALOGUE": warehouse.name, "SENTINEL_AWS_ENDPOINT_URL": aws.address,
        "SENTINEL_SAMPLE": "false", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    })  # fmt: skip


def deliver(warehouse: RedshiftWarehouse, batch: str, count: int) -> None:
    rows = [
        {
            "transaction_id": f"{batch}-{n}", "transaction_at": AT + timedelta(minutes=n),
            "customer_id": f"c{n % 3}", "terminal_id": f"t{n % 2}", "amount": 10 + n,
        }
        for n in range(count)
    ]  # fmt: skip
    done = warehouse.deliver("transactions", batch, rows)
    assert done.outcome == "committed"


def row_counts(warehouse: RedshiftWarehouse) -> set[int]:
    tables = ("marts.fct_transactions", "features.feat_transactions", "marts.fct_fraud_alerts")
    facts, features, _ = (
        warehouse.query(f"select count(*) from {table}")[0][0] for table in tables
    )
    return {facts, features}


def test_each_micro_batch_takes_what_has_landed(
    settings: Settings, warehouse: RedshiftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(warehouse, "first", 5)
    builder = MicroBatches(settings)
    builder.prepare()
    assert row_counts(warehouse) == {5}
    deliver(warehouse, "second", 7)
    builder.build()
    assert row_counts(warehouse) == {12}
    deliver(warehouse, "third", 1)
    unreachable = settings.model_copy(update={"aws_endpoint_url": "http://127.0.0.1:9"})
    with monkeypatch.context() as down:
        down.setattr(builder, "_settings", unreachable)
        with pytest.raises(MicroBatchError, match=r"could not be registered: .*try it again"):
            builder.build()
    assert row_counts(warehouse) == {12}
    builder.build()
    assert row_counts(warehouse) == {13}


def test_dagster_registers_before_dbt_builds(
    settings: Settings, warehouse: RedshiftWarehouse, aws: AwsServer
) -> None:
    deliver(warehouse, "first", 3)
    seen = []

    class Dbt:
        """Looks at the catalogue when dbt would."""

        def cli(self, arguments: list[str], **_: object) -> SimpleNamespace:
            found = aws.client("glue").get_partitions(
                DatabaseName=f"{warehouse.name}_raw", TableName="transactions"
            )
            seen.extend(each["Values"] for each in found["Partitions"])
            return SimpleNamespace(stream=lambda: iter(()), get_error=lambda: None)

    environment = SimpleNamespace(settings=settings, variables={})
    with dg.build_asset_context() as context:
        assert list(warehouse_assets._build(environment, context, Dbt())) == []
    assert seen == [[f"{AT:%Y-%m-%d}"]]
