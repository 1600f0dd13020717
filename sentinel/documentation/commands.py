"""`sentinel dictionary` and `sentinel diagrams`: rendering the documents that follow from code."""

from rich.console import Console

from sentinel.contracts import contracts
from sentinel.dbt_project import current_manifest
from sentinel.documentation import data_dictionary
from sentinel.documentation.diagrams import render_all


def dictionary() -> None:
    """Write docs/data_dictionary.md from the contracts and dbt's manifest."""
    text = data_dictionary.render(contracts().values(), current_manifest())
    data_dictionary.DICTIONARY_FILE.write_text(text, encoding="utf-8")
    Console().print(f"Wrote {data_dictionary.DICTIONARY_FILE.name}")


def diagrams() -> None:
    """Draw docs/images/*.svg from docs/diagrams/*.dot (needs Graphviz)."""
    for picture in render_all():
        Console().print(f"Wrote {picture.name}")
