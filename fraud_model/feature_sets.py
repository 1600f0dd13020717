"""What a model is shown of a transaction, by version of the features.

Belongs here: names, where each input comes from, and the words analysts have for it. Does not
belong here: how a feature is computed, which is a dbt model, and anything with a label in it that
is not delayed.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from fraud_model.known_frauds import WINDOW_DAYS
from sentinel.dbt_project import project_variable
from sentinel.errors import SettingsError

LABEL_DELAY_DAYS = int(project_variable("label_delay_days"))
"""Days after which the delayed features take a label in; in their names."""


@dataclass(frozen=True)
class Input:
    """One number that a model is shown.

    Attributes:
        name: as the model knows it; that of the feature where it is one.
        sql: how it is read from `spine`, `baseline` (feat_transactions), `history`
            (feat_transactions_history) and `known` (`known_frauds`).
        words: what it is, as an analyst would say it.
    """

    name: str
    sql: str
    words: str


@dataclass(frozen=True)
class FeatureSet:
    """The inputs of one version, in order.

    Attributes:
        version: as the command line calls it.
        inputs: what a model is shown.
        reads_history: whether any of it is in feat_transactions_history.
        reads_known_frauds: whether any of it says what was known of the terminal by then.
    """

    version: str
    inputs: tuple[Input, ...]
    reads_history: bool = False
    reads_known_frauds: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return tuple(each.name for each in self.inputs)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with any input's name, origin or place; the words do not count."""
        text = "\n".join(f"{each.name} = {each.sql}" for each in self.inputs)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def feature_set(version: str) -> FeatureSet:
    """The inputs of a version.

    Raises:
        SettingsError: for a version that does not exist.
    """
    if version not in FEATURE_SETS:
        raise SettingsError(
            f"There is no feature version {version!r}; there are {', '.join(FEATURE_SETS)}."
        )
    return FEATURE_SETS[version]


def _plain(table: str, words: dict[str, str]) -> tuple[Input, ...]:
    return tuple(
        Input(name, f"cast({table}.{name} as double precision)", told)
        for name, told in words.items()
    )


def _flags(table: str, words: dict[str, str]) -> tuple[Input, ...]:
    return tuple(
        Input(name, f"case when {table}.{name} then 1.0 else 0.0 end", told)
        for name, told in words.items()
    )


_DAYS = {1: "a day", 7: "a week", 30: "a month"}
_DELAY = f"delay_{LABEL_DELAY_DAYS}d"

_BASELINE = (
    *_plain("spine", {"reporting_amount": "the amount"}),
    *_flags("baseline", {"is_weekend": "it is a weekend", "is_night": "it is night"}),
    *_plain("baseline", {
        f"customer_transaction_count_{days}d": f"the customer's payments within {span}"
        for days, span in _DAYS.items()
    }),
    *_plain("baseline", {
        f"customer_amount_mean_{days}d": f"the customer's mean amount within {span}"
        for days, span in _DAYS.items()
    }),
    *_plain("baseline", {
        f"terminal_transaction_count_{days}d_{_DELAY}":
            f"the terminal's payments within {span}, a week ago"
        for days, span in _DAYS.items()
    }),
    *_plain("baseline", {
        f"terminal_fraud_rate_{days}d_{_DELAY}":
            f"the share of the terminal's payments within {span}, a week ago, that were fraud"
        for days, span in _DAYS.items()
    }),
)  # fmt: skip


