"""The data dictionary: every dataset and model with its columns, as one Markdown page.

Belongs here: laying out what the contracts and dbt's manifest declare. Does not belong here:
descriptions, types or classifications of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sentinel.contracts import Column, Contract
from sentinel.contracts.contract import METADATA_COLUMNS
from sentinel.dbt_project import Manifest
from sentinel.settings import REPOSITORY_ROOT

DICTIONARY_FILE = REPOSITORY_ROOT / "docs" / "data_dictionary.md"

Node = dict[str, Any]

_HEADER = """\
# Data dictionary

Rendered by `sentinel dictionary` from the data contracts (`sentinel/contracts/*.yml`) and dbt's
manifest: change those, never this page. A test holds the page to them.

| Classification | Meaning |
|---|---|
| internal | Says nothing about a person by itself. |
| confidential | Business figures, or facts about one person such as an amount or a home area. |
| pseudonymous | Leads to one person for whoever holds the token key or the customer master. |

Types are those declared, or those of the column of the same name in what a model reads; where
neither says, the column shows a dash and the engine decides when it builds.
"""
_LAYERS: dict[str, str] = {
    "reference": "Reference: lookup tables (seeds)",
    "staging": "Staging: one view for each source table, committed batches only",
    "intermediate": "Intermediate: versions, deduplication, enrichment, rule observations",
    "features": "Features: one row for each transaction",
    "marts": "Marts: what people and dashboards read",
    "ops": "Ops: what Sentinel knows about its own work",
    "snapshots": "Snapshots: what was known when",
}
_RESOURCES = ("model", "seed", "snapshot")
_UNTOLD = "–"  # noqa: RUF001 (a dash is what a reader expects in an empty cell)
_NOT_SHOWN_ARGUMENTS = ("model", "column_name")


def render(contracts: Iterable[Contract], manifest: Manifest) -> str:
    """The page's text."""
    contracts = sorted(contracts, key=lambda each: each.dataset)
    project = _Project(manifest)
    parts = [
        _HEADER,
        *_contents(contracts, project),
        "## Lake: what is delivered\n",
        *(_dataset(each) for each in contracts),
        _metadata_columns(),
        *(_lake_table(each) for each in project.lake_tables()),
    ]
    for layer, title in _LAYERS.items():
        nodes = project.layer(layer)
        if nodes:
            parts += [f"## {title}\n", *(_node(project, each) for each in nodes)]
    if project.metrics:
        parts.append(_metrics(project.metrics))
    return "\n".join(parts).rstrip("\n") + "\n"


class _Project:
    """What the page needs to know of a manifest."""

    def __init__(self, manifest: Manifest) -> None:
        name = manifest["metadata"]["project_name"]
        own = [each for each in manifest["nodes"].values() if each["package_name"] == name]
        self._groups: dict[str, Node] = {
            each["name"]: each["owner"] for each in manifest["groups"].values()
        }
        self._sources: dict[str, Node] = manifest["sources"]
        self._nodes: dict[str, Node] = {
            each["unique_id"]: each for each in own if each["resource_type"] in _RESOURCES
        }
        self._tests = [each for each in own if each["resource_type"] == "test"]
        self._unit_tests = list(manifest.get("unit_tests", {}).values())
        self._exposures = list(manifest.get("exposures", {}).values())
        self.metrics: list[Node] = sorted(
            manifest.get("metrics", {}).values(), key=lambda each: str(each["name"])
        )

    def lake_tables(self) -> list[Node]:
        """The tables about batches, which no contract describes."""
        found = [each for each in self._sources.values() if each["source_name"] == "lake"]
        return sorted(found, key=lambda each: str(each["name"]))

    def layer(self, schema: str) -> list[Node]:
        """The nodes of one schema, by name."""
        found = [each for each in self._nodes.values() if each["config"]["schema"] == schema]
        return sorted(found, key=lambda each: str(each["name"]))

    def owner(self, node: Node) -> str:
        """Who answers for a node."""
        return str(self._groups.get(node["group"], {}).get("name") or _UNTOLD)

    def tests(self, node: Node, column: str | None) -> list[str]:
        """The data tests of a column, or of the node as a whole."""
        attached = (each for each in self._tests if each["attached_node"] == node["unique_id"])
        return sorted(_test(each) for each in attached if each["column_name"] == column)

    def readers(self, node: Node) -> list[str]:
        """Who is known to read the node from outside the project."""
        found = (each for each in self._exposures if node["unique_id"] in _parents(each))
        return sorted(f"{each['label'] or each['name']} ({each['type']})" for each in found)

    def behaviours(self, node: Node) -> list[str]:
        """What the node's unit tests say it does."""
        found = (each for each in self._unit_tests if each["model"] == node["name"])
        return sorted(str(each["name"]).replace("_", " ") for each in found)

    def type_of(self, unique_id: str, column: str) -> str | None:
        """The declared type of a column, or the one type it has in what the node reads."""
        node = self._nodes.get(unique_id) or self._sources.get(unique_id)
        if node is None or column not in node["columns"]:
            return None
        declared = node["columns"][column].get("data_type") or node["config"].get(
            "column_types", {}
        ).get(column)
        if declared:
            return str(declared)
        found = {each for each in (self.type_of(one, column) for one in _parents(node)) if each}
        return found.pop() if len(found) == 1 else None


def _contents(contracts: Sequence[Contract], project: _Project) -> Iterator[str]:
    rows = [(_link(f"raw/{each.dataset}"), _sentence(each.grain), each.owner) for each in contracts]
    for layer in _LAYERS:
        rows += [
            (_link(_title(node)), _sentence(node["description"]), project.owner(node))
            for node in project.layer(layer)
        ]
    yield _table(("Dataset or model", "Grain", "Owner"), rows)


