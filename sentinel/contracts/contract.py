"""A data contract as an object, read from its YAML file and checked while reading."""

import re
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sentinel.errors import ContractError

_FOLDER = Path(__file__).parent
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_ARROW_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
}

Classification = Literal["internal", "confidential", "pseudonymous"]


class Column(BaseModel):
    """One column of a dataset as it lies in the lake.

    Attributes:
        tokenised_from: name of the arriving column with the personal value, which is replaced by
            its keyed token.
        truncated_from: name of the arriving column with an IP address, of which only the network
            part is kept.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    type: str
    description: str
    classification: Classification
    required: bool = False
    accepted_values: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    tokenised_from: str | None = None
    truncated_from: str | None = None

    @model_validator(mode="after")
    def _type_is_known(self) -> "Column":
        if self.type not in _ARROW_TYPES and not _DECIMAL.fullmatch(self.type):
            raise ValueError(f"column {self.name}: type {self.type!r} is unknown")
        return self

    @property
    def arrow_type(self) -> pa.DataType:
        """Arrow type of the column in the lake."""
        if decimal := _DECIMAL.fullmatch(self.type):
            return pa.decimal128(int(decimal[1]), int(decimal[2]))
        return _ARROW_TYPES[self.type]

    @property
    def sql_type(self) -> str:
        """Type in SQL, in words that DuckDB, Spark and Redshift share."""
        return {"string": "varchar", "integer": "bigint"}.get(self.type, self.type)

    @property
    def arriving_name(self) -> str | None:
        """Name of the raw personal column this one is made from, if it is made from one."""
        return self.tokenised_from or self.truncated_from


METADATA_COLUMNS: tuple[Column, ...] = (
    Column(name="_batch_id", type="string", classification="internal", required=True,
           description="Delivered batch the record came with; only batches in the ledger exist."),
    Column(name="_source", type="string", classification="internal", required=True,
           description="Where the record came from: file, table, address or stream."),
    Column(name="_position", type="integer", classification="internal", required=True,
           description="Position of the record in its source file, or else in its batch, from 0."),
    Column(name="_extras", type="string", classification="internal",
           description="JSON object of arriving columns that the contract does not know, "
           "personal values tokenised."),
    Column(name="_schema_version", type="integer", classification="internal", required=True,
           description="Version of the contract the record was validated against."),
    Column(name="_ingested_at", type="timestamp", classification="internal", required=True,
           description="UTC time at which the record entered: the source's own if it gives one, "
           "otherwise that of the load."),
)  # fmt: skip


class Contract(BaseModel):
    """The contract of one dataset."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    dataset: str
    version: int = Field(ge=1)
    grain: str
    description: str
    owner: str
    key: tuple[str, ...]
    event_time: str
    partition: Literal["day", "year"] = "day"
    """Length of the event-time span that shares a folder; small datasets need few files."""
    columns: tuple[Column, ...]

    @model_validator(mode="after")
    def _names_exist(self) -> "Contract":
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"contract {self.dataset}: a column is declared twice")
        for name in (*self.key, self.event_time):
            if name not in names:
                raise ValueError(f"contract {self.dataset}: {name} is not one of its columns")
            if not self.column(name).required:
                raise ValueError(f"contract {self.dataset}: {name} must be required")
        return self

    def column(self, name: str) -> Column:
        """The column of that name; raises ContractError when there is none."""
        for column in (*self.columns, *METADATA_COLUMNS):
            if column.name == name:
                return column
        raise ContractError(f"dataset {self.dataset!r} has no column {name!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the contract's own columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def arriving_names(self) -> dict[str, Column]:
        """Raw personal columns that may arrive, and the column each becomes."""
        return {column.arriving_name: column for column in self.columns if column.arriving_name}

    @property
    def lake_schema(self) -> pa.Schema:
        """Arrow schema of the dataset's files: the contract's columns, then load metadata."""
        return pa.schema(
            pa.field(column.name, column.arrow_type, nullable=not column.required)
            for column in (*self.columns, *METADATA_COLUMNS)
        )


@cache
def contracts() -> dict[str, Contract]:
    """Every contract by dataset name.

    Raises:
        ContractError: when a YAML file is not a valid contract, naming file and fault.
    """
    found: dict[str, Contract] = {}
    for path in sorted(_FOLDER.glob("*.yml")):
        one = read_contract(path)
        if one.dataset != path.stem:
            raise ContractError(f"{path.name} declares dataset {one.dataset!r}: names must agree")
        found[one.dataset] = one
    return found


def read_contract(path: Path) -> Contract:
    """The contract in a YAML file.

    Raises:
        ContractError: when there is no such file or it is not a valid contract.
    """
    try:
        return Contract.model_validate(yaml.safe_load(path.read_text()))
    except (ValidationError, yaml.YAMLError, OSError) as error:
        raise ContractError(f"{path.name}: {error}") from error


def contract(dataset: str) -> Contract:
    """The contract of one dataset; raises ContractError for an unknown name."""
    try:
        return contracts()[dataset]
    except KeyError:
        known = ", ".join(sorted(contracts()))
        raise ContractError(f"no contract for dataset {dataset!r}; there are: {known}") from None
