"""Every fault of the game day, and that the runbook tells of each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.documentation.markdown import table_rows
from sentinel.settings import REPOSITORY_ROOT
from tests.game_day.__main__ import main
from tests.game_day.faults import FAULTS, Fault
from tests.support.aws_server import AwsServer, aws_server


@pytest.fixture(scope="module")
def server() -> Iterator[AwsServer]:
    with aws_server() as running:
        yield running


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_must_hold_holds(fault: Fault, server: AwsServer, tmp_path: Path) -> None:
    fault.play(tmp_path, server)


def test_the_runbook_names_every_fault_and_no_other() -> None:
    page = REPOSITORY_ROOT / "docs" / "runbooks" / "game_day.md"
    named = [
        row[0].strip("`") for row in table_rows(page.read_text(encoding="utf-8")) if "`" in row[0]
    ]
    assert named == [each.name for each in FAULTS]


def test_a_fault_that_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power-cut"]) == 2
    assert "killed-process" in capsys.readouterr().err
