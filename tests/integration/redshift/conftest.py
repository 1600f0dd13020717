"""What the tests on the stand-in for Redshift share.

Belongs here: the servers, and the golden data set built there once. A test that uses them carries
`@pytest.mark.xdist_group("redshift")`. Does not belong here: assertions.

Everything is made for one module: tests of other modules that run between two in the same process
empty the AWS API server, which is the process's.
"""

import itertools
from collections.abc import Iterator

import pytest

from tests.redshift_standin.server import RedshiftStandin, redshift_standin
from tests.support import golden
from tests.support.aws_server import AwsServer, aws_server
from tests.support.fixtures import empty_warehouse, golden_warehouse
from tests.support.redshift_warehouse import RedshiftWarehouse

__all__ = ["empty_warehouse", "golden_warehouse"]

# Buckets and catalogues are the process's too: each has a name of its own.
_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsServer]:
    """S3 and Glue."""
    with aws_server() as server:
        yield server


@pytest.fixture(scope="module")
def standin(aws: AwsServer) -> Iterator[RedshiftStandin]:
    """A stand-in with a user who may be granted rights."""
    with redshift_standin(aws.address, roles=["reporter"]) as running:
        yield running


@pytest.fixture(scope="module")
def golden_redshift(
    aws: AwsServer, standin: RedshiftStandin, tmp_path_factory: pytest.TempPathFactory
) -> RedshiftWarehouse:
    """The golden rows, delivered and taken in the same runs as on DuckDB. Not to be changed."""
    warehouse = RedshiftWarehouse(
        tmp_path_factory.mktemp("redshift"), aws, standin, f"golden{next(_NUMBERS)}"
    )
    # First on an empty lake, as `empty_warehouse` is: then every run is an increment.
    warehouse.register()
    warehouse.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    for run in golden.runs():
        for each in golden.deliveries(run):
            warehouse.deliver(each.dataset, each.batch_id, each.rows, each.received_at)
        warehouse.register()
        warehouse.dbt("run", "--exclude", "ops")
    return warehouse
