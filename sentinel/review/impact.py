"""What a change of the project does: to models, to their columns, and to who reads those.

Belongs here: comparing two manifests and two states of the warehouse. Does not belong here: making
them (see `build`), and how the result is worded (see `comment`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlglot.errors import SqlglotError

from sentinel.dbt_project import Manifest
from sentinel.lineage import Column, column_origins, columns_read
from sentinel.warehouse import Columns, Relation, Tables

_RELATIONS = ("model", "seed", "snapshot")


@dataclass(frozen=True)
class ColumnChange:
    """A column that is not as it was.

    Attributes:
        name: the column.
        before: its type, None where it is new.
        after: its type, None where it is gone.
        readers: models that need it, at whatever distance, with those of their own columns that
            are computed from it; none for a model that only joins or filters by it.
    """

    name: str
    before: str | None
    after: str | None
    readers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What happened to it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "retyped"


@dataclass(frozen=True)
class ModelChange:
    """A model, seed or snapshot that is not as it was.

    Attributes:
        name: schema without prefix, and model.
        kind: `changed`, `new` or `removed`.
        columns: those that are not as they were, in the order of the table.
        is_built: whether its columns are those that the warehouse has; a model that failed has
            none to compare.
    """

    name: str
    kind: str
    columns: tuple[ColumnChange, ...]
    is_built: bool = True


@dataclass(frozen=True)
class Impact:
    """What a change does.

    Attributes:
        changes: what was changed itself.
        downstream: what reads it, at whatever distance.
        exposures: labels of dashboards and others that rest on any of it.
        unread: models whose SQL the parser does not understand: they may read what changed.
    """

    changes: tuple[ModelChange, ...]
    downstream: tuple[str, ...]
    exposures: tuple[str, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """The project and the warehouse at one time."""

    manifest: Manifest
    tables: Tables

    def relation(self, unique_id: str) -> Relation:
        """Where a node lies."""
        node = self.manifest["nodes"][unique_id]
        return node["schema"], node.get("alias") or node["name"]

    def columns(self, unique_id: str) -> Columns:
        """The columns of a node; none if it is not built."""
        if unique_id not in self.manifest["nodes"]:
            return {}
        return self.tables.get(self.relation(unique_id), {})


def node_name(node: Mapping[str, Any]) -> str:
    """Schema without a developer's prefix, and name."""
    schema = node["config"].get("schema") or node["schema"]
    return f"{schema}.{node['name']}"


def impact(
    before: Side, after: Side, modified: Collection[str], affected: Collection[str],
    compiled: Path, dialect: str,
) -> Impact:  # fmt: skip
    """What became of the models and their columns.

    Args:
        before: the state that is compared with.
        after: the project as it is, with what was built of it.
        modified: ids of the nodes that were changed, as dbt selects them.
        affected: those and everything downstream of them.
        compiled: folder with the compiled SQL of the affected models, as dbt lays it.
        dialect: of that SQL, as sqlglot names it.
    """
    nodes = {
        each: node
        for each, node in after.manifest["nodes"].items()
        if each in affected and node["resource_type"] in _RELATIONS
    }
    reading = _Reading(before, after, nodes, compiled, dialect)
    changes = [_change(before, after, each, reading) for each in sorted(nodes) if each in modified]
    changes += [
        ModelChange(node_name(node), "removed", ())
        for each, node in sorted(before.manifest["nodes"].items())
        if node["resource_type"] in _RELATIONS and each not in after.manifest["nodes"]
    ]
    exposures = {
        exposure["label"] or exposure["name"]
        for exposure in after.manifest["exposures"].values()
        if set(exposure["depends_on"]["nodes"]) & set(nodes)
    }
    return Impact(
        tuple(sorted(changes, key=lambda change: change.name)),
        tuple(sorted(node_name(node) for each, node in nodes.items() if each not in modified)),
        tuple(sorted(exposures)),
        tuple(sorted(reading.unread)),
    )


def _change(before: Side, after: Side, unique_id: str, reading: "_Reading") -> ModelChange:
    was, now = before.columns(unique_id), after.columns(unique_id)
    name = node_name(after.manifest["nodes"][unique_id])
    kind = "changed" if unique_id in before.manifest["nodes"] else "new"
    if not now:
        return ModelChange(name, kind, (), is_built=False)
    changed = [
        ColumnChange(column, was.get(column), now.get(column), reading.readers(unique_id, column))
        for column in {**now, **was}
        if was.get(column) != now.get(column)
    ]
    # Every column of a new model is new.
    return ModelChange(name, kind, tuple(changed))


class _Reading:
    """Which affected model reads which columns, by the ids of their nodes."""

    def __init__(
        self, before: Side, after: Side, nodes: Mapping[str, Any], compiled: Path, dialect: str
    ) -> None:
        self.unread: set[str] = set()
        self._names = {each: node_name(node) for each, node in nodes.items()}
        self._ids: dict[Relation, str] = {}
        tables = {**before.tables, **after.tables}
        for side in (before, after):
            for each, node in side.manifest["nodes"].items():
                if node["resource_type"] in _RELATIONS:
                    relation = side.relation(each)
                    self._ids[relation] = each
                    # A reader of a column that is gone still has it in its SQL.
                    columns = {**before.columns(each), **after.columns(each)}
                    if columns:
                        tables[relation] = columns
        self._read: dict[str, set[tuple[str, str]]] = {}
        self._origins: dict[str, dict[str, set[tuple[str, str]]]] = {}
        project = after.manifest["metadata"]["project_name"]
        for each, node in nodes.items():
            path = compiled / project / node["original_file_path"]
            if node["resource_type"] != "model" or not path.is_file():
                continue
            sql = path.read_text(encoding="utf-8")
            try:
                self._read[each] = self._by_id(columns_read(sql, tables, dialect))
                self._origins[each] = {
                    column: self._by_id(found)
                    for column, found in column_origins(sql, tables, dialect).items()
                }
            except SqlglotError:
                self.unread.add(self._names[each])

    def readers(self, unique_id: str, column: str) -> dict[str, tuple[str, ...]]:
        """Models that need a column, and what of theirs is computed from it."""
        found: dict[str, set[str]] = {}
        waiting, seen = [(unique_id, column)], {(unique_id, column)}
        while waiting:
            looked_for = waiting.pop()
            for reader, read in self._read.items():
                if looked_for not in read or reader == unique_id:
                    continue
                computed = found.setdefault(self._names[reader], set())
                for output, origins in self._origins[reader].items():
                    if looked_for in origins:
                        computed.add(output)
                        if (reader, output) not in seen:
                            seen.add((reader, output))
                            waiting.append((reader, output))
        return {name: tuple(sorted(found[name])) for name in sorted(found)}

    def _by_id(self, columns: set[Column]) -> set[tuple[str, str]]:
        return {(self._ids[relation], name) for relation, name in columns if relation in self._ids}
