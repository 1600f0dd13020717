"""Feature version 1 against its peers.

Belongs here: preparing one input for all, running each peer in turn, and comparing figures and
results. Does not belong here: the peers.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.measure import Measured, run, run_module
from sentinel.settings import REPOSITORY_ROOT

ROUNDS = 3
# Once is enough for these: a minute does not hang on noise.
SLOW = ("pandas", "pandas_by_group")
_INPUT = """
    select
        transaction_id::bigint as transaction_id, transaction_at, customer_id, terminal_id,
        amount::double as amount, is_fraud
    from marts.fct_transactions
    order by transaction_at, transaction_id
"""


@dataclass(frozen=True)
class FeatureFigures:
    """Median seconds and greatest memory of each peer over the same rows, and where they differ."""

    row_count: int
    seconds: dict[str, float]
    peak_bytes: dict[str, int]
    differing: dict[str, list[str]]


def measure_features(home: Path, workspace: Path) -> FeatureFigures:
    """Runs Sentinel and its peers in turn on the built warehouse in `home`."""
    warehouse = home / "sentinel.duckdb"
    events = workspace / "events.parquet"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute(f"copy ({_INPUT}) to '{events}' (format parquet)")
        row = connection.execute(f"select count(*) from '{events}'").fetchone()
    sql = _compiled(home, workspace)
    arguments = {
        "sentinel": (str(warehouse), str(sql)),
        "polars": (str(events),),
        "numpy": (str(events),),
    }
    runs: dict[str, list[Measured]] = {name: [] for name in (*arguments, *SLOW)}
    for _ in range(ROUNDS):
        for name, inputs in arguments.items():
            runs[name].append(run_module("benchmarks.feature_peers", name, *inputs))
    for name in SLOW:
        runs[name].append(run_module("benchmarks.feature_peers", name, str(events)))
    ours = runs["sentinel"][0].result["checksums"]
    return FeatureFigures(
        row_count=row[0] if row else 0,
        seconds={name: _median([each.result["seconds"] for each in each_run])
                 for name, each_run in runs.items()},
        peak_bytes={name: max(each.peak_bytes for each in each_run)
                    for name, each_run in runs.items()},
        differing={name: _differing(ours, each_run[0].result["checksums"])
                   for name, each_run in runs.items()},
    )  # fmt: skip


def _compiled(home: Path, workspace: Path) -> Path:
    """The model as dbt compiles it for a full build."""
    target = workspace / "target"
    run(
        ["dbt", "--quiet", "compile", "--full-refresh", "--select", "feat_transactions",
         "--target-path", str(target)],
        {"SENTINEL_HOME": str(home), "SENTINEL_SAMPLE": "false"}, REPOSITORY_ROOT,
    )  # fmt: skip
    found = next((target / "compiled").rglob("feat_transactions.sql"))
    return Path(shutil.copy(found, workspace / "feat_transactions.sql"))


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _differing(ours: dict[str, float], theirs: dict[str, float]) -> list[str]:
    """Features whose sums differ by more than a tie at one instant can explain."""
    return sorted(
        name for name, value in theirs.items() if abs(ours[name] - value) > 1e-4 * (1 + abs(value))
    )
