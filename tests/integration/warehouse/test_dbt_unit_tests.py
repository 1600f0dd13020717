"""The dbt unit tests, run in one invocation and reported one by one.

They stand beside the models, in `_<layer>__unit_tests.yml`. Production builds leave them out.
"""

from typing import Any

import pytest
import yaml

from sentinel.settings import REPOSITORY_ROOT
from tests.support.seeds import seed
from tests.support.warehouse import Warehouse, manifest, results

pytestmark = pytest.mark.xdist_group("warehouse")

MODELS = REPOSITORY_ROOT / "dbt_project/models"
UNIT_TESTS = sorted(
    f"{test['model']}.{test['name']}"
    for path in MODELS.glob("*/_*__unit_tests.yml")
    for test in yaml.safe_load(path.read_text())["unit_tests"]
)
# Nothing but a selection of columns.
WITHOUT = {"stg_lake__batches"}


@pytest.fixture(scope="module")
def outcomes(
    empty_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Result of each unit test by model and name."""
    warehouse = empty_warehouse.copied_to(tmp_path_factory.mktemp("unit_tests") / "home")
    done = warehouse.dbt("test", "--select", "test_type:unit", check=False)
    return {
        each.node.unique_id.removeprefix("unit_test.sentinel."): each
        for each in results(done, "unit_test")
    }


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_a_dbt_unit_test_passes(outcomes: dict[str, Any], name: str) -> None:
    assert outcomes[name].status == "pass", outcomes[name].message


def test_no_unit_test_is_left_out(outcomes: dict[str, Any]) -> None:
    assert sorted(outcomes) == UNIT_TESTS


def test_every_model_has_a_unit_test() -> None:
    models = {
        node.name
        for node in manifest().nodes.values()
        if node.resource_type == "model" and node.package_name == "sentinel"
    }
    assert models - {name.split(".")[0] for name in UNIT_TESTS} == WITHOUT


def test_every_fraud_rule_has_a_unit_test() -> None:
    tested = {name.split(".")[1] for name in UNIT_TESTS}
    assert {f"rule_{rule['rule_id']}" for rule in seed("fraud_rules")} <= tested
