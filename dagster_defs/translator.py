"""How dbt's nodes become Dagster's assets.

Belongs here: keys, groups, owners, kinds and freshness, each by one small helper. Does not belong
here: which nodes are built together.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from dagster_defs.freshness import freshness_policy


class SentinelTranslator(DagsterDbtTranslator):
    """Asset key is schema and model; Dagster group, dbt group and schema are one."""

    def __init__(self) -> None:
        super().__init__(settings=DagsterDbtTranslatorSettings(enable_code_references=True))

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """The asset of a dbt node."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = {**manifest["sources"], **manifest["nodes"]}[unique_id]
        spec = spec.replace_attributes(
            key=asset_key(node),
            group_name=asset_key(node).path[0],
            owners=_owners(manifest, node),
            kinds={*spec.kinds, node["resource_type"]},
        )
        if node["resource_type"] != "model":
            return spec
        return spec.replace_attributes(freshness_policy=freshness_policy(spec.key))


def asset_key(node: Mapping[str, Any]) -> dg.AssetKey:
    """Schema and name, without a developer's own schema prefix."""
    schema = node["source_name"] if node["resource_type"] == "source" else node["config"]["schema"]
    return dg.AssetKey([schema, node["name"]])


def _owners(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> list[str]:
    group = manifest["groups"].get(f"group.{node['package_name']}.{node.get('group')}")
    return [group["owner"]["email"]] if group and group["owner"].get("email") else []
