"""Similarity of names.

Belongs here: how alike two names are spelt. Does not belong here: whether two people are one. Names
of persons are tokens behind the transform and cannot be compared any more; merchants' names can.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist


def name_similarity(names_1: pa.Array, names_2: pa.Array) -> pa.Array:
    """Jaro-Winkler similarity of two names, without regard to case, accents and spacing.

    1 for the same spelling, 0 for nothing in common; a common beginning of up to four letters
    weighs 0.1 a letter. Source: Winkler, *String Comparator Metrics and Enhanced Decision Rules in
    the Fellegi-Sunter Model of Record Linkage*, 1990.

    Args:
        names_1, names_2: strings, shape (n,).

    Returns:
        Doubles between 0 and 1, shape (n,); null where a name is null.
    """
    is_known = pc.and_(pc.is_valid(names_1), pc.is_valid(names_2))
    plain = [_plain(pc.fill_null(each, "")).to_pylist() for each in (names_1, names_2)]
    found = cpdist(*plain, scorer=JaroWinkler.similarity, dtype=np.float64)
    return pc.if_else(is_known, pa.array(found), pa.scalar(None, pa.float64()))


def _plain(names: pa.Array) -> pa.Array:
    bare = pc.utf8_lower(names)
    if pc.any(pc.invert(pc.string_is_ascii(bare))).as_py():
        decomposed = pc.utf8_normalize(bare, form="NFKD")
        bare = pc.utf8_lower(pc.replace_substring_regex(decomposed, r"\p{Mn}", ""))
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(bare, r"\s+", " "))
