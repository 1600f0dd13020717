"""What the near-real-time loop builds, told to Dagster.

Belongs here: materialisations of micro-batches that no Dagster run made. Does not belong here: the
loop; `streaming_ingest` runs it and knows Dagster only by an entry point.
"""

import time

import dagster as dg

from dagster_defs.commands.instance import prepare_instance
from sentinel.settings import Settings
from streaming_ingest.micro_batch import Built

_LEAST_SECONDS_BETWEEN = 10.0


class MicroBatchReporter:
    """Records in the instance of these settings which assets were made, and how fast.

    Every few seconds at most: a materialisation a second of the same asset would fill the instance
    and tell nobody more. What is left out is told with the next one.
    """

    def __init__(self, settings: Settings) -> None:
        prepare_instance(settings)
        self._instance = dg.DagsterInstance.get()
        self._told_at = float("-inf")
        self._micro_batches = 0

    def __call__(self, built: Built) -> None:
        """Tells of one micro-batch, or keeps it for the next time."""
        self._micro_batches += 1
        now = time.monotonic()
        if now - self._told_at < _LEAST_SECONDS_BETWEEN:
            return
        for model, seconds in built.seconds_by_model.items():
            self._instance.report_runless_asset_event(
                dg.AssetMaterialization(
                    dg.AssetKey(model.split(".")),
                    description="by sentinel stream run",
                    metadata={"seconds": seconds, "micro_batches": self._micro_batches},
                )
            )
        self._told_at, self._micro_batches = now, 0
