"""`sentinel summary`: what is in the published marts, on one screen.

Belongs here: reading and laying out. Does not belong here: figures that no mart has.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from sentinel.errors import SentinelError
from sentinel.publication import publish, roll_back
from sentinel.settings import Settings

_WIDTH_WITHOUT_TERMINAL = 130
_LAYERS = {
    "fct_transactions": "transactions", "fct_fraud_labels": "reports about transactions",
    "fct_rule_hits": "rule hits", "fct_fraud_alerts": "alerts",
    "fct_activity_anomalies": "anomalous hours", "dim_customers": "customers",
    "dim_terminals": "terminals", "fraud_kpis_daily": "days",
}  # fmt: skip
_OVERALL = """
    select
        sum(columns(* exclude (
            kpi_date, fraud_rate, false_positive_rate, alert_precision_at_capacity
        ))),
        sum(fraud_count) / sum(transaction_count) as fraud_rate,
        sum(false_alert_count) / sum(transaction_count - fraud_count) as false_positive_rate,
        sum(reviewed_fraud_count) / sum(reviewed_alert_count) as alert_precision_at_capacity
    from marts.fraud_kpis_daily
"""


def publish_marts(
    back: Annotated[
        bool,
        typer.Option("--roll-back", help="Have readers see the copy before this one again."),
    ] = False,
) -> None:
    """Replace the published copy of the marts with what is in the warehouse now.

    Only if no data test failed the last time it ran. The copy before is kept: --roll-back swaps
    the two, and swaps them again when it is run again.
    """
    settings = Settings.load()
    done = roll_back(settings) if back else publish(settings)
    verb = "Went back to" if back else "Published"
    Console().print(f"{verb} {len(done.row_counts)} tables: {done.location}", soft_wrap=True)


def summary() -> None:
    """Show the published marts on one screen."""
    show_summary(Settings.load())


def show_summary(settings: Settings) -> None:
    """Prints the summary; raises SentinelError when nothing is published yet."""
    if not settings.published_file.exists():
        raise SentinelError("nothing is published yet: run `make demo` first.")
    # A pipe has no width of its own, and reasons need room.
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH_WITHOUT_TERMINAL)
    with duckdb.connect(str(settings.published_file), read_only=True) as marts:
        console.print(_layers(marts))
        console.print(_quality(marts))
        console.print(_figures(marts))
        console.print(_risk(marts, "terminal"))
        console.print(_risk(marts, "customer"))
        console.print(_queue(marts))
        console.print(_anomalies(marts))
        console.print(_times(marts))
    console.print(Panel(_next_steps(settings), title="What to open next", expand=False))


def _rows(marts: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return marts.execute(sql).fetchall()


def _whole(value: Any) -> Any:
    """DuckDB sums whole numbers to HUGEINT or DOUBLE; shown without a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _layers(marts: duckdb.DuckDBPyConnection) -> Table:
    table = Table("Layer", "Rows", "", title="What was built", title_justify="left")
    lake = _rows(marts, "select dataset, sum(delivered_row_count)::bigint, "
                        "sum(quarantined_row_count - recovered_row_count)::bigint "
                        "from ops.ingestion_reconciliation group by all order by all")  # fmt: skip
    for dataset, delivered, quarantined in lake:
        rejected = f"{quarantined:,} in quarantine" if quarantined else "none in quarantine"
        table.add_row(f"raw/{dataset}", f"{delivered:,}", rejected)
    for name, meaning in _LAYERS.items():
        count = _rows(marts, f"select count(*) from marts.{name}")[0][0]
        table.add_row(f"marts/{name}", f"{count:,}", meaning)
    return table


def _quality(marts: duckdb.DuckDBPyConnection) -> str:
    tests, passed, warned, failed = _rows(
        marts,
        "select sum(test_count)::bigint, sum(passed_test_count)::bigint, "
        "sum(warned_test_count)::bigint, sum(failed_test_count)::bigint "
        "from ops.data_quality_scorecard",
    )[0]
    lost = _rows(marts, "select count(*) from ops.ingestion_reconciliation where not is_reconciled")
    verdict = "[green]good[/]" if not failed and not lost[0][0] else "[bold red]look at it[/]"
    return (
        f"\nData quality: {verdict} - {passed} of {tests} tests passed, {warned} warned, "
        f"{failed} failed; {lost[0][0]} batches not reconciled.\n"
    )


