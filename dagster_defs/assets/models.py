"""The fraud model as assets: challenger, champion, scores, drift, and what analysts say of it.

Belongs here: which of its steps are assets, and what their runs show. Does not belong here: the
steps; `fraud_model` has those, and is imported when one runs: its libraries are an extra.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from sentinel.settings import Settings

MODELS = "models"
MODEL_LOG = "model_log"
"""Groups; the second is the dbt source that the marts about models read."""
_OWNERS = ["fraud-analytics@sentinel.example"]
_FEATURES = [
    dg.AssetKey(["features", "feat_transactions"]),
    dg.AssetKey(["features", "feat_transactions_history"]),
    dg.AssetKey(["intermediate", "int_transactions__labelled"]),
    dg.AssetKey(["marts", "fct_rule_hits"]),
    dg.AssetKey(["marts", "dim_customers"]),
]
CHALLENGER = dg.AssetKey([MODELS, "challenger"])
CHAMPION = dg.AssetKey([MODELS, "champion"])
_SCORE_TABLES = {
    "scores": "Scores of the newest days by the champion, and by the challenger beside it.",
    "alerts": "What they alert about.",
    "alert_reasons": "Reasons of what they or the rules alert about.",
    "scorings": "Which version scored when, and for whom it decides.",
}
SCORES = [dg.AssetKey([MODEL_LOG, name]) for name in _SCORE_TABLES]
DECISIONS = dg.AssetKey([MODELS, "delivered_decisions"])
DRIFT = dg.AssetKey([MODEL_LOG, "drift"])
HEALTH = dg.AssetKey([MODEL_LOG, "health"])


class TrainConfig(dg.Config):
    """What is trained; as the options of `sentinel model train`."""

    model: str = "xgboost"
    features: str = "2"
    training_days: int = 28
    trials: int = 8
    equalise: str | None = None


class DaysConfig(dg.Config):
    """How many of the newest days."""

    days: int = 7


class ScoreConfig(DaysConfig):
    """Which days are scored, and for which share of customers the challenger's alerts count."""

    challenger_share: float = 0.0


class ProposalConfig(dg.Config):
    """What proposals are made from; as the options of `sentinel model propose-rules`."""

    days: int = 84
    false_alerts_per_fraud: float = 10.0


@dg.multi_asset(
    name="train_model",
    specs=[
        dg.AssetSpec(
            CHALLENGER, deps=_FEATURES, group_name=MODELS, owners=_OWNERS, kinds={"mlflow"},
            description="The newest version of the fraud model, which wants the champion's place.",
        ),
        *(
            dg.AssetSpec(
                dg.AssetKey([MODEL_LOG, name]), deps=_FEATURES, group_name=MODEL_LOG,
                owners=_OWNERS, description=text,
            )
            for name, text in {
                "evaluations": "Every figure of every evaluation.",
                "fairness": "Groups of customers in every evaluation.",
                "fairness_policies": "What thresholds by group would win and cost.",
            }.items()
        ),
    ],
)  # fmt: skip
def trained_model(
    context: dg.AssetExecutionContext, config: TrainConfig
) -> Iterator[dg.MaterializeResult[None]]:
    """Chooses parameters, evaluates, learns from the newest days, registers."""
    from fraud_model import training
    from fraud_model.warehouse import Warehouse

    warehouse = Warehouse(Settings.load())
    request = training.Request(
        config.model, config.features, config.training_days, config.trials, equalise=config.equalise
    )
    watch = training.told(context.log.info)
    days = training.protocol(warehouse, request)
    history = training.history_of(warehouse, request, days)
    number, evaluation = training.register(warehouse, history, request, days, watch)
    shown: dict[str, Any] = {
        "version": number,
        "model": evaluation.plan.title,
        "data hash": evaluation.data_hash,
        **{name: evaluation.mean(name) for name in ("auc_roc", "average_precision")},
    }
    yield dg.MaterializeResult(asset_key=CHALLENGER, metadata=shown)
    for name in ("evaluations", "fairness", "fairness_policies"):
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey([MODEL_LOG, name]),
            metadata={"evaluation": evaluation.evaluation_id},
        )


