"""The committed data dictionary says what contracts and manifest say, and says it completely."""

import pytest

from sentinel.contracts import contracts
from sentinel.documentation import data_dictionary
from sentinel.documentation.markdown import links

pytestmark = pytest.mark.xdist_group("documentation")


@pytest.fixture(scope="module")
def page(manifest):
    return data_dictionary.render(contracts().values(), manifest)


def test_the_committed_page_is_up_to_date(page):
    committed = data_dictionary.DICTIONARY_FILE.read_text(encoding="utf-8")
    assert committed == page, "run `sentinel dictionary` and commit docs/data_dictionary.md"


def test_every_dataset_and_every_node_of_the_project_is_on_it(page, manifest):
    own = [
        f"{node['config']['schema']}.{node['name']}"
        for node in manifest["nodes"].values()
        if node["package_name"] == "sentinel"
        and node["resource_type"] in ("model", "seed", "snapshot")
    ]
    assert len(own) > 30
    for title in [*own, *(f"raw/{name}" for name in contracts()), "lake/ledger", "lake/quarantine"]:
        assert f"\n### {title}\n" in page, title


def test_a_column_is_shown_with_type_classification_description_and_tests(page):
    alerts = page.partition("### marts.fct_fraud_alerts\n")[2].partition("\n### ")[0]
    row = next(line for line in alerts.splitlines() if line.startswith("| `alert_id` |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:3] == ["varchar", "internal"]
    assert cells[3].startswith("Identifier of the alert")
    assert cells[4] == "`not_null`, `unique`"


def test_readers_and_metrics_are_named(page, manifest):
    for exposure in manifest["exposures"].values():
        assert page.count(f"{exposure['label']} ({exposure['type']})") == len(
            exposure["depends_on"]["nodes"]
        )
    for metric in manifest["metrics"].values():
        assert f"| `{metric['name']}` | {metric['label']} | {metric['description']} |" in page


def test_what_the_contract_demands_is_shown(page):
    assert "| `card_token` | string |  | pseudonymous |" in page
    assert "token of the arriving `card_number`" in page
    assert "one of `card_present`, `card_not_present`, `atm`" in page


def test_a_type_is_inherited_only_where_all_parents_agree():
    column = {"columns": {"amount": {}}, "config": {}, "depends_on": {"nodes": ["a", "b"]}}
    project = data_dictionary._Project(
        {
            "metadata": {"project_name": "p"}, "groups": {}, "sources": {},
            "nodes": {
                "child": {**column, "unique_id": "child", "package_name": "p",
                          "resource_type": "model"},
                **{
                    name: {"columns": {"amount": {"data_type": kind}}, "config": {},
                           "unique_id": name, "package_name": "p", "resource_type": "model"}
                    for name, kind in (("a", "bigint"), ("b", "double"))
                },
            },
        }
    )  # fmt: skip
    assert project.type_of("a", "amount") == "bigint"
    assert project.type_of("child", "amount") is None
    column["depends_on"]["nodes"].remove("b")
    assert project.type_of("child", "amount") == "bigint"


def test_a_pipe_in_a_description_does_not_break_the_table():
    assert data_dictionary._row(["a | b", "c\nd"]) == "| a \\| b | c d |"


def test_every_link_of_the_contents_leads_to_a_heading(page):
    anchors = {
        "#" + "".join(each for each in line[4:].lower() if each.isalnum() or each in "_-")
        for line in page.splitlines()
        if line.startswith("### ")
    }
    found = [target for target in links(page) if target.startswith("#")]
    assert found
    assert set(found) <= anchors
