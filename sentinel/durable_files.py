"""Files that are still there after a power cut.

Belongs here: making folders and appending so that both survive. Does not belong here: what is
written; `lake`, streams and spools say that.
"""

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Makes a folder and its parents, each durable before something is put into it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append(path: Path, content: bytes) -> None:
    """Appends to a file, durable when this returns; on an error nothing of it stays.

    Raises:
        OSError: when it cannot be written, for example because the disk is full.
    """
    size_bytes = path.stat().st_size
    try:
        with path.open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        os.truncate(path, size_bytes)
        raise
