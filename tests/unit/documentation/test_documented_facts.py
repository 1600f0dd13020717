"""What documents state in tables is what the code holds: features, rules, settings, mappings."""

import csv
import re

import pytest
import yaml

from batch_ingest import load_mapping
from batch_ingest import mapping as parts
from sentinel.contracts import contracts
from sentinel.documentation.markdown import blocks, table_rows
from sentinel.settings import REPOSITORY_ROOT, Settings

DOCS = REPOSITORY_ROOT / "docs"


def page(name):
    return (REPOSITORY_ROOT / name).read_text(encoding="utf-8")


def first_cells(text):
    """The code names in the first cells of a page's table rows."""
    found = (re.fullmatch(r"`(\w+)`", row[0]) for row in table_rows(text))
    return [match[1] for match in found if match]


def test_features_md_names_every_feature_and_no_other():
    models = yaml.safe_load(page("dbt_project/models/features/_features__models.yml"))["models"]
    features = {
        column["name"]
        for model in models
        for column in model["columns"]
        if column["name"] not in ("transaction_id", "customer_id", "terminal_id", "transaction_at")
    }
    documented = first_cells(page("docs/features.md"))
    assert sorted(documented) == sorted(features)


def test_features_md_gives_each_window_as_the_name_does():
    rows = [row for row in table_rows(page("docs/features.md")) if row[0].startswith("`")]
    for name, _, window, delay, *_ in rows:
        days = re.search(r"_(\d+)d(?:_delay_(\d+)d)?`$", name)
        if days is None:
            continue
        late = int(days[2] or 0)
        left = f"(t − {int(days[1]) + late}d"  # noqa: RUF001 - the minus that readers see
        assert window.startswith(left), name
        assert delay == (f"{late}d" if late else "–"), name  # noqa: RUF001


def test_rules_md_seed_and_macro_hold_the_same_rules():
    with (REPOSITORY_ROOT / "seeds" / "fraud_rules.csv").open(encoding="utf-8") as file:
        seed = {row["rule_id"]: row for row in csv.DictReader(file)}
    observed = re.findall(r"^\s+'(\w+)':", page("macros/fraud_rules.sql"), re.MULTILINE)
    assert sorted(observed) == sorted(seed)
    documented = {
        row[0].strip("`"): row for row in table_rows(page("docs/rules.md")) if row[0][0] == "`"
    }
    assert sorted(documented) == sorted(seed)
    for rule_id, row in seed.items():
        stated = documented[rule_id][3:]
        assert stated == [row["observed_unit"], row["threshold"], row["weight"]], rule_id


def test_anomalies_md_gives_every_variable_its_value():
    declared = yaml.safe_load(page("dbt_project.yml"))["vars"]
    documented = {row[0].strip("`"): row[1] for row in table_rows(page("docs/anomalies.md"))}
    named = {name: str(value) for name, value in declared.items() if name.startswith("anomaly_")}
    assert len(named) > 5
    assert {name: documented.get(name) for name in named} == named


def test_the_readme_lists_every_setting_and_no_other():
    declared = {f"SENTINEL_{name.upper()}" for name in Settings.model_fields}
    documented = settings_named(page("README.md"))
    assert len(documented) == len(set(documented))
    read_elsewhere = {
        name
        for path in (
            "profiles.yml",
            "batch_ingest/dbt_plugin.py",
            "macros/external/create_external_sources.sql",
            "macros/exchange/import_model.sql",
        )
        for name in re.findall(r"SENTINEL_[A-Z_]+", page(path))
    }
    assert declared <= set(documented)
    assert set(documented) <= declared | read_elsewhere


def settings_named(text):
    """The settings of the table's first cells, where `_NAME` continues the name before it."""
    found = []
    for row in table_rows(text):
        names = re.findall(r"`(\w+)`", row[0])
        if names and names[0].startswith("SENTINEL_"):
            stem = names[0].rpartition("_")[0]
            found += [names[0], *(stem + name for name in names[1:])]
    return found


KINDS = {
    parts.Mapping: "Top level",
    parts.Feed: "A feed",
    parts.ColumnMapping: "A column",
    parts.Cursor: "cursor",
    parts.CsvOptions: "csv",
    parts.Reference: "A reference",
    parts.Request: "request",
    parts.SqlSource: "source",
    parts.RestSource: "source",
    parts.DerivedLabels: "A derived dataset",
    parts.DerivedEntities: "A derived dataset",
}


@pytest.mark.parametrize("part", KINDS, ids=lambda part: part.__name__)
def test_the_mapping_reference_names_every_key(part):
    guide = page("docs/guides/add_a_source.md").partition("## Reference")[2]
    section = re.search(rf"\*\*`?{KINDS[part]}`?\*\*(.*?)(?=\n\*\*|\Z)", guide, re.DOTALL)
    assert section is not None
    keys = {field.alias or name for name, field in part.model_fields.items()}
    assert not {key for key in keys if f"`{key}`" not in section[1]}


def mappings():
    """Every mapping that a page shows whole."""
    for name in ("README.md", "docs/guides/add_a_source.md"):
        for block in blocks(page(name)):
            if block.language == "yaml" and "datasets:" in block.text:
                yield pytest.param(block.text, id=f"{name}-{len(block.text)}")


@pytest.mark.parametrize("text", mappings())
def test_every_mapping_shown_is_valid(text, tmp_path):
    path = tmp_path / "shown.yml"
    path.write_text(text, encoding="utf-8")
    assert load_mapping(path).feeds


def test_the_worked_example_is_the_file_that_the_readme_lands():
    shown = [yaml.safe_load(parameter.values[0]) for parameter in mappings()]
    assert yaml.safe_load(page("docs/examples/payments.yml")) in shown


def test_every_arriving_personal_column_is_named_in_the_guide():
    guide = page("docs/guides/add_a_source.md")
    arriving = {name for one in contracts().values() for name in one.arriving_names}
    assert not {name for name in arriving if f"`{name}`" not in guide}


def test_every_reason_for_quarantine_is_explained():
    guide = page("docs/guides/add_a_source.md")
    sources = [
        *(REPOSITORY_ROOT / "sentinel" / "transform").glob("*.py"),
        *(REPOSITORY_ROOT / "batch_ingest" / "readers").glob("*.py"),
        REPOSITORY_ROOT / "batch_ingest" / "row_landing.py",
    ]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    reasons = set(re.findall(r'yield .*?, "([a-z_]+)", ', code))
    reasons |= set(
        re.findall(r'"((?:malformed|invalid|unbalanced|wrong|not_an)_[a-z0-9_]+)"', code)
    )
    reasons |= set(re.findall(r'"(event_[a-z_]+|above_[a-z]+|below_[a-z]+)", ', code))
    assert len(reasons) > 10
    assert not {reason for reason in reasons if f"`{reason}`" not in guide}
