"""`sentinel model`: training, evaluating, promoting, scoring, explaining and monitoring.

Belongs here: options, progress and tables on the terminal. Does not belong here: the work.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sentinel.errors import SettingsError
from sentinel.settings import Settings

if TYPE_CHECKING:
    # Importing what learns takes seconds, which `--help` need not.
    from fraud_model.evaluation import Evaluation
    from fraud_model.health import Health
    from fraud_model.monitoring import Drift
    from fraud_model.training import Watch

app = typer.Typer(help="The fraud model.", no_args_is_help=True)

_LIBRARIES = (
    "lightgbm",
    "matplotlib",
    "mlflow",
    "onnx",
    "onnxruntime",
    "scipy",
    "sklearn",
    "xgboost",
)

Model = Annotated[str, typer.Option(help="logistic_regression, lightgbm or xgboost.")]
Features = Annotated[str, typer.Option(help="Feature version: published, 1 or 2.")]
Days = Annotated[int, typer.Option(min=1, help="Days to learn from.")]
Trials = Annotated[int, typer.Option(min=1, help="Sets of parameters to try; 1: the defaults.")]
Equalise = Annotated[
    str | None,
    typer.Option(help="Thresholds by groups of customers: segment or home_country_code."),
]
Handbook = Annotated[
    bool, typer.Option("--handbook", help="The data is the handbook's: its weeks, its limits.")
]


@app.callback()
def _needs_libraries() -> None:
    """The fraud model: training, evaluation, registry, scores, drift."""
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise SettingsError(
            f"the model needs {', '.join(missing)}: `make setup-model` installs what is missing."
        )


@app.command()
def train(
    model: Model = "xgboost", features: Features = "2", training_days: Days = 28,
    trials: Trials = 8, handbook: Handbook = False, equalise: Equalise = None,
) -> None:  # fmt: skip
    """Choose parameters, evaluate, learn from the newest days, and register a challenger."""
    from fraud_model import training
    from fraud_model.training import Request
    from fraud_model.warehouse import Warehouse

    warehouse = Warehouse(Settings.load())
    request = Request(model, features, training_days, trials, handbook, equalise)
    with _watched() as watch:
        days = training.protocol(warehouse, request)
        watch.step("reading features")
        history = training.history_of(warehouse, request, days)
        number, evaluation = training.register(warehouse, history, request, days, watch)
    _show_performance([evaluation])
    Console().print(f"Version {number} is the challenger; `sentinel model promote` judges it.")


@app.command()
def evaluate(
    model: Annotated[
        list[str] | None, typer.Option(help="Only this kind; may be repeated.")
    ] = None,
    features: Annotated[str | None, typer.Option(help="Only this feature version.")] = None,
    training_days: Annotated[int | None, typer.Option(min=1, help="Days to learn from.")] = None,
    trials: Trials = 8,
    handbook: Handbook = False,
    card: Annotated[Path | None, typer.Option(help="Write a model card to this file.")] = None,
) -> None:
    """Judge models on the newest weeks whose labels are in, beside rules and oracle.

    Every figure goes to the warehouse; `dbt build -s model_performance` makes the mart of them.
    """
    from fraud_model.suite import run_suite, suite
    from fraud_model.warehouse import Warehouse

    requests = suite(model, features, training_days, trials, handbook)
    with _watched() as watch:
        done = run_suite(Warehouse(Settings.load()), requests, watch)
    _show_performance(done.evaluations)
    if card:
        from fraud_model.model_card import write_card

        write_card(done, card)
        Console().print(f"Wrote {card}", soft_wrap=True)


@app.command()
def promote(
    handbook: Handbook = False,
    roll_back: Annotated[
        bool, typer.Option("--roll-back", help="Make the champion before this one champion again.")
    ] = False,
) -> None:
    """Put the challenger in the champion's place if every condition holds."""
    from fraud_model.gates import GateLimits
    from fraud_model.promotion import challenge
    from fraud_model.registry import Registry
    from fraud_model.warehouse import Warehouse

    console, settings = Console(soft_wrap=True, highlight=False), Settings.load()
    if roll_back:
        console.print(f"Version {Registry(settings).roll_back()} is champion again.")
        return
    with _watched() as watch:
        decision = challenge(Warehouse(settings), GateLimits(), handbook, watch)
    if not decision.refusals:
        console.print(f"Version {decision.challenger} is champion now.")
        return
    console.print(f"Version {decision.challenger} is refused:")
    for reason in decision.refusals:
        console.print(f"  - {reason}", markup=False)
    raise typer.Exit(1)


