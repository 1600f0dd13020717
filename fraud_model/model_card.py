"""The model card: what the model is for, how good it is, and where it is weak.

Belongs here: laying out figures as Markdown. Does not belong here: computing them; a card is
written by the run that measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fraud_model.evaluation import ALL_TYPES, BOTH, CEILING, MODEL, RULES, SCORERS, Evaluation
from fraud_model.fairness import Comparison, Fairness
from fraud_model.metrics import METRICS, summary
from fraud_model.mitigation import BY_GROUP, COMMON, Policy
from fraud_model.plots import draw_curves, draw_weeks

_MAIN = ("auc_roc", "average_precision", "card_precision_at_100")
_TITLES = {"logistic_regression": "logistic regression", "xgboost": "XGBoost"}
_POLICIES = {COMMON: "one for all", BY_GROUP: "by group"}
PUBLISHED_SINGLE_SPLIT = {
    "logistic_regression": (0.871, 0.606, 0.291),
    "xgboost": (0.862, 0.639, 0.273),
}
"""Le Borgne et al., chapter 3: AUC ROC, average precision, card precision@100."""
PUBLISHED_PREQUENTIAL = (0.879, 0.687, 0.305)
"""The best of any model there, each metric by itself."""
_HEADER = """\
# Model card: probability that a payment is fraud

Written by `sentinel model evaluate`: change what it measures, never this page.

## What it is for

The model orders payments by suspicion, so that analysts look at the right hundred cards of a day,
and gives each a probability and reasons. It is no ground for refusing a customer by itself: a
decision about a person is an analyst's. It knows nothing of a customer but payments; age, origin,
home and segment are never inputs.
"""


@dataclass(frozen=True)
class Card:
    """What a card is about.

    Attributes:
        evaluations: every model that was measured; the last one is described in detail.
        single_split: the published baseline measured again, by kind of model; empty on other data.
        groups: groups of customers in the last one, by attribute.
        data: what the data is, one sentence.
        policies: what thresholds by group would do for the last one.
    """

    evaluations: Sequence[Evaluation]
    single_split: Mapping[str, Mapping[str, float]]
    groups: Sequence[Comparison]
    data: str
    policies: Sequence[Policy] = ()


def write_card(card: Card, path: Path) -> None:
    """Writes the page, and its pictures into the folder `images` beside it."""
    chosen = card.evaluations[-1]
    curves = path.parent / "images" / f"{path.stem}_curves.svg"
    weeks = path.parent / "images" / f"{path.stem}_weeks.svg"
    draw_curves(chosen, curves)
    draw_weeks(list(card.evaluations), weeks)
    parts = [
        _HEADER,
        _protocol(card),
        _published(card.single_split) if card.single_split else "",
        _comparison(card),
        f"![Average precision and card precision of each week](images/{weeks.name})\n",
        _scorers(chosen),
        f"![Precision against recall, and reliability](images/{curves.name})\n",
        _types(chosen),
        _fairness(card.groups),
        _policies(card.policies) if card.policies else "",
        _limits(),
        _provenance(card.evaluations),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(part for part in parts if part), encoding="utf-8")


def _protocol(card: Card) -> str:
    folds = card.evaluations[-1].folds
    days = ", ".join(f"{each.fold.test_start}" for each in folds)
    return f"""\
## How it was measured

{card.data} {len(folds)} test weeks, from {days}. Each is scored by a model that learnt from the
days that end seven days before the week, with the labels known by the night before it. Customers
who are known as defrauded when a day begins are left out of that day. Where more than one
set of parameters was tried, the choice was made on weeks that are older than all of these; the
defaults, and which inputs there are, were found while looking at these weeks as well. Means over
the weeks, with the sample standard deviation.

