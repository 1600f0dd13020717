"""The source mapping: what a YAML file may say about a source, as objects.

Belongs here: the shape of a mapping and what can be checked without seeing data. Does not belong
here: reading the YAML file (see `mapping_file`) and applying a mapping (see `projection`).
"""

import hashlib
import json
import zoneinfo
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from batch_ingest.suggestions import nearest, suggestion
from batch_ingest.times import format_error
from sentinel.contracts import Column, Contract, contract, contracts
from sentinel.errors import ContractError

INGESTED_AT = "_ingested_at"
Scalar = str | bool | int | float


class Part(BaseModel):
    """Base of every part of a mapping: unknown keys are errors, objects do not change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, ignored_types=(cached_property,)
    )


class ColumnMapping(Part):
    """Where one column comes from: a source column, an expression or a constant.

    Attributes:
        source: name of the source's column (`from` in YAML).
        expression: SQL expression in DuckDB's dialect over the source's columns.
        value: constant.
        type: type the value is read as before the contract's own, in the contract's words.
        format: how times are written, in `strptime` codes.
        time_zone: zone of times that are written without one; UTC unless told.
        default: value where the source has none.
        delay_days: days added to a time.
        optional: whether the source's column may be missing from every file.
    """

    source: str | None = Field(default=None, alias="from")
    expression: str | None = None
    value: Scalar | None = None
    type: str | None = None
    format: str | None = None
    time_zone: str | None = None
    default: Scalar | None = None
    delay_days: float = Field(default=0, ge=0)
    optional: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return {"from": given} if isinstance(given, str) else given

    @classmethod
    def of(cls, source: str) -> "ColumnMapping":
        """A column of the source as it is."""
        return cls.model_validate({"from": source})

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnMapping":
        origins = [each for each in (self.source, self.expression, self.value) if each is not None]
        if len(origins) != 1:
            raise ValueError("give exactly one of 'from', 'expression' and 'value'")
        if (self.format or self.time_zone) and self.value is not None:
            raise ValueError("'format' and 'time_zone' go with 'from' or 'expression'")
        if self.format and (wrong := format_error(self.format)):
            raise ValueError(f"format {self.format!r}: {wrong}")
        if self.time_zone and self.time_zone not in zoneinfo.available_timezones():
            known = zoneinfo.available_timezones()
            raise ValueError(
                f"time_zone {self.time_zone!r} is unknown: {nearest(self.time_zone, known) or ''}"
            )
        if self.type is not None:
            Column(name="type", type=self.type, description="", classification="internal")
        return self


class Reference(Part):
    """A column whose values must be known in another dataset of the lake."""

    column: str
    dataset: str
    unknown: Literal["quarantine", "accept"] = "quarantine"


class CsvOptions(Part):
    """How a CSV file is written.

    Attributes:
        column_names: names of the columns of files without a header line.
        newlines_in_values: whether quoted values may hold line breaks; otherwise a quote that is
            not closed spoils its own line only.
    """

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    encoding: str = "utf-8"
    column_names: tuple[str, ...] = ()
    newlines_in_values: bool = False

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError:
            raise ValueError(f"encoding {name!r} is unknown") from None
        return name


class Cursor(Part):
    """The column by which only new records are read.

    Attributes:
        column: its name in the source.
        type: how its values compare; `timestamp` values after now do not advance the cursor.
        lookback: how far before the last value to read again, in seconds for times and in units
            for integers, for records that become visible late.
        param: query parameter of a REST API that takes the value from which to read.
        order: `ascending` when a REST API answers in the cursor's order, so that every page may
            advance it; otherwise it advances when everything was read.
    """

    column: str
    type: Literal["timestamp", "integer", "string"] = "timestamp"
    lookback: float = Field(default=0, ge=0)
    param: str | None = None
    order: Literal["any", "ascending"] = "any"


class Request(Part):
    """What to ask a REST API for; paginators are those of dlt's `rest_api` source."""

    params: dict[str, Scalar] = {}
    data_selector: str | None = None
    paginator: str | dict[str, Any] | None = None


