"""The challenger against the champion, on the same weeks.

Belongs here: measuring both, and doing what the gate says. Does not belong here: the conditions;
see `gates`.
"""

from dataclasses import dataclass, replace

from fraud_model.evaluation import Evaluation, evaluate
from fraud_model.examples import load_history
from fraud_model.fairness import Fairness
from fraud_model.gates import GateLimits, Measured, refusals
from fraud_model.model_log import log_evaluation, log_fairness
from fraud_model.registry import CHALLENGER, CHAMPION, Registry, RegistryError, Version
from fraud_model.scoring import latency_ms
from fraud_model.training import Request, Watch, compared_groups, protocol
from fraud_model.warehouse import Warehouse


@dataclass(frozen=True)
class Decision:
    """What came of a challenge.

    Attributes:
        challenger: number of the version that wanted the place.
        champion: number of the version that had it; None when nobody had.
        refusals: reasons against; empty when the challenger is champion now.
        measured: of the challenger, and of the champion if there was one.
    """

    challenger: str
    champion: str | None
    refusals: list[str]
    measured: list[Measured]


def challenge(warehouse: Warehouse, limits: GateLimits, handbook: bool, watch: Watch) -> Decision:
    """Measures challenger and champion, each learning anew for every fold, and promotes or refuses.

    Raises:
        RegistryError: when there is no challenger.
        LeakError: when one of them is shown what it must not know.
    """
    registry = Registry(warehouse.settings)
    number, before = registry.number(CHALLENGER), registry.number(CHAMPION)
    if number is None:
        raise RegistryError("There is no challenger: `sentinel model train` makes one.")
    challenger = measure(warehouse, registry.version(number), handbook, watch)
    champion = measure(warehouse, registry.version(before), handbook, watch) if before else None
    if handbook:
        limits = replace(limits, plausible=Request(handbook=True).limits)
    against = refusals(challenger, champion, limits)
    if not against:
        registry.promote(number)
    measured = [challenger, *([champion] if champion else [])]
    return Decision(number, before, against, measured)


def measure(warehouse: Warehouse, version: Version, handbook: bool, watch: Watch) -> Measured:
    """What the gate wants to know of a version, on the newest weeks whose labels are in."""
    plan = version.plan
    request = Request(
        plan.candidate.name, plan.features.version, plan.training_days, 1, handbook, plan.equalised
    )
    days = protocol(warehouse, request)
    watch.step(f"measuring version {version.number}")
    history = load_history(
        warehouse, plan.features, days.evaluation[-1].training_start, days.evaluation[0].test_end
    )
    evaluation = evaluate(history, plan, days.evaluation, request.limits, watch.fold)
    compared = compared_groups(warehouse, history, evaluation)
    log_evaluation(warehouse, evaluation)
    log_fairness(warehouse, evaluation, compared)
    found = [each.fairness() for each in compared]
    return measured(evaluation, latency_ms(version), [each for each in found if each])


def measured(evaluation: Evaluation, latency: float, distances: list[Fairness]) -> Measured:
    """The gate's figures of an evaluation."""
    return Measured(
        average_precision=evaluation.mean("average_precision"),
        auc_roc=evaluation.mean("auc_roc"),
        card_precision_at_100=evaluation.mean("card_precision_at_100"),
        calibration_error=evaluation.mean("calibration_error"),
        latency_ms=latency,
        fairness=distances,
    )
