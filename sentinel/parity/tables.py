"""The tables of the project that every engine builds, and by which columns a row is known.

Belongs here: reading dbt's manifest. Does not belong here: rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sentinel.dbt_project import Manifest

_BUILT = ("model", "seed", "snapshot")
# What dbt and the fraud model write down about their own runs is another thing on each engine.
_OF_RUNS = ("run_log", "model_log")
_SNAPSHOT_IDENTITY = "dbt_valid_from"
_HASH_OF_ENGINE = ("dbt_scd_id",)


@dataclass(frozen=True)
class Table:
    """A model, seed or snapshot.

    Attributes:
        name: its name in the project.
        schema: schema as the project names it, without a developer's prefix.
        key: columns that identify a row; empty where nothing says so.
        ignored: columns that engines fill each in its own way.
    """

    name: str
    schema: str
    key: tuple[str, ...]
    ignored: tuple[str, ...] = ()


def tables(manifest: Manifest) -> list[Table]:
    """Every table that holds data, by schema and name; those about dbt's own runs are left out."""
    nodes = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in _BUILT and node["package_name"] == "sentinel"
    ]
    unique = _tested_keys(manifest)
    found = [
        Table(
            node["name"],
            node["config"].get("schema") or node["schema"],
            _key(node, unique),
            _HASH_OF_ENGINE if node["resource_type"] == "snapshot" else (),
        )
        for node in nodes
        if not _is_about_runs(node, manifest)
    ]
    return sorted(found, key=lambda each: (each.schema, each.name))


def _key(node: Mapping[str, Any], unique: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    declared = node["config"].get("unique_key")
    if node["resource_type"] == "snapshot":
        return (*_as_tuple(declared), _SNAPSHOT_IDENTITY)
    # A model may replace rows by less than what identifies one, so tests come first.
    return unique.get(node["unique_id"]) or _as_tuple(node.get("primary_key"))


def _as_tuple(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _tested_keys(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """Columns that a test says are unique, by node; single columns win."""
    found: dict[str, tuple[str, ...]] = {}
    for node in manifest["nodes"].values():
        said = node.get("test_metadata")
        attached = node.get("attached_node")
        if not said or not attached or node["config"].get("where"):
            continue
        arguments = said["kwargs"]
        if said["name"] == "unique":
            found[attached] = (arguments["column_name"],)
        elif columns := _COMBINED.get(said["name"]):
            found.setdefault(attached, tuple(arguments.get(columns) or ()))
    return found


_COMBINED = {
    "unique_combination_of_columns": "combination_of_columns",
    "expect_compound_columns_to_be_unique": "column_list",
}


def _is_about_runs(node: Mapping[str, Any], manifest: Manifest) -> bool:
    """Whether a model reads what is written down about runs."""
    sources = manifest["sources"]
    return any(
        sources[parent]["source_name"] in _OF_RUNS
        for parent in node.get("depends_on", {}).get("nodes", [])
        if parent in sources
    )
