"""A shift changes the last days and nothing before them."""

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sentinel.synthetic import SyntheticConfig, generate

QUIET = SyntheticConfig(
    seed=5, customers=60, terminals=80, days=10, late_rate=0.0, duplicate_rate=0.0,
    correction_rate=0.0, malformed_rate=0.0,
)  # fmt: skip
SHIFTED = replace(QUIET, shifted_days=2, shifted_amount_factor=1.5)
FIRST = QUIET.end - timedelta(days=2)


def before_and_after(config: SyntheticConfig) -> tuple[pa.Table, pa.Table]:
    table, is_later = generate(config).transactions, pc.field("transaction_at") >= FIRST
    return table.filter(~is_later), table.filter(is_later)


def mean_amount(table: pa.Table) -> float:
    return float(pc.mean(table["amount"].cast("float64")).as_py())


def test_only_the_last_days_change_and_only_in_their_amounts() -> None:
    before, after = before_and_after(QUIET)
    same_before, shifted = before_and_after(SHIFTED)
    assert before.equals(same_before)
    same = ["transaction_id", "transaction_at", "customer_id", "terminal_id"]
    assert after.select(same).equals(shifted.select(same))
    assert mean_amount(shifted) / mean_amount(after) == pytest.approx(1.5, abs=0.2)


@pytest.mark.parametrize("factor", [0, -1.0, "twice", 2_000])
def test_a_factor_that_is_none_is_refused(factor: object) -> None:
    with pytest.raises(ValueError, match="shifted_amount_factor"):
        SyntheticConfig(shifted_amount_factor=factor)  # type: ignore[arg-type]
