"""A quiet month raises nothing, and a shift of the generator is noticed within a day of data.

`SENTINEL_SOAK_HISTORIES` sets for how many generated histories (`make soak`).
"""

import dataclasses
import os
from datetime import date, timedelta

import pytest

from batch_ingest import land, load_mapping
from fraud_model.calibration import learn_calibrated
from fraud_model.candidates import candidate
from fraud_model.evaluation import Plan
from fraud_model.examples import load_history
from fraud_model.fairness import threshold_for
from fraud_model.feature_sets import feature_set
from fraud_model.health import ALERT_SHARE, METRICS, check_health
from fraud_model.monitoring import monitor
from fraud_model.periods import Fold
from fraud_model.registry import Version
from fraud_model.warehouse import Warehouse as ModelWarehouse
from sentinel.settings import Settings
from sentinel.synthetic import SyntheticConfig, write
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("fraud_model")

HISTORIES = int(os.environ.get("SENTINEL_SOAK_HISTORIES", "1"))
QUIET_DAYS, DELAY_DAYS, TRAINING_DAYS = 30, 7, 28
# The windows of the features reach a month back: what is compared begins after the first month.
DAYS = 30 + TRAINING_DAYS + DELAY_DAYS + QUIET_DAYS + 1
CONFIG = SyntheticConfig(
    seed=11, customers=220, terminals=300, start=date(2025, 1, 1), days=DAYS, malformed_rate=0.0,
    compromised_terminal_daily_rate=0.001, large_amount_rate=0.004, shifted_days=1,
)  # fmt: skip
SHIFT = CONFIG.end - timedelta(days=1)
FOLD = Fold(SHIFT - timedelta(days=QUIET_DAYS), TRAINING_DAYS, DELAY_DAYS)


@pytest.fixture(scope="module", params=range(CONFIG.seed, CONFIG.seed + HISTORIES))
def warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ModelWarehouse:
    """Ninety-six days of about 440 payments, amounts twice as high on the last one."""
    folder = tmp_path_factory.mktemp("monitoring")
    write(dataclasses.replace(CONFIG, seed=request.param), folder / "landing")
    settings = Settings(home=folder / "home")
    land(settings, load_mapping("synthetic"), str(folder / "landing"))
    Warehouse(settings.home).dbt(
        "build", "-s", "+feat_transactions", "+feat_transactions_history", "+fct_rule_hits",
        "+int_transactions__labelled", "--exclude", "resource_type:test", "resource_type:unit_test",
    )  # fmt: skip
    return ModelWarehouse(settings)


@pytest.fixture(scope="module")
def version(warehouse: ModelWarehouse) -> Version:
    features, kind = feature_set("2"), candidate("lightgbm")
    history = load_history(warehouse, features, FOLD.training_start, FOLD.test_start)
    training = history.training_set(FOLD)
    plan = Plan(kind, features, {**kind.defaults, "rounds": 60}, TRAINING_DAYS)
    lesson = learn_calibrated(kind, training, plan.parameters)
    unseen = lesson.model.calibration.probabilities(lesson.unseen_raw_scores)
    threshold = threshold_for(unseen, training.is_fraud, 0.01)
    return Version("1", plan, lesson.model, FOLD, "", threshold, {}, training.inputs)


def test_a_quiet_month_raises_nothing(warehouse: ModelWarehouse, version: Version) -> None:
    compared = monitor(warehouse, version, FOLD.test_start, SHIFT)
    assert len({each.day for each in compared}) == QUIET_DAYS
    assert [each for each in compared if each.is_drifted] == []
    judged = check_health(warehouse, version, FOLD.test_start, SHIFT)
    assert {each.metric for each in judged} == set(METRICS)
    assert sum(each.metric == ALERT_SHARE for each in judged) == QUIET_DAYS
    assert [each for each in judged if each.is_out] == []


def test_a_shift_is_noticed_with_its_first_day(
    warehouse: ModelWarehouse, version: Version
) -> None:  # fmt: skip
    compared = monitor(warehouse, version, SHIFT, CONFIG.end)
    drifted = {each.input_name for each in compared if each.is_drifted}
    assert {"reporting_amount", "amount_to_customer_mean_ratio_30d"} <= drifted
    assert "is_weekend" not in drifted
    judged = check_health(warehouse, version, SHIFT, CONFIG.end)
    assert {each.metric for each in judged} == set(METRICS)
