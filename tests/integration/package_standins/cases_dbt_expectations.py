"""Cases of dbt_expectations."""

from __future__ import annotations

from dataclasses import replace

from .case import Case, On


def on(name: str, column: str | None = None) -> On:
    """Cases of one of the package's tests."""
    return On(f"dbt_expectations.{name}", column)


BETWEEN = on("expect_column_values_to_be_between", "amount")
OPENED_BETWEEN = on("expect_column_values_to_be_between", "opened_at")
NOT_NULL = on("expect_column_values_to_not_be_null", "amount")
REGEX = on("expect_column_values_to_match_regex", "reference")
LENGTH = on("expect_column_value_lengths_to_equal", "reference")
LENGTHS = on("expect_column_value_lengths_to_be_between", "reference")
A_OVER_B = on("expect_column_pair_values_A_to_be_greater_than_B")
COMPOUND = on("expect_compound_columns_to_be_unique")
ROW_COUNT = on("expect_table_row_count_to_be_between")
SAME_COUNT = on("expect_table_row_count_to_equal_other_table")
RECENT = on("expect_row_values_to_have_recent_data", "seen_at")
RECENT_PAYMENTS = on("expect_row_values_to_have_recent_data", "opened_at")
MEAN = on("expect_column_mean_to_be_between", "amount")
ID_MEAN = on("expect_column_mean_to_be_between", "payment_id")
SUM = on("expect_column_sum_to_be_between", "amount")
PROPORTION = on("expect_column_proportion_of_unique_values_to_be_between", "amount")
IN_SET = on("expect_column_values_to_be_in_set", "currency")
FEE_IN_SET = on("expect_column_values_to_be_in_set", "fee")
DISTINCT = on("expect_column_distinct_count_to_be_greater_than", "currency")
COLUMNS = on("expect_table_columns_to_match_set")
TYPE = on("expect_column_values_to_be_of_type", "amount")
TYPES = on("expect_column_values_to_be_in_type_list", "amount")
INCREASING = on("expect_column_values_to_be_increasing", "step")
PLACE_INCREASING = on("expect_column_values_to_be_increasing", "place")
IS_TRUE = on("expression_is_true")
EXPRESSION_BETWEEN = on("expression_between")

STEP_COLUMNS = ["lane", "place", "step"]
TWICE = "ref('two_times_payments')"
FEW = "ref('few_payments')"
BROKEN = "ref('broken_payments')"

