"""The project's SQL as dbt compiles it for an engine that is not there.

Belongs here: compiling without a connection. Does not belong here: judging what comes out. Whatever
macros ask the warehouse while they compile is answered as by one that holds every table, with the
columns that the project declares, or by an empty one: so the SQL of a first build and that of an
increment are both seen.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.adapters.contracts.connection import AdapterResponse
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from sentinel.dbt_project import ManifestError
from sentinel.settings import REPOSITORY_ROOT
from sentinel.variables import environment_variables

_PROJECT = ("--profiles-dir", str(REPOSITORY_ROOT))
_GLOBAL = ("--quiet", "--no-write-json", "--log-level-file", "none", "--no-populate-cache")


@dataclass(frozen=True)
class CompiledNode:
    """The SQL of one model, test, snapshot or analysis.

    Attributes:
        name: name of the node.
        kind: as dbt calls it: model, test, snapshot, analysis.
        is_increment: whether it is what runs when the model's table is there.
    """

    name: str
    kind: str
    is_increment: bool
    sql: str


def compile_for_redshift(folder: Path, project: Path = REPOSITORY_ROOT) -> list[CompiledNode]:
    """Every node of the project as Redshift would get it, first builds and increments.

    Args:
        folder: where dbt may write.
        project: root of the dbt project; it uses the profile of this repository.

    Raises:
        ManifestError: when the project cannot be parsed or compiled, with dbt's message.
    """
    parsed = _invoke(folder, project, None, "parse").result
    assert isinstance(parsed, Manifest)
    found = []
    for is_increment in (False, True):
        with _nobody_answers(parsed if is_increment else None):
            done = _invoke(folder, project, parsed, "compile")
        found += [
            CompiledNode(
                each.node.name, str(each.node.resource_type), is_increment, each.node.compiled_code
            )
            for each in done.result.results
            if getattr(each.node, "compiled_code", None)
        ]
    return found


def _invoke(folder: Path, project: Path, parsed: Manifest | None, command: str) -> Any:
    variables = {
        "SENTINEL_SAMPLE": "false",
        "SENTINEL_HOME": os.environ.get("SENTINEL_HOME", str(folder)),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    with environment_variables(variables):
        done = dbtRunner(manifest=parsed).invoke(
            [*_GLOBAL, command, *_PROJECT, "--project-dir", str(project), "--target", "redshift"]
        )
    if not done.success:
        failed = [
            f"{each.node.name}: {each.message}"
            for each in getattr(done.result, "results", ())
            if each.status == "error"
        ]
        raise ManifestError(
            f"dbt cannot {command} the project for redshift: {done.exception or failed}"
        )
    return done


@contextmanager
def _nobody_answers(known: Manifest | None) -> Iterator[None]:
    """Puts an adapter in the place of Redshift's that asks nobody.

    Args:
        known: the project whose tables are there; None: there are none.
    """
    from agate import Table
    from dbt.adapters import redshift
    from dbt.adapters.redshift.impl import RedshiftAdapter

    declared = _declared_columns(known) if known else {}

    class Disconnected(RedshiftAdapter):
        """Answers from what the project declares."""

        def get_relation(self, database: str, schema: str, identifier: str) -> Any:
            if identifier not in declared:
                return None
            return self.Relation.create(
                database=database, schema=schema, identifier=identifier, type=self.Relation.Table
            )

        def list_relations(self, database: str | None, schema: str) -> list[Any]:
            return []

        def get_columns_in_relation(self, relation: Any) -> list[Any]:
            columns = declared.get(relation.identifier, {})
            return [self.Column(name, kind or "varchar") for name, kind in columns.items()]

        def execute(self, *_: Any, **__: Any) -> tuple[AdapterResponse, Any]:
            return AdapterResponse("nobody was asked"), Table([])

    plugin: Any = redshift.Plugin
    usual = plugin.adapter
    plugin.adapter = Disconnected
    try:
        yield
    finally:
        plugin.adapter = usual


def _declared_columns(manifest: Manifest) -> dict[str, dict[str, str | None]]:
    nodes = [*manifest.nodes.values(), *manifest.sources.values()]
    return {
        getattr(node, "identifier", node.name): {
            column.name: column.data_type for column in getattr(node, "columns", {}).values()
        }
        for node in nodes
        if node.resource_type in ("model", "seed", "snapshot", "source")
    }
