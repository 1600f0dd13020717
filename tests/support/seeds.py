"""The lookup tables in seeds/, as text.

Belongs here: reading them. Does not belong here: what their values mean.
"""

import csv
from functools import cache

from sentinel.settings import REPOSITORY_ROOT

SeedRow = dict[str, str]


@cache
def seed(name: str) -> list[SeedRow]:
    """Rows of one seed, every value as text."""
    with (REPOSITORY_ROOT / "seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))
