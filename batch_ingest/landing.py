"""Landing a source: the order of things.

Belongs here: which feed comes after which. Does not belong here: how one is landed.
"""

import time
from collections.abc import Callable, Iterable

from batch_ingest.entities import land_entities
from batch_ingest.load import Load
from batch_ingest.mapping import DerivedLabels, FilesSource, Mapping
from batch_ingest.report import LoadReport, Progress
from batch_ingest.suggestions import suggestion
from sentinel.errors import MappingError
from sentinel.process_lock import only_process
from sentinel.settings import Settings

_WHEN_BUSY = "wait until it ends, or stop it; a load that was stopped is simply run again."


def land(
    settings: Settings,
    mapping: Mapping,
    source: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    datasets: Iterable[str] | None = None,
) -> LoadReport:
    """Lands what a source holds and the lake does not.

    Run again, it adds nothing; killed at any point and run again, it loses and doubles nothing.

    Args:
        source: folder, file or fsspec URL; SQLAlchemy URL; base URL of the API.
        on_progress: called after every batch, and when a feed starts.
        datasets: names of datasets or feeds to land; all if None.

    Raises:
        SentinelError: of several kinds, each naming what is wrong and what to do.
    """
    started = time.monotonic()
    wanted = _wanted(mapping, datasets)
    with only_process(settings, "landing", _WHEN_BUSY):
        load = Load.start(settings, mapping, _shown(source), on_progress)
        if isinstance(mapping.source, FilesSource):
            _land_files(load, source, _groups(mapping, wanted))
        else:
            _land_rows(load, source, (name for name in mapping.in_order() if name in wanted))
        for dataset in mapping.entities:
            if dataset in wanted:
                land_entities(load, dataset)
        load.report.seconds = time.monotonic() - started
        return load.report


def _land_files(load: Load, source: str | None, groups: Iterable[list[str]]) -> None:
    # dlt takes over a second to import; who only loads a mapping does not pay for it.
    from batch_ingest.file_landing import FileLanding
    from batch_ingest.file_source import FileSource

    files = FileSource.at(source)
    for names in groups:
        FileLanding(load, names, files).run()


def _land_rows(load: Load, source: str | None, names: Iterable[str]) -> None:
    from batch_ingest.row_landing import RowLanding
    from batch_ingest.row_source import open_source

    with open_source(load.mapping.source, source) as rows:
        for name in names:
            RowLanding(load, name, rows).run()


def _wanted(mapping: Mapping, datasets: Iterable[str] | None) -> set[str]:
    by_name = {name: feed.dataset for name, feed in mapping.feeds.items()}
    by_name |= {name: name for name in mapping.entities}
    if datasets is None:
        return set(by_name)
    wanted: set[str] = set()
    for asked in datasets:
        found = {name for name, dataset in by_name.items() if asked in (name, dataset)}
        if not found:
            known = {*by_name, *by_name.values()}
            raise MappingError(
                f"mapping {mapping.name!r} has no dataset or feed {asked!r}: "
                f"{suggestion(asked, known)}"
            )
        wanted |= found
    return wanted


def _groups(mapping: Mapping, wanted: set[str]) -> Iterable[list[str]]:
    """Feeds in order, each with the labels that are split off it: one reading serves both."""
    split = {
        name: derived.of
        for name, derived in mapping.derived.items()
        if isinstance(derived, DerivedLabels)
    }
    for name in mapping.in_order():
        if name in split:
            if name in wanted and split[name] not in wanted:
                yield [name]
        elif name in wanted:
            yield [name, *(label for label, of in split.items() if of == name and label in wanted)]


def _shown(source: str | None) -> str | None:
    """The source as reports may show it: without a password."""
    if source is None or "://" not in source or "@" not in source:
        return source
    scheme, _, rest = source.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