def _derived() -> tuple[Input, ...]:
    """What a tree would need many splits to find: the baseline's own columns against each other."""
    amount = "cast(spine.reporting_amount as double precision)"
    found = []
    for days, span in _DAYS.items():
        mean, count = f"baseline.customer_amount_mean_{days}d", _count(days)
        found += [
            Input(
                f"amount_to_mean_{days}d",
                f"{amount} / nullif({mean}, 0)",
                f"the amount against the customer's mean within {span}",
            ),
            # The mean without this payment: (mean x count - amount) / (count - 1). What is left of
            # equal amounts in floating point is less than a cent, and no mean to divide by.
            Input(
                f"amount_to_earlier_mean_{days}d",
                f"case when {mean} * {count} - {amount} >= 0.005 then {amount} * ({count} - 1)"
                f" / ({mean} * {count} - {amount}) end",
                f"the amount against the customer's earlier mean within {span}",
            ),
            Input(
                f"terminal_fraud_count_{days}d_{_DELAY}",
                f"baseline.terminal_fraud_rate_{days}d_{_DELAY}"
                f" * baseline.terminal_transaction_count_{days}d_{_DELAY}",
                f"the terminal's known frauds within {span}, a week ago",
            ),
        ]
    for days in (1, 7):
        found += [
            Input(
                f"amount_mean_{days}d_to_30d",
                f"baseline.customer_amount_mean_{days}d"
                " / nullif(baseline.customer_amount_mean_30d, 0)",
                f"the customer's mean within {_DAYS[days]} against that of a month",
            ),
            Input(
                f"transaction_count_{days}d_to_30d",
                f"{_count(days)} / {_count(30)}",
                f"how many of the customer's payments of a month were within {_DAYS[days]}",
            ),
        ]
    return tuple(found)


def _count(days: int) -> str:
    return f"cast(baseline.customer_transaction_count_{days}d as double precision)"


_HISTORY = (
    *_plain("history", {
        "customer_earlier_transaction_count_30d": "the customer's earlier payments within a month",
        "customer_earlier_amount_mean_30d": "the customer's usual amount",
        "customer_earlier_amount_stddev_30d": "how much the customer's amounts vary",
        "customer_earlier_amount_max_30d": "the customer's greatest amount within a month",
        "amount_to_customer_mean_ratio_30d": "the amount against the customer's usual one",
        "amount_deviation_from_customer_mean_30d":
            "how far the amount is outside the customer's usual range",
        "customer_small_amount_count_1h": "small amounts within an hour",
        "customer_seconds_since_previous": "the time since the customer's previous payment",
        "customer_distance_from_previous_km": "the distance from the previous place",
        "customer_speed_from_previous_km_per_hour": "the speed from the previous place",
        "customer_distance_from_usual_km_30d": "the distance from the customer's usual place",
        "customer_terminal_earlier_count_30d": "the customer's earlier payments at this terminal",
        f"customer_fraud_count_30d_{_DELAY}": "the customer's known frauds",
        "terminal_transaction_count_1d": "the terminal's payments within a day",
        "terminal_transaction_count_7d": "the terminal's payments within a week",
    }),
    *_flags("history", {"is_first_terminal_use_30d": "the customer has not paid here in a month"}),
)  # fmt: skip

_KNOWN = (
    Input(
        f"terminal_known_fraud_count_{WINDOW_DAYS}d",
        "cast(coalesce(known.fraud_count, 0) as double precision)",
        "the terminal's frauds of six weeks that were known by then",
    ),
    Input(
        f"terminal_known_fraud_share_{WINDOW_DAYS}d",
        "cast(known.fraud_count as double precision) / known.transaction_count",
        "the share of known frauds among the terminal's payments from the first to the latest",
    ),
    Input(
        f"terminal_seconds_since_first_known_fraud_{WINDOW_DAYS}d",
        "cast(known.seconds_since_first as double precision)",
        "the time since the terminal's first known fraud",
    ),
    Input(
        f"terminal_seconds_since_latest_known_fraud_{WINDOW_DAYS}d",
        "cast(known.seconds_since_latest as double precision)",
        "the time since the terminal's latest known fraud",
    ),
    Input(
        f"terminal_known_usual_fraud_count_{WINDOW_DAYS}d",
        "cast(coalesce(known.usual_count, 0) as double precision)",
        "the terminal's known frauds at amounts that are usual for their customers",
    ),
)

FEATURE_SETS = {
    each.version: each
    for each in (
        FeatureSet("published", _BASELINE),
        FeatureSet("1", (*_BASELINE, *_derived())),
        FeatureSet("2", (*_BASELINE, *_derived(), *_HISTORY, *_KNOWN), True, True),
    )
}
"""By version: what the published baseline was shown; the same table with its columns set against
each other; and the customer's and terminal's history as well, with what was known of its frauds."""
