"""Array types, and Arrow columns built from whole NumPy arrays.

Belongs here: conversions that know nothing of cards or fraud.
Does not belong here: schemas, and any rule about what the values mean.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

SECONDS_PER_DAY = 86_400
MICROSECONDS_PER_SECOND = 1_000_000
MICROSECONDS_PER_DAY = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND

_ZERO = ord("0")


def digits(numbers: Integers, width: int) -> npt.NDArray[np.uint8]:
    """Decimal digits of non-negative numbers, most significant first, as a matrix."""
    matrix = np.empty((len(numbers), width), dtype=np.uint8)
    rest = numbers
    for column in range(width - 1, -1, -1):
        rest, matrix[:, column] = np.divmod(rest, 10)
    return matrix


def fixed_width_strings(characters: npt.NDArray[np.uint8]) -> pa.StringArray:
    """A string column from a matrix of ASCII codes, one row a string."""
    rows, width = characters.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    data = np.ascontiguousarray(characters)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))


def digit_strings(matrix: npt.NDArray[np.uint8]) -> pa.StringArray:
    """A string column from a matrix of digits."""
    return fixed_width_strings(matrix + np.uint8(_ZERO))


def identifiers(prefix: str, numbers: Integers, width: int) -> pa.StringArray:
    """Identifiers such as `T0000000042`: a prefix and the number padded with zeros."""
    characters = np.empty((len(numbers), len(prefix) + width), dtype=np.uint8)
    characters[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    characters[:, len(prefix) :] = digits(numbers, width) + np.uint8(_ZERO)
    return fixed_width_strings(characters)


def decimals(cents: Integers) -> pa.Array:
    """A decimal(18,2) column from whole cents."""
    words = np.empty((len(cents), 2), dtype=np.int64)
    words[:, 0] = cents
    words[:, 1] = cents >> 63
    kind = pa.decimal128(18, 2)
    return pa.Array.from_buffers(kind, len(cents), [None, pa.py_buffer(words)])


def timestamps(microseconds: Integers) -> pa.Array:
    """A naive UTC timestamp column from microseconds since 1970."""
    return pa.array(microseconds).cast(pa.timestamp("us"))


def choose(values: pa.Array, positions: Integers) -> pa.Array:
    """The values at positions; a negative position gives null."""
    missing = positions < 0
    return pc.take(values, pa.array(positions, mask=missing) if missing.any() else positions)
