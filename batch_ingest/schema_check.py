"""Whether a source has the columns that its mapping names, before anything is landed.

Belongs here: the check and its error. Does not belong here: columns that come and go during a
history, which stop nothing (see `drift`).
"""

from collections.abc import Iterable
from typing import NamedTuple

from batch_ingest.expressions import columns_named
from batch_ingest.mapping import Feed
from batch_ingest.readers import OpenedFile, column_names
from batch_ingest.suggestions import suggestion
from sentinel.errors import MappingError


class Wanted(NamedTuple):
    """Which key of the mapping names a column, and whether upper and lower case matter there."""

    key: str
    is_exact: bool


def check_files(name: str, feed: Feed, files: Iterable[OpenedFile], seen: set[str]) -> None:
    """Looks for the mapped columns until all are found; most often one header is enough.

    Args:
        seen: columns the feed had in earlier loads; one of those may be gone.

    Raises:
        MappingError: when a column is in no file, naming the first file, the column and the fix.
    """
    missing = _without(wanted_columns(feed), seen)
    first: tuple[str, set[str]] | None = None
    for file in files:
        if not missing:
            return
        for names in column_names(file, feed):
            missing = _without(missing, names)
            if names and first is None:
                first = (file.path, set())
            if first is not None and first[0] == file.path:
                first[1].update(names)
            if not missing:
                return
    if missing and first is not None:
        raise missing_column(name, first[0], missing, first[1])


def check_names(name: str, feed: Feed, origin: str, names: set[str], seen: set[str]) -> None:
    """The same for a source whose columns are known as a whole: a table, an API's answers."""
    if missing := _without(wanted_columns(feed), names | seen):
        raise missing_column(name, origin, missing, names)


def wanted_columns(feed: Feed) -> dict[str, Wanted]:
    """Source columns the mapping cannot do without."""
    wanted: dict[str, Wanted] = {}
    for column, made in feed.columns.items():
        key = f"columns.{column}"
        if made.source is not None and not made.optional:
            wanted[made.source] = Wanted(key, is_exact=True)
        if made.expression is not None and not made.optional:
            named = columns_named(made.expression)
            wanted |= {each: Wanted(key, is_exact=False) for each in named}
    if feed.where is not None:
        wanted |= {each: Wanted("where", is_exact=False) for each in columns_named(feed.where)}
    mapped = {*feed.columns}
    for required in feed.contract.columns:
        is_mapped = required.name in mapped or required.arriving_name in mapped
        if required.required and not is_mapped:
            wanted[required.name] = Wanted("columns", is_exact=True)
    return wanted


def check_known(name: str, feed: Feed, origin: str, columns: tuple[str, ...]) -> None:
    """A file in which no single column is known has no header, or is of another kind.

    Raises:
        MappingError: without naming the file's columns: they may be a record's values.
    """
    known = {each.lower() for each in wanted_columns(feed)} | {
        each.lower() for each in (*feed.contract.names, *feed.contract.arriving_names)
    }
    if columns and not known & {each.lower() for each in columns}:
        raise MappingError(
            f"datasets.{name}: {origin}: none of its {len(columns)} columns is one that the "
            "mapping names: is its header line missing ('csv: {column_names: [...]}'), its "
            "delimiter another one ('csv: {delimiter: ...}'), or does 'from' take in files of "
            "another kind?"
        )


def missing_column(
    name: str, origin: str, missing: dict[str, Wanted], there: Iterable[str]
) -> MappingError:
    """The error for the first column that is missing."""
    column, key = next((column, wanted.key) for column, wanted in missing.items())
    there = set(there)
    if key == "columns":
        said = f"the mapping does not say where {column!r}, which is required, comes from"
        fix = f"Add 'columns: {{{column}: ...}}'."
    else:
        said = f"there is no column {column!r}"
        fix = "Change the mapping, or set 'optional: true' on a column the source may lack."
    return MappingError(
        f"datasets.{name}.{key}: {origin}: {said}; {suggestion(column, there)} {fix}"
    )


def _without(wanted: dict[str, Wanted], names: Iterable[str]) -> dict[str, Wanted]:
    exact = set(names)
    lower = {name.lower() for name in exact}
    return {
        column: each
        for column, each in wanted.items()
        if column not in exact and (each.is_exact or column.lower() not in lower)
    }
