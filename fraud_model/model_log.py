"""What runs found, written down in the warehouse for the marts to read.

Belongs here: rows of the tables that dbt's source `model_log` declares. Does not belong here:
finding it out. Rows are only added; the marts choose among them.
"""

import json
import subprocess
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version

import pyarrow as pa
import yaml

from fraud_model.evaluation import Evaluation
from fraud_model.fairness import Comparison
from fraud_model.mitigation import Policy
from fraud_model.warehouse import Warehouse
from sentinel.settings import REPOSITORY_ROOT

SCHEMA = "model_log"
_SOURCES = REPOSITORY_ROOT / "dbt_project" / "models" / "staging" / "_model_log__sources.yml"


@cache
def table_types(table: str) -> dict[str, str]:
    """Type of each column of a table, as the source declares it."""
    declared = yaml.safe_load(_SOURCES.read_text(encoding="utf-8"))["sources"][0]["tables"]
    columns = next(each["columns"] for each in declared if each["name"] == table)
    return {column["name"]: column["data_type"] for column in columns}


def write(warehouse: Warehouse, table: str, rows: pa.Table) -> None:
    """Adds rows to one of the log's tables.

    Raises:
        WarehouseError: when the warehouse is in use.
    """
    warehouse.append(SCHEMA, table, table_types(table), rows)


def log_evaluation(warehouse: Warehouse, evaluation: Evaluation) -> None:
    """Writes down every figure of an evaluation."""
    plan, figures = evaluation.plan, evaluation.figures
    same = {
        "evaluation_id": evaluation.evaluation_id,
        "model_kind": plan.candidate.name,
        "feature_version": plan.features.version,
        "parameters": json.dumps(dict(plan.parameters), sort_keys=True),
        "data_hash": evaluation.data_hash,
        "code_revision": code_revision(),
        "training_days": plan.training_days,
        "evaluated_at": evaluation.evaluated_at,
    }
    columns = {name: [value] * len(figures) for name, value in same.items()}
    columns |= {
        "scorer": [each.scorer for each in figures],
        "fraud_type": [each.fraud_type for each in figures],
        "metric_name": [each.metric for each in figures],
        "metric_value": [each.value for each in figures],
        "test_date": [each.test_date for each in figures],
    }
    write(warehouse, "evaluations", pa.table(columns))


def log_fairness(
    warehouse: Warehouse, evaluation: Evaluation, compared: Sequence[Comparison]
) -> None:
    """Writes down the figures of every group; nothing without any."""
    groups = [figures for each in compared for figures in each.figures]
    if not groups:
        return
    rows: dict[str, list[str | int | float | bool | datetime]] = {
        "evaluation_id": [evaluation.evaluation_id] * len(groups),
        "attribute": [each.attribute for each in groups],
        "group_name": [each.group for each in groups],
        "genuine_count": [each.genuine for each in groups],
        "fraud_count": [each.frauds for each in groups],
        "false_positive_rate": [each.false_positive_rate for each in groups],
        "recall": [each.recall for each in groups],
        "is_large_enough": [each.is_large_enough for each in groups],
        "evaluated_at": [evaluation.evaluated_at] * len(groups),
    }
    table = pa.table(rows)
    for name in ("false_positive_rate", "recall"):
        # No frauds in a group: its recall is unknown, not a number that is none.
        column = pa.array(rows[name], type=pa.float64(), from_pandas=True)
        table = table.set_column(table.column_names.index(name), name, column)
    write(warehouse, "fairness", table)


def log_policies(warehouse: Warehouse, evaluation: Evaluation, policies: Sequence[Policy]) -> None:
    """Writes down what thresholds by group would win and cost; nothing without groups."""
    if not policies:
        return
    write(warehouse, "fairness_policies", pa.table({
        "evaluation_id": [evaluation.evaluation_id] * len(policies),
        "attribute": [each.attribute for each in policies],
        "policy": [each.name for each in policies],
        "alert_count": [each.alerts for each in policies],
        "false_alert_count": [each.false_alerts for each in policies],
        "found_fraud_count": [each.frauds for each in policies],
        "found_fraud_amount": [each.fraud_amount for each in policies],
        "false_positive_rate_ratio": [each.distance.false_positive_rate_ratio for each in policies],
        "recall_gap": [each.distance.recall_gap for each in policies],
        "evaluated_at": [evaluation.evaluated_at] * len(policies),
    }))  # fmt: skip


@cache
def code_revision() -> str:
    """The repository's revision, marked when files differ from it; else the package's version."""
    found = _git("rev-parse", "--short=12", "HEAD")
    if not found:
        return f"package {version('sentinel-lakehouse')}"
    return f"{found}+changes" if _git("status", "--porcelain", "--untracked-files=no") else found


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=REPOSITORY_ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
