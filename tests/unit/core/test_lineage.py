"""Where columns come from and which are needed, read off SQL."""

import pytest
from sqlglot.errors import SqlglotError

from sentinel.lineage import column_origins, columns_read

TABLES = {
    ("staging", "payments"): {"payment_id": "varchar", "amount": "double", "rate": "double"},
    ("reference", "names"): {"payment_id": "varchar", "name": "varchar"},
}


def test_origins_pass_through_ctes_and_expressions() -> None:
    sql = """
        with payments as (select * from "sentinel"."staging"."payments"),
        final as (
            select payments.payment_id, amount * rate as converted, names.name
            from payments left join "sentinel"."reference"."names" as names
                on payments.payment_id = names.payment_id
        )
        select * from final
    """
    payments = ("staging", "payments")
    assert column_origins(sql, TABLES, "duckdb") == {
        "payment_id": {(payments, "payment_id")},
        "converted": {(payments, "amount"), (payments, "rate")},
        "name": {(("reference", "names"), "name")},
    }


def test_sql_that_cannot_be_read_says_so() -> None:
    with pytest.raises(SqlglotError):
        column_origins("select from where (", TABLES, "duckdb")


def test_a_column_is_read_where_it_joins_filters_or_orders_and_not_where_it_is_passed_by() -> None:
    sql = """
        with payments as (select * from "sentinel"."staging"."payments"),
        names as (select * from reference.names where name <> ''),
        final as (
            select payments.payment_id
            from payments inner join names on payments.payment_id = names.payment_id
        )
        select * from final
    """
    payments, names = ("staging", "payments"), ("reference", "names")
    assert columns_read(sql, TABLES, "duckdb") == {
        (payments, "payment_id"), (names, "payment_id"), (names, "name"),
    }  # fmt: skip


def test_all_that_a_query_gives_is_read() -> None:
    sql = "select * from staging.payments"
    payments = ("staging", "payments")
    assert columns_read(sql, TABLES, "duckdb") == {(payments, name) for name in TABLES[payments]}
