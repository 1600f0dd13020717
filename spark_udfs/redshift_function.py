"""The functions in Redshift: the Lambda that it calls with batches of rows.

Belongs here: Redshift's contract for Lambda UDFs, and the statements that declare them. Does not
belong here: the functions.

A call carries `external_function`, `num_records` and `arguments`, a list of rows; the answer is
text: JSON with `success`, `num_records` and `results`, or `success: false` with `error_msg`, which
Redshift shows to whoever runs the query.
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import pyarrow as pa
import structlog

from sentinel.errors import SentinelError, SettingsError
from sentinel.settings import Settings
from sentinel.transform import Tokeniser
from spark_udfs.functions import ArrowFunction, functions

ENVIRONMENT_VARIABLE = "SENTINEL_ENVIRONMENT"
_SQL_TYPES = {pa.string(): "varchar(max)", pa.float64(): "float8", pa.bool_(): "boolean"}

log = structlog.get_logger(__name__)


class UdfCallError(SentinelError):
    """A call that does not fit the function it is for."""


def handler(event: Mapping[str, Any], _context: object = None) -> str:
    """What Lambda calls; answers for every row of the batch, or for none."""
    try:
        results = evaluated(event, _functions())
    except SentinelError as error:
        log.error("udf call refused", function=event.get("external_function"), error=str(error))
        return json.dumps({"success": False, "error_msg": str(error)})
    return json.dumps({"success": True, "num_records": len(results), "results": results})


def evaluated(event: Mapping[str, Any], known: Mapping[str, ArrowFunction]) -> list[Any]:
    """One result for each row of the call.

    Raises:
        UdfCallError: for a function that is not known, or rows that are not its arguments.
    """
    # Redshift names it as it was declared, perhaps with its schema.
    name = str(event["external_function"]).rpartition(".")[2]
    function = known.get(name)
    if function is None:
        raise UdfCallError(f"there is no function {name!r}: there are {', '.join(known)}.")
    rows = event["arguments"]
    kinds = tuple(function.arguments.values())
    if any(len(row) != len(kinds) for row in rows):
        raise UdfCallError(
            f"{name} takes {len(kinds)} arguments ({', '.join(function.arguments)}): declare it "
            "anew by `sentinel udfs redshift`."
        )
    try:
        columns = [
            pa.array([row[number] for row in rows], kind) for number, kind in enumerate(kinds)
        ]
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise UdfCallError(f"{name}: an argument is not of its type ({error}).") from error
    return list(function.call(*columns).to_pylist())


def declarations(
    known: Mapping[str, ArrowFunction], schema: str, lambda_name: str, role: str
) -> list[str]:
    """The statements that make the functions callable in Redshift.

    Args:
        schema: in which they are declared.
        lambda_name: name of the Lambda function.
        role: ARN of the role by which Redshift calls it, or `default`.
    """
    role_text = "default" if role == "default" else f"'{role}'"
    return [f"create schema if not exists {schema};"] + [
        f"create or replace external function {schema}.{each.name}("
        f"{', '.join(_SQL_TYPES[kind] for kind in each.arguments.values())}) "
        f"returns {_SQL_TYPES[each.returns]} immutable lambda '{lambda_name}' iam_role {role_text};"
        for each in known.values()
    ]


@cache
def _functions() -> dict[str, ArrowFunction]:
    if ENVIRONMENT_VARIABLE not in os.environ:
        # Its default would tokenise with the key that everybody knows.
        raise SettingsError(f"set {ENVIRONMENT_VARIABLE} on the function.")
    tokeniser = Tokeniser(Settings().personal_data_key)
    return {each.name: each for each in functions(tokeniser)}
