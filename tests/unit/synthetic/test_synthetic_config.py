"""Configuration: presets, sizes and the errors of bad values."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from sentinel.synthetic import SyntheticConfig, generate


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("late_rate", 1.5, "late_rate is 1.5, must be a share between 0 and 1"),
        ("duplicate_rate", -0.1, "duplicate_rate is -0.1"),
        ("malformed_rate", float("nan"), "malformed_rate is nan"),
        ("correction_rate", "0.1", "correction_rate is '0.1'"),
        ("customers", 1, "customers is 1, must be a whole number from 2"),
        ("terminals", 9, "terminals is 9, must be a whole number from 10"),
        ("days", 0, "days is 0, must be a whole number from 1"),
        ("days", 2.5, "days is 2.5, must be a whole number"),
        ("seed", -1, "seed is -1"),
        ("seed", True, "seed is True"),
        ("maximum_lateness_days", 1, "maximum_lateness_days is 1, must be a whole number from 2"),
        ("transactions_per_customer_day", 0, "transactions_per_customer_day is 0, must be above"),
        ("start", "2025-01-01", "start is '2025-01-01', must be a datetime.date"),
        ("start", datetime(2025, 1, 1), "must be a datetime.date"),
        ("include_future_reports", "yes", "include_future_reports is 'yes', must be True or False"),
    ],
)
def test_a_bad_value_is_named_with_its_valid_range(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match="invalid SyntheticConfig") as error:
        SyntheticConfig(**{field: value})  # type: ignore[arg-type]
    assert message in str(error.value)


def test_all_bad_values_are_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"days is 0.*late_rate is 2"):
        SyntheticConfig(days=0, late_rate=2)


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'huge'; choose one of small, demo, large"):
        SyntheticConfig.preset("huge")  # type: ignore[arg-type]


def test_a_preset_of_fixed_size_refuses_another() -> None:
    with pytest.raises(ValueError, match="'demo' has a fixed size"):
        SyntheticConfig.preset("demo", transactions=10)


@pytest.mark.parametrize("transactions", [0, -5, 2.5, True, "many"])
def test_a_bad_number_of_transactions_is_refused(transactions: object) -> None:
    with pytest.raises(ValueError, match="must be a whole number from 1"):
        SyntheticConfig.for_transactions(transactions)  # type: ignore[arg-type]


def test_an_unknown_override_names_the_fields() -> None:
    with pytest.raises(TypeError, match=r"no field latenes_rate; its fields are seed, customers"):
        SyntheticConfig.preset("small", latenes_rate=0.1)


def test_presets_have_the_sizes_they_promise() -> None:
    demo = SyntheticConfig.preset("demo", seed=3)
    assert (demo.customers, demo.terminals, demo.days, demo.seed) == (1_000, 2_000, 60, 3)
    large = SyntheticConfig.preset("large")
    expected = large.customers * large.days * large.transactions_per_customer_day
    assert expected == pytest.approx(20_000_000)
    scaled = SyntheticConfig.preset("large", transactions=3_000_000)
    assert scaled == SyntheticConfig.for_transactions(3_000_000)


def test_small_is_about_five_thousand_transactions() -> None:
    assert generate(SyntheticConfig.preset("small")).truth.num_rows == pytest.approx(5_000, rel=0.1)


@pytest.mark.parametrize(
    "overrides", [{}, {"customers": 40}, {"days": 12}, {"transactions_per_customer_day": 5.0}]
)
def test_for_transactions_gives_about_so_many(overrides: dict[str, float]) -> None:
    config = SyntheticConfig.for_transactions(6_000, **overrides)
    for name, value in overrides.items():
        assert getattr(config, name) == pytest.approx(value, rel=0.05)
    assert generate(config).truth.num_rows == pytest.approx(6_000, rel=0.07)


def test_the_period_ends_before_the_end() -> None:
    config = SyntheticConfig(start=date(2024, 2, 28), days=2)
    assert config.end == date(2024, 3, 1)
    assert config.as_dict()["start"] == "2024-02-28"
