"""What every model declares, against what was built.

Belongs here: grain, owner, key tests, descriptions, classifications, contracts, and names against
the types that columns really have. Names by themselves are in tests/unit/documentation.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sentinel.settings import REPOSITORY_ROOT
from tests.support.seeds import seed
from tests.support.warehouse import Warehouse, manifest

pytestmark = pytest.mark.xdist_group("warehouse")

LAYERS = ("staging", "intermediate", "features", "marts", "ops")
CLASSIFICATIONS = {"internal", "confidential", "pseudonymous"}
# Each column whose name fits must have the type, and only such columns may have it.
BOTH_WAYS = {
    r".*_at|(valid|known)_(from|until|to)": "timestamp",
    r".*_date|date_day": "date",
    r"(is|has)_.*": "boolean",
}
ONE_WAY = {
    r"(.*_)?amount": r"decimal\(18,2\)",
    r".*_(count|rank)(_\d+[dh])?(_delay_\d+d)?": "bigint|integer|hugeint",
    r".*_(rate|share|precision|recall|mean|stddev|ratio)(_\d+[dh])?(_delay_\d+d)?": "double",
    r".*_(km|per_hour)(_\d+[dh])?|(.*_)?(latitude|longitude)": "double",
    r".*_(id|token|code|currency)": "varchar",
}
SHARES = (
    r".*_(rate|share|precision|recall|precision_at_capacity)(_\d+d)?(_delay_\d+d)?|quality_score"
)
# What a rule observes stands under the rule's own name, which says nothing about a type.
RULES = {rule["rule_id"] for rule in seed("fraud_rules")}
ORDER = ("text", "number", "boolean", "date", "timestamp", "metadata")

Columns = dict[str, dict[str, str]]


def models() -> list[Any]:
    """The project's own models."""
    return [
        node
        for node in manifest().nodes.values()
        if node.resource_type == "model" and node.package_name == "sentinel"
    ]


def key_columns(node: Any) -> set[str]:
    """Columns that a test on the model says are its key; empty if none does."""
    tested: dict[str, set[str]] = {}
    for test in manifest().nodes.values():
        if test.resource_type == "test" and test.attached_node == node.unique_id:
            name, arguments = test.test_metadata.name, test.test_metadata.kwargs
            if name == "unique_combination_of_columns":
                return set(arguments["combination_of_columns"])
            tested.setdefault(name, set()).add(test.column_name)
    return tested.get("unique", set()) & tested.get("not_null", set())


def not_null_columns(node: Any) -> set[str]:
    """Columns that a test on the model says are never null."""
    return {
        test.column_name
        for test in manifest().nodes.values()
        if test.resource_type == "test"
        and test.attached_node == node.unique_id
        and test.test_metadata.name == "not_null"
    }


@pytest.fixture(scope="module")
def built(golden_warehouse: Warehouse) -> Columns:
    """Type of each column of each built model, in order."""
    found: Columns = {}
    for schema, model, column, data_type in golden_warehouse.query(
        "select table_schema, table_name, column_name, lower(data_type)"
        f" from information_schema.columns where table_schema in {LAYERS}"
        " order by table_schema, table_name, ordinal_position"
    ):
        found.setdefault(f"{schema}.{model}", {})[column] = data_type
    return found


def test_every_model_was_built_in_the_schema_of_its_folder(built: Columns) -> None:
    assert {f"{node.path.split('/')[0]}.{node.name}" for node in models()} == set(built)


def test_every_description_begins_with_the_grain() -> None:
    assert not [node.name for node in models() if not re.match(r"One [a-z]+", node.description)]


def test_every_model_has_a_group_with_an_owner() -> None:
    owners = {group.name: group.owner for group in manifest().groups.values()}
    assert not [
        node.name
        for node in models()
        if node.group != node.path.split("/")[0] or "@" not in (owners[node.group].email or "")
    ]


def test_every_key_is_tested() -> None:
    keys = {node.name: key_columns(node) for node in models()}
    assert not [name for name, key in keys.items() if not key]
    nullable = {node.name: keys[node.name] - not_null_columns(node) for node in models()}
    assert not {name: columns for name, columns in nullable.items() if columns}


def test_every_column_is_described_and_classified_and_no_other(built: Columns) -> None:
    wrong = []
    for node in models():
        columns = built[f"{node.schema}.{node.name}"]
        wrong += [f"{node.name}.{name}: not declared" for name in columns.keys() - node.columns]
        wrong += [f"{node.name}.{name}: not there" for name in node.columns.keys() - columns]
        for column in node.columns.values():
            if not column.description.strip():
                wrong.append(f"{node.name}.{column.name}: no description")
            if column.config.meta.get("classification") not in CLASSIFICATIONS:
                wrong.append(f"{node.name}.{column.name}: no classification")
    assert not wrong


