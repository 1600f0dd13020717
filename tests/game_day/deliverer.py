"""A delivery as a process of its own, to be killed: `python -m tests.game_day.deliverer FOLDER`."""

import sys
from pathlib import Path

from tests.game_day.scene import in_folder


def main(folder: Path) -> None:
    """Delivers for ever."""
    delivery = in_folder(folder).delivery()
    print("ready", flush=True)
    while True:
        delivery.poll()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
