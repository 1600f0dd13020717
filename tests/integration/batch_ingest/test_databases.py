"""Databases: read on by a cursor, each row once, on a real PostgreSQL and on SQLite."""

import gc
from datetime import datetime, timedelta

import pytest
import sqlalchemy
from landed import check_accounts, content, entries, mapping_of, quarantine, rows, settings_in

from batch_ingest import land, row_landing
from sentinel.errors import MappingError, SettingsError, SourceReadError
from sentinel.ledger import Ledger
from tests.support.postgres import postgres

START = datetime(2026, 1, 1)
NAMES = ("id", "customer", "till", "amount", "paid_at", "changed_at")


@pytest.fixture(scope="session")
def postgres_url():
    with postgres() as url:
        yield url


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request, tmp_path):
    """An engine on a database with an empty table of payments."""
    is_postgres = request.param == "postgresql"
    url = (
        request.getfixturevalue("postgres_url") if is_postgres else f"sqlite:///{tmp_path}/shop.db"
    )
    engine = sqlalchemy.create_engine(url)
    zoned = "timestamptz" if is_postgres else "timestamp"
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table if exists payments")
        connection.exec_driver_sql(
            "create table payments (id varchar(40), customer integer, till varchar(40), "
            f"amount numeric(12, 2), paid_at {zoned}, changed_at {zoned})"
        )
    yield engine
    engine.dispose()


def mapping(tmp_path, cursor: dict | None = None, **more):
    feed = {
        "from": "payments",
        "columns": {"transaction_id": "id", "customer_id": "customer", "terminal_id": "till",
                    "transaction_at": "paid_at", "_ingested_at": "changed_at"},
        **more,
    }  # fmt: skip
    if cursor is not None:
        feed["cursor"] = {"column": "changed_at", **cursor}
    return mapping_of(
        tmp_path, {"name": "bank", "source": {"kind": "sql"}, "datasets": {"transactions": feed}}
    )


