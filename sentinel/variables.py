"""Environment variables of this process, for as long as something runs in it.

Belongs here: setting and restoring. Does not belong here: which there are; see `settings`.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def environment_variables(wanted: Mapping[str, str | None]) -> Iterator[None]:
    """Sets variables (None: unsets them) and restores what there was before."""
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
