"""The life of a model on generated payments: trained, judged, promoted, used, gone back from.

The tests build on one another in the order they stand in.
"""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
from typer.testing import Result

from fraud_model.examples import extent, load_history
from fraud_model.feature_sets import FEATURE_SETS
from fraud_model.gates import GateLimits
from fraud_model.leak_checks import check_history
from fraud_model.registry import CHALLENGER, CHAMPION, Registry, RegistryError
from fraud_model.warehouse import Warehouse as ModelWarehouse
from fraud_model.warehouse import WarehouseError
from sentinel.settings import Settings
from tests.integration.fraud_model.conftest import Command
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("fraud_model")

QUICK = ("--training-days", "14", "--trials", "1")


@pytest.fixture(scope="module")
def registry(built: Warehouse) -> Registry:
    return Registry(Settings(home=built.home))


@pytest.fixture(scope="module")
def trained(sentinel_model: Command) -> Result:
    return sentinel_model("train", "--model", "logistic_regression", *QUICK)


def test_every_feature_set_is_read_as_the_warehouse_has_it(built: Warehouse) -> None:
    warehouse = ModelWarehouse(Settings(home=built.home))
    days = extent(warehouse)
    (count,) = built.query("select count(*) from marts.fct_transactions")[0:1]
    for features in FEATURE_SETS.values():
        history = load_history(
            warehouse, features, days.first_transaction, days.last_transaction + timedelta(days=1)
        )
        assert (len(history.transactions),) == count
        assert history.transactions.inputs.shape[1] == len(features.names)
        check_history(history)


def test_a_reversed_or_late_label_is_not_in_an_earlier_training_set(built: Warehouse) -> None:
    """The spine's states, against reports counted by hand in the warehouse."""
    late = built.query(
        "select count(*) from intermediate.int_transactions__labelled as spine "
        "inner join intermediate.int_fraud_labels__deduplicated as reports using (transaction_id) "
        "where not spine.is_reported and spine.known_until > reports.known_from"
    )
    assert late == [(0,)]
    now = built.query(
        "select count(*) from intermediate.int_transactions__labelled "
        "where known_until is null and is_fraud"
    )
    assert now == built.query("select count(*) from marts.fct_transactions where is_fraud")
    assert now > [(50,)]


def test_training_registers_a_challenger_and_writes_its_figures(
    trained: Result, registry: Registry, built: Warehouse
) -> None:
    assert "Version 1 is the challenger" in trained.stdout
    version = registry.version(CHALLENGER)
    assert 0 < version.threshold < 1
    found = built.query(
        "select scorer, count(*), count(distinct test_date) from model_log.evaluations "
        "where fraud_type = 'all' and metric_name = 'average_precision' group by scorer"
    )
    assert {scorer for scorer, *_ in found} == {"model", "rules", "rules_and_model", "ceiling"}
    assert all(rows == folds > 1 for _, rows, folds in found)
    groups = built.query("select distinct attribute from model_log.fairness")
    assert {attribute for (attribute,) in groups} == {"segment", "home_country_code"}


def test_the_first_challenger_becomes_champion_and_a_worse_one_does_not(
    trained: Result, sentinel_model: Command, registry: Registry
) -> None:
    first = sentinel_model("promote")
    assert first.exit_code == 0, first.stdout
    assert registry.number(CHAMPION) == "1"
    sentinel_model("train", "--model", "logistic_regression", "--features", "published", *QUICK)
    done = sentinel_model("promote")
    worse = registry.version("2").metrics["average_precision"]
    assert worse < registry.version("1").metrics["average_precision"]
    assert done.exit_code == 1
    assert "Version 2 is refused" in done.stdout
    assert (registry.number(CHAMPION), registry.number(CHALLENGER)) == ("1", "2")


