"""The dbt models, seeds and snapshots as assets, their data tests as checks.

Belongs here: which nodes one dbt command builds together. Does not belong here: how a node
becomes an asset; see `translator`.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource, dbt_assets

from dagster_defs.environment import Environment, day_range_variables
from dagster_defs.model_metadata import ModelMetadata
from dagster_defs.translator import SentinelTranslator
from sentinel.catalogue import register_for_building
from sentinel.dbt_project import Variables, variable_arguments

SNAPSHOTS = "resource_type:snapshot"
DAILY = "tag:daily_partitioned"

DbtEvents = Iterator[Any]


def warehouse_assets(environment: Environment) -> list[dg.AssetsDefinition]:
    """Three sets: models of the whole history, daily partitions, and snapshots.

    Unit tests are left out: continuous integration runs them, a production build does not.
    """
    manifest = environment.project.manifest_path
    translator = SentinelTranslator()

    @dbt_assets(
        manifest=manifest, project=environment.project, name="warehouse",
        exclude=f"{SNAPSHOTS} {DAILY}", dagster_dbt_translator=translator,
    )  # fmt: skip
    def whole_history(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> DbtEvents:
        yield from _build(environment, context, dbt)

    @dbt_assets(
        manifest=manifest, project=environment.project, name="warehouse_by_day", select=DAILY,
        partitions_def=environment.daily, backfill_policy=dg.BackfillPolicy.single_run(),
        dagster_dbt_translator=translator,
    )  # fmt: skip
    def by_day(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> DbtEvents:
        days = context.partition_key_range
        yield from _build(environment, context, dbt, day_range_variables(days.start, days.end))

    @dbt_assets(
        manifest=manifest, project=environment.project, name="warehouse_snapshots",
        select=SNAPSHOTS, dagster_dbt_translator=translator,
    )  # fmt: skip
    def snapshots(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> DbtEvents:
        yield from _build(environment, context, dbt)

    return [whole_history, by_day, snapshots]


def build_arguments(variables: Variables) -> list[str]:
    """The dbt command line of a production build."""
    return ["build", "--exclude-resource-type", "unit_test", *variable_arguments(variables)]


def _build(
    environment: Environment,
    context: dg.AssetExecutionContext,
    dbt: DbtCliResource,
    variables: Variables | None = None,
) -> DbtEvents:
    """Runs dbt; check results are told as they come, materialisations once they can be described.

    Raises:
        CatalogueError: when what has landed cannot be registered for the engine that reads it.
        DagsterDbtCliRuntimeError: when dbt fails; what was built until then is told before.
    """
    if registered := register_for_building(environment.settings):
        context.log.info(f"{registered.batch_count:,} batches registered in the catalogue")
    arguments = build_arguments({**environment.variables, **(variables or {})})
    invocation = dbt.cli(arguments, context=context, raise_on_error=False)
    built: list[Any] = []
    for event in invocation.stream():
        if isinstance(event, dg.Output | dg.AssetMaterialization | dg.MaterializeResult):
            built.append(event)
        else:
            yield event
    yield from _described(environment, invocation, built)
    if error := invocation.get_error():
        raise error


def _described(
    environment: Environment, invocation: DbtCliInvocation, built: list[Any]
) -> Iterator[Any]:
    if not built:
        return
    metadata = ModelMetadata(environment.settings, invocation.manifest, invocation.target_path)
    ids = [event.metadata["unique_id"].value for event in built]
    found = metadata.of(ids)
    for event, unique_id in zip(built, ids, strict=True):
        yield event.with_metadata({**event.metadata, **found.get(unique_id, {})})
