"""The landing folder: files as a bank hands them over, the truth beside them, and a manifest.

Belongs here: the layout of the folder, file formats and writing it all or not at all.
Does not belong here: what the rows are (`generator.py`) and ingesting them.

    transactions/2025-01-01.parquet      by the day of ingestion; .jsonl where asked for
    fraud_labels/2025-01-01.parquet
    customers/2025-01-01.parquet         the first day brings every customer, later days changes
    terminals/2025-01-01.parquet
    transactions_jsonl/transactions_malformed.jsonl
    truth/2025-01-01.parquet             by the day of the transaction; not to be ingested
    manifest.json
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Literal, get_args

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sentinel.synthetic.config import GENERATOR_VERSION, SyntheticConfig
from sentinel.synthetic.events import FRAUD_PATTERNS
from sentinel.synthetic.generator import generate_days
from sentinel.synthetic.malformed import FAULTS
from sentinel.synthetic.schemas import JSON_TIMESTAMP_FORMAT

Format = Literal["parquet", "jsonl"]

DATASETS = ("transactions", "fraud_labels", "customers", "terminals")
MANIFEST = "manifest.json"
MALFORMED = Path("transactions_jsonl", "transactions_malformed.jsonl")


def write(
    config: SyntheticConfig, folder: str | Path, format: Format = "parquet"
) -> dict[str, Any]:
    """Write a landing folder and give its manifest, with `written` saying whether anything was.

    The folder appears complete or not at all. One that already holds the same configuration in
    the same format is left as it is (`written` is false). Raises FileExistsError for a folder
    that holds anything else, ValueError for an unknown format.
    """
    if format not in get_args(Format):
        raise ValueError(f"unknown format {format!r}; choose one of {', '.join(get_args(Format))}")
    target = Path(folder).absolute()
    identity = {
        "generator_version": GENERATOR_VERSION,
        "format": format,
        "config": config.as_dict(),
    }
    existing = _existing_manifest(target)
    if existing is not None:
        _refuse_other(target, existing, identity)
        return {**existing, "written": False}
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        manifest = {**identity, "counts": _write_days(config, unfinished, format)}
        text = json.dumps(manifest, indent=2) + "\n"
        (unfinished / MANIFEST).write_text(text, encoding="utf-8")
        unfinished.chmod(0o755)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return {**manifest, "written": True}


def _existing_manifest(target: Path) -> dict[str, Any] | None:
    """The manifest of a folder, None where the folder is missing or empty."""
    if not target.exists():
        return None
    if target.is_dir():
        if not any(target.iterdir()):
            return None
        if (target / MANIFEST).is_file():
            manifest: dict[str, Any] = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
            return manifest
    raise FileExistsError(f"{target} exists and is no landing folder; choose another or remove it")


def _refuse_other(target: Path, existing: dict[str, Any], identity: dict[str, Any]) -> None:
    held = existing.get("config", {})
    asked = identity["config"]
    different = [key for key in asked if held.get(key) != asked[key]]
    different += [
        key for key in ("generator_version", "format") if existing.get(key) != identity[key]
    ]
    if different:
        raise FileExistsError(
            f"{target} already holds synthetic data with another {', '.join(different)}; "
            "choose another folder or remove it"
        )


def _write_days(config: SyntheticConfig, folder: Path, format: Format) -> dict[str, Any]:
    (folder / MALFORMED).parent.mkdir()
    counts: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    with (folder / MALFORMED).open("wb") as malformed, duckdb.connect() as connection:
        for day in generate_days(config):
            for dataset in DATASETS:
                table: pa.Table = getattr(day, dataset)
                rows[dataset] += table.num_rows
                path = folder / dataset / f"{day.day}.{format}"
                if format == "jsonl":
                    _write_jsonl(connection, table, path)
                else:
                    _write_parquet(table, path)
            _write_parquet(day.truth, folder / "truth" / f"{day.day}.parquet")
            malformed.writelines(line.line + b"\n" for line in day.malformed)
            counts.update(day.counts)
    return _nested(counts, rows)


def _nested(counts: Counter[str], rows: Counter[str]) -> dict[str, Any]:
    """Counts as the manifest shows them: names known beforehand are there even where zero."""
    plain = ("transactions", "delivered_rows", "late", "duplicates", "corrections", "malformed")
    reports = ("fraud_reports", "false_reports", "reversals")
    return {
        **{name: counts[name] for name in (*plain, *reports)},
        "frauds_by_pattern": {name: counts[f"fraud_{name}"] for name in FRAUD_PATTERNS},
        "malformed_by_fault": {name: counts[f"malformed_{name}"] for name in FAULTS},
        "rows": {dataset: rows[dataset] for dataset in DATASETS},
    }


def _write_parquet(table: pa.Table, path: Path) -> None:
    """Write one file; no file for no rows."""
    if table.num_rows:
        path.parent.mkdir(exist_ok=True)
        pq.write_table(table, path, compression="zstd")


def _write_jsonl(connection: duckdb.DuckDBPyConnection, table: pa.Table, path: Path) -> None:
    """Write one file of JSON lines; no file for no rows."""
    if table.num_rows == 0:
        return
    path.parent.mkdir(exist_ok=True)
    columns = [
        f"strftime({field.name}, '{JSON_TIMESTAMP_FORMAT}') as {field.name}"
        if pa.types.is_timestamp(field.type)
        else field.name
        for field in table.schema
    ]
    quoted = str(path).replace("'", "''")
    connection.register("landing", table)
    connection.execute(
        f"copy (select {', '.join(columns)} from landing) to '{quoted}' (format json)"
    )
    connection.unregister("landing")
