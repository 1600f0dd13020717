"""Champion and challenger beside each other, analysts who read and decide, and what comes back.

The tests build on one another in the order they stand in.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sklearn.metrics import average_precision_score
from typer.testing import CliRunner, Result

from fraud_model.commands import app
from fraud_model.registry import CHALLENGER, CHAMPION, Registry
from fraud_model.trial import hash_bound, is_in_share
from sentinel.settings import REPOSITORY_ROOT, Settings
from sentinel.variables import environment_variables
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("fraud_model")

QUICK = ("--model", "logistic_regression", "--training-days", "14", "--trials", "1")
MARTS = ("fct_analyst_decisions", "fct_model_scores", "explained_alerts", "model_comparison",
         "review_queue", "label_selection", "alert_causes", "model_fairness_policies",
         "rule_proposals")  # fmt: skip
DECIDED_AT = datetime(2025, 3, 5, 9, 30)


@pytest.fixture(scope="module")
def used(built: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A copy, with a champion and a challenger whose groups have thresholds of their own."""
    warehouse = built.copied_to(tmp_path_factory.mktemp("in_use") / "home")
    # Without what other tests have found out about models of theirs.
    shutil.rmtree(warehouse.home / "models", ignore_errors=True)
    warehouse.execute("drop schema if exists model_log cascade")
    # A run on the new place makes the views over the lake anew.
    warehouse.dbt("run", "-s", "staging")
    with environment_variables({"SENTINEL_HOME": str(warehouse.home)}):
        for options in ((), ("--equalise", "segment")):
            done = CliRunner().invoke(app, ["train", *QUICK, *options])
            assert done.exit_code == 0, done.output
            if not options:
                registry = Registry(Settings(home=warehouse.home))
                number = registry.number(CHALLENGER)
                assert number is not None
                registry.promote(number)
    return warehouse


@pytest.fixture(scope="module")
def model(used: Warehouse) -> Iterator[Callable[..., Result]]:
    """Runs `sentinel model …` there."""
    with environment_variables({"SENTINEL_HOME": str(used.home), "COLUMNS": "200"}):

        def run(*arguments: str) -> Result:
            done = CliRunner().invoke(app, list(arguments))
            assert done.exit_code == 0, done.output
            return done

        yield run


def marts(warehouse: Warehouse) -> None:
    warehouse.dbt("build", "-s", *MARTS, "--exclude", "resource_type:unit_test")


def test_a_challenger_scores_in_the_shadow(
    used: Warehouse, model: Callable[..., Result]
) -> None:  # fmt: skip
    done = model("score", "--days", "20")
    assert "scored by version 1" in done.stdout
    assert "scored by version 2" in done.stdout
    marts(used)
    scored = used.query(
        "select model_role, count(*), count(*) filter (is_deciding), count(*) filter (is_alerted) "
        "from marts.fct_model_scores group by all order by all"
    )
    (_, of_challenger, none, alerts), (_, of_champion, every, _) = (
        row for row in sorted(scored, key=lambda row: row[0] == "champion")
    )
    assert of_champion == of_challenger == every > 6_000
    assert none == 0 < alerts


def test_an_alert_is_read_in_one_row(used: Warehouse) -> None:
    alerts = used.rows(["marts.explained_alerts"])["marts.explained_alerts"]
    scored = [row for row in alerts if row["model_version"] is not None]
    assert {row["model_version"] for row in scored} == {"1"}
    assert {row["alert_source"] for row in scored} == {"rules", "model", "rules_and_model"}
    # Whatever the rules or the model alert about says why, with what was seen.
    assert all("(" in row["reasons"] for row in scored if row["fraud_probability"] > 0.5)
    assert all(row["reasons"] is not None for row in scored)
    assert all(row["rules"] for row in alerts if row["alert_source"] != "model")
    (wrong,) = used.query(
        "select count(*) from marts.explained_alerts as a inner join marts.explained_alerts as b "
        "on a.alert_date = b.alert_date and a.queue_rank < b.queue_rank "
        "and a.fraud_probability < b.fraud_probability"
    )
    assert wrong == (0,)


def test_both_are_compared_on_the_same_payments(used: Warehouse) -> None:
    rows = used.rows(["marts.model_comparison"])["marts.model_comparison"]
    assert {(row["model_role"], row["population"]) for row in rows} == {
        ("champion", "all_customers"),
        ("challenger", "all_customers"),
        ("champion", "own_customers"),
    }
    for row in rows:
        truth = used.query(
            "select is_fraud, fraud_probability, is_alerted from marts.fct_model_scores "
            "inner join marts.fct_transactions using (transaction_id) "
            f"where model_version = '{row['model_version']}' and "
            "fct_model_scores.transaction_at <= (select max(transaction_at) - interval 7 days "
            "from marts.fct_transactions)"
        )
        is_fraud, scores, is_alerted = zip(*truth, strict=True)
        assert row["transaction_count"] == len(truth)
        assert row["fraud_count"] == sum(is_fraud) > 10
        assert row["alert_count"] == sum(is_alerted)
        assert row["average_precision"] == pytest.approx(average_precision_score(is_fraud, scores))


