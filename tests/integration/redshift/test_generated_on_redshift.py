"""One SQL, on rows that nobody chose: late, duplicate and corrected events, ties and reversals."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.properties.histories import MicroBatch, micro_batches
from tests.redshift_standin.server import RedshiftStandin, redshift_standin
from tests.support.aws_server import AwsServer
from tests.support.parity import compared, differing
from tests.support.redshift_warehouse import RedshiftWarehouse
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("redshift")

MODELS = (
    "+int_transactions__rules_observed", "+int_activity_hours__observed", "+fct_transactions",
    "+fraud_kpis_daily", "+customer_risk", "+rule_performance",
)  # fmt: skip
SCHEMAS = ("staging", "intermediate", "features", "marts")
DRAWN = 12
"""The first that are drawn are the simplest."""


@pytest.fixture(scope="module")
def own_standin(aws: AwsServer) -> Iterator[RedshiftStandin]:
    """Another one than that with the golden data set, whose tables have the same names."""
    with redshift_standin(aws.address) as running:
        yield running


def history() -> list[MicroBatch]:
    """The same each time."""
    drawn = []

    @settings(
        max_examples=DRAWN, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), deadline=None,
    )  # fmt: skip
    @given(micro_batches(("everything",)))
    def draw(found: list[MicroBatch]) -> None:
        drawn.append(found)

    draw()
    return drawn[-1]


def test_a_generated_history_gives_the_rows_that_it_gives_on_duckdb(
    empty_warehouse: Warehouse, aws: AwsServer, own_standin: RedshiftStandin, tmp_path: Path
) -> None:
    batches = history()
    rows = [row for each in batches for one in each.deliveries for row in one.rows]
    ids = [row["transaction_id"] for row in rows if "amount" in row]
    assert len(batches) > 2
    assert len(set(ids)) < len(ids), "nothing was delivered twice"

    duckdb = empty_warehouse.copied_to(tmp_path / "duckdb")
    redshift = RedshiftWarehouse(tmp_path / "redshift", aws, own_standin, "generated")
    redshift.register()
    redshift.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    for each in batches:
        for warehouse in (duckdb, redshift):
            for one in each.deliveries:
                warehouse.deliver(one.dataset, one.batch_id, one.rows, one.received_at)
        redshift.register()
        for warehouse in (duckdb, redshift):
            warehouse.dbt("run", "--select", *MODELS)
    found = compared(duckdb, redshift, SCHEMAS)
    assert differing(found) == []
    assert sum(each.left_row_count > 0 for each in found) > 20
