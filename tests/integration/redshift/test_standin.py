"""The stand-in answers Redshift's own driver as Redshift does, as far as it goes."""

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift_connector

from tests.redshift_standin.server import DATABASE, USER, RedshiftStandin
from tests.support.aws_server import REGION, AwsServer

pytestmark = pytest.mark.xdist_group("redshift")


@pytest.fixture
def connection(standin: RedshiftStandin) -> Iterator[redshift_connector.Connection]:
    """The driver that dbt-redshift uses; what it does is forgotten afterwards."""
    opened = redshift_connector.connect(
        host="127.0.0.1", port=standin.port, database=DATABASE, user=USER, password="any", ssl=False
    )
    try:
        yield opened
    finally:
        opened.rollback()
        opened.close()


def answer(connection: redshift_connector.Connection, sql: str) -> Any:
    """First value of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("dateadd(day, -1, cast('2026-01-01' as timestamp))::date::varchar", "2025-12-31"),
        # Boundaries crossed, not time passed.
        ("datediff(hour, '2026-01-01 00:59:00'::timestamp, '2026-01-01 01:01:00'::timestamp)", 1),
        ("datediff(microsecond, '1970-01-01'::timestamp, '1970-01-02 00:00:00.5'::timestamp)",
         86_400_500_000),
        ("nvl(null, 2)", 2),
        ("nvl2(null, 1, 2)", 2),
        ("decode(2, 1, 'one', 2, 'two', 'more')", "two"),
        ("len('abc')", 3),
        ("strtol('ff', 16)", 255),
        ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
        ("cast(repeat('x', 300) as varchar)", "x" * 256),
        ("cast(1.6 as decimal)", 2),
    ],
)  # fmt: skip
def test_an_expression_is_worth_what_it_is_on_redshift(
    connection: redshift_connector.Connection, expression: str, value: object
) -> None:
    assert answer(connection, f"select {expression}") == value


def test_an_average_of_integers_is_an_integer(
    connection: redshift_connector.Connection,
) -> None:
    assert answer(connection, "select avg(a) from (select 1 as a union all select 2) as t") == 1


def test_a_late_binding_view_outlives_its_table(connection: redshift_connector.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create table late as (select 1 as a)")
        cursor.execute("create view later as (select a from late) with no schema binding")
        cursor.execute("drop table late")
        cursor.execute("create table late as (select 2 as a)")
    assert answer(connection, "select a from later") == 2


def test_physical_design_is_told(connection: redshift_connector.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create table designed diststyle key distkey (a) compound sortkey (b) "
            "as (select 1 as a, 2 as b)"
        )
    design = "select diststyle || ' ' || sortkey1 from svv_table_info where \"table\" = 'designed'"
    assert answer(connection, design) == "KEY(a) b"


def test_keys_are_not_enforced_and_texts_count_bytes(
    connection: redshift_connector.Connection,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create table keyed (a integer primary key, b varchar(2))")
        cursor.execute("insert into keyed values (1, 'xx'), (1, 'xx')")
        with pytest.raises(redshift_connector.Error):
            cursor.execute("insert into keyed values (1, 'éé')")


def test_what_is_not_done_fails(connection: redshift_connector.Connection) -> None:
    with (
        connection.cursor() as cursor,
        pytest.raises(redshift_connector.Error, match="SELECT TOP"),
    ):
        cursor.execute("select top 5 a from t")


def test_what_was_unloaded_can_be_copied(
    connection: redshift_connector.Connection, aws: AwsServer
) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="unloaded", CreateBucketConfiguration={"LocationConstraint": REGION})
    with connection.cursor() as cursor:
        cursor.execute("create table unloaded as (select 1 as a, 'x'::varchar(9) as b)")
        cursor.execute(
            "unload ('select a, b from unloaded') to 's3://unloaded/there/' iam_role default "
            "format as parquet"
        )
        cursor.execute("create table copied (a integer, b varchar(9))")
        cursor.execute("copy copied from 's3://unloaded/there/' iam_role default format as parquet")
    (key,) = [each["Key"] for each in s3.list_objects_v2(Bucket="unloaded")["Contents"]]
    content = s3.get_object(Bucket="unloaded", Key=key)["Body"].read()
    assert pq.read_table(io.BytesIO(content)) == pa.table({"a": [1], "b": ["x"]})
    assert answer(connection, "select b from copied where a = 1") == "x"
