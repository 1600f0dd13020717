"""The published copy: replaced whole, readable while it is replaced."""

from pathlib import Path

import duckdb
import pytest

from sentinel.publication import publish
from sentinel.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    with duckdb.connect(str(settings.warehouse_file)) as warehouse:
        warehouse.execute("create schema marts; create schema ops; create schema staging")
        warehouse.execute("create table marts.facts as select 1 as id")
        warehouse.execute("create view ops.counted as select count(*) as rows from marts.facts")
        warehouse.execute("create table staging.inner_working as select 1 as id")
    return settings


def _facts(settings: Settings) -> list[tuple[int]]:
    with duckdb.connect(str(settings.published_file), read_only=True) as published:
        return published.execute("select id from marts.facts order by id").fetchall()


def test_views_become_tables_and_other_schemas_stay_inside(settings: Settings) -> None:
    published = publish(settings)
    assert published.row_counts == {"marts.facts": 1, "ops.counted": 1}
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
