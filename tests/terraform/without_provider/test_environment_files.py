"""What environments are made of: one call, settings of the same shape, prices for their sizes."""

import re

import pytest
import yaml

from sentinel import costs
from sentinel.catalogue import catalogue_tables, declared
from sentinel.contracts import contracts
from sentinel.errors import SettingsError
from sentinel.settings import ENVIRONMENTS as DECLARED
from streaming_ingest.endpoints import STREAMED, stream_name
from tests.support.terraform import ENVIRONMENTS, SOURCE

FOLDERS = {name: SOURCE / "environments" / name for name in ENVIRONMENTS}


def shape(value):
    """Names in settings, whatever their values are."""
    return {name: shape(each) for name, each in value.items()} if isinstance(value, dict) else None


def settings(name):
    return yaml.safe_load((FOLDERS[name] / "settings.yml").read_text(encoding="utf-8"))


def test_terraform_has_the_environments_that_sentinel_declares_on_aws():
    on_aws = {str(name) for name, each in DECLARED.items() if each.target == "redshift"}
    assert (
        set(ENVIRONMENTS) == on_aws == {path.name for path in (SOURCE / "environments").iterdir()}
    )


def test_the_roots_differ_by_their_name_alone():
    for file in ("main.tf", "variables.tf", "outputs.tf", ".terraform.lock.hcl"):
        texts = {
            re.sub(rf"\b{name}\b", "NAME", (folder / file).read_text(encoding="utf-8"))
            for name, folder in FOLDERS.items()
        }
        assert len(texts) == 1, file


def test_settings_have_one_shape_but_for_locks():
    shapes = [shape(settings(name)) for name in ENVIRONMENTS]
    for each in shapes:
        each["storage"].pop("lake_lock", None)
        each["observability"].pop("audit_lock", None)
        each["budget"].pop("monthly_usd_by_service")
    assert shapes[0] == shapes[1] == shapes[2]


def test_what_runs_by_itself_is_what_sentinel_declares():
    for name in ENVIRONMENTS:
        assert settings(name)["is_automated"] is DECLARED[name].is_automated


def test_the_catalogue_is_rendered_from_the_contracts():
    assert declared.TABLES_FILE.read_text(encoding="utf-8") == declared.render(), (
        "run `sentinel catalogue render`"
    )


def test_what_is_declared_is_what_registration_makes():
    text = yaml.safe_load(declared.TABLES_FILE.read_text(encoding="utf-8"))
    by_name = {each["name"]: each for each in text["tables"]}
    assert set(by_name) == {each.name for each in catalogue_tables()}
    for table in catalogue_tables():
        columns = [(each["name"], each["type"]) for each in by_name[table.name]["columns"]]
        wanted = table.definition("")["StorageDescriptor"]["Columns"]
        assert columns == [(each["Name"], each["Type"]) for each in wanted]


@pytest.mark.parametrize("dataset", sorted(contracts()))
def test_a_column_has_the_classification_of_its_contract(dataset):
    text = yaml.safe_load(declared.TABLES_FILE.read_text(encoding="utf-8"))
    (table,) = (each for each in text["tables"] if each["name"] == dataset)
    for column in table["columns"]:
        assert (
            column["classification"] == contracts()[dataset].column(column["name"]).classification
        )


def test_a_producers_schema_asks_for_raw_values_and_not_for_tokens():
    schema = declared.arriving_schema(contracts()["customers"])
    assert {"full_name", "email", "phone", "document_number"} <= set(schema["properties"])
    assert not [name for name in schema["properties"] if name.endswith("_token")]
    assert "customer_id" in schema["required"]


def test_streams_are_those_that_producers_know():
    platform = (SOURCE / "modules" / "platform" / "main.tf").read_text(encoding="utf-8")
    (listed,) = re.findall(r"datasets +=\s+\[([^\]]+)\]", platform)
    assert re.findall(r'"(\w+)"', listed) == list(STREAMED)
    module = (SOURCE / "modules" / "streaming" / "main.tf").read_text(encoding="utf-8")
    assert '"sentinel-${replace(dataset, "_", "-")}"' in module
    assert stream_name("fraud_labels") == "sentinel-fraud-labels"


def test_the_page_of_costs_is_rendered():
    assert costs.COST_FILE.read_text(encoding="utf-8") == costs.render(), (
        "run `sentinel cost --write`"
    )


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_estimate_is_within_the_budget_and_not_far_below(name):
    expected = sum(costs.totals(costs.estimate(name)).values())
    budget = settings(name)["budget"]
    assert 0.5 * budget["monthly_usd"] < expected < budget["monthly_usd"]
    warehouse = costs.totals(costs.estimate(name))["warehouse"]
    assert warehouse < budget["monthly_usd_by_service"]["Amazon Redshift"]


def test_an_estimate_follows_its_sizes():
    """By hand: 32 RPUs for 7 hours on 30.4 days at 0.451, 1,500 GB at 0.0256."""
    by_hand = 32 * 7 * 30.4 * 0.451 + 1500 * 0.0256
    assert costs.totals(costs.estimate("prod"))["warehouse"] == pytest.approx(by_hand)


def test_an_unknown_environment_has_no_estimate():
    with pytest.raises(SettingsError, match="no environment 'production'"):
        costs.estimate("production")
