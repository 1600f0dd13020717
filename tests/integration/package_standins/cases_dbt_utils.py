"""Cases of dbt_utils."""

from __future__ import annotations

from .case import Case, On

ACCEPTED_RANGE = On("dbt_utils.accepted_range", column="amount")
EXPRESSION_IS_TRUE = On("dbt_utils.expression_is_true")
FEE_IS = On("dbt_utils.expression_is_true", column="fee")
EQUAL_ROWCOUNT = On("dbt_utils.equal_rowcount")
NOT_NULL = On("dbt_utils.not_null_proportion", column="amount")
NOT_NULL_CUSTOMER = On("dbt_utils.not_null_proportion", column="customer_id")
RECENCY = On("dbt_utils.recency")
UNIQUE = On("dbt_utils.unique_combination_of_columns")
OTHER = {
    "few": "ref('few_payments')",
    "broken": "ref('broken_payments')",
    "twice": "ref('two_times_payments')",
}

CASES: list[Case] = [
    ACCEPTED_RANGE.passes("payments", min_value=10, max_value=30),
    ACCEPTED_RANGE.passes("payments", min_value=10),
    ACCEPTED_RANGE.passes("payments", min_value="fee", inclusive=False),
    ACCEPTED_RANGE.fails("payments", min_value=10, inclusive=False),
    ACCEPTED_RANGE.fails("payments", max_value=30, inclusive=False),
    ACCEPTED_RANGE.fails("payments", max_value=29.99),
    ACCEPTED_RANGE.fails("broken_payments", min_value=0),
    EXPRESSION_IS_TRUE.passes("payments", expression="fee < amount"),
    EXPRESSION_IS_TRUE.fails("broken_payments", expression="fee < amount"),
    EXPRESSION_IS_TRUE.passes("payments", expression="amount > 10 or fee = 1"),
    FEE_IS.passes("payments", expression=">= 1"),
    FEE_IS.fails("payments", expression="> 1"),
    EQUAL_ROWCOUNT.passes("payments", compare_model=OTHER["broken"]),
    EQUAL_ROWCOUNT.fails("payments", compare_model=OTHER["few"]),
    EQUAL_ROWCOUNT.fails("payments", compare_model=OTHER["twice"]),
    EQUAL_ROWCOUNT.passes(
        "payments", compare_model="ref('payments')", group_by_columns=["currency"]
    ),
    EQUAL_ROWCOUNT.fails(
        "payments", compare_model=OTHER["broken"], group_by_columns=["customer_id"]
    ),
    EQUAL_ROWCOUNT.passes(
        "broken_payments", compare_model=OTHER["broken"], group_by_columns=["customer_id"]
    ),
    Case(
        "dbt_utils.equal_rowcount",
        "recent",
        "fail",
        {"compare_model": "ref('steps')", "group_by_columns": ["lane"]},
    ),
    Case(
        "dbt_utils.equal_rowcount",
        "payments",
        "fail",
        {"compare_model": OTHER["few"], "group_by_columns": ["payment_id"]},
        differs="the package does not see a group that only one relation has",
    ),
    NOT_NULL.passes("payments", at_least=0.8),
    NOT_NULL.fails("payments", at_least=0.9),
    NOT_NULL.fails("payments", at_least=0.5, at_most=0.8),
    NOT_NULL.passes("no_payments", at_least=0.9),
    NOT_NULL.passes("broken_payments", at_least=1),
    NOT_NULL.fails("payments", at_least=0.5, group_by_columns=["customer_id"]),
    NOT_NULL.passes("payments", at_least=0.5, group_by_columns=["currency"]),
    NOT_NULL_CUSTOMER.fails("broken_payments", at_least=0.67),
    NOT_NULL_CUSTOMER.passes("broken_payments", at_least=0.66),
    RECENCY.passes("recent", field="seen_at", datepart="hour", interval=2),
    RECENCY.fails("recent", field="seen_at", datepart="minute", interval=30),
    RECENCY.fails("recent", field="seen_at", datepart="day", interval=3, group_by_columns=["lane"]),
    RECENCY.passes(
        "recent", field="seen_at", datepart="day", interval=10, group_by_columns=["lane"]
    ),
    RECENCY.passes(
        "recent", field="seen_at", datepart="day", interval=1, ignore_time_component=True
    ),
    RECENCY.fails("payments", field="opened_at", datepart="month", interval=1),
    RECENCY.passes("no_payments", field="opened_at", datepart="month", interval=1),
    UNIQUE.passes("payments", combination_of_columns=["customer_id", "opened_at"]),
    UNIQUE.fails("payments", combination_of_columns=["customer_id", "currency"]),
    UNIQUE.fails("broken_payments", combination_of_columns=["payment_id", "currency"]),
    UNIQUE.passes(
        "payments", combination_of_columns=["customer_id", "opened_at"], quote_columns=True
    ),
    UNIQUE.fails("broken_payments", combination_of_columns=["payment_id"], quote_columns=True),
]