class Feed(Part):
    """One kind of record of the source, and the dataset it becomes.

    Attributes:
        dataset: dataset of the lake; the feed's own name unless told.
        source: glob below the source folder, table, or path of the API (`from` in YAML).
        where: SQL condition; records that do not meet it are not part of the feed.
        ignore: columns of the source that are left out on purpose.
        match_names: whether columns that are not mapped are taken from those of the same name.
        keep_unknown: whether columns that nothing maps go into `_extras`, as tokens.
    """

    dataset: str
    source: str = Field(alias="from")
    format: Literal["parquet", "csv", "jsonl"] | None = None
    csv: CsvOptions = CsvOptions()
    columns: dict[str, ColumnMapping] = {}
    where: str | None = None
    ignore: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    cursor: Cursor | None = None
    request: Request = Request()
    optional: bool = False
    match_names: bool = True
    keep_unknown: bool = True

    @model_validator(mode="after")
    def _names_exist(self) -> "Feed":
        known = {*self.contract.names, *self.contract.arriving_names, INGESTED_AT}
        for name in self.columns:
            if name not in known:
                raise ValueError(
                    f"dataset {self.dataset!r} has no column {name!r}: {suggestion(name, known)}"
                )
        for column in self.contract.columns if not self.match_names else ():
            if column.required and column.name not in self.columns:
                raise ValueError(f"column {column.name!r} is required: say where it comes from")
        for reference in self.references:
            if reference.column not in self.contract.names:
                raise ValueError(
                    f"references: dataset {self.dataset!r} has no column {reference.column!r}: "
                    f"{suggestion(reference.column, self.contract.names)}"
                )
            if reference.dataset not in contracts():
                raise ValueError(
                    f"references: there is no dataset {reference.dataset!r}: "
                    f"{suggestion(reference.dataset, contracts())}"
                )
        return self

    @field_validator("dataset")
    @classmethod
    def _has_contract(cls, name: str) -> str:
        try:
            return contract(name).dataset
        except ContractError as error:
            raise ValueError(f"{error}; {suggestion(name, contracts())}") from None

    @property
    def contract(self) -> Contract:
        """Contract of the feed's dataset."""
        return contract(self.dataset)


class DerivedEntities(Part):
    """Customers or terminals that no file carries: one version for each id that is seen."""

    kind: Literal["entities"]
    of: str


class DerivedLabels(Part):
    """Labels that the transaction file carries, split off into reports made some days later."""

    kind: Literal["labels"]
    of: str
    where: str
    reporting_delay_days: float = Field(ge=0)
    label_source: str = "chargeback"
    fraud_type: ColumnMapping | None = None


class FilesSource(Part):
    """A folder, or one file, given when landing."""

    kind: Literal["files"]


class SqlSource(Part):
    """A database behind an SQLAlchemy URL, given when landing or by an environment variable.

    Attributes:
        identity: what the database is called in the lake; its host and name unless told. How far
            a database was read is kept under it, so it stays when the database moves.
    """

    kind: Literal["sql"]
    identity: str | None = None
    url_env: str | None = None
    db_schema: str | None = Field(default=None, alias="schema")


class RestSource(Part):
    """A REST API; any value of `auth` and `headers` may be `{env: NAME}`.

    Attributes:
        identity: what the API is called in the lake; its address unless told.
    """

    kind: Literal["rest"]
    identity: str | None = None
    base_url: str | None = None
    headers: dict[str, str | dict[Literal["env"], str]] = {}
    auth: dict[str, str | dict[Literal["env"], str]] | None = None
    paginator: str | dict[str, Any] | None = None
    max_attempts: int = Field(default=5, ge=1)
    backoff_seconds: float = Field(default=1, ge=0)
    timeout_seconds: float = Field(default=60, gt=0)


