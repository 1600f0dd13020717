"""What a change does, told from two small projects: columns, who reads them, the comment."""

from pathlib import Path

import pytest

from sentinel.review.build import Failure, Review
from sentinel.review.comment import render
from sentinel.review.impact import ColumnChange, Impact, Side, impact

SQL = {
    "stg_payments": "select payment_id, amount, note from raw.payments",
    "int_payments": """
        with payments as (select * from {staging}.stg_payments)
        select payment_id, cast(amount as decimal(18, 2)) as converted from payments
        where note is not null
    """,
    "fct_payments": "select payment_id, converted from {staging}.int_payments",
    "bystander": "with all_of_it as (select * from {staging}.stg_payments) "
    "select count(payment_id) as payments from all_of_it",
}  # fmt: skip
BEFORE = {
    ("main", "stg_payments"): {"payment_id": "VARCHAR", "amount": "DOUBLE", "note": "VARCHAR"},
    ("main", "int_payments"): {"payment_id": "VARCHAR", "converted": "DECIMAL(18,2)"},
    ("main", "fct_payments"): {"payment_id": "VARCHAR", "converted": "DECIMAL(18,2)"},
    ("main", "bystander"): {"payments": "BIGINT"},
}


def unique(name):
    return f"model.shop.{name}"


def project(schema, without=()):
    return {
        "metadata": {"project_name": "shop"},
        "nodes": {
            unique(name): {
                "name": name, "schema": schema, "config": {"schema": "main"},
                "resource_type": "model", "original_file_path": f"models/{name}.sql",
            }
            for name in SQL
            if name not in without
        },
        "exposures": {
            "exposure.shop.board": {
                "name": "board", "label": "The board",
                "depends_on": {"nodes": [unique("fct_payments")]},
            },
        },
    }  # fmt: skip


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    folder = tmp_path / "shop" / "models"
    folder.mkdir(parents=True)
    for name, sql in SQL.items():
        (folder / f"{name}.sql").write_text(sql.format(staging="pr_1_main"))
    return tmp_path


def changed(compiled, columns, modified=("stg_payments",), without=()):
    """What it does that the first model has other columns, built in schemas of its own."""
    after = {("pr_1_main", name): kinds for (_, name), kinds in BEFORE.items()}
    after[("pr_1_main", "stg_payments")] = columns
    return impact(
        Side(project("main"), BEFORE),
        Side(project("pr_1_main", without), {**BEFORE, **after}),
        {unique(name) for name in modified},
        {unique(name) for name in SQL},
        compiled,
        "duckdb",
    )


def columns_of(found):
    (change,) = found.changes
    return {each.name: each for each in change.columns}


def test_each_column_is_told_with_who_reads_it_at_any_distance(compiled):
    found = changed(compiled, {"payment_id": "VARCHAR", "amount": "DECIMAL(18,2)", "fee": "DOUBLE"})
    columns = columns_of(found)
    assert {name: each.kind for name, each in columns.items()} == {
        "amount": "retyped", "fee": "added", "note": "removed",
    }  # fmt: skip
    assert columns["amount"].readers == {
        "main.int_payments": ("converted",), "main.fct_payments": ("converted",),
    }  # fmt: skip
    # It only filters, and what it filters has no column of it.
    assert columns["note"].readers == {"main.int_payments": ()}
    assert columns["fee"].readers == {}
    assert found.downstream == ("main.bystander", "main.fct_payments", "main.int_payments")
    assert found.exposures == ("The board",)
    assert found.unread == ()


def test_a_model_with_the_same_columns_changed_all_the_same(compiled):
    found = changed(compiled, BEFORE[("main", "stg_payments")])
    (change,) = found.changes
    assert (change.kind, change.columns, change.is_built) == ("changed", (), True)
    assert "The same columns as before" in render(Review(found, (), 3, ()))


def test_a_model_that_is_not_built_has_no_columns_to_compare(compiled):
    found = changed(compiled, {})
    (change,) = found.changes
    assert not change.is_built
    assert "not built" in render(Review(found, (Failure("stg_payments", "a | b"),), 0, ()))


def test_a_model_that_is_gone_is_told(compiled):
    found = changed(compiled, BEFORE[("main", "stg_payments")], without=("bystander",))
    assert [(each.name, each.kind) for each in found.changes] == [
        ("main.bystander", "removed"), ("main.stg_payments", "changed"),
    ]  # fmt: skip


def test_sql_that_cannot_be_read_is_named(compiled):
    (compiled / "shop" / "models" / "bystander.sql").write_text("select from where (")
    found = changed(compiled, {"payment_id": "VARCHAR"})
    assert found.unread == ("main.bystander",)
    assert "does not read them: `main.bystander`" in render(Review(found, (), 1, ()))


def test_the_comment_names_columns_types_readers_and_failures(compiled):
    found = changed(compiled, {"payment_id": "VARCHAR", "amount": "DECIMAL(18,2)", "fee": "DOUBLE"})
    failure = Failure("int_payments", 'column "note" is not there | at all')
    text = render(Review(found, (failure,), 4, ("fct_payments",)))
    assert "## Models: 1 failed" in text
    assert "1 changed, 3 downstream, 4 tests." in text
    assert (
        "| `amount` | retyped | `DOUBLE` → `DECIMAL(18,2)` | `main.fct_payments` (`converted`), "
        "`main.int_payments` (`converted`) |"
    ) in text
    assert "| `note` | removed | `VARCHAR` | `main.int_payments` |" in text
    assert '| `int_payments` | column "note" is not there \\| at all |' in text
    assert "Not built, because something before it failed: `fct_payments`" in text
    assert "The board" in text


def test_a_change_of_nothing_is_one_sentence():
    assert render(Review(Impact((), (), (), ()), (), 0, ())).endswith(
        "touches no model, seed or snapshot.\n"
    )


def test_a_column_with_many_readers_names_some_and_counts_the_others():
    readers = {f"marts.model_{number:02}": () for number in range(15)}
    column = ColumnChange("amount", None, "DOUBLE", readers)
    from sentinel.review.impact import ModelChange

    found = Impact((ModelChange("marts.facts", "changed", (column,)),), (), (), ())
    text = render(Review(found, (), 0, ()))
    assert "`marts.model_11` and 3 more |" in text
    assert "model_12" not in text
