"""How Spark would execute what the models ask of it: that a micro-batch reads the months within its
reach, and that nothing compares all rows with all or brings them to one task.

Belongs here: the plans of the models' SQL, and for each check a query that it refuses. Does not
belong here: what the rows are.
"""

import re
from collections.abc import Mapping

import pytest

from tests.support.events import label, later, transaction
from tests.support.spark import spark_session
from tests.support.spark_plans import (
    Step,
    is_adaptive,
    joined_all_with_all,
    plan_of,
    read_whole,
    windows_in_one_task,
    windows_that_slide,
)
from tests.support.spark_warehouse import SparkWarehouse

pytestmark = pytest.mark.xdist_group("spark")

VERSIONS = "dev_intermediate.int_transactions__versioned"
MODELS = (
    "intermediate.int_transactions__versioned",
    "features.feat_transactions",
    "features.feat_transactions_history",
    "intermediate.int_transactions__rules_observed",
    "intermediate.int_activity_hours__observed",
    "marts.fct_transactions",
)
NAMES = [model.split(".")[1] for model in MODELS]
WITH_PARENTS = [f"+{name}" for name in NAMES]
NO_TESTS = ("--exclude", "resource_type:unit_test", "resource_type:test")
# Reports are few, and looked up by transaction, whenever they were made.
LABELS = {"dev_intermediate.int_fraud_labels__deduplicated", "lake_files.fraud_labels"}
MONTHS = 8
# Of one customer at one terminal, within an hour.
HUGE = 3_000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], str]:
    """The select by which each model was made, by model and `full` or `batch`."""
    warehouse = SparkWarehouse(tmp_path_factory.mktemp("plans_on_spark"))
    history = [
        transaction(f"t{month}-{number}", later(days=30 * month), f"c{number}", f"m{number % 3}")
        for month in range(MONTHS)
        for number in range(10)
    ]
    history += [
        transaction(f"huge-{number}", later(seconds=number), "huge", "m-huge")
        for number in range(HUGE)
    ]
    warehouse.deliver("transactions", "b1", history)
    warehouse.deliver("fraud_labels", "l1", [label("t1-1", later(days=40))])
    with warehouse.noting_statements() as full:
        warehouse.dbt("build", "--select", *WITH_PARENTS, *NO_TESTS)
    last = transaction("last", later(days=30 * MONTHS), "c1", "m1")
    warehouse.deliver("transactions", "b2", [last])
    with warehouse.noting_statements() as batch:
        warehouse.dbt("run", "--select", *NAMES)
    return {
        (model, kind): _select_of(statements, model)
        for model in MODELS
        for kind, statements in (("full", full), ("batch", batch))
    }


def _select_of(statements: list[str], model: str) -> str:
    """What a model's table, or the table of its fresh rows, was created from."""
    created = re.compile(
        rf"create table dev_{re.escape(model)}(?:__fresh)? using parquet\s+"
        r"(?:partitioned by \(_event_month\)\s+)?as\s+(select.*)",
        re.DOTALL,
    )
    (found,) = filter(None, map(created.search, statements))
    return found[1]


@pytest.fixture(scope="module")
def plans(built: Mapping[tuple[str, str], str]) -> Mapping[tuple[str, str], Step]:
    """Their plans. The widest takes seconds to make."""
    return {key: plan_of(select) for key, select in built.items()}


@pytest.mark.parametrize("model", MODELS)
def test_a_batch_reads_the_parts_within_its_reach(
    plans: Mapping[tuple[str, str], Step], model: str
) -> None:
    plan = plans[model, "batch"]
    assert VERSIONS in {each.table for each in plan.steps()}
    assert not set(read_whole(plan)) - LABELS


@pytest.mark.parametrize("model", MODELS[1:])
def test_without_its_month_a_condition_reads_every_part(
    built: Mapping[tuple[str, str], str], model: str
) -> None:
    without = re.sub(
        r"and \S*_event_month >= '\S+' and \S*_event_month <= '\S+'", "", built[model, "batch"]
    )
    assert without != built[model, "batch"]
    assert VERSIONS in read_whole(plan_of(without))


@pytest.mark.parametrize("kind", ["full", "batch"])
@pytest.mark.parametrize("model", MODELS)
def test_no_task_has_all_rows_and_none_is_compared_with_all(
    plans: Mapping[tuple[str, str], Step], model: str, kind: str
) -> None:
    plan = plans[model, kind]
    assert not joined_all_with_all(plan)
    assert not windows_in_one_task(plan)
    assert not windows_that_slide(plan)


def test_facts_joined_all_with_all_are_found(built: Mapping[tuple[str, str], str]) -> None:
    for condition in ("here.transaction_at < there.transaction_at", "true"):
        joined = f"select * from {VERSIONS} as here join {VERSIONS} as there on {condition}"
        assert joined_all_with_all(plan_of(joined))
    keyed = f"select * from {VERSIONS} as here join {VERSIONS} as there using (transaction_id)"
    assert not joined_all_with_all(plan_of(keyed))


def test_a_window_that_nothing_keeps_apart_is_found(
    built: Mapping[tuple[str, str], str],
) -> None:
    numbered = f"select row_number() over (order by transaction_at) as place from {VERSIONS}"
    assert windows_in_one_task(plan_of(numbered))
    apart = numbered.replace("order by", "partition by customer_id order by")
    assert not windows_in_one_task(plan_of(apart))


def test_a_window_that_slides_is_found(built: Mapping[tuple[str, str], str]) -> None:
    over = "partition by customer_id order by transaction_at"
    summed = f"select sum(amount) over ({over} %s) as total from {VERSIONS}"
    month = "range between interval '30' day preceding and current row"
    assert windows_that_slide(plan_of(summed % month))
    assert windows_that_slide(plan_of(summed % "rows between 9 preceding and 1 preceding"))
    for frame in ("rows between unbounded preceding and 1 preceding", ""):
        assert not windows_that_slide(plan_of(summed % frame))
    assert not windows_that_slide(plan_of(f"select lag(amount) over ({over}) as a from {VERSIONS}"))


def test_a_plan_that_is_not_adaptive_is_found(built: Mapping[tuple[str, str], str]) -> None:
    joined = f"select * from {VERSIONS} as here join {VERSIONS} as there using (customer_id)"
    assert is_adaptive(joined)
    assert is_adaptive(built["intermediate.int_transactions__versioned", "full"])
    for setting in ("spark.sql.adaptive.enabled", "spark.sql.adaptive.skewJoin.enabled"):
        spark_session().conf.set(setting, "false")
        try:
            assert not is_adaptive(joined)
        finally:
            spark_session().conf.unset(setting)


def test_a_customer_with_nearly_all_rows_is_counted_like_any_other(
    built: Mapping[tuple[str, str], str],
) -> None:
    counted = spark_session().sql(
        "select max(customer_transaction_count_30d), sum(customer_transaction_count_30d), "
        "sum(customer_amount_mean_30d) from dev_features.feat_transactions "
        "where customer_id = 'huge'"
    )
    assert tuple(counted.collect()[0]) == (HUGE, HUGE * (HUGE + 1) // 2, 10.0 * HUGE)
