"""`sentinel parity` on engines that say what a test wants: what is found, shown and returned."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from sentinel.errors import SentinelError
from sentinel.lake import LEDGER
from sentinel.parity import Table
from sentinel.parity.data_set import DataSet, add_lake
from sentinel.parity.engines import ENGINES, Built, Engine, OnRedshift

FACTS = Table("facts", "marts", ("id",))
TEST = "test.sentinel.unique_facts_id"


class Played(Engine):
    """Has as many rows as batches were committed, in increments and anew."""

    verdict = ("pass", 0)
    lost_when_built_anew = 0
    closed = 0

    def take(self, entries: Sequence[Path]) -> None:
        assert all(each.is_file() for each in entries)

    def build(self, *arguments: str) -> Built:
        count = len(list((self._data.lake / LEDGER).rglob("*.json")))
        lost = self.lost_when_built_anew if "--full-refresh" in arguments else 0
        self.rows = pa.table({"id": range(count - lost)})
        return Built([FACTS], {} if "test" in arguments else {TEST: self.verdict})

    def _build_command(self, *arguments: str) -> list[str]:
        raise NotImplementedError

    def read(self, wanted: Sequence[Table]) -> dict[Table, pa.Table]:
        return dict.fromkeys(wanted, self.rows)

    def close(self) -> None:
        type(self).closed += 1


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> type[Played]:
    """The second of two engines; a test may spoil it."""
    one, other = (type(name, (Played,), {"name": name}) for name in ("one", "other"))
    monkeypatch.setattr("sentinel.parity.commands.ENGINES", {"one": one, "other": other})
    return other


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    for number in range(5):
        entry = tmp_path / "lake" / LEDGER / "transactions" / f"b{number}.json"
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text("{}")
    return tmp_path / "lake"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def copied(lake: Path, folder: Path, runs: int) -> DataSet:
    add_lake(lake, folder / "lake")
    return DataSet(folder / "lake", runs)


def run(lake: Path, *arguments: str) -> Result:
    from sentinel.cli import application

    command = ["parity", "--engines", "one,other", "--lake", str(lake), *arguments]
    return CliRunner().invoke(application("parity"), command)


def test_engines_that_agree(other: type[Played], lake: Path, home: Path, tmp_path: Path) -> None:
    done = run(lake, "--report", str(tmp_path / "report.json"))
    assert done.exit_code == 0, done.output
    said = json.loads((tmp_path / "report.json").read_text())
    assert said["is_equal"]
    assert said["test_count"] == 1
    assert [(each["what"], each["rows"], each["mismatches"]) for each in said["tables"]] == [
        ("increments", 5, 0), ("full refresh", 5, 0), ("increments and full refresh", 5, 0),
    ]  # fmt: skip
    assert "the same everywhere" in done.output
    assert other.closed == 1
    assert len(list((lake / LEDGER).rglob("*.json"))) == 5, "somebody's lake was changed"


def test_a_row_that_one_engine_loses(other: type[Played], lake: Path, home: Path) -> None:
    other.lost_when_built_anew = 1
    done = run(lake)
    assert done.exit_code == 1
    assert "one and other, full refresh: marts.facts: 5 and 4 rows; only left: (4,)" in done.output
    assert other.closed == 1
    assert run(lake, "--no-full-refresh").exit_code == 0


def test_rows_that_an_increment_has_and_a_full_refresh_has_not(
    other: type[Played], lake: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Played, "lost_when_built_anew", 2)
    done = run(lake)
    assert done.exit_code == 1
    assert "one, increments and full refresh: marts.facts: 5 and 3 rows" in done.output


def test_a_data_test_that_says_something_else(other: type[Played], lake: Path, home: Path) -> None:
    other.verdict = ("warn", 3)
    done = run(lake)
    assert done.exit_code == 1
    assert f"{TEST}: one says ('pass', 0), other says ('warn', 3)" in done.output


def test_each_run_reveals_its_batches_and_all_do_all(lake: Path, tmp_path: Path) -> None:
    before = sorted(each.name for each in (lake / LEDGER).rglob("*.json"))
    data = copied(lake, tmp_path / "copy", 2)
    assert not list((data.lake / LEDGER).rglob("*.json"))
    first, second = data.reveal(0), data.reveal(1)
    assert [each.name for each in first] == ["b0.json", "b2.json", "b4.json"]
    assert sorted(each.name for each in (*first, *second)) == before


def test_several_lakes_are_one_data_set(
    other: type[Played], lake: Path, home: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second" / LEDGER / "transactions" / "c.json"
    second.parent.mkdir(parents=True)
    second.write_text("{}")
    done = run(lake, "--lake", str(tmp_path / "second"), "--report", str(tmp_path / "said.json"))
    assert done.exit_code == 0, done.output
    said = json.loads((tmp_path / "said.json").read_text())
    assert {each["rows"] for each in said["tables"]} == {6}


def test_lakes_that_share_a_batch_are_refused(other: type[Played], lake: Path, home: Path) -> None:
    done = run(lake, "--lake", str(lake))
    assert isinstance(done.exception, SentinelError)
    assert "has batches that another of the lakes has: ledger/transactions/b0.json" in str(
        done.exception
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--engines", "one,third"], "no engine third: there are"),
        (["--engines", "one,one"], "name two engines"),
        (["--lake", "/nowhere"], "/nowhere is no lake"),
    ],
)
def test_what_cannot_be_compared_is_said(
    arguments: list[str], said: str, other: type[Played], lake: Path, home: Path
) -> None:
    done = run(lake, *arguments)
    assert isinstance(done.exception, SentinelError)
    assert said in str(done.exception)


def test_redshift_wants_its_lake_on_s3(home: Path, lake: Path, tmp_path: Path) -> None:
    assert list(ENGINES) == ["duckdb", "spark", "redshift"]
    with pytest.raises(SentinelError, match=r"set SENTINEL_LAKE_URL=s3://"):
        OnRedshift(tmp_path, copied(lake, tmp_path / "copy", 1))