@app.command()
def score(
    days: Annotated[int, typer.Option(min=1, help="The newest days.")] = 7,
    version: Annotated[
        str | None,
        typer.Option(help="Only this version, by number or alias, for comparison."),
    ] = None,
    challenger_share: Annotated[
        float,
        typer.Option(
            min=0, max=1,
            help="Share of customers whose alerts are the challenger's; 0: in the shadow.",
        ),
    ] = 0.0,
) -> None:  # fmt: skip
    """Score every transaction of the newest days, with reasons for what is alerted."""
    from fraud_model.examples import newest_days
    from fraud_model.registry import Registry
    from fraud_model.scoring import score_days, score_newest
    from fraud_model.warehouse import Warehouse

    warehouse = Warehouse(Settings.load())
    stretch = newest_days(warehouse, days)
    with Console(stderr=True).status("Scoring"):
        if version is None:
            done = score_newest(warehouse, *stretch, challenger_share)
        else:
            chosen = Registry(warehouse.settings).version(version)
            done = [score_days(warehouse, chosen, *stretch)]
    for each in done:
        per_second = each.transactions / each.seconds if each.seconds else 0
        Console().print(
            f"{each.transactions:,} transactions scored by version {each.version}, "
            f"{per_second:,.0f} a second; {each.alerts:,} alerts."
        )


@app.command()
def explain(
    transaction_id: Annotated[str, typer.Argument(help="The transaction.")],
    version: Annotated[str, typer.Option(help="Number or alias of the version.")] = "champion",
) -> None:
    """What makes a transaction suspicious, and what speaks against it."""
    from fraud_model.explanation import explain_transaction
    from fraud_model.registry import Registry
    from fraud_model.warehouse import Warehouse

    settings = Settings.load()
    chosen = Registry(settings).version(version)
    found = explain_transaction(Warehouse(settings), chosen, transaction_id)
    table = Table("Input", "What it is", "Value", "Contribution to log-odds")
    for each in found.reasons:
        table.add_row(each.name, each.words, f"{each.value:,.4g}", f"{each.contribution:+.3f}")
    console = Console()
    console.print(
        f"Version {chosen.number}: probability of fraud {found.probability:.4f}; alerts begin at "
        f"{chosen.threshold:.4f}."
    )
    console.print(table)


@app.command()
def monitor(
    days: Annotated[int, typer.Option(min=1, help="The newest days.")] = 7,
    version: Annotated[str, typer.Option(help="Number or alias of the version.")] = "champion",
) -> None:
    """Compare the newest days with those before them; exit code 1 when something is unusual."""
    from fraud_model.examples import newest_days
    from fraud_model.health import check_health
    from fraud_model.monitoring import monitor as monitored
    from fraud_model.registry import Registry
    from fraud_model.warehouse import Warehouse

    settings = Settings.load()
    chosen, warehouse = Registry(settings).version(version), Warehouse(settings)
    stretch = newest_days(warehouse, days)
    with Console(stderr=True).status("Comparing"):
        compared = monitored(warehouse, chosen, *stretch)
        judged = check_health(warehouse, chosen, *stretch)
    is_unusual = _show_drift(compared)
    if _show_health(judged) or is_unusual:
        raise typer.Exit(1)


@app.command()
def feedback() -> None:
    """Deliver what analysts decided, and is no label yet, as reports of theirs."""
    from fraud_model.feedback import deliver_decisions
    from fraud_model.warehouse import Warehouse

    done = deliver_decisions(Warehouse(Settings.load()))
    console = Console(soft_wrap=True, highlight=False)
    if done.delivered is None:
        console.print("No decision is new.")
        return
    console.print(
        f"Delivered {done.frauds:,} decisions that it is fraud and {done.genuine:,} that it is not "
        f"as batch {done.delivered.batch_id} of fraud_labels; the next build takes them."
    )


