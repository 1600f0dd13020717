"""What the near-real-time loop does, told to Dagster.

Belongs here: materialisations and check results that no Dagster run made. Does not belong here: the
loop; `streaming_ingest` runs it and knows Dagster only by an entry point.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence

import dagster as dg

from dagster_defs.assets.raw import RAW_GROUP
from dagster_defs.commands.instance import prepare_instance
from sentinel.settings import Settings
from streaming_ingest.micro_batch import Built, Checked

_LEAST_SECONDS_BETWEEN = 10.0
_BY = "by sentinel stream run"


class MicroBatchReporter:
    """Records in the instance of these settings which assets were made, how fast, how sound.

    Every few seconds at most: a materialisation a second of the same asset would fill the instance
    and tell nobody more. What is left out is told with the next one. Check results come minutes
    apart and are told at once.
    """

    def __init__(self, settings: Settings) -> None:
        prepare_instance(settings)
        self._instance = dg.DagsterInstance.get()
        self._told_at = float("-inf")
        self._micro_batches = 0
        self._row_counts: Counter[str] = Counter()
        self._quarantined_count = 0

    def delivered(self, row_counts: Mapping[str, int], quarantined_count: int) -> None:
        """Keeps the counts until the micro-batch that takes them in is told."""
        self._row_counts.update(row_counts)
        self._quarantined_count += quarantined_count

    def built(self, built: Built) -> None:
        """Tells of a micro-batch, and of what it took in, or keeps it for the next time."""
        self._micro_batches += 1
        now = time.monotonic()
        if now - self._told_at < _LEAST_SECONDS_BETWEEN:
            return
        for dataset, count in self._row_counts.items():
            self._made(f"{RAW_GROUP}.{dataset}", {"records delivered": count})
        if self._row_counts:
            self._made("lake.ledger", {"records delivered": self._row_counts.total()})
            self._made("lake.quarantine", {"records rejected": self._quarantined_count})
        for model, seconds in built.seconds_by_model.items():
            self._made(model, {"seconds": seconds, "micro_batches": self._micro_batches})
        for view in built.views:
            self._made(view, {"micro_batches": self._micro_batches})
        self._told_at, self._micro_batches = now, 0
        self._row_counts.clear()
        self._quarantined_count = 0

    def checked(self, results: Sequence[Checked]) -> None:
        """Tells the result of each data test as that of the model's asset check."""
        for each in results:
            severity = "ERROR" if each.is_error else "WARN"
            self._instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=_key(each.model),
                    check_name=each.test,
                    passed=each.is_passed,
                    severity=dg.AssetCheckSeverity[severity],
                    description=_BY,
                    metadata={"failing rows": each.failing_row_count},
                )
            )

    def _made(self, asset: str, metadata: Mapping[str, float]) -> None:
        self._instance.report_runless_asset_event(
            dg.AssetMaterialization(_key(asset), description=_BY, metadata=metadata)
        )


def _key(asset: str) -> dg.AssetKey:
    """Schema and name, as the graph has them."""
    return dg.AssetKey(asset.split("."))
