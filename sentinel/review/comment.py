"""A review as Markdown, for a pull request.

Belongs here: wording and order. Does not belong here: finding out; see `impact`.
"""

from collections.abc import Iterable

from sentinel.review.build import Review
from sentinel.review.impact import ColumnChange, ModelChange

_LONGEST_MESSAGE = 300
_NAMED_AT_MOST = 12


def render(review: Review) -> str:
    """The comment."""
    impact = review.impact
    if not impact.changes and not impact.downstream and not review.failures:
        return "## Models\n\nThis change touches no model, seed or snapshot.\n"
    lines = [f"## Models: {_verdict(review)}", "", _counts(review), ""]
    for change in impact.changes:
        lines += [f"### `{change.name}` ({change.kind})", "", *_columns(change), ""]
    if impact.downstream:
        lines += ["### Downstream, built and tested again", "", _names(impact.downstream), ""]
    if impact.exposures:
        lines += ["### Who looks at it", "", ", ".join(impact.exposures), ""]
    if review.failures:
        lines += ["### What failed", "", "| Node | Message |", "|---|---|"]
        lines += [f"| `{each.name}` | {_cell(each.message)} |" for each in review.failures]
        lines += [""]
    if review.skipped:
        lines += [f"Not built, because something before it failed: {_names(review.skipped)}", ""]
    if impact.unread:
        lines += [
            f"Column use not known, because the parser does not read them: {_names(impact.unread)}",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _verdict(review: Review) -> str:
    return f"{len(review.failures)} failed" if review.failures else "built, and every test passed"


def _counts(review: Review) -> str:
    impact = review.impact
    parts = [f"{len(impact.changes)} changed", f"{len(impact.downstream)} downstream"]
    return ", ".join([*parts, f"{review.tests} tests"]) + "."


def _columns(change: ModelChange) -> list[str]:
    if not change.is_built:
        return ["It was not built, so its columns are not known."]
    if change.kind == "removed":
        return ["It is removed."]
    if not change.columns:
        return ["The same columns as before."]
    return [
        "| Column | | Type | Used by |",
        "|---|---|---|---|",
        *(
            f"| `{each.name}` | {each.kind} | {_type(each)} | {_readers(each)} |"
            for each in change.columns
        ),
    ]


def _type(column: ColumnChange) -> str:
    return " → ".join(f"`{kind}`" for kind in (column.before, column.after) if kind)


def _readers(column: ColumnChange) -> str:
    if not column.readers:
        return "–"  # noqa: RUF001 - the dash that readers see
    return _few(
        f"`{model}`" + (f" ({', '.join(f'`{name}`' for name in computed)})" if computed else "")
        for model, computed in column.readers.items()
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _few(parts: Iterable[str]) -> str:
    listed = list(parts)
    more = len(listed) - _NAMED_AT_MOST
    return ", ".join(listed[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _cell(text: str) -> str:
    short = text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "…"
    return short.replace("|", "\\|")
