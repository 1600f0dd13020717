"""What is shown about a built model: row count, columns, and where each column comes from.

Belongs here: reading these from the warehouse and dbt's compiled SQL. Does not belong here:
running dbt. dagster-dbt's own fetchers keep a connection open in this process, which locks DuckDB
against the next dbt command; and they ask once per model, this once per run.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from sqlglot.errors import SqlglotError

from dagster_defs.translator import asset_key
from sentinel.lineage import column_origins
from sentinel.settings import Settings
from sentinel.warehouse import columns, query


class ModelMetadata:
    """Metadata of the nodes of one manifest, as the warehouse has them now."""

    def __init__(self, settings: Settings, manifest: Mapping[str, Any], target_path: Path) -> None:
        self._nodes: dict[str, Any] = {**manifest["sources"], **manifest["nodes"]}
        self._project = manifest["metadata"]["project_name"]
        self._target_path = target_path
        self._dialect = settings.spec.target
        self._tables = columns(settings)
        self._by_relation = {
            (node["schema"], node.get("identifier") or node.get("alias") or node["name"]): node
            for node in self._nodes.values()
            if node["resource_type"] in ("model", "seed", "source", "snapshot")
        }
        self._row_counts: dict[tuple[str, str], int] = {}
        self._settings = settings

    def of(self, unique_ids: list[str]) -> dict[str, dict[str, Any]]:
        """Metadata by node, of those nodes that are relations in the warehouse."""
        relations = {}
        for unique_id in unique_ids:
            node = self._nodes[unique_id]
            relation = (node["schema"], node.get("alias") or node["name"])
            if relation in self._tables:
                relations[unique_id] = relation
        counts = self._count(list(relations.values()))
        return {
            unique_id: {
                "dagster/row_count": counts[relation],
                "dagster/column_schema": self._schema(unique_id, relation),
                "dagster/column_lineage": self._lineage(unique_id),
            }
            for unique_id, relation in relations.items()
        }

    def _count(self, relations: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
        if not relations:
            return {}
        counts = " union all ".join(
            f"select '{schema}', '{table}', count(*) from {schema}.{table}"
            for schema, table in relations
        )
        return {(schema, table): int(n) for schema, table, n in query(self._settings, counts)}

    def _schema(self, unique_id: str, relation: tuple[str, str]) -> dg.TableSchema:
        documented = self._nodes[unique_id]["columns"]
        shown = [
            dg.TableColumn(
                name,
                kind,
                description=documented.get(name, {}).get("description"),
                tags=_classification(documented.get(name, {})),
            )
            for name, kind in self._tables[relation].items()
        ]
        return dg.TableSchema(columns=shown)

    def _lineage(self, unique_id: str) -> dg.TableColumnLineage:
        """Where each column comes from; empty for a node without a compiled query."""
        node = self._nodes[unique_id]
        path = self._target_path / "compiled" / self._project / node["original_file_path"]
        if node["resource_type"] != "model" or not path.is_file():
            return dg.TableColumnLineage(deps_by_column={})
        try:
            origins = column_origins(path.read_text(), self._tables, self._dialect)
        except SqlglotError:
            return dg.TableColumnLineage(deps_by_column={})
        return dg.TableColumnLineage(
            deps_by_column={
                column: [
                    dg.TableColumnDep(asset_key(self._by_relation[relation]), name)
                    for relation, name in sorted(found)
                    if relation in self._by_relation
                ]
                for column, found in origins.items()
            }
        )


def _classification(column: Mapping[str, Any]) -> dict[str, str]:
    classification = column.get("config", {}).get("meta", {}).get("classification")
    return {"classification": classification} if classification else {}
