"""The fraud model as assets: challenger, champion, scores and drift.

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
SCORES = dg.AssetKey([MODEL_LOG, "scores"])
DRIFT = dg.AssetKey([MODEL_LOG, "drift"])


class TrainConfig(dg.Config):
    """What is trained; as the options of `sentinel model train`."""

    model: str = "xgboost"
    features: str = "2"
    training_days: int = 28
    trials: int = 8


class DaysConfig(dg.Config):
    """How many of the newest days."""

    days: int = 7


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
    request = training.Request(config.model, config.features, config.training_days, config.trials)
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
    for name in ("evaluations", "fairness"):
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


@dg.asset(
    key=SCORES, deps=[CHAMPION, *_FEATURES], group_name=MODEL_LOG, owners=_OWNERS,
    description="Scores of the newest days by the champion, with reasons.",
)  # fmt: skip
def scores(config: DaysConfig) -> dg.MaterializeResult[None]:
    """Scores the newest days anew: features of late records have changed since."""
    from fraud_model.examples import newest_days
    from fraud_model.registry import CHAMPION as PLACE
    from fraud_model.registry import Registry
    from fraud_model.scoring import score_days
    from fraud_model.warehouse import Warehouse

    warehouse = Warehouse(Settings.load())
    version = Registry(warehouse.settings).version(PLACE)
    done = score_days(warehouse, version, *newest_days(warehouse, config.days))
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": done.transactions, "version": version.number,
            "alerts": done.alerts, "seconds": round(done.seconds, 2),
        }
    )  # fmt: skip


@dg.asset(
    key=DRIFT, deps=[CHAMPION, *_FEATURES], group_name=MODEL_LOG, owners=_OWNERS,
    description="Each input and the score, day by day, against what the champion learnt from.",
)  # fmt: skip
def drift(config: DaysConfig) -> dg.MaterializeResult[None]:
    """Compares; the sensor `drift_retrains` acts on it."""
    from fraud_model.examples import newest_days
    from fraud_model.monitoring import monitor
    from fraud_model.registry import CHAMPION as PLACE
    from fraud_model.registry import Registry
    from fraud_model.warehouse import Warehouse

    warehouse = Warehouse(Settings.load())
    version = Registry(warehouse.settings).version(PLACE)
    found = monitor(warehouse, version, *newest_days(warehouse, config.days))
    drifted = sorted({each.input_name for each in found if each.is_drifted})
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(found), "version": version.number,
            "drifted": ", ".join(drifted) or "nothing",
        }
    )  # fmt: skip


model_assets = [trained_model, champion, scores, drift]
