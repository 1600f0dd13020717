"""What a publication is, wherever it lies."""

from dataclasses import dataclass

PUBLISHED_SCHEMAS = ("marts", "ops")


@dataclass(frozen=True)
class Published:
    """Where the copy is and how many rows each of its tables has."""

    location: str
    row_counts: dict[str, int]
