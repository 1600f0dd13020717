"""Synthetic card transactions with fraud, reports, changes and the faults of real feeds.

Belongs here: the public names of the package.
Does not belong here: any logic, and anything the product does with the data.
"""

from __future__ import annotations

from sentinel.synthetic.config import SyntheticConfig
from sentinel.synthetic.events import FRAUD_PATTERNS
from sentinel.synthetic.generator import DayOfEvents, SyntheticData, generate, generate_days
from sentinel.synthetic.landing import write
from sentinel.synthetic.malformed import FAULTS, MalformedLine

__all__ = [
    "FAULTS",
    "FRAUD_PATTERNS",
    "DayOfEvents",
    "MalformedLine",
    "SyntheticConfig",
    "SyntheticData",
    "generate",
    "generate_days",
    "write",
]
