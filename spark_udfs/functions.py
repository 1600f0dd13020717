"""The one list of functions, with what every engine has to know about each.

Belongs here: names, types and meaning. Does not belong here: how an engine calls them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from sentinel.transform import Tokeniser
from sentinel.transform.personal_data import network_prefixes
from spark_udfs.addresses import is_private_address
from spark_udfs.card_numbers import passes_luhn
from spark_udfs.contacts import normalised_device_id, normalised_email
from spark_udfs.distances import great_circle_km
from spark_udfs.names import name_similarity

_TEXT, _NUMBER, _TRUTH = pa.string(), pa.float64(), pa.bool_()


@dataclass(frozen=True)
class ArrowFunction:
    """A function over arrays of equal length; null in, null out.

    Attributes:
        name: what SQL calls it.
        call: takes one array for each argument.
        arguments: their types, by name.
        returns: type of the result.
    """

    name: str
    call: Callable[..., pa.Array]
    arguments: dict[str, pa.DataType]
    returns: pa.DataType

    @property
    def summary(self) -> str:
        """The first sentence of its description."""
        return (self.call.__doc__ or "").split("\n", 1)[0]


def functions(tokeniser: Tokeniser) -> tuple[ArrowFunction, ...]:
    """Every function there is.

    Args:
        tokeniser: has the key of the tokens; the same as the transform's, or they do not join.
    """
    return (
        ArrowFunction("keyed_token", tokeniser.tokens, {"value": _TEXT}, _TEXT),
        ArrowFunction("passes_luhn", passes_luhn, {"value": _TEXT}, _TRUTH),
        ArrowFunction("normalised_email", normalised_email, {"value": _TEXT}, _TEXT),
        ArrowFunction("normalised_device_id", normalised_device_id, {"value": _TEXT}, _TEXT),
        ArrowFunction("network_prefix", network_prefixes, {"address": _TEXT}, _TEXT),
        ArrowFunction("is_private_address", is_private_address, {"address": _TEXT}, _TRUTH),
        ArrowFunction(
            "great_circle_km", great_circle_km,
            {"latitude_1": _NUMBER, "longitude_1": _NUMBER,
             "latitude_2": _NUMBER, "longitude_2": _NUMBER},
            _NUMBER,
        ),
        ArrowFunction(
            "name_similarity", name_similarity, {"name_1": _TEXT, "name_2": _TEXT}, _NUMBER
        ),
    )  # fmt: skip