def test_in_a_trial_customers_are_the_challengers_by_their_hash(
    used: Warehouse, model: Callable[..., Result]
) -> None:
    model("score", "--days", "20", "--challenger-share", "0.3")
    marts(used)
    sides = used.query(
        "select distinct customer_id, model_role, is_deciding from marts.fct_model_scores"
    )
    customers = {customer for customer, _, _ in sides}
    assert len(sides) == 2 * len(customers)
    for customer, role, is_deciding in sides:
        is_challengers = is_in_share(customer, "1-2", hash_bound(0.3))
        assert is_deciding == (is_challengers if role == "challenger" else not is_challengers)
    deciding = {role for _, role, decides in sides if decides}
    assert deciding == {"champion", "challenger"}
    counted = used.query(
        "select sum(transaction_count) filter (population = 'own_customers'), "
        "max(transaction_count) filter (population = 'all_customers') from marts.model_comparison"
    )
    assert counted[0][0] == counted[0][1]
    versions = used.query("select distinct model_version from marts.explained_alerts")
    assert {version for (version,) in versions} >= {"1", "2"}


def test_groups_have_thresholds_of_their_own_and_their_cost_is_told(used: Warehouse) -> None:
    challenger = Registry(Settings(home=used.home)).version(CHALLENGER)
    assert challenger.plan.equalised == "segment"
    assert Registry(Settings(home=used.home)).version(CHAMPION).by_group == {}
    found = used.query(
        "select distinct coalesce(segment, ''), alert_threshold from model_log.alerts "
        "inner join marts.fct_transactions using (transaction_id) "
        "inner join marts.dim_customers using (customer_id) where model_version = '2'"
    )
    expected = {**dict.fromkeys({group for group, _ in found}, challenger.threshold)}
    assert dict(found) == {**expected, **{
        group: value for group, value in challenger.by_group.items() if group in expected
    }}  # fmt: skip


def test_decisions_become_labels_of_their_time(
    used: Warehouse, model: Callable[..., Result]
) -> None:
    (fraud,), (genuine,) = used.query(
        "select transaction_id from marts.explained_alerts where queue_rank = 1 "
        "order by alert_date desc limit 2"
    )
    (reviewed,) = used.query("select transaction_id from marts.review_queue limit 1")[0]
    decisions = {
        f"alert-{fraud}": "confirmed_fraud",
        f"alert-{genuine}": "false_positive",
        f"review-{reviewed}": "confirmed_fraud",
        "alert-unknown": "confirmed_fraud",
    }
    rows = [
        {"alert_id": each, "decision": decision, "analyst_name": "A. Nalyst",
         "decided_at": DECIDED_AT}
        for each, decision in decisions.items()
    ]  # fmt: skip
    used.deliver("analyst_decisions", "decisions", rows)
    used.dbt("run", "-s", "stg_lake__batches", "stg_raw__analyst_decisions",
             "fct_analyst_decisions")  # fmt: skip
    done = model("feedback")
    assert "2 decisions that it is fraud and 1 that it is not" in done.stdout
    told, again = (each.stdout.splitlines()[-1] for each in (done, model("feedback")))
    assert again == told, "the same batch, which the ledger has"
    used.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    labels = used.query(
        "select transaction_id, is_fraud from marts.fct_fraud_labels "
        f"where label_source = 'analyst' and label_available_at = timestamp '{DECIDED_AT}'"
    )
    assert dict(labels) == {fraud: True, genuine: False, reviewed: True}
    assert "No decision is new" in model("feedback").stdout
    queued = used.query("select transaction_id from marts.review_queue")
    assert (reviewed,) not in queued
    (found,) = used.query(
        "select sum(reviewed_count), sum(reviewed_fraud_count), sum(decided_alert_count) "
        "from marts.label_selection"
    )
    assert found == (1, 1, 2)


def test_false_positives_are_told_by_rule_and_by_reason(used: Warehouse) -> None:
    rows = used.rows(["marts.alert_causes"])["marts.alert_causes"]
    assert {row["cause_kind"] for row in rows} == {"rule", "model_input"}
    assert sum(row["false_positive_count"] for row in rows) > 0
    assert all(row["sole_cause_count"] <= row["alert_count"] for row in rows)


def test_rules_are_proposed_and_left_alone(
    used: Warehouse, model: Callable[..., Result]
) -> None:  # fmt: skip
    seed = REPOSITORY_ROOT / "seeds" / "fraud_rules.csv"
    before = (seed.read_bytes(), used.query("select * from reference.fraud_rules order by all"))
    done = model("propose-rules", "--days", "45")
    assert "all_rules" in done.stdout
    assert before == (
        seed.read_bytes(), used.query("select * from reference.fraud_rules order by all")
    )  # fmt: skip
    marts(used)
    rows = {r["rule_id"]: r for r in used.rows(["marts.rule_proposals"])["marts.rule_proposals"]}
    assert len(rows) == 13
    together = rows["all_rules"]
    (counted,) = used.query(
        "select count(*), count(*) filter (is_fraud) from marts.fct_fraud_alerts "
        "inner join marts.fct_transactions using (transaction_id) where alert_date between "
        f"date '{together['judged_from_date']}' and date '{together['judged_until_date']}'"
    )
    assert (together["present_hit_count"], together["present_fraud_count"]) == counted


def test_feedback_lies_in_the_lake_as_one_batch(used: Warehouse) -> None:
    """However often it was asked for."""
    found = list(Path(used.home / "lake" / "raw" / "fraud_labels").rglob("decisions-*"))
    assert len(found) == 1
