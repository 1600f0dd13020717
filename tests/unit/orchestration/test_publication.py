"""The published copy: replaced whole, readable meanwhile, and swapped with the one before."""

from pathlib import Path

import duckdb
import pytest

from sentinel.publication import PublicationError, publish, roll_back
from sentinel.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    with duckdb.connect(str(settings.warehouse_file)) as warehouse:
        warehouse.execute("create schema marts; create schema ops; create schema staging")
        warehouse.execute("create table marts.facts as select 1 as id")
        warehouse.execute("create view ops.counted as select count(*) as rows from marts.facts")
        warehouse.execute("create table staging.inner_working as select 1 as id")
        warehouse.execute("create table ops.data_quality_scorecard (failed_test_count bigint)")
    return settings


def _facts(settings: Settings) -> list[tuple[int]]:
    with duckdb.connect(str(settings.published_file), read_only=True) as published:
        return published.execute("select id from marts.facts order by id").fetchall()


def test_views_become_tables_and_other_schemas_stay_inside(settings: Settings) -> None:
    published = publish(settings)
    assert published.row_counts == {
        "marts.facts": 1, "ops.counted": 1, "ops.data_quality_scorecard": 0,
    }  # fmt: skip
    with duckdb.connect(published.location, read_only=True) as copy:
        kinds = copy.execute("select distinct table_type from information_schema.tables").fetchall()
    assert kinds == [("BASE TABLE",)]


def test_a_reader_keeps_what_it_has_open_and_the_next_one_sees_the_new_copy(
    settings: Settings,
) -> None:
    publish(settings)
    with duckdb.connect(str(settings.published_file), read_only=True) as reader:
        with duckdb.connect(str(settings.warehouse_file)) as warehouse:
            warehouse.execute("insert into marts.facts values (2)")
        publish(settings)
        assert reader.execute("select id from marts.facts").fetchall() == [(1,)]
    assert _facts(settings) == [(1,), (2,)]


def test_a_publication_that_fails_leaves_the_old_copy(settings: Settings) -> None:
    publish(settings)
    with duckdb.connect(str(settings.warehouse_file)) as warehouse:
        warehouse.execute("create view marts.broken as select error('broken') as id")
    with pytest.raises(duckdb.Error, match="broken"):
        publish(settings)
    assert _facts(settings) == [(1,)]
    assert [path.name for path in settings.published_file.parent.iterdir()] == ["published.duckdb"]


def _change(settings: Settings, *statements: str) -> None:
    with duckdb.connect(str(settings.warehouse_file)) as warehouse:
        for statement in statements:
            warehouse.execute(statement)


def test_going_back_swaps_two_copies_and_the_warehouse_stays(settings: Settings) -> None:
    publish(settings)
    for number in (2, 3):
        _change(settings, f"insert into marts.facts values ({number})")
        publish(settings)
    assert roll_back(settings).row_counts["marts.facts"] == 2
    assert _facts(settings) == [(1,), (2,)]
    roll_back(settings)
    assert _facts(settings) == [(1,), (2,), (3,)]
    roll_back(settings)
    publish(settings)
    assert _facts(settings) == [(1,), (2,), (3,)]
    roll_back(settings)
    assert _facts(settings) == [(1,), (2,)]
    assert sorted(path.name for path in settings.published_file.parent.iterdir()) == [
        "previous.duckdb", "published.duckdb",
    ]  # fmt: skip


def test_there_is_nothing_to_go_back_to_before_the_second_publication(settings: Settings) -> None:
    publish(settings)
    with pytest.raises(PublicationError, match="nothing to go back to"):
        roll_back(settings)
    assert _facts(settings) == [(1,)]


def test_what_fails_its_tests_is_not_published(settings: Settings) -> None:
    publish(settings)
    _change(
        settings,
        "insert into marts.facts values (2)",
        "insert into ops.data_quality_scorecard values (0), (3)",
    )
    with pytest.raises(PublicationError, match="3 data tests fail"):
        publish(settings)
    assert _facts(settings) == [(1,)]
    _change(settings, "update ops.data_quality_scorecard set failed_test_count = 0")
    publish(settings)
    assert _facts(settings) == [(1,), (2,)]
