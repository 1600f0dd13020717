"""docs/naming.md and the project agree: dbt's manifest is walked, name by name."""

import re

import pytest

from sentinel.contracts import contracts
from sentinel.settings import REPOSITORY_ROOT

pytestmark = pytest.mark.xdist_group("documentation")

ENTITIES = (
    "batches|quarantined_records|replayed_records|transactions|fraud_labels|customers|terminals|analyst_decisions"
    "|rule_hits|fraud_alerts|activity_hours|activity_anomalies|fraud_reports|model_scores|dates"
)
DONE = "versioned|deduplicated|enriched|labelled|rules_observed|observed|expected|current"
MODELS = {
    "staging": rf"stg_(raw|lake)__({ENTITIES})",
    "intermediate": rf"int_({ENTITIES})__({DONE})",
    "features": rf"feat_({ENTITIES})(_[a-z]+)*",
    "marts": rf"(dim|fct)_({ENTITIES})|[a-z]+(_[a-z]+)+",
    "ops": r"[a-z]+(_[a-z]+)+",
    "reference": r"[a-z]+(_[a-z]+)+",
    "snapshots": rf"snap_({ENTITIES})",
}
TYPES = {
    r".*_at|valid_(from|to)|known_(from|until)": "timestamp",
    r".*_date|date_day": "date",
    r"(is|has)_.*": "boolean",
    r"(.*_)?amount": r"decimal\(18,2\)",
    r".*_count(_\d+[dh])?(_delay_\d+d)?": "bigint|integer",
    r".*_(rate|share|precision|recall)(_\d+d)?(_delay_\d+d)?": "double( precision)?",
    r".*_rank": "bigint|integer",
    r".*_(id|token|code)": r"varchar(\(\d+\))?|string",
}
ORDER = ("id", "text", "number", "boolean", "date", "timestamp", "metadata")


@pytest.fixture(scope="module")
def nodes(manifest):
    return [
        node
        for node in manifest["nodes"].values()
        if node["package_name"] == "sentinel"
        and node["resource_type"] in ("model", "seed", "snapshot")
    ]


def named(nodes, *schemas):
    return [node for node in nodes if node["config"]["schema"] in schemas]


def test_every_model_is_named_as_its_folder_demands(nodes):
    wrong = [
        f"{node['config']['schema']}/{node['name']}"
        for node in nodes
        if not re.fullmatch(MODELS[node["config"]["schema"]], node["name"])
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("schema", "name"),
    [("staging", "stg_transactions"), ("intermediate", "int_transactions__enrich"),
     ("features", "transactions_features"), ("marts", "fct_transaction_x1"),
     ("snapshots", "dim_x")],
)  # fmt: skip
def test_the_patterns_refuse_other_names(schema, name):
    assert not re.fullmatch(MODELS[schema], name)


def test_schema_folder_and_group_are_one(nodes):
    wrong = [
        node["unique_id"]
        for node in nodes
        if node["config"]["schema"] != node["group"]
        or (
            node["resource_type"] == "model"
            and node["original_file_path"].split("/")[2] != node["group"]
        )
    ]
    assert not wrong


def test_declared_types_fit_the_columns_names(nodes):
    declared = [
        (node["name"], name, column["data_type"].lower())
        for node in nodes
        for name, column in node["columns"].items()
        if column.get("data_type")
    ]
    declared += [
        (one.dataset, column.name, column.sql_type)
        for one in contracts().values()
        for column in one.columns
    ]
    assert len(declared) > 100
    wrong = [
        (model, column, kind)
        for model, column, kind in declared
        for pattern, wanted in TYPES.items()
        if re.fullmatch(pattern, column) and not re.fullmatch(wanted, kind)
    ]
    assert not wrong


def test_columns_stand_in_the_order_of_the_document(nodes):
    wrong = []
    for node in named(nodes, "marts"):
        kinds = [kind_of(name, column["data_type"]) for name, column in node["columns"].items()]
        if sorted(kinds, key=ORDER.index) != kinds:
            wrong.append((node["name"], list(zip(node["columns"], kinds, strict=True))))
    assert not wrong


def kind_of(name, data_type):
    """Where a column of that name and type stands."""
    if name.startswith("_"):
        return "metadata"
    if data_type == "varchar":
        return "text"
    kinds = {"boolean": "boolean", "date": "date", "timestamp": "timestamp"}
    return kinds.get(data_type, "number")


def test_every_feature_carries_its_window_and_every_label_its_delay(nodes):
    features = [
        name
        for node in named(nodes, "features")
        for name in node["columns"]
        if not name.endswith("_id") and name != "transaction_at"
    ]
    assert len(features) > 25
    statistics = [name for name in features if re.search(r"_(count|mean|max|stddev|rate)_", name)]
    assert not [name for name in statistics if not re.search(r"_\d+[dh](_delay_\d+d)?$", name)]
    assert not [name for name in features if "fraud" in name and "_delay_" not in name]


def test_every_unit_test_is_a_sentence_and_every_yaml_file_is_named_for_its_folder(manifest):
    names = [each["name"] for each in manifest["unit_tests"].values()]
    assert len(names) > 20
    assert not [each for each in names if each.count("_") < 3 and not each.startswith("rule_")]
    models = REPOSITORY_ROOT / "dbt_project" / "models"
    kinds = "models|unit_tests|sources|exposures|semantic_models"
    wrong = [
        str(path.relative_to(models))
        for path in models.glob("*/*.yml")
        if not re.fullmatch(rf"_[a-z_]+__({kinds})", path.stem)
    ]
    assert not wrong


def test_every_macro_stands_in_a_file_of_its_name(manifest):
    own = [each for each in manifest["macros"].values() if each["package_name"] == "sentinel"]
    assert len(own) > 30
    wrong = []
    for macro in own:
        file = macro["original_file_path"].rpartition("/")[2].removesuffix(".sql")
        name = re.sub(r"^(default|duckdb|redshift|spark|postgres)__|^test_", "", macro["name"])
        name = re.sub(r"^materialization_(.+)_[a-z]+$", r"\1", name)
        if name != file and f"{name}(" not in helper_text(macro["original_file_path"]):
            wrong.append((macro["original_file_path"], macro["name"]))
    assert not wrong


def helper_text(path):
    """The file's text: a macro that its own file calls is a step of the file's macro."""
    return (REPOSITORY_ROOT / path).read_text(encoding="utf-8")