def _dataset(contract: Contract) -> str:
    facts = (
        f"{_capitalised(contract.grain)}. {contract.description}",
        f"Owner: {contract.owner}. Key: {_code(contract.key)}. Event time: "
        f"`{contract.event_time}`. Version {contract.version} of the contract.",
    )
    rows = [
        (
            f"`{column.name}`", column.type, "yes" if column.required else "",
            column.classification, column.description, _rules(column),
        )
        for column in contract.columns
    ]  # fmt: skip
    header = ("Column", "Type", "Required", "Classification", "Description", "Rules")
    return f"### raw/{contract.dataset}\n\n" + "\n\n".join(facts) + f"\n\n{_table(header, rows)}"


def _metadata_columns() -> str:
    rows = [
        (f"`{column.name}`", column.type, column.classification, column.description)
        for column in METADATA_COLUMNS
    ]
    header = ("Column", "Type", "Classification", "Description")
    return f"### Columns that every raw dataset carries as well\n\n{_table(header, rows)}"


def _lake_table(node: Node) -> str:
    rows = [
        (f"`{column['name']}`", column["data_type"], _classification(column), column["description"])
        for column in node["columns"].values()
    ]
    header = ("Column", "Type", "Classification", "Description")
    title = f"{node['source_name']}/{node['name']}"
    return f"### {title}\n\n{node['description']}\n\n{_table(header, rows)}"


def _node(project: _Project, node: Node) -> str:
    parts = [f"### {_title(node)}", node["description"], _facts(project, node)]
    rows = [
        (
            f"`{name}`", project.type_of(node["unique_id"], name) or _UNTOLD,
            _classification(column), column["description"],
            ", ".join(project.tests(node, name)),
        )
        for name, column in node["columns"].items()
    ]  # fmt: skip
    if rows:
        header = ("Column", "Type", "Classification", "Description", "Tests")
        parts.append(_table(header, rows).rstrip("\n"))
    if tests := project.tests(node, None):
        parts.append(_listed("Tests of the whole:", tests))
    if behaviours := project.behaviours(node):
        parts.append(_listed("What its unit tests say:", behaviours))
    return "\n\n".join(parts) + "\n"


def _facts(project: _Project, node: Node) -> str:
    facts = [f"Owner: {project.owner(node)}", f"Kind: {node['config']['materialized']}"]
    if node.get("access") == "public":
        facts.append("public, for readers outside the project")
    if node["config"].get("contract", {}).get("enforced"):
        facts.append("columns and types enforced")
    sentences = [facts[0], ", ".join(facts[1:])]
    if readers := project.readers(node):
        sentences.append(f"Read by: {', '.join(readers)}")
    return ". ".join(sentences) + "."


def _test(node: Node) -> str:
    """A data test as a call: its name and what it was given."""
    metadata = node["test_metadata"]
    given = {
        name: value
        for name, value in metadata["kwargs"].items()
        if name not in _NOT_SHOWN_ARGUMENTS
    }
    arguments = ", ".join(f"{name}={_plain(value)}" for name, value in sorted(given.items()))
    warns = " (warns)" if str(node["config"]["severity"]).lower() == "warn" else ""
    return f"`{metadata['name']}{f'({arguments})' if arguments else ''}`{warns}"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{name}: {_plain(each)}" for name, each in sorted(value.items()))
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return str(value).removeprefix("ref('").removesuffix("')")


def _rules(column: Column) -> str:
    rules = []
    if column.accepted_values:
        rules.append(f"one of {_code(column.accepted_values)}")
    if column.pattern:
        rules.append(f"matches `{column.pattern}`")
    if column.minimum is not None:
        rules.append(f"at least {column.minimum:g}")
    if column.maximum is not None:
        rules.append(f"at most {column.maximum:g}")
    if column.tokenised_from:
        rules.append(f"token of the arriving `{column.tokenised_from}`")
    if column.truncated_from:
        rules.append(f"network part of the arriving `{column.truncated_from}`")
    return "; ".join(rules)


def _metrics(metrics: Sequence[Node]) -> str:
    rows = [
        (f"`{each['name']}`", str(each["label"]), each["description"], each["type"])
        for each in metrics
    ]
    return "## Metrics\n\n" + _table(("Metric", "Label", "Description", "Kind"), rows)


def _parents(node: Node) -> list[str]:
    return list(node.get("depends_on", {}).get("nodes", []))


def _classification(column: Node) -> str:
    return str(column.get("config", {}).get("meta", {}).get("classification") or _UNTOLD)


def _title(node: Node) -> str:
    return f"{node['config']['schema']}.{node['name']}"


def _link(title: str) -> str:
    """A link to a heading, by the anchor that renderers of Markdown give it."""
    anchor = "".join(each for each in title.lower() if each.isalnum() or each in "_-")
    return f"[{title}](#{anchor})"


def _sentence(text: str) -> str:
    """The first sentence, which says the grain."""
    first = text.split(". ", maxsplit=1)[0].rstrip(".")
    return _capitalised(first.partition(":")[0])


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _listed(title: str, lines: Iterable[str]) -> str:
    return "\n".join((title, "", *(f"- {line}" for line in lines)))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(header), "|" + "---|" * len(header), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    escaped = (str(cell).replace("|", "\\|").replace("\n", " ").strip() for cell in cells)
    return "| " + " | ".join(escaped) + " |"
