"""Keeping the catalogue as the ledger is.

Belongs here: which files each table and partition leads to. A partition's folder holds one list of
the live files of its date, named by its content, so that a partition changes by one call: readers
see the files before a compaction or those after it, and never what an interrupted attempt left.

The ledger comes last. Its content is written as one small Parquet object for each batch, beside the
JSON; models let through only records of batches that are in it, so a batch that is registered in
part does not exist yet.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sentinel.catalogue.schemas import CatalogueTable, catalogue_tables
from sentinel.contracts.dbt_sources import LAKE_COLUMNS
from sentinel.errors import SentinelError, SettingsError
from sentinel.lake import LEDGER, QUARANTINE, RAW, REPLAYED, Lake
from sentinel.lake_access import open_lake
from sentinel.ledger import Ledger, LedgerEntry
from sentinel.live_files import LiveFiles
from sentinel.settings import Settings

CATALOGUE = "catalogue"
_GENERATION = "sentinel.generation"
_ENTRIES = f"{CATALOGUE}/{LEDGER}"
_AT_ONCE = 100
_ARROW = {"varchar": pa.string(), "bigint": pa.int64(), "timestamp": pa.timestamp("us")}
_SCHEMA = pa.schema([(name, _ARROW[kind]) for name, kind, _ in LAKE_COLUMNS[LEDGER]])


class CatalogueError(SentinelError):
    """The catalogue does not take what it is told."""


@dataclass(frozen=True)
class Registered:
    """What a registration did.

    Attributes:
        batch_count: batches that were not in the catalogue before.
        partition_count: partitions that lead to other files now.
    """

    batch_count: int
    partition_count: int


def register_lake(settings: Settings) -> Registered:
    """Makes the catalogue of an environment say what its ledger says.

    Raises:
        SettingsError: without boto3.
        CatalogueError: as `register`, and where AWS does not answer or refuses.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise SettingsError("the catalogue is AWS Glue's: install sentinel[aws].") from error
    try:
        glue = boto3.client("glue", endpoint_url=settings.aws_endpoint_url)
        return register(open_lake(settings), glue, settings.catalogue)
    except (BotoCoreError, ClientError) as error:
        raise CatalogueError(
            f"what has landed could not be registered: {error}. Nothing is lost; try it again."
        ) from error


def register_for_building(settings: Settings) -> Registered | None:
    """What whoever is about to run dbt calls: Redshift sees of the lake what is registered.

    Returns:
        None where the engine reads the ledger itself.

    Raises:
        CatalogueError: as `register`.
    """
    return register_lake(settings) if settings.spec.target == "redshift" else None


def register(lake: Lake, glue: Any, prefix: str) -> Registered:
    """Makes the catalogue say what the ledger and the compactions say.

    May be stopped at any point and run again. Two at once are harmless but for one of them coming
    later to a partition with less: the next registration puts it right.

    Args:
        lake: on S3.
        glue: Glue client.
        prefix: databases are `<prefix>_raw` and `<prefix>_lake`.

    Raises:
        CatalogueError: when the lake is a folder, or a partition is refused.
    """
    if lake.is_local:
        raise CatalogueError(
            f"{lake.location} is a folder: Glue leads to S3 only; set SENTINEL_LAKE_URL."
        )
    catalogue = _Catalogue(lake, glue, prefix)
    catalogue.make_tables()
    # Compactions first: then each file that was replaced is of a batch that is known.
    live = {each.name: LiveFiles(lake, each.name) for each in catalogue.of_schema(RAW)}
    fresh = list(_unregistered(lake))
    partitions = 0
    for name, files in live.items():
        entries = [each for each in fresh if each.dataset == name]
        partitions += catalogue.update_partitions(name, entries, files)
    catalogue.update_list(QUARANTINE, (each.rejected_file for each in fresh))
    catalogue.update_list(REPLAYED, (each.replayed_file for each in fresh))
    for entry in fresh:
        lake.put(_entry_path(entry), _as_parquet(entry))
    return Registered(len(fresh), partitions)


def _entry_path(entry: LedgerEntry) -> str:
    return f"{_ENTRIES}/{entry.dataset}/{entry.batch_id}.parquet"


def _unregistered(lake: Lake) -> Iterator[LedgerEntry]:
    known = {path.removeprefix(f"{_ENTRIES}/") for path in lake.list(_ENTRIES, ".parquet")}
    ledger = Ledger(lake)
    names = (
        path.removeprefix(f"{LEDGER}/").removesuffix(".json") for path in lake.list(LEDGER, ".json")
    )
    for name in names:
        if f"{name}.parquet" not in known:
            entry = ledger.entry(*name.split("/", 1))
            if entry is not None:
                yield entry


def _as_parquet(entry: LedgerEntry) -> bytes:
    row = {name: getattr(entry, name) for name in _SCHEMA.names}
    for name, value in row.items():
        if pa.types.is_timestamp(_SCHEMA.field(name).type) and value is not None:
            row[name] = value.replace(tzinfo=None)
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([row], _SCHEMA), buffer, compression="zstd")
    return buffer.getvalue()


