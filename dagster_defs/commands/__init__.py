"""Commands that run or show the whole product.

Belongs here: what `make demo`, `make ui` and `make docs` call. Does not belong here: assets.
"""

from dagster_defs.commands.demo import demo
from dagster_defs.commands.pages import docs, ui
from dagster_defs.commands.summary import publish_marts, summary

__all__ = ["demo", "docs", "publish_marts", "summary", "ui"]