def _figures(marts: duckdb.DuckDBPyConnection) -> Table:
    days = _rows(marts, "select kpi_date, * exclude (kpi_date) from marts.fraud_kpis_daily "
                        "order by kpi_date desc limit 2")  # fmt: skip
    names = [column[0] for column in marts.description or []]
    overall = _rows(marts, _OVERALL)[0]
    overall_names = [column[0] for column in marts.description or []]
    title = f"Key figures of the latest day, {days[0][0]}; labels still arrive for a while"
    table = Table("Figure", "Value", "Day before", "All days", title=title, title_justify="left")
    whole = dict(zip(overall_names, overall, strict=True))
    for position, name in enumerate(names[1:], start=1):
        values = [_figure(name, row[position]) for row in days]
        values += ["-"] * (2 - len(values))
        table.add_row(name.replace("_", " "), *values, _figure(name, whole[name]))
    return table


def _figure(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name.endswith("_rate") or "precision" in name:
        return f"{value:.2%}"
    return f"{value:,.2f}" if name.endswith("_amount") else f"{_whole(value):,}"


def _risk(marts: duckdb.DuckDBPyConnection, entity: str) -> Table:
    table = Table(
        "", entity.capitalize(), "Transactions, 30 days", "Fraud", "Fraud rate", "Alerts",
        "Fraud amount", title=f"The ten most suspicious {entity}s", title_justify="left",
    )  # fmt: skip
    rows = _rows(
        marts,
        f"select risk_rank, {entity}_id, transaction_count_30d, fraud_count_30d, fraud_rate_30d, "
        f"alert_count_30d, fraud_amount_30d from marts.{entity}_risk order by risk_rank limit 10",
    )
    for rank, identifier, transactions, frauds, rate, alerts, amount in rows:
        table.add_row(str(rank), identifier, f"{transactions:,}", f"{frauds:,}", f"{rate:.1%}",
                      f"{alerts:,}", f"{amount:,.2f}")  # fmt: skip
    return table


def _queue(marts: duckdb.DuckDBPyConnection) -> Table:
    rows = _rows(
        marts,
        "select queue_rank, transaction_at, transaction_id, customer_id, reporting_amount, score, "
        "reasons from marts.alert_queue where alert_date = (select max(alert_date) "
        "from marts.alert_queue) order by queue_rank limit 10",
    )
    table = Table("", "Time (UTC)", "Transaction", "Customer", "Amount", "Score", "Reasons",
                  title="The alert queue of the latest day", title_justify="left")  # fmt: skip
    for rank, at, transaction, customer, amount, score, reasons in rows:
        table.add_row(str(rank), f"{at:%Y-%m-%d %H:%M}", transaction, customer, f"{amount:,.2f}",
                      str(score), reasons)  # fmt: skip
    return table


def _anomalies(marts: duckdb.DuckDBPyConnection) -> Table:
    rows = _rows(
        marts,
        "select queue_rank, first_hour_at, anomaly_kind || ' ' || direction, "
        "replace(entity_kind, '_', ' ') || ' ' || entity_id, observed_value, expected_value, "
        "severity_score from marts.anomaly_queue where alert_date = (select max(alert_date) "
        "from marts.anomaly_queue) order by queue_rank limit 5",
    )
    table = Table("", "From (UTC)", "What", "Where", "Observed", "Expected", "Severity",
                  title="The anomalies of the latest day that has any",
                  title_justify="left")  # fmt: skip
    for rank, at, what, where, observed, expected, severity in rows:
        table.add_row(str(rank), f"{at:%Y-%m-%d %H:%M}", what.replace("_", " "), where,
                      f"{observed:,.4g}", f"{expected:,.2g}", f"{severity:.1f}")  # fmt: skip
    return table


def _times(marts: duckdb.DuckDBPyConnection) -> Table:
    table = Table("Command", "Target", "Nodes", "Seconds", title="The latest dbt runs",
                  title_justify="left")  # fmt: skip
    rows = _rows(marts, "select command, target, node_count, duration_seconds "
                        "from ops.pipeline_runs order by started_at desc limit 3")  # fmt: skip
    for command, target, nodes, seconds in rows:
        table.add_row(command, target, str(nodes), str(seconds))
    return table


def _next_steps(settings: Settings) -> str:
    return "\n".join(
        (
            "make ui      the graph, runs and checks in Dagster, http://127.0.0.1:3000",
            "make docs    models, lineage and columns in dbt docs",
            f"marts        {_relative(settings.published_file)} (DuckDB)",
            "sentinel quarantine list    what was rejected, and why",
        )
    )


def _relative(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
