"""The landing folder: complete or absent, written once, the same rows in either format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest

from sentinel.synthetic import (
    FAULTS,
    FRAUD_PATTERNS,
    DayOfEvents,
    SyntheticConfig,
    SyntheticData,
    generate,
    generate_days,
    landing,
    write,
)
from sentinel.synthetic.schemas import TRANSACTIONS

DATASETS = ("transactions", "fraud_labels", "customers", "terminals", "truth")


@pytest.fixture(scope="module")
def small() -> SyntheticConfig:
    return SyntheticConfig.preset("small", days=12, malformed_rate=0.02, correction_rate=0.05)


@pytest.fixture(scope="module")
def small_data(small: SyntheticConfig) -> SyntheticData:
    return generate(small)


def _snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in files
    }


def test_the_folder_holds_what_is_generated(
    small: SyntheticConfig, small_data: SyntheticData, tmp_path: Path
) -> None:
    write(small, tmp_path / "bank")
    for name in DATASETS:
        files = sorted((tmp_path / "bank" / name).glob("*.parquet"))
        written = pa.concat_tables(ds.dataset(file).to_table() for file in files)
        assert written.equals(getattr(small_data, name)), name
    lines = (tmp_path / "bank" / landing.MALFORMED).read_bytes().splitlines()
    assert lines == small_data.malformed


def test_files_are_named_by_the_day_of_ingestion(small: SyntheticConfig, tmp_path: Path) -> None:
    write(small, tmp_path / "bank")
    for name in ("transactions", "fraud_labels"):
        for file in (tmp_path / "bank" / name).iterdir():
            days = pc.strftime(ds.dataset(file).to_table()["ingested_at"], format="%Y-%m-%d")
            assert pc.unique(days).to_pylist() == [file.stem]


def test_json_lines_hold_the_same_rows(
    small: SyntheticConfig, small_data: SyntheticData, tmp_path: Path
) -> None:
    write(small, tmp_path / "it's a bank", format="jsonl")
    files = sorted((tmp_path / "it's a bank" / "transactions").glob("*.jsonl"))
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    expected = small_data.transactions.to_pylist()
    assert len(lines) == len(expected)
    for line, row in zip(lines, expected, strict=True):
        record = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        assert list(record) == TRANSACTIONS.names
        assert record["amount"] == row["amount"]
        assert record["transaction_at"] == row["transaction_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert record["ingested_at"] == row["ingested_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert all(record[n] == row[n] for n in TRANSACTIONS.names[:-3])
    assert (tmp_path / "it's a bank" / "truth").is_dir()


def test_json_lines_are_read_by_an_engine(small: SyntheticConfig, tmp_path: Path) -> None:
    manifest = write(small, tmp_path / "bank", format="jsonl")
    for name, rows in manifest["counts"]["rows"].items():
        found = duckdb.sql(f"select count(*) from read_json('{tmp_path}/bank/{name}/*.jsonl')")
        assert found.fetchall() == [(rows,)], name


def test_the_manifest_counts_what_is_there(
    small: SyntheticConfig, small_data: SyntheticData, tmp_path: Path
) -> None:
    returned = write(small, tmp_path / "bank")
    manifest = json.loads((tmp_path / "bank" / "manifest.json").read_text())
    assert returned == {**manifest, "written": True}
    assert manifest["config"] == small.as_dict()
    counts = manifest["counts"]
    assert counts["transactions"] == small_data.truth.num_rows
    assert counts["delivered_rows"] == small_data.transactions.num_rows
    assert counts["delivered_rows"] == (
        counts["transactions"] + counts["duplicates"] + counts["corrections"]
    )
    assert counts["malformed"] == len(small_data.malformed)
    assert counts["malformed_by_fault"] == {n: small_data.malformed_faults.count(n) for n in FAULTS}
    patterns = small_data.truth["fraud_pattern"].to_pylist()
    assert counts["frauds_by_pattern"] == {n: patterns.count(n) for n in FRAUD_PATTERNS}
    for name, rows in counts["rows"].items():
        assert rows == getattr(small_data, name).num_rows, name


def test_writing_again_does_nothing_and_says_so(small: SyntheticConfig, tmp_path: Path) -> None:
    first = write(small, tmp_path / "bank")
    before = _snapshot(tmp_path / "bank")
    second = write(small, tmp_path / "bank")
    assert (first["written"], second["written"]) == (True, False)
    assert second == {**first, "written": False}
    assert _snapshot(tmp_path / "bank") == before


def test_two_folders_hold_the_same_bytes(small: SyntheticConfig, tmp_path: Path) -> None:
    write(small, tmp_path / "one")
    write(small, tmp_path / "other")
    one, other = (_snapshot(tmp_path / name) for name in ("one", "other"))
    assert {k: v[1] for k, v in one.items()} == {k: v[1] for k, v in other.items()}


def test_an_empty_folder_is_filled(small: SyntheticConfig, tmp_path: Path) -> None:
    (tmp_path / "bank").mkdir()
    assert write(small, tmp_path / "bank")["written"]
    assert (tmp_path / "bank" / "manifest.json").is_file()


def test_another_configuration_is_refused_and_leaves_the_folder_alone(
    small: SyntheticConfig, tmp_path: Path
) -> None:
    write(small, tmp_path / "bank")
    before = _snapshot(tmp_path / "bank")
    other = replace(small, seed=99, days=13)
    with pytest.raises(FileExistsError, match="another seed, days"):
        write(other, tmp_path / "bank")
    with pytest.raises(FileExistsError, match="another format"):
        write(small, tmp_path / "bank", format="jsonl")
    assert _snapshot(tmp_path / "bank") == before


def test_a_folder_of_something_else_is_refused(small: SyntheticConfig, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(FileExistsError, match="is no landing folder"):
        write(small, tmp_path)
    with pytest.raises(FileExistsError, match="is no landing folder"):
        write(small, tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_an_unknown_format_is_refused(small: SyntheticConfig, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'csv'; choose one of parquet, jsonl"):
        write(small, tmp_path / "bank", format="csv")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_failure_half_way_leaves_nothing(
    small: SyntheticConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[Path]] = []

    def failing(config: SyntheticConfig) -> Iterator[DayOfEvents]:
        for position, day in enumerate(generate_days(config)):
            if position == 3:
                seen.append(list(tmp_path.rglob("*.parquet")))
                assert not (tmp_path / "bank").exists()
                raise OSError("disk full")
            yield day

    monkeypatch.setattr(landing, "generate_days", failing)
    with pytest.raises(OSError, match="disk full"):
        write(small, tmp_path / "bank")
    assert seen[0], "the failure came before anything was written"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert write(small, tmp_path / "bank")["written"]