def test_one_column_has_one_classification() -> None:
    found: dict[str, set[str]] = {}
    for node in models():
        for column in node.columns.values():
            found.setdefault(column.name, set()).add(column.config.meta["classification"])
    assert not {name: kinds for name, kinds in found.items() if len(kinds) > 1}


def test_every_mart_is_public_under_an_enforced_contract() -> None:
    marts = [node for node in models() if node.group == "marts"]
    assert marts
    assert not [
        node.name
        for node in models()
        if (node.config.access == "public") != (node in marts)
        or (node in marts and not node.contract.enforced)
    ]
    assert not [
        f"{node.name}.{column.name}"
        for node in marts
        for column in node.columns.values()
        if not column.data_type
    ]


def type_faults(columns: dict[str, str]) -> Iterator[str]:
    """Columns whose type is not what their name says."""
    for name, data_type in columns.items():
        wrong = [
            bool(re.fullmatch(pattern, name)) != (data_type == wanted)
            for pattern, wanted in BOTH_WAYS.items()
        ] + [
            bool(re.fullmatch(pattern, name)) and not re.fullmatch(wanted, data_type)
            for pattern, wanted in ONE_WAY.items()
        ]
        if any(wrong) and name not in RULES:
            yield f"{name} is {data_type}"


def test_every_column_has_the_type_that_its_name_says(built: Columns) -> None:
    assert not {model: faults for model, c in built.items() if (faults := list(type_faults(c)))}


@pytest.mark.parametrize(
    ("name", "data_type"),
    [
        ("reported_at", "date"),
        ("arrival", "timestamp"),
        ("kpi_date", "timestamp"),
        ("fraudulent", "boolean"),
        ("is_fraud", "bigint"),
        ("lost_amount", "double"),
        ("alert_count_30d", "double"),
        ("fraud_rate_7d_delay_7d", "decimal(18,3)"),
        ("customer_id", "bigint"),
    ],
)
def test_a_misnamed_column_is_found(name: str, data_type: str) -> None:
    assert list(type_faults({name: data_type})) == [f"{name} is {data_type}"]


def test_columns_stand_in_order(built: Columns) -> None:
    kinds = {
        model: [_kind(name, data_type) for name, data_type in columns.items()]
        for model, columns in built.items()
    }
    assert not {m: found for m, found in kinds.items() if found != sorted(found, key=ORDER.index)}


def _kind(name: str, data_type: str) -> str:
    if name.startswith("_"):
        return "metadata"
    if data_type == "varchar":
        return "text"
    return data_type if data_type in ORDER else "number"


def test_every_share_lies_between_nought_and_one(
    golden_warehouse: Warehouse, built: Columns
) -> None:
    shares = [
        (model, name)
        for model, columns in built.items()
        for name in columns
        if re.fullmatch(SHARES, name) and name not in RULES
    ]
    assert len(shares) > 10
    wrong = [
        (model, name)
        for model, name in shares
        if golden_warehouse.query(f"select 1 from {model} where {name} not between 0 and 1 limit 1")
    ]
    assert not wrong


def unexplained_warnings(text: str) -> list[int]:
    """Lines that lower a test's severity without a comment on it or right above."""
    lines = text.splitlines()
    return [
        number
        for number, line in enumerate(lines, 1)
        if re.search(r"severity:\s*['\"]?warn|\b(warn|error)_if:", line)
        and "#" not in line
        and not lines[number - 2].strip().startswith("#")
    ]


def test_every_warning_says_why_it_is_none_the_worse() -> None:
    files = [
        path
        for folder in ("dbt_project", "seeds", "snapshots")
        for path in (REPOSITORY_ROOT / folder).rglob("*.yml")
    ] + [REPOSITORY_ROOT / "dbt_project.yml"]
    assert not {
        str(path.relative_to(REPOSITORY_ROOT)): lines
        for path in files
        if (lines := unexplained_warnings(path.read_text()))
    }


def test_an_unexplained_warning_is_found() -> None:
    assert unexplained_warnings("config: {severity: warn}") == [1]
    assert unexplained_warnings("a: 1\n# a reason\nconfig:\n  severity: warn") == [4]
    assert not unexplained_warnings("config:\n  # a reason\n  severity: warn\n  severity: error")
