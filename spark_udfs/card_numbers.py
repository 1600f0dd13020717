"""Card numbers: the Luhn check of whole columns.

Belongs here: telling card numbers from other digits. Does not belong here: what becomes of them; a
card number never passes the transform.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SHORTEST, _LONGEST = 13, 19
_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], dtype=np.uint8)
"""Twice a digit, its own digits added up."""


def passes_luhn(values: pa.Array) -> pa.Array:
    """Whether each text is a card number by form: 13 to 19 digits that pass the Luhn check.

    Blanks and hyphens between digits do not count; one digit repeated throughout is none. Source:
    ISO/IEC 7812-1, annex B.

    Args:
        values: strings, shape (n,).

    Returns:
        Booleans, shape (n,); null where the text is null.
    """
    # RE2 costs more than the check itself, and most columns have no separators.
    if pc.any(pc.match_substring_regex(values, "[ -]")).as_py():
        values = pc.replace_substring_regex(values, "([0-9])[ -]", r"\1")
    sizes = pc.binary_length(values)
    may_be = pc.and_(pc.greater_equal(sizes, _SHORTEST), pc.less_equal(sizes, _LONGEST))
    found = np.zeros(len(values), dtype=bool)
    places = np.flatnonzero(pc.fill_null(may_be, False).to_numpy(zero_copy_only=False))
    if len(places):
        found[places] = _checked(values.take(pa.array(places)))
    return pc.if_else(pc.is_valid(values), pa.array(found), pa.scalar(None, pa.bool_()))


def _checked(candidates: pa.Array) -> np.ndarray:
    """Texts of 13 to 19 bytes, right-aligned in a matrix of zeros, which change no sum."""
    candidates = pa.concat_arrays([candidates])  # without an offset
    offsets = np.frombuffer(candidates.buffers()[1], dtype=np.int32)[: len(candidates) + 1]
    content = np.frombuffer(candidates.buffers()[2], dtype=np.uint8)
    ends = offsets[1:]
    columns = ends[:, None] - np.arange(_LONGEST, 0, -1, dtype=np.int32)[None, :]
    is_inside = columns >= offsets[:-1, None]
    digits = np.where(is_inside, content[np.maximum(columns, 0)] - ord("0"), 0).astype(np.uint8)
    is_number = (digits <= 9).all(axis=1)
    digits[~is_number] = 0
    total = digits[:, ::-2].sum(axis=1, dtype=np.int32)
    total += _DOUBLED[digits[:, -2::-2]].sum(axis=1, dtype=np.int32)
    last = digits[:, -1:]
    is_repeated = ((digits == last) | ~is_inside).all(axis=1)
    return np.asarray(is_number & (total % 10 == 0) & ~is_repeated)