def test_a_challenger_that_treats_groups_differently_is_refused(
    trained: Result, sentinel_model: Command, registry: Registry
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fraud_model.fairness.MINIMUM_FRAUDS", 1)
        patch.setattr("fraud_model.fairness.MINIMUM_GENUINE", 1)
        strict = partial(GateLimits, recall_gap=-1.0, chance=1.1)
        patch.setattr("fraud_model.gates.GateLimits", strict)
        done = sentinel_model("promote")
    assert done.exit_code == 1
    assert "between groups" in done.stdout


def test_a_better_one_does_and_is_gone_back_from(
    trained: Result, sentinel_model: Command, registry: Registry
) -> None:
    sentinel_model("train", "--model", "lightgbm", *QUICK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fraud_model.gates.GateLimits", partial(GateLimits, calibration_slack=0.05))
        done = sentinel_model("promote")
    assert done.exit_code == 0, done.stdout
    assert registry.number(CHAMPION) == "3"
    back = sentinel_model("promote", "--roll-back")
    assert "Version 1 is champion again" in back.stdout
    assert registry.number(CHAMPION) == "1"
    sentinel_model("promote", "--roll-back")


def test_scores_reasons_and_drift_reach_the_marts(
    trained: Result, sentinel_model: Command, built: Warehouse
) -> None:
    done = sentinel_model("score", "--days", "10", "--version", "1")
    assert done.exit_code == 0, done.stdout
    watched = sentinel_model("monitor", "--days", "7", "--version", "1")
    assert watched.exit_code in (0, 1)
    built.dbt("build", "-s", "fct_model_scores", "model_performance", "model_drift",
              "model_fairness", "--exclude", "resource_type:unit_test")  # fmt: skip
    (scored,) = built.query(
        "select count(*), count(distinct transaction_id), count(reasons), min(fraud_probability),"
        " max(fraud_probability) from marts.fct_model_scores"
    )
    rows, ids, alerts, lowest, highest = scored
    assert rows == ids > 3000
    assert 0 < alerts < rows / 10
    assert 0 < lowest < highest < 1
    (best,) = built.query(
        "select fold_count, metric_mean, metric_stddev, metric_minimum, metric_maximum, parameters"
        " from marts.model_performance where scorer = 'model' and fraud_type = 'all'"
        " and metric_name = 'average_precision' and model_kind = 'lightgbm'"
    )
    assert best[0] > 1
    assert best[3] <= best[1] <= best[4]
    assert json.loads(best[5])["learning_rate"]
    drift = built.query("select count(distinct monitored_date) from marts.model_drift")
    assert drift[0][0] >= 5


def test_a_transaction_is_explained(
    trained: Result, sentinel_model: Command, built: Warehouse
) -> None:
    (found,) = built.query(
        "select transaction_id from marts.fct_transactions where is_fraud limit 1"
    )
    done = sentinel_model("explain", str(found[0]), "--version", "1")
    assert "probability of fraud" in done.stdout
    assert "the amount against the customer's usual one" in done.stdout


def test_a_card_is_written_and_is_the_same_again(
    sentinel_model: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fraud_model.fairness.MINIMUM_FRAUDS", 1)
    monkeypatch.setattr("fraud_model.fairness.MINIMUM_GENUINE", 1)
    texts = []
    for number in range(2):
        card = tmp_path / str(number) / "card.md"
        what = ("--model", "logistic_regression", "--features", "1", *QUICK)
        done = sentinel_model("evaluate", *what, "--card", str(card))
        assert done.exit_code == 0, done.stdout
        texts.append((card.read_bytes(), (card.parent / "images/card_curves.svg").read_bytes()))
    assert texts[0] == texts[1]
    page = texts[0][0].decode()
    assert "Logistic regression, feature version 1, 14 training days" in page
    assert "| segment |" in page
    assert "How far groups are apart" in page


def test_what_is_not_there_is_said(built: Warehouse, sentinel_model: Command) -> None:
    with pytest.raises(RegistryError, match="no version '99'"):
        sentinel_model("score", "--version", "99")
    with pytest.raises(WarehouseError, match="dbt build"):
        extent(ModelWarehouse(Settings(home=built.home / "nowhere")))
    with (
        duckdb.connect(str(built.home / "sentinel.duckdb")),
        pytest.raises((WarehouseError, duckdb.ConnectionException)),
    ):
        extent(ModelWarehouse(Settings(home=built.home)))