*Card precision@100*: each day the hundred most suspicious cards that were not found before; the
share that is defrauded that day. *Money caught*: of frauds on cards found, from that day on.
"""


def _published(measured: Mapping[str, Mapping[str, float]]) -> str:
    rows = []
    for name, published in PUBLISHED_SINGLE_SPLIT.items():
        rows.append((f"published, {_TITLES[name]}", *(f"{each:.3f}" for each in published)))
        ours = (f"{measured[name][metric]:.3f}" for metric in _MAIN)
        rows.append((f"measured here, {_TITLES[name]}", *ours))
    return (
        "## The published baseline, measured again\n\n"
        "Trained 2018-07-25 to 31, tested 2018-08-08 to 14, the published fifteen inputs and "
        "parameters.\n\n" + _table(("", *(METRICS[name] for name in _MAIN)), rows)
    )


def _comparison(card: Card) -> str:
    metrics = (*_MAIN, "recall_at_false_positive_rate_1_percent", "caught_amount_share",
               "calibration_error")  # fmt: skip
    rows = [
        (each.plan.title, *(_with_deviation(each, name) for name in metrics))
        for each in card.evaluations
    ]
    if card.single_split:
        best = (f"{each:.3f}" for each in PUBLISHED_PREQUENTIAL)
        rows.insert(0, ("published, best of any model", *best, "–", "–", "–"))  # noqa: RUF001
    return "## Models\n\n" + _table(("Model", *(METRICS[name] for name in metrics)), rows)


def _scorers(chosen: Evaluation) -> str:
    metrics = (*_MAIN, "recall_at_false_positive_rate_1_percent", "caught_amount_share",
               "caught_amount", "lost_amount")  # fmt: skip
    rows = [
        (title, *(_with_deviation(chosen, name, scorer) for name in metrics))
        for scorer, title in SCORERS.items()
    ]
    return (
        f"## {chosen.plan.title}\n\n"
        "The oracle knows the truth of every payment about which anything shows by then: a known "
        "fraud of its terminal or customer, or an amount above all of the customer's month. Money "
        "in the reporting currency, a week's.\n\n"
        + _table(("Scorer", *(METRICS[name] for name in metrics)), rows)
    )


def _types(chosen: Evaluation) -> str:
    names = ("auc_roc", "average_precision", "recall_at_false_positive_rate_1_percent")
    rows = [
        (
            kind,
            *(_with_deviation(chosen, name, MODEL, kind) for name in names),
            *(f"{chosen.mean(names[2], scorer, kind):.3f}" for scorer in (RULES, BOTH, CEILING)),
        )
        for kind in chosen.fraud_types()
    ]
    heads = ("Kind of fraud", *(METRICS[name] for name in names), "the same, rules",
             "rules and model", "oracle")  # fmt: skip
    return "## By kind of fraud\n\nEach against all genuine payments.\n\n" + _table(heads, rows)


def _fairness(groups: Sequence[Comparison]) -> str:
    title = "## Groups of customers\n\n"
    if not groups:
        return title + "This data says nothing about customers by which groups could be made.\n"
    rows = [
        (each.attribute, each.group, f"{each.genuine:,}", f"{each.frauds:,}",
         f"{each.false_positive_rate:.4f}", f"{each.recall:.3f}",
         "yes" if each.is_large_enough else "no")
        for compared in groups
        for each in compared.figures
    ]  # fmt: skip
    heads = ("Attribute", "Group", "Genuine", "Frauds", "False-positive rate", "Recall",
             "Large enough to compare")  # fmt: skip
    found = title + "At the threshold of 1 % false positives.\n\n" + _table(heads, rows)
    distances = [each for each in (compared.fairness() for compared in groups) if each]
    return found + _distances(distances) if distances else found


def _distances(distances: Sequence[Fairness]) -> str:
    rows = [
        (each.attribute, f"{each.false_positive_rate_ratio:.2f}", f"{100 * each.ratio_chance:.0f}",
         f"{each.recall_gap:.3f}", f"{100 * each.gap_chance:.0f}")
        for each in distances
    ]  # fmt: skip
    heads = ("Groups by", "False-positive rates, highest to lowest", "By chance", "Recall gap",
             "By chance")  # fmt: skip
    return (
        "\n### How far groups are apart\n\n"
        "Of those that are large enough. By chance: in so many of 100 random divisions of the same "
        "customers into groups of the same sizes they are as far apart, or further.\n\n"
        + _table(heads, rows)
    )


def _policies(policies: Sequence[Policy]) -> str:
    rows = [
        (each.attribute, _POLICIES[each.name], f"{each.distance.false_positive_rate_ratio:.2f}",
         f"{each.distance.recall_gap:.3f}", f"{each.alerts:,}", f"{each.false_alerts:,}",
         f"{each.frauds:,}", f"{each.fraud_amount:,.0f}")
        for each in policies
    ]  # fmt: skip
    heads = ("Groups by", "Thresholds", "False-positive rates, highest to lowest", "Recall gap",
             "Alerts", "False alerts", "Frauds found", "Money of these")  # fmt: skip
    return (
        "### What thresholds by group would cost\n\n"
        "Set by each training period, so that every group has 1 % false positives in it; counted "
        "over all test weeks. `sentinel model train --equalise` uses them.\n\n"
        + _table(heads, rows)
    )


def _limits() -> str:
    return """\
## Limits

- A terminal or card that was compromised within the last week has no reports: the model sees its
  frauds only where the payment itself is unusual.
- Labels are reports. Fraud that nobody reports is genuine here, in training and in judging.
- Payments that were refused, or cards that were blocked, have no outcome to learn from.
- Simulated data has fewer kinds of fraud, and cleaner ones, than a bank's.
"""


def _provenance(evaluations: Sequence[Evaluation]) -> str:
    rows = [
        (each.plan.title, f"`{each.evaluation_id}`", f"`{each.data_hash[:16]}`",
         f"`{each.plan.features.fingerprint}`",
         ", ".join(f"{name} {value}" for name, value in each.plan.parameters.items()))
        for each in evaluations
    ]  # fmt: skip
    return (
        "## What it was made from\n\n"
        "`marts.model_performance` has every figure by evaluation.\n\n"
        + _table(("Model", "Evaluation", "Training data", "Inputs", "Parameters"), rows)
    )


def _with_deviation(
    evaluation: Evaluation, metric: str, scorer: str = MODEL, fraud_type: str = ALL_TYPES
) -> str:
    values = evaluation.values(metric, scorer, fraud_type)
    if not values:
        return "–"  # noqa: RUF001
    mean, deviation = summary(values)
    if metric.endswith("_amount"):
        return f"{mean:,.0f} ± {deviation:,.0f}"
    digits = 4 if metric in ("calibration_error", "brier_score") else 3
    return f"{mean:.{digits}f} ± {deviation:.{digits}f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
