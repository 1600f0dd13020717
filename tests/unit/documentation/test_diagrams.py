"""Each committed picture was drawn from the committed source; no renderer is needed to know it."""

import xml.etree.ElementTree as ElementTree

import pytest

from sentinel.documentation.diagrams import PICTURES, SOURCES, DiagramError, mark, mark_in, render

DIAGRAMS = sorted(SOURCES.glob("*.dot"))


def test_there_are_diagrams():
    assert DIAGRAMS


@pytest.mark.parametrize("source", DIAGRAMS, ids=lambda path: path.stem)
def test_the_picture_was_drawn_from_the_source(source):
    picture = PICTURES / f"{source.stem}.svg"
    assert picture.is_file(), "run `make diagrams`"
    assert mark_in(picture) == mark(source), "run `make diagrams` and commit docs/images"


@pytest.mark.parametrize("source", DIAGRAMS, ids=lambda path: path.stem)
def test_the_picture_is_an_svg_that_loads_nothing(source):
    text = (PICTURES / f"{source.stem}.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "href" not in text
    assert "<script" not in text


def test_no_picture_is_left_of_a_source_that_is_gone():
    drawn = {path.stem for path in PICTURES.glob("*.svg") if mark_in(path)}
    assert drawn == {path.stem for path in DIAGRAMS}


def test_a_changed_source_is_noticed(tmp_path):
    source, picture = tmp_path / "a.dot", tmp_path / "a.svg"
    source.write_text("digraph { a -> b }")
    picture.write_text(f"{mark(source)}\n<svg/>")
    assert mark_in(picture) == mark(source)
    source.write_text("digraph { a -> c }")
    assert mark_in(picture) != mark(source)
    picture.write_text("<svg/>")
    assert mark_in(picture) is None


def test_without_graphviz_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DiagramError, match="graphviz"):
        render(tmp_path / "a.dot")
