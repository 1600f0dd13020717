"""Naming the name that was probably meant.

Belongs here: turning a wrong name and the right ones into the end of an error message. Does not
belong here: deciding that a name is wrong.
"""

import difflib
from collections.abc import Iterable


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """The known name most like the wrong one, or None when none is like it."""
    by_form = {_form(name): name for name in known}
    found = difflib.get_close_matches(_form(wrong), by_form, n=1, cutoff=0.6)
    return by_form[found[0]] if found else None


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` where a name is near, otherwise the list of those there are."""
    names = sorted(known)
    if near := nearest(wrong, names):
        return f"did you mean {near!r}?"
    return f"there are: {', '.join(names) or 'none'}."


def _form(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")