@app.command(name="propose-rules")
def propose_rules(
    days: Annotated[int, typer.Option(min=14, help="Newest days whose labels are in.")] = 84,
    false_alerts_per_fraud: Annotated[
        float, typer.Option(help="How many false alerts finding one fraud is worth.")
    ] = 10.0,
) -> None:
    """Propose thresholds and weights of rules by what became of their hits; applies nothing."""
    from fraud_model import proposals
    from fraud_model.warehouse import Warehouse

    with Console(stderr=True).status("Counting hits"):
        found = proposals.propose_rules(
            Warehouse(Settings.load()), days, false_alerts_per_fraud
        )  # fmt: skip
    now, then = found.present, found.proposed
    table = Table("Rule", "Threshold", "proposed", "Weight", "proposed", "Hits, frauds", "proposed")
    for number, name in enumerate((*now.rule_ids, proposals.ALL_RULES)):
        cells = (
            (f"{now.thresholds[number]:g}", f"{then.thresholds[number]:g}",
             f"{now.weights[number]}", f"{then.weights[number]}")
            if number < len(now.rule_ids)
            else ("", "", "", "")
        )  # fmt: skip
        outcomes = (found.present_outcomes[number], found.proposed_outcomes[number])
        table.add_row(name, *cells, *(f"{each.hits:,}, {each.frauds:,}" for each in outcomes))
    console = Console()
    console.print(table)
    console.print(
        f"Learnt from {found.learnt_from} until before {found.judged_from}; hits are those from "
        f"then to {found.judged_until}. Nothing is changed: rules are in seeds/fraud_rules.csv.",
        soft_wrap=True,
    )


def _show_drift(found: "Sequence[Drift]") -> bool:
    """Shows what has drifted; whether anything has."""
    from fraud_model.monitoring import LEAST_ROWS

    console, drifted = Console(), [each for each in found if each.is_drifted]
    table = Table("Input", "Day", "Stability index", "limit", "Distance", "limit")
    for each in drifted:
        table.add_row(
            each.input_name, str(each.day), f"{each.stability_index:.3f}",
            f"{each.index_limit:.3f}", f"{each.distance:.3f}", f"{each.distance_limit:.3f}",
        )  # fmt: skip
    if drifted:
        console.print(table)
    elif found:
        console.print(f"Nothing has drifted in {len({each.day for each in found})} days.")
    else:
        console.print(
            f"No input was compared: that takes a week of days with {LEAST_ROWS} transactions."
        )
    return bool(drifted)


def _show_health(found: "Sequence[Health]") -> bool:
    """Shows what is worse than usual; whether anything is."""
    console, unusual = Console(), [each for each in found if each.is_out]
    table = Table("Metric", "Day, or week until", "Value", "as usual from", "to")
    for each in unusual:
        table.add_row(
            each.metric, str(each.day), f"{each.value:.4f}", f"{each.usual.lower:.4f}",
            f"{each.usual.upper:.4f}",
        )  # fmt: skip
    if unusual:
        console.print(table)
    else:
        metrics = ", ".join(sorted({each.metric for each in found})) or "nothing, for want of days"
        console.print(f"As usual: {metrics}.")
    return bool(unusual)


@contextmanager
def _watched() -> "Iterator[Watch]":
    """Progress on the terminal: the step, and how many of its parts are done."""
    from fraud_model.training import Watch

    columns = (TextColumn("{task.description:<52}"), BarColumn(bar_width=24), MofNCompleteColumn(),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("preparing", total=None)

        def step(what: str) -> None:
            progress.update(task, description=what, completed=0, total=None)

        def trial(number: int, count: int, best: float) -> None:
            progress.update(
                task, description=f"choosing parameters, best so far {best:.4f}",
                completed=number, total=count,
            )  # fmt: skip

        def fold(number: int, count: int) -> None:
            progress.update(task, completed=number, total=count)

        yield Watch(step, trial, fold)


def _show_performance(evaluations: "Sequence[Evaluation]") -> None:
    from fraud_model.evaluation import SCORERS
    from fraud_model.metrics import METRICS, summary

    shown = ("auc_roc", "average_precision", "card_precision_at_100", "caught_amount_share")
    table = Table("Model", "Scorer", *(METRICS[name] for name in shown))
    for evaluation in evaluations:
        for scorer, title in SCORERS.items():
            cells = []
            for name in shown:
                mean, deviation = summary(evaluation.values(name, scorer))
                cells.append(f"{mean:.3f} ± {deviation:.3f}")
            table.add_row(evaluation.plan.title if scorer == "model" else "", title, *cells)
    Console().print(table)
