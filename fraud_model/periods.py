"""Which days a model learns from and which it is judged by.

Belongs here: dates. Does not belong here: rows, and what happens in a period.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sentinel.errors import SentinelError

WEEK_DAYS = 7
EVALUATION_FOLDS = 4


class PeriodError(SentinelError):
    """There are not the days that were asked for."""


@dataclass(frozen=True)
class Fold:
    """One training period, the wait for its labels, and the test period after it.

    A model of this fold is trained in the night before `test_start`, with the labels known by then.

    Attributes:
        test_start: first day that is scored.
        training_days: days learnt from.
        delay_days: days between the last of them and `test_start`, for labels to come in.
        test_days: days that are scored.
        protocol_days: days of the training period by which it is decided which customers are known
            as defrauded. The published protocol takes its seven training days; with a constant,
            models that learn from more days are tested on the same rows.
    """

    test_start: date
    training_days: int = WEEK_DAYS
    delay_days: int = WEEK_DAYS
    test_days: int = WEEK_DAYS
    protocol_days: int = WEEK_DAYS

    @property
    def training_end(self) -> date:
        """First day after the training period."""
        return self.test_start - timedelta(days=self.delay_days)

    @property
    def training_start(self) -> date:
        """First day of the training period."""
        return self.training_end - timedelta(days=self.training_days)

    @property
    def known_frauds_start(self) -> date:
        """First day whose frauds make a customer known as defrauded."""
        return self.training_end - timedelta(days=self.protocol_days)

    @property
    def test_end(self) -> date:
        """First day after the test period."""
        return self.test_start + timedelta(days=self.test_days)

    def earlier(self, days: int) -> "Fold":
        """The same fold so many days earlier."""
        return Fold(
            self.test_start - timedelta(days=days), self.training_days, self.delay_days,
            self.test_days, self.protocol_days,
        )  # fmt: skip

    def learning_from(self, training_days: int) -> "Fold":
        """The same test period after a longer or shorter training period that ends the same day."""
        return Fold(
            self.test_start, training_days, self.delay_days, self.test_days, self.protocol_days
        )


@dataclass(frozen=True)
class Protocol:
    """Folds that a model is judged by, and earlier ones by which its parameters are chosen.

    No parameter is chosen by a day of an evaluation fold: the last label of the newest tuning fold
    is known before the first day that the oldest evaluation fold scores.
    """

    evaluation: tuple[Fold, ...]
    tuning: tuple[Fold, ...]

    def learning_from(self, training_days: int) -> "Protocol":
        """The same test periods with training periods of another length."""
        return Protocol(
            tuple(each.learning_from(training_days) for each in self.evaluation),
            tuple(each.learning_from(training_days) for each in self.tuning),
        )


def prequential_protocol(
    first_day: date, end: date, delay_days: int = WEEK_DAYS, folds: int = EVALUATION_FOLDS
) -> Protocol:
    """Weekly folds that end with the last day, and as many before them for choosing parameters.

    Args:
        first_day: first day with data.
        end: first day after those that may be scored: their labels have come in.
        delay_days: days between training and test.
        folds: at most so many of each kind; fewer where there are not the days.

    Returns:
        Newest folds first. Without the days for any tuning fold, `tuning` is empty.

    Raises:
        PeriodError: when there are not the days for one evaluation fold.
    """
    newest = Fold(end - timedelta(days=WEEK_DAYS), delay_days=delay_days)
    evaluation = _weekly(newest, first_day, folds)
    if not evaluation:
        needed = 2 * WEEK_DAYS + delay_days
        raise PeriodError(
            f"A model needs {needed} days whose labels have come in; there are "
            f"{max((end - first_day).days, 0)}, from {first_day} until before {end}."
        )
    before = evaluation[-1].earlier(newest.delay_days + newest.test_days)
    return Protocol(evaluation, _weekly(before, first_day, folds))


def scorable_end(last_transaction: date, last_label: date | None, delay_days: int) -> date:
    """First day after those whose labels are in by now.

    Args:
        last_transaction: day of the latest transaction.
        last_label: day of the latest report; None without any.
        delay_days: how long a report takes.
    """
    after_last = last_transaction + timedelta(days=1)
    if last_label is None:
        return after_last - timedelta(days=delay_days)
    return min(after_last, last_label + timedelta(days=1) - timedelta(days=delay_days))


def _weekly(newest: Fold, first_day: date, at_most: int) -> tuple[Fold, ...]:
    weeks = (newest.earlier(WEEK_DAYS * number) for number in range(at_most))
    return tuple(fold for fold in weeks if fold.training_start >= first_day)