@dg.asset(
    key=CHAMPION, deps=[CHALLENGER], group_name=MODELS, owners=_OWNERS, kinds={"mlflow"},
    description="The version that scores: the challenger, if it passes the gate.",
)  # fmt: skip
def champion(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Compares on the same weeks; a refusal is an answer, not a failure."""
    from fraud_model.gates import GateLimits
    from fraud_model.promotion import challenge
    from fraud_model.training import told
    from fraud_model.warehouse import Warehouse

    watch = told(context.log.info)
    decision = challenge(Warehouse(Settings.load()), GateLimits(), False, watch)
    return dg.MaterializeResult(
        metadata={
            "challenger": decision.challenger,
            "champion before": decision.champion or "none",
            "refused because": "; ".join(decision.refusals) or "not refused",
        }
    )


@dg.multi_asset(
    name="score_transactions",
    specs=[
        dg.AssetSpec(
            dg.AssetKey([MODEL_LOG, name]), deps=[CHAMPION, *_FEATURES], group_name=MODEL_LOG,
            owners=_OWNERS, description=text,
        )
        for name, text in _SCORE_TABLES.items()
    ],
)  # fmt: skip
def scores(config: ScoreConfig) -> Iterator[dg.MaterializeResult[None]]:
    """Scores the newest days anew: features of late records have changed since."""
    from fraud_model.examples import newest_days
    from fraud_model.scoring import score_newest
    from fraud_model.warehouse import Warehouse

    warehouse = Warehouse(Settings.load())
    days = newest_days(warehouse, config.days)
    done = score_newest(warehouse, *days, config.challenger_share)
    for name in _SCORE_TABLES:
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey([MODEL_LOG, name]),
            metadata={
                f"version {each.version}": f"{each.transactions} transactions, "
                f"{each.alerts} alerts, {each.seconds:.2f} seconds"
                for each in done
            },
        )


@dg.multi_asset(
    name="watch_model",
    specs=[
        dg.AssetSpec(
            key, deps=[CHAMPION, *_FEATURES], group_name=MODEL_LOG, owners=_OWNERS,
            description=text,
        )
        for key, text in (
            (HEALTH, "Alerts of each day, and hits of each week whose labels are in."),
            (DRIFT, "Each input and the score, day by day, against what the champion learnt from."),
        )
    ],
)  # fmt: skip
def drift(config: DaysConfig) -> Iterator[dg.MaterializeResult[None]]:
    """Compares; the sensor `drift_retrains` acts on it."""
    from fraud_model.examples import newest_days
    from fraud_model.health import check_health
    from fraud_model.monitoring import monitor
    from fraud_model.registry import CHAMPION as PLACE
    from fraud_model.registry import Registry
    from fraud_model.warehouse import Warehouse

    warehouse = Warehouse(Settings.load())
    version = Registry(warehouse.settings).version(PLACE)
    days = newest_days(warehouse, config.days)
    judged = check_health(warehouse, version, *days)
    # Drift last: the sensor that asks for training is waiting for it.
    found = monitor(warehouse, version, *days)
    unusual = {
        HEALTH: (len(judged), {each.metric for each in judged if each.is_out}),
        DRIFT: (len(found), {each.input_name for each in found if each.is_drifted}),
    }
    for key, (count, names) in unusual.items():
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={
                "dagster/row_count": count, "version": version.number,
                "not as usual": ", ".join(sorted(names)) or "nothing",
            },
        )  # fmt: skip


@dg.asset(
    key=DECISIONS, deps=[dg.AssetKey(["marts", "fct_analyst_decisions"])], group_name=MODELS,
    owners=_OWNERS, description="Decisions of analysts, delivered as reports about payments.",
)  # fmt: skip
def decisions() -> dg.MaterializeResult[None]:
    """Delivers what is no label yet; the next build takes it."""
    from fraud_model.feedback import deliver_decisions
    from fraud_model.warehouse import Warehouse

    done = deliver_decisions(Warehouse(Settings.load()))
    return dg.MaterializeResult(
        metadata={
            "frauds": done.frauds, "genuine": done.genuine,
            "batch": done.delivered.batch_id if done.delivered else "nothing new",
        }
    )  # fmt: skip


@dg.asset(
    key=dg.AssetKey([MODEL_LOG, "rule_proposals"]), group_name=MODEL_LOG, owners=_OWNERS,
    deps=[
        dg.AssetKey(["intermediate", "int_transactions__rules_observed"]),
        dg.AssetKey(["marts", "fct_transactions"]),
        dg.AssetKey(["reference", "fraud_rules"]),
    ],
    description="Weights and thresholds that rules could have; nothing applies them.",
)  # fmt: skip
def rule_proposals(
    context: dg.AssetExecutionContext, config: ProposalConfig
) -> dg.MaterializeResult[None]:
    """Proposes; with too few frauds there is nothing to propose from, which is no failure."""
    from fraud_model.periods import PeriodError
    from fraud_model.proposals import propose_rules
    from fraud_model.warehouse import Warehouse

    try:
        found = propose_rules(
            Warehouse(Settings.load()), config.days, config.false_alerts_per_fraud
        )  # fmt: skip
    except PeriodError as error:
        context.log.warning(str(error))
        return dg.MaterializeResult(metadata={"proposed": "nothing", "because": str(error)})
    now, then = found.present, found.proposed
    changed = [
        rule
        for number, rule in enumerate(now.rule_ids)
        if (now.thresholds[number], now.weights[number])
        != (then.thresholds[number], then.weights[number])
    ]
    return dg.MaterializeResult(metadata={"proposed": ", ".join(changed) or "nothing"})


model_assets = [trained_model, champion, scores, drift, decisions, rule_proposals]
