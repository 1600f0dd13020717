"""Progress of a long run, for people.

Belongs here: following dbt's log and drawing a line of progress. Does not belong here: running.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

# A line of dbt's log, JSON by Dagster's choice, saying that a node is done: "12 of 227 OK …".
_NODE_DONE = re.compile(
    r'"msg": "\d+ of (\d+) (?:OK|PASS|WARN|FAIL|ERROR|SKIP)\S*\s+(.*?)\s*\.{3,}'
)
_POLL_SECONDS = 0.3


@contextmanager
def shown_progress(console: Console, title: str, target_path: Path) -> Iterator[None]:
    """A line with a bar while the block runs; nodes are counted where dbt writes its log."""
    columns = (
        TextColumn("[bold]{task.description:<28}"), BarColumn(bar_width=24), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("{task.fields[node]}"),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=None, node="")
        done = threading.Event()
        seen = set(_logs(target_path))
        follower = threading.Thread(
            target=_follow, args=(progress, task, target_path, seen, done), daemon=True
        )
        follower.start()
        try:
            yield
        finally:
            done.set()
            follower.join()
            total = progress.tasks[task].total or 1
            progress.update(task, total=total, completed=total, node="")


def _follow(
    progress: Progress, task: TaskID, target_path: Path, seen: set[Path], done: threading.Event
) -> None:
    while not done.wait(_POLL_SECONDS):
        fresh = [path for path in _logs(target_path) if path not in seen]
        if not fresh:
            continue
        matches = _NODE_DONE.findall(max(fresh, key=lambda path: path.stat().st_mtime).read_text())
        if matches:
            total, node = matches[-1]
            progress.update(
                task, completed=len(matches), total=int(total), node=node.split(" ")[-1][:48]
            )


def _logs(target_path: Path) -> list[Path]:
    return list(target_path.glob("*/dbt.log"))
