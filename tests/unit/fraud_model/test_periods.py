"""Which days a model learns from and is judged by."""

from datetime import date

import pytest

from fraud_model.periods import Fold, PeriodError, prequential_protocol, scorable_end


def test_the_handbooks_folds_come_out_of_its_days() -> None:
    protocol = prequential_protocol(date(2018, 4, 1), date(2018, 9, 5))
    assert [(each.training_start, each.test_start) for each in protocol.evaluation] == [
        (date(2018, 8, 15), date(2018, 8, 29)), (date(2018, 8, 8), date(2018, 8, 22)),
        (date(2018, 8, 1), date(2018, 8, 15)), (date(2018, 7, 25), date(2018, 8, 8)),
    ]  # fmt: skip
    assert [each.training_start for each in protocol.tuning] == [
        date(2018, 7, 11), date(2018, 7, 4), date(2018, 6, 27), date(2018, 6, 20),
    ]  # fmt: skip


def test_no_tuning_label_comes_after_the_first_evaluation() -> None:
    protocol = prequential_protocol(date(2018, 4, 1), date(2018, 9, 5)).learning_from(56)
    newest_label = protocol.tuning[0].test_end.toordinal() + protocol.tuning[0].delay_days
    assert newest_label <= protocol.evaluation[-1].test_start.toordinal()
    assert protocol.tuning[0].test_start == date(2018, 7, 25)


def test_a_longer_training_period_ends_the_same_day_and_leaves_the_test_alone() -> None:
    fold = Fold(date(2018, 8, 8))
    longer = fold.learning_from(28)
    assert longer.training_start == date(2018, 7, 4)
    assert (longer.training_end, longer.test_start, longer.test_end, longer.known_frauds_start) == (
        fold.training_end, fold.test_start, fold.test_end, fold.training_start,
    )  # fmt: skip


def test_fewer_days_give_fewer_folds_and_too_few_are_an_error() -> None:
    protocol = prequential_protocol(date(2024, 1, 1), date(2024, 2, 5))
    assert (len(protocol.evaluation), len(protocol.tuning)) == (3, 0)
    with pytest.raises(PeriodError, match="needs 21 days"):
        prequential_protocol(date(2024, 1, 1), date(2024, 1, 21))


@pytest.mark.parametrize(
    ("last_label", "end"),
    [
        (date(2018, 9, 11), date(2018, 9, 5)),
        (date(2018, 9, 4), date(2018, 8, 29)),
        (date(2019, 1, 1), date(2018, 9, 5)),
        (None, date(2018, 8, 29)),
    ],
)
def test_what_may_be_scored_has_its_labels_in(last_label: date | None, end: date) -> None:
    assert scorable_end(date(2018, 9, 4), last_label, 7) == end
