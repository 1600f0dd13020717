"""Object storage as Redshift reaches it: COPY, UNLOAD, and Spectrum's tables from a Glue catalogue.

Belongs here: reading and writing objects for the stand-in. Does not belong here: which objects
there are; the catalogue says so. An external table is filled when its schema is made or made again,
that is, with every invocation of dbt: what the catalogue says at that moment.
"""

import gzip
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from tests.redshift_standin.tokens import Unsupported, literal

_TYPES = {"string": "varchar(65535)", "double": "double precision"}
_SYMLINKS = "SymlinkTextInputFormat"


class ObjectStorage:
    """COPY, UNLOAD and external schemas of one session.

    Args:
        endpoint: address that answers for AWS; empty: there is none.
        region: AWS region.
        dsn: the database that external tables are put into.
        folder: where files for PostgreSQL lie; both may write there.
        afterwards: takes what is to be done once the statement has ended.
    """

    def __init__(
        self, endpoint: str, region: str, dsn: str, folder: Path,
        afterwards: Callable[[Callable[[], None]], None],
    ) -> None:  # fmt: skip
        self._endpoint, self._region = endpoint, region
        self._dsn, self._folder, self._afterwards = dsn, folder, afterwards

    def copy(self, sql: str) -> str:
        """The PostgreSQL statement that loads what COPY would."""
        pattern = r"copy\s+([\w.\"]+)\s*(\([^)]*\))?\s*from\s+'([^']+)'(.*)$"
        found = re.match(pattern, sql, re.IGNORECASE | re.DOTALL)
        assert found is not None
        table, columns, address, options = found.groups()
        if not re.search(r"iam_role|credentials|access_key", options, re.IGNORECASE):
            raise Unsupported("COPY needs IAM_ROLE or other credentials")
        if "json" in options.lower():
            raise Unsupported("COPY FORMAT JSON is not done by the stand-in")
        path = self._temporary()
        path.write_bytes(b"".join(self._contents(address, options.lower())))
        path.chmod(0o644)
        said = re.search(r"delimiter\s+(?:as\s+)?'([^']+)'", options, re.IGNORECASE)
        usual = "," if re.search("csv|parquet", options, re.IGNORECASE) else "|"
        delimiter = literal(said[1] if said else usual)
        return (
            f"copy {table} {columns or ''} from {literal(path)} "
            f"with (format csv, delimiter {delimiter}, null '')"
        )

    def unload(self, sql: str) -> str:
        """The PostgreSQL statement that writes what UNLOAD would; it is uploaded afterwards."""
        pattern = r"unload\s*\(\s*(?:'((?:[^']|'')*)'|\$\$(.*?)\$\$)\s*\)\s*to\s+'([^']+)'(.*)$"
        found = re.match(pattern, sql, re.IGNORECASE | re.DOTALL)
        assert found is not None
        query = (found[1] or "").replace("''", "'") or found[2]
        bucket, prefix = _parts(found[3])
        is_parquet = "parquet" in found[4].lower()
        path = self._temporary()
        path.unlink()

        def upload() -> None:
            content, name = path.read_bytes(), "000.csv"
            if is_parquet:
                kept = pc.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
                buffer, name = io.BytesIO(), "0000_part_00.parquet"
                pq.write_table(pc.read_csv(io.BytesIO(content), convert_options=kept), buffer)
                content = buffer.getvalue()
            self._client("s3").put_object(Bucket=bucket, Key=prefix + name, Body=content)

        self._afterwards(upload)
        header = is_parquet or "header" in found[4].lower()
        return f"copy ({query}) to {literal(path)} with (format csv, header {str(header).lower()})"

    def external(self, sql: str) -> str:
        """Makes an external schema's tables, filled with what the catalogue names now."""
        found = re.match(
            r"create external schema (?:if not exists )?\"?(\w+)\"? from data catalog "
            r"database '([^']+)'(.*)$", sql, re.IGNORECASE,
        )  # fmt: skip
        if not found:
            raise Unsupported(f"not done by the stand-in: {sql[:80]}")
        if "iam_role" not in found[3].lower():
            raise Unsupported("CREATE EXTERNAL SCHEMA needs IAM_ROLE")
        schema, database = found[1], found[2]
        with psycopg.connect(self._dsn) as connection:
            connection.execute(f'create schema if not exists "{schema}"')
            connection.execute(
                "insert into rs.external_schemas values (%s, %s) on conflict do nothing",
                (schema, database),
            )
            for table in self._tables(database):
                self._fill(connection, schema, database, table)
        return "select 1 where false"

    def _fill(
        self, connection: psycopg.Connection, schema: str, database: str, table: dict[str, Any]
    ) -> None:
        name, descriptor = f'"{schema}"."{table["Name"]}"', table["StorageDescriptor"]
        columns = {each["Name"]: each["Type"] for each in descriptor["Columns"]}
        keys = [each["Name"] for each in table.get("PartitionKeys", [])]
        columns |= {each["Name"]: each["Type"] for each in table.get("PartitionKeys", [])}
        declared = ", ".join(f'"{n}" {_TYPES.get(kind, kind)}' for n, kind in columns.items())
        connection.execute(f"drop table if exists {name} cascade")
        connection.execute(f'create table {name} ({declared}, "$path" varchar(65535))')
        connection.execute(
            "insert into rs.external_tables values (%s, %s, %s, %s) on conflict do nothing",
            (schema, table["Name"], descriptor["Location"], descriptor["InputFormat"]),
        )
        listed = ", ".join(f'"{each}"' for each in (*columns, "$path"))
        cursor = connection.cursor()
        with cursor.copy(f"copy {name} ({listed}) from stdin") as copying:
            for values, address in self._files(database, table):
                rows = pq.read_table(io.BytesIO(self._object(address))).to_pylist()
                fixed = dict(zip(keys, values, strict=True))
                for row in rows:
                    copying.write_row([*({**row, **fixed}.get(c) for c in columns), address])

    def _tables(self, database: str) -> list[dict[str, Any]]:
        pages = self._client("glue").get_paginator("get_tables").paginate(DatabaseName=database)
        return [table for page in pages for table in page["TableList"]]

    def _files(self, database: str, table: dict[str, Any]) -> Iterator[tuple[list[str], str]]:
        """Partition values and address of every file that the catalogue leads to."""
        places: list[tuple[list[str], dict[str, Any]]] = [([], table["StorageDescriptor"])]
        if table.get("PartitionKeys"):
            pages = (
                self._client("glue")
                .get_paginator("get_partitions")
                .paginate(DatabaseName=database, TableName=table["Name"])
            )
            places = [
                (each["Values"], each["StorageDescriptor"])
                for page in pages
                for each in page["Partitions"]
            ]
        for values, descriptor in places:
            for address in self._below(descriptor["Location"]):
                if descriptor["InputFormat"].endswith(_SYMLINKS):
                    for line in self._object(address).decode().splitlines():
                        yield values, line
                else:
                    yield values, address

    def _contents(self, address: str, options: str) -> Iterator[bytes]:
        addresses = list(self._below(address))
        if "manifest" in options:
            entries = json.loads(self._object(address))["entries"]
            addresses = [each["url"] for each in entries]
        if not addresses:
            raise Unsupported(f"The specified S3 prefix {address!r} does not exist")
        skipped = re.search(r"ignoreheader\s+(?:as\s+)?(\d+)", options)
        for each in addresses:
            content = self._object(each)
            if "parquet" in options:
                buffer = io.BytesIO()
                table: pa.Table = pq.read_table(io.BytesIO(content))
                pc.write_csv(table, buffer, pc.WriteOptions(include_header=False))
                yield buffer.getvalue()  # by position, as in Redshift
                continue
            if "gzip" in options:
                content = gzip.decompress(content)
            yield b"".join(content.splitlines(True)[int(skipped[1]) if skipped else 0 :])

    def _below(self, address: str) -> Iterator[str]:
        bucket, prefix = _parts(address)
        pages = (
            self._client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=bucket, Prefix=prefix)
        )
        for page in pages:
            for each in page.get("Contents", []):
                if each["Size"]:
                    yield f"s3://{bucket}/{each['Key']}"

    def _object(self, address: str) -> bytes:
        bucket, key = _parts(address)
        return bytes(self._client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def _client(self, service: str) -> Any:
        if not self._endpoint:
            raise Unsupported("the stand-in was started without an address for AWS")
        return boto3.client(
            service, endpoint_url=self._endpoint, region_name=self._region,
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip

    def _temporary(self) -> Path:
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".csv", delete=False) as file:
            return Path(file.name)


def _parts(address: str) -> tuple[str, str]:
    found = re.match(r"s3://([^/]+)/(.*)", address)
    if not found:
        raise Unsupported(f"{address!r} is no address on S3")
    return found[1], found[2]