def insert(engine, first: int, end: int, minutes: int = 10, **change) -> None:
    """Payments, several of them changed at the same instant."""
    payments = [
        {
            "id": f"p{number}", "customer": number % 5, "till": "t", "amount": f"{number}.50",
            "paid_at": (START + timedelta(minutes=number)).isoformat(" "),
            "changed_at": (START + timedelta(days=1, minutes=number // minutes)).isoformat(" "),
            **change,
        }
        for number in range(first, end)
    ]  # fmt: skip
    statement = (
        f"insert into payments ({', '.join(NAMES)}) values ({', '.join(f':{n}' for n in NAMES)})"
    )
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(statement), payments)


def url(engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def ids(settings) -> list[int]:
    return sorted(int(row["transaction_id"][1:]) for row in rows(settings, "transactions"))


def test_rows_arrive_as_the_contract_wants_them(tmp_path, settings, database):
    insert(database, 1, 4)
    land(settings, mapping(tmp_path, {}), url(database))

    row = rows(settings, "transactions")[0]
    assert (row["transaction_id"], row["customer_id"], str(row["amount"])) == ("p1", "1", "1.50")
    assert row["transaction_at"] == START + timedelta(minutes=1)
    assert row["_ingested_at"] == START + timedelta(days=1)
    assert row["_source"].endswith("#payments")
    assert "tests@" not in row["_source"]


def test_only_what_is_new_is_read_on(tmp_path, settings, database):
    one = mapping(tmp_path, {})
    insert(database, 0, 95)
    assert land(settings, one, url(database)).of("transactions").delivered_row_count == 95
    again = land(settings, one, url(database))
    assert again.batch_count == 0
    assert again.of("transactions").repeated_row_count == 5, "only the rows at the last value"

    insert(database, 95, 120)  # the first five are of the same instant as the last ones before
    assert land(settings, one, url(database)).of("transactions").delivered_row_count == 25
    assert ids(settings) == list(range(120))
    check_accounts(settings)


def test_a_row_changed_later_is_a_new_version(tmp_path, settings, database):
    one = mapping(tmp_path, {})
    insert(database, 0, 20)
    land(settings, one, url(database))
    with database.begin() as connection:
        connection.exec_driver_sql(
            "update payments set amount = 99, changed_at = '2026-02-01 00:00:00' where id = 'p3'"
        )
    land(settings, one, url(database))
    versions = [str(row["amount"]) for row in rows(settings, "transactions")
                if row["transaction_id"] == "p3"]  # fmt: skip
    assert sorted(versions) == ["3.50", "99.00"]


def test_rows_that_become_visible_late_are_found_within_the_lookback(tmp_path, settings, database):
    insert(database, 50, 60)
    land(settings, mapping(tmp_path, {"lookback": 600}), url(database))
    insert(database, 0, 10)  # changed five minutes before the last value
    report = land(settings, mapping(tmp_path, {"lookback": 600}), url(database)).of("transactions")
    assert (report.delivered_row_count, report.repeated_row_count) == (10, 10)
    assert land(settings, mapping(tmp_path, {"lookback": 600}), url(database)).batch_count == 0


def test_rows_without_or_with_a_future_cursor_value_are_read_once_and_hide_none(
    tmp_path, settings, database
):
    columns = {"transaction_id": "id", "customer_id": "customer", "terminal_id": "till",
               "transaction_at": "paid_at"}  # fmt: skip
    one = mapping(tmp_path, {}, columns=columns)
    insert(database, 0, 10)
    insert(database, 10, 12, changed_at=None)
    insert(database, 12, 13, changed_at="2999-01-01 00:00:00")
    land(settings, one, url(database))
    assert land(settings, one, url(database)).batch_count == 0
    insert(database, 20, 30)
    land(settings, one, url(database))
    assert ids(settings) == [*range(13), *range(20, 30)]


def test_without_a_cursor_everything_is_read_and_what_is_new_delivered(
    tmp_path, settings, database
):
    insert(database, 0, 30)
    land(settings, mapping(tmp_path), url(database))
    insert(database, 30, 40)
    report = land(settings, mapping(tmp_path), url(database)).of("transactions")
    assert (report.delivered_row_count, report.repeated_row_count) == (10, 30)
    assert land(settings, mapping(tmp_path), url(database)).batch_count == 0


@pytest.mark.parametrize("cursor", [{}, {"lookback": 120}, None])
def test_cut_off_at_every_commit_nothing_is_lost_or_doubled(
    tmp_path, settings, database, monkeypatch, cursor
):
    one = mapping(tmp_path, cursor)
    monkeypatch.setattr(row_landing, "BATCH_ROWS", 7)
    insert(database, 0, 40)
    whole = settings_in(tmp_path / "whole")
    land(whole, one, url(database))
    commit = Ledger.commit
    for before in (True, False):
        for allowed in (0, 2, 4):
            left = [allowed]

            def cut(ledger, entry, left=left, before=before):
                if before and left[0] == 0:
                    raise ConnectionError("the lake is gone")
                done = commit(ledger, entry)
                if not before and left[0] == 0:
                    raise ConnectionError("the answer did not come")
                left[0] -= 1
                return done

            cut_off = settings_in(tmp_path / f"cut-{before}-{allowed}")
            monkeypatch.setattr(Ledger, "commit", cut)
            try:
                land(cut_off, one, url(database))
            except ConnectionError:
                monkeypatch.setattr(Ledger, "commit", commit)
                monkeypatch.setattr(row_landing, "BATCH_ROWS", 11)
                land(cut_off, one, url(database))
            monkeypatch.setattr(Ledger, "commit", commit)
            monkeypatch.setattr(row_landing, "BATCH_ROWS", 7)
            assert ids(cut_off) == list(range(40))
            assert land(cut_off, one, url(database)).batch_count == 0


def test_a_column_added_and_dropped(tmp_path, settings, database):
    one = mapping(tmp_path, {})
    insert(database, 0, 10)
    land(settings, one, url(database))
    with database.begin() as connection:
        connection.exec_driver_sql("alter table payments add column channel varchar(20)")
    insert(database, 10, 20)
    report = land(settings, one, url(database)).of("transactions")
    assert report.appeared_columns == {"channel"}
    assert report.delivered_row_count == 10
    with database.begin() as connection:
        connection.exec_driver_sql("alter table payments drop column till")
    with database.begin() as connection:
        connection.exec_driver_sql(
            "insert into payments (id, customer, amount, paid_at, changed_at) values "
            "('p99', 1, 1, '2026-01-01', '2026-03-01')"
        )
    report = land(settings, one, url(database)).of("transactions")
    assert report.vanished_columns == {"till"}
    assert report.quarantined_by_reason["missing_value"] >= 1


def test_what_is_wrong_is_named(tmp_path, settings, database, monkeypatch):
    insert(database, 0, 1)
    with pytest.raises(
        MappingError, match=r"transactions.from.*'paiments'.*did you mean 'payments'"
    ):
        land(settings, mapping(tmp_path, {}, **{"from": "paiments"}), url(database))
    with pytest.raises(MappingError, match=r"cursor.column.*'changed'.*'changed_at'"):
        land(settings, mapping(tmp_path, {"column": "changed"}), url(database))
    wrong = {"transaction_id": "idd", "customer_id": "customer", "terminal_id": "till",
             "transaction_at": "paid_at"}  # fmt: skip
    with pytest.raises(MappingError, match=r"columns.transaction_id.*payments.*'idd'.*'id'"):
        land(settings, mapping(tmp_path, {}, columns=wrong), url(database))
    assert entries(settings) == []


def test_databases_that_do_not_answer(tmp_path, settings, monkeypatch):
    with pytest.raises(SourceReadError, match="SQLAlchemy URL"):
        land(settings, mapping(tmp_path, {}))
    with pytest.raises(SourceReadError, match="dialect"):
        land(settings, mapping(tmp_path, {}), "not a url")
    with pytest.raises(SourceReadError, match="does not answer") as caught:
        land(settings, mapping(tmp_path, {}), "postgresql+psycopg://u:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(caught.value)


def test_the_url_may_come_from_the_environment(tmp_path, settings, database, monkeypatch):
    insert(database, 0, 3)
    document = {"name": "bank", "source": {"kind": "sql", "url_env": "SHOP_DATABASE"},
                "datasets": {"transactions": mapping(tmp_path).datasets["transactions"].model_dump(
                    mode="json", by_alias=True, exclude_defaults=True)}}  # fmt: skip
    one = mapping_of(tmp_path, document)
    with pytest.raises(SettingsError, match="SHOP_DATABASE"):
        land(settings, one)
    monkeypatch.setenv("SHOP_DATABASE", url(database))
    assert land(settings, one).of("transactions").delivered_row_count == 3


def test_labels_split_off_a_table(tmp_path, settings, database):
    document = {
        "name": "bank", "source": {"kind": "sql"},
        "datasets": {"transactions": mapping(tmp_path, {}).datasets["transactions"].model_dump(
            mode="json", by_alias=True, exclude_defaults=True)},
        "derived": {"fraud_labels": {"kind": "labels", "of": "transactions",
                                     "where": "customer = '3'",
                                     "reporting_delay_days": 7},
                    "customers": {"kind": "entities", "of": "transactions"}},
    }  # fmt: skip
    one = mapping_of(tmp_path, document)
    insert(database, 0, 20)
    land(settings, one, url(database))
    insert(database, 20, 30)
    land(settings, one, url(database))
    assert sorted(row["transaction_id"] for row in rows(settings, "fraud_labels")) == [
        "p13", "p18", "p23", "p28", "p3", "p8",
    ]  # fmt: skip
    assert len(rows(settings, "customers")) == 5
    assert land(settings, one, url(database)).batch_count == 0


def test_values_that_sqlite_lets_into_any_column_go_to_quarantine(tmp_path, settings):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/shop.db")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create table payments (id text, customer integer, till text, amount numeric, "
            "paid_at timestamp, changed_at timestamp)"
        )
    insert(engine, 0, 5)
    insert(engine, 5, 6, amount="a lot")
    insert(engine, 6, 7, paid_at="yesterday")
    insert(engine, 7, 8, changed_at="rubbish")
    land(settings, mapping(tmp_path, {}), url(engine))
    assert {(row["reason"], row["field"]) for row in quarantine(settings, "transactions")} == {
        ("wrong_type", "amount"), ("wrong_type", "transaction_at"), ("wrong_type", "_ingested_at"),
    }  # fmt: skip
    assert land(settings, mapping(tmp_path, {}), url(engine)).batch_count == 0
    insert(engine, 20, 22)
    land(settings, mapping(tmp_path, {}), url(engine))
    assert ids(settings) == [0, 1, 2, 3, 4, 20, 21]


def test_special_values_of_postgresql_go_to_quarantine(tmp_path, settings, postgres_url):
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create schema if not exists odd")
        connection.exec_driver_sql("drop table if exists odd.payments")
        connection.exec_driver_sql(
            "create table odd.payments (id uuid default gen_random_uuid(), customer bytea, "
            "till text, amount numeric, paid_at timestamptz, note jsonb, tags text[])"
        )
        connection.exec_driver_sql(
            "insert into odd.payments (customer, till, amount, paid_at, note, tags) values "
            "('c', 't', 1.5, '2026-01-01 12:00+02', '{\"a\": 1}', '{x,y}'), "
            "('c', 't', 'NaN', '2026-01-01', null, null)"
        )
    one = mapping(tmp_path, None, **{"from": "odd.payments", "columns": {
        "transaction_id": "id", "customer_id": "customer", "terminal_id": "till",
        "transaction_at": "paid_at"}})  # fmt: skip
    land(settings, one, postgres_url)
    (row,) = rows(settings, "transactions")
    assert row["transaction_at"] == datetime(2026, 1, 1, 10)
    assert [each["reason"] for each in quarantine(settings, "transactions")] == ["wrong_type"]
    assert content(settings).total() == 2


def test_a_load_that_fails_leaves_no_connection_open(tmp_path, settings, postgres_url, monkeypatch):
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table if exists payments")
        connection.exec_driver_sql(
            "create table payments (id text, customer integer, till text, amount numeric, "
            "paid_at timestamp, changed_at timestamp)"
        )
    insert(engine, 0, 200)
    monkeypatch.setattr(row_landing, "BATCH_ROWS", 7)
    monkeypatch.setattr(Ledger, "commit", lambda *_: 1 / 0)
    gc.disable()
    try:
        with pytest.raises(ZeroDivisionError) as caught:
            land(settings, mapping(tmp_path, {}), postgres_url)
        with engine.begin() as connection:
            connection.exec_driver_sql("drop table payments")
        assert caught.tb is not None  # the traceback still holds every frame of the load
    finally:
        gc.enable()


def test_two_databases_by_one_mapping_are_read_apart(tmp_path, settings):
    engines = [sqlalchemy.create_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("a", "b")]
    for engine in engines:
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "create table payments (id text, customer integer, till text, amount numeric, "
                "paid_at timestamp, changed_at timestamp)"
            )
    insert(engines[0], 50, 60)
    insert(engines[1], 0, 10)  # all before what the first database was read up to
    for engine in engines * 2:
        land(settings, mapping(tmp_path, {}), url(engine))
    assert ids(settings) == [*range(10), *range(50, 60)]


def test_a_database_that_moved_is_known_by_its_identity(tmp_path, settings):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/old.db")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create table payments (id text, customer integer, till text, amount numeric, "
            "paid_at timestamp, changed_at timestamp)"
        )
    insert(engine, 0, 10)
    one = mapping(tmp_path, {})
    named = one.model_copy(update={"source": one.source.model_copy(update={"identity": "ledger"})})
    land(settings, named, url(engine))
    engine.dispose()
    (tmp_path / "old.db").rename(tmp_path / "new.db")
    assert land(settings, named, f"sqlite:///{tmp_path}/new.db").batch_count == 0
    assert {row["_source"] for row in rows(settings, "transactions")} == {"ledger#payments"}


def test_rows_outside_the_condition_are_not_looked_at_again_and_again(tmp_path, settings, database):
    insert(database, 0, 10)
    one = mapping(tmp_path, None, where="id = 'nobody'")
    land(settings, one, url(database))
    assert rows(settings, "transactions") == []
    insert(database, 10, 12)
    land(settings, one, url(database))
    report = land(settings, one, url(database))
    assert report.batch_count == 0
    assert report.of("transactions").repeated_row_count == 12