VALUES: list[Case] = [
    BETWEEN.passes("payments", min_value=10, max_value=30),
    BETWEEN.passes("payments", min_value=9.99, max_value=30.01, strictly=True),
    BETWEEN.fails("payments", min_value=10, max_value=31, strictly=True),
    BETWEEN.fails("payments", min_value=10, max_value=29),
    BETWEEN.fails("payments", min_value=11),
    BETWEEN.passes("payments", min_value=11, row_condition="payment_id in (2, 3)"),
    BETWEEN.fails("broken_payments", min_value=0),
    BETWEEN.passes("broken_payments", min_value=0, row_condition="currency = 'EUR'"),
    OPENED_BETWEEN.passes("payments", min_value="cast('2024-03-01' as date)"),
    OPENED_BETWEEN.fails("payments", max_value="cast('2024-03-06' as date)"),
    NOT_NULL.fails("payments"),
    NOT_NULL.passes("payments", row_condition="customer_id <> 'c'"),
    NOT_NULL.passes("broken_payments"),
    REGEX.passes("payments", regex="^P-[0-9]{4}$"),
    REGEX.fails("broken_payments", regex="^P-[0-9]{4}$"),
    REGEX.passes("broken_payments", regex="^p-[0-9]+$", flags="i"),
    REGEX.fails("broken_payments", regex="^p-[0-9]+$", flags="c"),
    REGEX.passes("broken_payments", regex="-[0-9]", is_raw=True),
    REGEX.passes("broken_payments", regex="^P-[0-9]{4}$", row_condition="payment_id < 3"),
    LENGTH.passes("payments", value=6),
    LENGTH.fails("payments", value=5),
    LENGTH.fails("broken_payments", value=6),
    LENGTH.passes("broken_payments", value=6, row_condition="payment_id in (1, 2, 4)"),
    LENGTHS.passes("payments", min_value=6, max_value=6),
    LENGTHS.fails("payments", min_value=6, strictly=True),
    LENGTHS.fails("broken_payments", max_value=6),
    LENGTHS.fails("broken_payments", min_value=4),
    LENGTHS.passes("broken_payments", min_value=4, row_condition="reference like 'P%'"),
    A_OVER_B.passes("payments", column_A="settled_at", column_B="opened_at"),
    A_OVER_B.fails("broken_payments", column_A="settled_at", column_B="opened_at"),
    A_OVER_B.fails(
        "broken_payments", column_A="settled_at", column_B="opened_at", row_condition="amount > 0"
    ),
    A_OVER_B.passes(
        "broken_payments",
        column_A="settled_at",
        column_B="opened_at",
        or_equal=True,
        row_condition="amount > 0",
    ),
    IN_SET.passes("payments", value_set=["EUR", "USD"]),
    IN_SET.fails("payments", value_set=["EUR", "GBP"]),
    IN_SET.fails("broken_payments", value_set=["EUR", "USD", "XXX"]),
    IN_SET.passes(
        "broken_payments", value_set=["EUR", "USD", "XXX"], row_condition="currency is not null"
    ),
    FEE_IN_SET.passes(
        "payments", value_set=[1, 2, 3], quote_values=False, row_condition="fee is not null"
    ),
    FEE_IN_SET.fails(
        "payments", value_set=[1, 2], quote_values=False, row_condition="fee is not null"
    ),
    INCREASING.passes("steps", sort_column="place", group_by=["lane"]),
    INCREASING.fails("steps", sort_column="place"),
    INCREASING.passes("steps", sort_column="place", strictly=False),
    INCREASING.passes("steps", sort_column="place", row_condition="lane = 'a'"),
    PLACE_INCREASING.passes("steps", step=1),
    PLACE_INCREASING.fails("steps", step=2),
    PLACE_INCREASING.passes("steps", step=2, group_by=["lane"]),
    on("expect_column_values_to_be_increasing", "payment_id").fails("broken_payments"),
    on("expect_column_values_to_be_increasing", "payment_id").passes(
        "broken_payments", strictly=False
    ),
    on("expect_column_values_to_be_increasing", "payment_id").fails(
        "broken_payments", strictly=False, sort_column="amount"
    ),
]
AGGREGATES: list[Case] = [
    MEAN.passes("payments", min_value=18, max_value=18),
    MEAN.fails("payments", min_value=18, strictly=True),
    MEAN.fails("broken_payments", min_value=15),
    MEAN.passes("payments", min_value=15, group_by=["customer_id"]),
    MEAN.fails("payments", min_value=16, group_by=["customer_id"]),
    MEAN.passes("payments", min_value=20, row_condition="currency = 'USD'"),
    ID_MEAN.passes("payments", min_value=3.5, max_value=3.5),
    SUM.passes("payments", min_value=90, max_value=90),
    SUM.fails("payments", max_value=90, strictly=True),
    SUM.fails("payments", min_value=31, group_by=["customer_id"]),
    SUM.passes("payments", min_value=30, group_by=["customer_id"]),
    SUM.passes("payments", max_value=50, row_condition="currency = 'EUR'"),
    SUM.fails("broken_payments", min_value=90),
    PROPORTION.passes("payments", min_value=0.6, max_value=0.6),
    PROPORTION.fails("payments", min_value=0.6, strictly=True),
    PROPORTION.fails("payments", max_value=0.9, group_by=["customer_id"]),
    PROPORTION.passes("payments", min_value=1, group_by=["customer_id"]),
    PROPORTION.passes("payments", min_value=1, row_condition="customer_id = 'c'"),
    PROPORTION.fails("broken_payments", min_value=0.9),
    DISTINCT.passes("payments", value=1),
    DISTINCT.fails("payments", value=2),
    DISTINCT.fails("payments", value=1, group_by=["customer_id"]),
    DISTINCT.passes("payments", value=1, group_by=["customer_id"], row_condition="fee > 0"),
    DISTINCT.fails("payments", value=1, row_condition="customer_id = 'c'"),
    ROW_COUNT.passes("payments", min_value=6, max_value=6),
    ROW_COUNT.fails("payments", min_value=6, strictly=True),
    ROW_COUNT.fails("no_payments", min_value=1),
    ROW_COUNT.passes("payments", min_value=3, group_by=["currency"]),
    ROW_COUNT.fails("payments", min_value=2, group_by=["customer_id"]),
    ROW_COUNT.fails("payments", min_value=4, row_condition="currency = 'EUR'"),
    IS_TRUE.passes("payments", expression="fee < amount"),
    IS_TRUE.fails("broken_payments", expression="fee < amount"),
    IS_TRUE.passes("broken_payments", expression="fee < amount", row_condition="amount > 0"),
    IS_TRUE.passes("payments", expression="amount - fee", test_condition=">= 9"),
    IS_TRUE.fails("payments", expression="amount - fee", test_condition="> 9"),
    IS_TRUE.fails("payments", expression="count(*) > 1", group_by_columns=["customer_id"]),
    IS_TRUE.passes("payments", expression="count(*) > 0", group_by_columns=["customer_id"]),
    EXPRESSION_BETWEEN.passes("payments", expression="amount - fee", min_value=9, max_value=27),
    EXPRESSION_BETWEEN.fails("payments", expression="amount - fee", min_value=9, strictly=True),
    EXPRESSION_BETWEEN.fails(
        "payments", expression="count(*)", min_value=2, group_by_columns=["customer_id"]
    ),
]
SHAPE: list[Case] = [
    COMPOUND.passes("payments", column_list=["customer_id", "opened_at"]),
    COMPOUND.fails("payments", column_list=["customer_id", "currency"]),
    COMPOUND.fails("broken_payments", column_list=["payment_id", "currency"]),
    COMPOUND.passes(
        "payments", column_list=["customer_id", "amount"], ignore_row_if="any_value_is_missing"
    ),
    COMPOUND.passes("broken_payments", column_list=["payment_id"], row_condition="payment_id <> 2"),
    COMPOUND.passes(
        "broken_payments",
        column_list=["customer_id", "currency"],
        ignore_row_if="any_value_is_missing",
        row_condition="payment_id <> 2",
    ),
    COMPOUND.passes("broken_payments", column_list=["customer_id"], row_condition="payment_id > 2"),
    COMPOUND.fails(
        "two_times_payments", column_list=["customer_id", "amount"], row_condition="amount is null"
    ),
    COMPOUND.passes(
        "two_times_payments",
        column_list=["customer_id", "amount"],
        row_condition="amount is null",
        ignore_row_if="any_value_is_missing",
    ),
    COMPOUND.fails("broken_payments", column_list=["payment_id"], quote_columns=True),
    SAME_COUNT.passes("payments", compare_model=BROKEN),
    SAME_COUNT.fails("payments", compare_model=FEW),
    SAME_COUNT.passes("two_times_payments", compare_model="ref('payments')", factor=2),
    SAME_COUNT.fails("payments", compare_model=TWICE, factor=2),
    SAME_COUNT.passes("payments", compare_model=FEW, row_condition="payment_id < 5"),
    SAME_COUNT.fails(
        "payments",
        compare_model=FEW,
        row_condition="payment_id < 5",
        compare_row_condition="payment_id < 4",
    ),
    SAME_COUNT.passes(
        "two_times_payments",
        compare_model="ref('payments')",
        factor=2,
        group_by=["customer_id"],
    ),
    SAME_COUNT.fails("payments", compare_model=BROKEN, group_by=["customer_id"]),
    SAME_COUNT.fails("payments", compare_model=FEW, group_by=["payment_id"]),
    SAME_COUNT.fails("broken_payments", compare_model=BROKEN, group_by=["customer_id"]),
    SAME_COUNT.passes(
        "payments",
        compare_model="ref('payments')",
        group_by=["currency"],
        compare_group_by=["upper(currency)"],
    ),
    RECENT.passes("recent", datepart="hour", interval=2),
    RECENT.fails("recent", datepart="minute", interval=30),
    RECENT.fails("recent", datepart="day", interval=3, row_condition="lane = 'b'"),
    RECENT.fails("recent", datepart="day", interval=3, row_condition="lane = 'z'"),
    RECENT.fails("future", datepart="day", interval=3),
    RECENT.passes("future", datepart="day", interval=10),
    RECENT_PAYMENTS.fails("payments", datepart="month", interval=1),
    RECENT_PAYMENTS.fails("no_payments", datepart="month", interval=1),
    COLUMNS.passes("steps", column_list=STEP_COLUMNS),
    COLUMNS.passes("steps", column_list=["STEP", "Place", "lane"]),
    COLUMNS.fails("steps", column_list=["lane", "place"]),
    COLUMNS.fails("steps", column_list=[*STEP_COLUMNS, "more"]),
    COLUMNS.passes("steps", column_list=STEP_COLUMNS, transform="lower"),
    COLUMNS.fails("steps", column_list=["lane", "place", "stair"], transform="lower"),
    TYPE.passes("payments", column_type="decimal(18,2)"),
    TYPE.fails("payments", column_type="integer"),
    TYPES.passes("payments", column_type_list=["integer", "decimal(18,2)"]),
    TYPES.fails("payments", column_type_list=["integer", "varchar"]),
    replace(
        on("expect_column_values_to_be_of_type", "absent").fails("payments", column_type="integer"),
        differs="the package passes when there is no such column",
    ),
]
CASES = VALUES + AGGREGATES + SHAPE
