"""A generated history, landed and built once; tests of the model run on it as a user would.

Belongs here: the warehouse, and running commands on it. Does not belong here: assertions.
"""

from collections.abc import Callable
from datetime import date

import pytest
from typer.testing import CliRunner, Result

from batch_ingest import land, load_mapping
from fraud_model.commands import app
from sentinel.settings import Settings
from sentinel.synthetic import SyntheticConfig, write
from sentinel.variables import environment_variables
from tests.support.warehouse import Warehouse

Command = Callable[..., Result]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Sixty days of about 24,000 payments."""
    folder = tmp_path_factory.mktemp("fraud_model")
    config = SyntheticConfig(
        seed=3, customers=200, terminals=300, start=date(2025, 1, 1), days=60, malformed_rate=0.0,
        compromised_terminal_daily_rate=0.001, large_amount_rate=0.004,
    )  # fmt: skip
    write(config, folder / "landing")
    home = folder / "home"
    land(Settings(home=home), load_mapping("synthetic"), str(folder / "landing"))
    warehouse = Warehouse(home)
    warehouse.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    return warehouse


@pytest.fixture(scope="session")
def sentinel_model(built: Warehouse) -> Command:
    """Runs `sentinel model …` on the built warehouse; an expected error is raised."""

    def run(*arguments: str) -> Result:
        with environment_variables({"SENTINEL_HOME": str(built.home), "COLUMNS": "200"}):
            done = CliRunner().invoke(app, list(arguments))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run
