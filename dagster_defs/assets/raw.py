"""The raw datasets as assets: landing a source through batch ingestion.

Belongs here: one asset per dataset of the lake, with what landed as metadata. Does not belong
here: connectors and mappings; `batch_ingest` has those.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from batch_ingest import DatasetReport, land, load_mapping
from dagster_defs.freshness import freshness_policy
from sentinel.contracts import contracts
from sentinel.sample import SAMPLE_MAPPING, prepare_sample
from sentinel.settings import Settings

RAW_GROUP = "raw"
_LAKE_ASSETS = {
    "ledger": "Commits of every delivered batch: what is not here does not exist.",
    "quarantine": "Records that were rejected, with their reasons.",
}


class LandConfig(dg.Config):
    """What to land: a mapping by name or path, and where its data is; nothing: the sample."""

    mapping: str = SAMPLE_MAPPING
    source: str = ""


def _specs() -> list[dg.AssetSpec]:
    raw = [
        dg.AssetSpec(
            dg.AssetKey([RAW_GROUP, one.dataset]),
            description=f"{one.description} Grain: {one.grain}.",
            group_name=RAW_GROUP,
            kinds={"parquet"},
            owners=[f"{one.owner}@sentinel.example"],
            metadata={
                "columns": dg.TableSchema(
                    columns=[
                        dg.TableColumn(column.name, column.type, column.description)
                        for column in one.columns
                    ]
                )
            },
            freshness_policy=freshness_policy(dg.AssetKey([RAW_GROUP, one.dataset])),
        )
        for one in contracts().values()
    ]
    lake = [
        dg.AssetSpec(
            dg.AssetKey(["lake", name]), description=text, group_name="lake",
            owners=["data-platform@sentinel.example"],
        )
        for name, text in _LAKE_ASSETS.items()
    ]  # fmt: skip
    return [*raw, *lake]


@dg.multi_asset(specs=_specs(), name="land")
def landed_datasets(
    context: dg.AssetExecutionContext, config: LandConfig
) -> Iterator[dg.MaterializeResult[None]]:
    """Lands a source into the raw zone; what has landed before is left alone."""
    settings = Settings.load()
    source = config.source or str(prepare_sample(settings))
    report = land(settings, load_mapping(config.mapping), source)
    for name in contracts():
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey([RAW_GROUP, name]), metadata=_metadata(report.of(name))
        )
    for name, count in (
        ("ledger", report.batch_count),
        ("quarantine", report.quarantined_row_count),
    ):
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["lake", name]), metadata={"dagster/row_count": count}
        )
    context.log.info(f"{report.delivered_row_count:,} records landed in {report.seconds:.1f} s")


def _metadata(report: DatasetReport) -> dict[str, Any]:
    """What the load did to one dataset; columns that came or went are named."""
    return {
        "dagster/row_count": report.delivered_row_count + report.present_row_count,
        "batches committed": report.batch_count,
        "batches already there": report.present_batch_count,
        "records produced": report.produced_row_count,
        "records in quarantine": report.quarantined_row_count,
        "reasons": dict(report.quarantined_by_reason),
        "columns that appeared": ", ".join(sorted(report.appeared_columns)) or "none",
        "columns that vanished": ", ".join(sorted(report.vanished_columns)) or "none",
        "seconds": round(report.seconds, 2),
    }