class _Catalogue:
    """The databases of one lake."""

    def __init__(self, lake: Lake, glue: Any, prefix: str) -> None:
        self._lake, self._glue, self._prefix = lake, glue, prefix
        self._tables = {each.name: each for each in catalogue_tables()}

    def of_schema(self, schema: str) -> list[CatalogueTable]:
        """The tables of one schema."""
        return [each for each in self._tables.values() if each.schema == schema]

    def make_tables(self) -> None:
        """Makes what is not there; tables get the columns that the contracts have now."""
        for schema in {each.schema for each in self._tables.values()}:
            database = self._database(schema)
            try:
                self._glue.create_database(DatabaseInput={"Name": database})
            except self._glue.exceptions.AlreadyExistsException:
                known = self._known_tables(database)
            else:
                known = {}
            for table in self.of_schema(schema):
                location = known.get(table.name, {}).get("StorageDescriptor", {}).get("Location")
                wanted = table.definition(location or self._lake.url(f"{self._folder(table)}/"))
                if table.name not in known:
                    self._glue.create_table(DatabaseName=database, TableInput=wanted)
                elif not _says(known[table.name]["StorageDescriptor"], wanted["StorageDescriptor"]):
                    self._glue.update_table(DatabaseName=database, TableInput=wanted)

    def update_partitions(
        self, dataset: str, entries: Sequence[LedgerEntry], live: LiveFiles
    ) -> int:
        """Has every partition that batches or compactions touched lead to its live files.

        Returns:
            How many partitions lead to other files now.
        """
        table, known = self._tables[dataset], self._partitions(dataset)
        delivered: dict[date, set[str]] = {}
        for entry in entries:
            for file in entry.files:
                delivered.setdefault(file.event_date, set()).add(self._lake.url(file.path))
        made: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for day in sorted(delivered.keys() | known.keys()):
            before = known.get(day)
            generation = str(live.generation(day))
            if day not in delivered and before and _generation(before) == generation:
                continue
            files = self._listed(before["StorageDescriptor"]["Location"]) if before else set()
            files |= delivered.get(day, set())
            for compaction in live.compactions(day) if generation != "0" else ():
                files |= {self._lake.url(each.path) for each in compaction.added}
                files -= {self._lake.url(each) for each in compaction.replaced}
            folder = f"{self._folder(table)}/event_date={day.isoformat()}"
            wanted = {
                "Values": [day.isoformat()],
                "StorageDescriptor": table.storage(self._written_list(folder, files)),
                "Parameters": {_GENERATION: generation},
            }
            (changed if before else made).append(wanted)
        self._put_partitions(table, made, changed)
        return len(made) + len(changed)

    def update_list(self, name: str, paths: Iterable[str | None]) -> None:
        """Has a table without partitions lead to further files."""
        fresh = {self._lake.url(path) for path in paths if path}
        table = self._tables[name]
        database = self._database(table.schema)
        known = self._known_tables(database)[name]["StorageDescriptor"]["Location"]
        before = self._listed(known)
        if fresh - before:
            location = self._written_list(self._folder(table), before | fresh)
            self._glue.update_table(DatabaseName=database, TableInput=table.definition(location))

    def _put_partitions(
        self, table: CatalogueTable, made: list[dict[str, Any]], changed: list[dict[str, Any]]
    ) -> None:
        where = {"DatabaseName": self._database(table.schema), "TableName": table.name}
        for start in range(0, len(made), _AT_ONCE):
            some = made[start : start + _AT_ONCE]
            answer = self._glue.batch_create_partition(**where, PartitionInputList=some)
            _check(answer, table)
        for start in range(0, len(changed), _AT_ONCE):
            some = [
                {"PartitionValueList": each["Values"], "PartitionInput": each}
                for each in changed[start : start + _AT_ONCE]
            ]
            _check(self._glue.batch_update_partition(**where, Entries=some), table)

    def _partitions(self, dataset: str) -> dict[date, dict[str, Any]]:
        pages = self._glue.get_paginator("get_partitions").paginate(
            DatabaseName=self._database(RAW), TableName=dataset
        )
        return {
            date.fromisoformat(each["Values"][0]): each
            for page in pages
            for each in page["Partitions"]
        }

    def _known_tables(self, database: str) -> dict[str, dict[str, Any]]:
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database)
        return {each["Name"]: each for page in pages for each in page["TableList"]}

    def _written_list(self, folder: str, files: set[str]) -> str:
        """Address of a folder with one list of files, named by what it says."""
        content = "".join(f"{each}\n" for each in sorted(files)).encode()
        place = f"{folder}/{hashlib.sha256(content).hexdigest()[:12]}"
        self._lake.put(f"{place}/files", content)
        return self._lake.url(f"{place}/")

    def _listed(self, location: str) -> set[str]:
        """Addresses in the list of a folder; none where there is no list yet."""
        path = f"{location.removeprefix(self._lake.url('')).strip('/')}/files"
        if not self._lake.exists(path):
            return set()
        return set(self._lake.read(path).decode().splitlines())

    def _folder(self, table: CatalogueTable) -> str:
        return f"{CATALOGUE}/{table.name}"

    def _database(self, schema: str) -> str:
        return f"{self._prefix}_{schema}"


def _says(known: Any, wanted: Any) -> bool:
    """Whether what Glue has says all that is wanted; what it has besides is others' to say.

    Terraform, which may have made the table, gives each column an empty comment.
    """
    if isinstance(wanted, dict):
        return isinstance(known, dict) and all(
            name in known and _says(known[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return len(known) == len(wanted) and all(map(_says, known, wanted))
    return bool(known == wanted)


def _generation(partition: dict[str, Any]) -> str:
    return str(partition.get("Parameters", {}).get(_GENERATION, "0"))


def _check(answer: dict[str, Any], table: CatalogueTable) -> None:
    """Partitions that another registration made meanwhile are no fault."""
    wrong = [
        each
        for each in answer.get("Errors", [])
        if each["ErrorDetail"]["ErrorCode"] != "AlreadyExistsException"
    ]
    if wrong:
        first = wrong[0]
        raise CatalogueError(
            f"Glue refused {len(wrong)} partitions of {table.name}, the first "
            f"{first.get('PartitionValues') or first.get('PartitionValueList')}: "
            f"{first['ErrorDetail'].get('ErrorMessage') or first['ErrorDetail']['ErrorCode']}"
        )
