"""dbt's command line, as this installation has it.

Belongs here: how a dbt command is put together. Does not belong here: running one.
"""

import sys
from pathlib import Path

from sentinel.settings import REPOSITORY_ROOT


def dbt_command(*arguments: str) -> list[str]:
    """A dbt command on this project, by the dbt that is installed beside this Python."""
    return [
        str(Path(sys.executable).with_name("dbt")), "--quiet", *arguments,
        "--project-dir", str(REPOSITORY_ROOT), "--profiles-dir", str(REPOSITORY_ROOT),
    ]  # fmt: skip
