"""The configuration of synthetic data: sizes, rates, presets and their validation.

Belongs here: every number a caller may set, its valid range and the named presets.
Does not belong here: drawing anything at random, and constants of behaviour nobody sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any, Literal

from sentinel.synthetic.arrays import SECONDS_PER_DAY

#: Raised whenever the same configuration starts to give other rows, so that a landing folder
#: written by older code is not taken for a current one.
GENERATOR_VERSION = 1

PresetName = Literal["small", "demo", "large"]

_PRESETS: Mapping[str, Mapping[str, int]] = {
    "small": {"customers": 50, "terminals": 100, "days": 50},
    "demo": {"customers": 1_000, "terminals": 2_000, "days": 60},
}
_LARGE_TRANSACTIONS = 20_000_000
_LONG_PERIOD_TRANSACTIONS = 1_000_000
_RATE_SUFFIX = "_rate"
_MAXIMUM_PERIOD_DAYS = 3_660
_INTEGER_RANGES: Mapping[str, tuple[int, int]] = {
    "seed": (0, 2**63 - 1),
    "customers": (2, 50_000_000),
    "terminals": (10, 50_000_000),
    "days": (1, _MAXIMUM_PERIOD_DAYS),
    "maximum_lateness_days": (2, 365),
    "shifted_days": (0, _MAXIMUM_PERIOD_DAYS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticConfig:
    """What to generate. Two equal configurations give byte-identical tables.

    Rates are shares between 0 and 1; a fraud pattern whose rate is 0 is switched off, and one
    whose rate is above 0 gets at least one planned incident however small the data.

    - `transactions_per_customer_day`: mean over customers and weekdays.
    - `late_rate`: share of transactions first delivered a day or more after they happened.
    - `maximum_lateness_days`: every delivery of a transaction comes within so many days of it.
    - `duplicate_rate`: share of transactions of which one version is delivered twice.
    - `correction_rate`: share of transactions first delivered wrong and corrected later.
    - `malformed_rate`: broken lines per transaction, delivered beside the good rows.
    - `report_rate`: share of frauds ever reported; `false_report_rate`: share of genuine
      transactions reported as fraud; `reversal_rate`: share of false reports reversed later.
    - `customer_change_rate`, `terminal_change_rate`: share with a later version in the period.
    - `large_amount_rate`, `impossible_travel_rate`: frauds per transaction.
    - `compromised_terminal_daily_rate`: share of terminals newly compromised per day; at most
      once each. `card_not_present_theft_daily_rate` and `card_testing_daily_rate`: share of
      customers hit per day; theft at most once each.
    - `shifted_days`: so many days at the end on which genuine customers pay
      `shifted_amount_factor` times as much as before: a change that nobody has learnt from.
    - `include_future_reports`: keep fraud reports made after the end of the period.
    """

    seed: int = 7
    customers: int = 1_000
    terminals: int = 2_000
    start: date = date(2025, 1, 1)
    days: int = 60
    transactions_per_customer_day: float = 2.0
    late_rate: float = 0.01
    maximum_lateness_days: int = 7
    duplicate_rate: float = 0.005
    correction_rate: float = 0.004
    malformed_rate: float = 0.002
    report_rate: float = 0.9
    false_report_rate: float = 0.001
    reversal_rate: float = 0.5
    customer_change_rate: float = 0.1
    terminal_change_rate: float = 0.05
    large_amount_rate: float = 0.0008
    compromised_terminal_daily_rate: float = 0.0002
    card_not_present_theft_daily_rate: float = 0.0006
    card_testing_daily_rate: float = 0.0004
    impossible_travel_rate: float = 0.0006
    shifted_days: int = 0
    shifted_amount_factor: float = 2.0
    include_future_reports: bool = False

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise ValueError("invalid SyntheticConfig: " + "; ".join(problems))

    @property
    def end(self) -> date:
        """The first day after the simulated period."""
        return self.start + timedelta(days=self.days)

    @property
    def start_seconds(self) -> int:
        """Seconds from 1970 to the start of the period (UTC)."""
        return (self.start - date(1970, 1, 1)).days * SECONDS_PER_DAY

    def as_dict(self) -> dict[str, Any]:
        """The configuration as values JSON can hold."""
        return {**asdict(self), "start": self.start.isoformat()}

    @classmethod
    def preset(
        cls, name: PresetName, *, transactions: int | None = None, **overrides: Any
    ) -> SyntheticConfig:
        """A named size: small (about 5,000 transactions), demo (120,000) or large.

        `transactions` scales `large` (20 million unless given) and is refused for the others.
        Raises ValueError for an unknown name, TypeError for an unknown override.
        """
        if name == "large":
            return cls.for_transactions(transactions or _LARGE_TRANSACTIONS, **overrides)
        if name not in _PRESETS:
            known = ", ".join([*_PRESETS, "large"])
            raise ValueError(f"unknown preset {name!r}; choose one of {known}")
        if transactions is not None:
            raise ValueError(
                f"preset {name!r} has a fixed size; use preset 'large' or for_transactions()"
            )
        return cls(**{**_PRESETS[name], **_known(overrides)})

    @classmethod
    def for_transactions(cls, transactions: int, **overrides: Any) -> SyntheticConfig:
        """A configuration that gives about so many distinct transactions (within 5 % or so).

        The period is 60 days, or 180 from a million transactions on; there are two terminals
        for each customer. With `customers` given, the daily mean per customer adapts instead.
        """
        if isinstance(transactions, bool) or not isinstance(transactions, int) or transactions < 1:
            raise ValueError(f"transactions is {transactions!r}, must be a whole number from 1")
        chosen = dict(_known(overrides))
        long_period = transactions >= _LONG_PERIOD_TRANSACTIONS
        days = chosen.setdefault("days", 180 if long_period else 60)
        if "customers" in chosen:
            per_day = transactions / (chosen["customers"] * days)
            chosen.setdefault("transactions_per_customer_day", per_day)
        else:
            mean = chosen.get("transactions_per_customer_day", 2.0)
            chosen["customers"] = max(2, round(transactions / (days * mean)))
            per_day = transactions / (chosen["customers"] * days)
            chosen.setdefault("transactions_per_customer_day", per_day)
        chosen.setdefault("terminals", max(20, 2 * chosen["customers"]))
        return cls(**chosen)


def _known(overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    names = [field.name for field in fields(SyntheticConfig)]
    unknown = sorted(set(overrides) - set(names))
    if unknown:
        raise TypeError(
            f"SyntheticConfig has no field {', '.join(unknown)}; its fields are {', '.join(names)}"
        )
    return overrides


def _problems(config: SyntheticConfig) -> list[str]:
    found: list[str] = []
    for name, (low, high) in _INTEGER_RANGES.items():
        value = getattr(config, name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not low <= value <= high:
            found.append(f"{name} is {value!r}, must be a whole number from {low} to {high}")
    for field in fields(config):
        if field.name.endswith(_RATE_SUFFIX):
            value = getattr(config, field.name)
            if not _is_number(value) or not 0 <= value <= 1:
                found.append(f"{field.name} is {value!r}, must be a share between 0 and 1")
    mean = config.transactions_per_customer_day
    if not _is_number(mean) or not 0 < mean <= 1_000:
        found.append(f"transactions_per_customer_day is {mean!r}, must be above 0 and at most 1000")
    factor = config.shifted_amount_factor
    if not _is_number(factor) or not 0 < factor <= 1_000:
        found.append(f"shifted_amount_factor is {factor!r}, must be above 0 and at most 1000")
    if type(config.start) is not date or not 1971 <= config.start.year <= 2200:
        found.append(
            f"start is {config.start!r}, must be a datetime.date (no time) from 1971 to 2200"
        )
    if not isinstance(config.include_future_reports, bool):
        found.append(
            f"include_future_reports is {config.include_future_reports!r}, must be True or False"
        )
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