class Mapping(Part):
    """A whole mapping.

    Attributes:
        name: its identity in batch ids: lower case letters, digits and underscores.
        datasets: the feeds by name.
        derived: datasets made from a feed, by dataset.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    description: str = ""
    source: Annotated[FilesSource | SqlSource | RestSource, Field(discriminator="kind")]
    datasets: dict[str, Feed] = Field(min_length=1)
    derived: dict[str, Annotated[DerivedEntities | DerivedLabels, Field(discriminator="kind")]] = {}

    @model_validator(mode="before")
    @classmethod
    def _feeds_name_their_dataset(cls, given: Any) -> Any:
        feeds = given.get("datasets") if isinstance(given, dict) else None
        if not isinstance(feeds, dict):
            return given
        named = {
            name: {"dataset": name, **feed} if isinstance(feed, dict) else feed
            for name, feed in feeds.items()
        }
        return {**given, "datasets": named}

    @model_validator(mode="after")
    def _derived_fit(self) -> "Mapping":
        for dataset, derived in self.derived.items():
            if derived.of not in self.datasets:
                raise ValueError(
                    f"derived.{dataset}.of: there is no feed {derived.of!r}: "
                    f"{suggestion(derived.of, self.datasets)}"
                )
            fitting = ("fraud_labels",) if derived.kind == "labels" else ("customers", "terminals")
            if dataset not in fitting:
                raise ValueError(
                    f"derived.{dataset}: kind {derived.kind!r} makes {' or '.join(fitting)}"
                )
            if self.datasets[derived.of].dataset != "transactions":
                raise ValueError(f"derived.{dataset}.of: feed {derived.of!r} has no transactions")
        for name in self.derived:
            if name in self.datasets:
                raise ValueError(f"derived.{name}: {name!r} is a feed as well; keep one of them")
        list(self.in_order())
        return self

    @cached_property
    def feeds(self) -> dict[str, Feed]:
        """Every feed that is read, those of derived labels included."""
        split = {
            name: _label_feed(self.datasets[derived.of], derived)
            for name, derived in self.derived.items()
            if isinstance(derived, DerivedLabels)
        }
        return {**self.datasets, **split}

    @property
    def entities(self) -> dict[str, DerivedEntities]:
        """Derived customers and terminals by dataset."""
        return {
            name: derived
            for name, derived in self.derived.items()
            if isinstance(derived, DerivedEntities)
        }

    def in_order(self) -> Iterator[str]:
        """Names of the feeds, those first that others refer to; ValueError on a circle."""
        waiting = dict(self.feeds)
        while waiting:
            pending = {feed.dataset for feed in waiting.values()}
            ready = [
                name
                for name, feed in waiting.items()
                if not {each.dataset for each in feed.references} & (pending - {feed.dataset})
            ]
            if not ready:
                raise ValueError(
                    f"references: {', '.join(waiting)} refer to each other in a circle"
                )
            yield from ready
            for name in ready:
                del waiting[name]

    def hash_of(self, name: str) -> str:
        """Hash of what the mapping says about a feed or derived dataset: changed, it reads anew."""
        part = self.feeds.get(name) or self.derived[name]
        said = {"mapping": self.name, "feed": name, "is": part.model_dump(mode="json")}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _label_feed(transactions: Feed, derived: DerivedLabels) -> Feed:
    """The feed that reads the transactions' records again for the labels embedded in them."""
    columns = transactions.columns
    event_at = columns.get("transaction_at", ColumnMapping.of("transaction_at"))
    made = {
        "transaction_id": columns.get("transaction_id", ColumnMapping.of("transaction_id")),
        "label_source": ColumnMapping(value=derived.label_source),
        "is_fraud": ColumnMapping(value=True),
        "reported_at": event_at.model_copy(update={"delay_days": derived.reporting_delay_days}),
    }
    if derived.fraud_type is not None:
        made["fraud_type"] = derived.fraud_type
    if INGESTED_AT in columns:
        made[INGESTED_AT] = columns[INGESTED_AT]
    return transactions.model_copy(
        update={
            "dataset": "fraud_labels",
            "columns": made,
            "where": derived.where
            if transactions.where is None
            else f"({transactions.where}) and ({derived.where})",
            "references": (),
            "match_names": False,
            "keep_unknown": False,
        }
    )
