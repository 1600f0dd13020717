"""The demo on the handbook's card transactions.

Belongs here: running it. Does not belong here: what is expected of it.
"""

import os
import subprocess
from pathlib import Path

from sentinel.settings import REPOSITORY_ROOT

HANDBOOK = REPOSITORY_ROOT.parent / "shared" / "data" / "handbook"
TRANSACTIONS = 1_504_628


def make_demo(home: Path) -> str:
    """Lands and builds everything below a state folder; what it printed."""
    environment = {
        **os.environ,
        "SENTINEL_HOME": str(home),
        "DBT_TARGET_PATH": str(home / "dbt" / "target"),
        "DBT_LOG_PATH": str(home / "dbt" / "logs"),
        "DAGSTER_HOME": str(home / "dagster"),
    }
    done = subprocess.run(
        ["make", "demo", f"SOURCE={HANDBOOK}", "MAPPING=handbook"],
        cwd=REPOSITORY_ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
