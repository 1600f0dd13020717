"""Pages of figures: a measurement renews its own section and nothing else."""

from pathlib import Path

import pytest

from benchmarks.page import renew, table


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text("# Page\n\nWhat it is.\n\n## One\n\nold\n\n## Two\n\nkept\n")
    return path


@pytest.mark.parametrize(
    ("title", "kept"),
    [("One", ["# Page\n\nWhat it is.\n\n## One\n\nMeasured on ", "\n\n## Two\n\nkept\n"]),
     ("Two", ["# Page\n\nWhat it is.\n\n## One\n\nold\n\n## Two\n\nMeasured on "]),
     ("Three", ["## Two\n\nkept\n\n## Three\n\nMeasured on "])],
)  # fmt: skip
def test_only_the_section_that_was_measured_is_new(page: Path, title: str, kept: list[str]) -> None:
    renew(page, title, table(("a", "b"), [("1", "2")]))
    text = page.read_text()
    assert all(part in text for part in kept)
    assert text.count("| 1 | 2 |") == 1
    renew(page, title, "again")
    assert "| 1 | 2 |" not in page.read_text()
    assert page.read_text().count(f"## {title}\n") == 1
    assert page.read_text().endswith("\n")
    assert not page.read_text().endswith("\n\n")
