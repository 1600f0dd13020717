"""Where columns come from, read off SQL."""

import pytest
from sqlglot.errors import SqlglotError

from dagster_defs.model_metadata import column_origins

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
