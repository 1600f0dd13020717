"""Capturing a real PostgreSQL: the versions in the lake are the history that was applied."""

import itertools

import psycopg
import pytest

from sentinel.errors import SourceReadError
from sentinel.lake import Lake
from sentinel.ledger import Ledger
from streaming_ingest.change_data_capture.postgres import PostgresSource
from tests.support.changes import (
    CUSTOMERS,
    NAME,
    TERMINALS,
    captured,
    current,
    history,
    master,
    versions,
)
from tests.support.postgres import postgres_server


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def database(master_server):
    connection = master(master_server.dsn)
    yield connection
    connection.close()


def segments(lake):
    return history(lake, "customers", "customer_id", "segment")


def insert(database, customer_id, segment):
    database.execute("insert into customers (customer_id, segment) values (%s, %s)",
                     (customer_id, segment))  # fmt: skip


def update(database, customer_id, segment):
    database.execute("update customers set segment = %s where customer_id = %s",
                     (segment, customer_id))  # fmt: skip


def delete(database, customer_id):
    database.execute("delete from customers where customer_id = %s", (customer_id,))


def test_rows_there_before_come_with_the_snapshot(lake, database, master_server):
    insert(database, "a", "retail")
    database.execute("insert into terminals values (7, 'm', '5411', 'DE', true)")
    steps = captured(master_server.dsn, lake)
    assert steps[0].is_snapshot and not any(step.is_snapshot for step in steps[1:])
    assert segments(lake) == {"a": ["retail"]}
    (terminal,) = versions(lake, "terminals")
    assert (terminal["terminal_id"], terminal["merchant_category_code"]) == ("7", "5411")


def test_every_change_is_a_version(lake, database, master_server):
    captured(master_server.dsn, lake)
    insert(database, "a", "retail")
    update(database, "a", "private")
    delete(database, "a")
    insert(database, "a", "business")
    captured(master_server.dsn, lake)
    assert segments(lake) == {"a": ["retail", "private", "deleted", "business"]}


def test_changes_of_one_transaction_all_survive_in_order(lake, database, master_server):
    captured(master_server.dsn, lake)
    with database.transaction():
        insert(database, "a", "1")
        for number in range(2, 9):
            update(database, "a", str(number))
        insert(database, "b", "other")
    captured(master_server.dsn, lake)
    assert segments(lake) == {"a": [str(number) for number in range(1, 9)], "b": ["other"]}


def test_transactions_are_ordered_by_commit(lake, database, master_server):
    captured(master_server.dsn, lake)
    insert(database, "a", "0")
    with master_again(master_server) as slow, slow.transaction():
        update(slow, "a", "1")
        insert(database, "b", "0")
        update(database, "b", "committed first")
    update(database, "a", "2")
    captured(master_server.dsn, lake, most=1)
    assert segments(lake) == {"a": ["0", "1", "2"], "b": ["0", "committed first"]}


def master_again(server):
    return psycopg.connect(server.dsn, autocommit=True)


def test_a_rolled_back_transaction_leaves_nothing(lake, database, master_server):
    captured(master_server.dsn, lake)
    with database.transaction(force_rollback=True):
        insert(database, "a", "never")
    captured(master_server.dsn, lake)
    assert segments(lake) == {}


@pytest.mark.parametrize("identity", ["default", "full"])
def test_a_changed_key_deletes_one_row_and_creates_another(lake, database, master_server, identity):
    database.execute(f"alter table customers replica identity {identity}")
    captured(master_server.dsn, lake)
    insert(database, "a", "retail")
    update(database, "a", "private")
    database.execute("update customers set customer_id = 'b'")
    captured(master_server.dsn, lake)
    assert segments(lake) == {"a": ["retail", "private", "deleted"], "b": ["private"]}


def test_a_deletion_knows_the_row_where_the_source_tells_it(lake, database, master_server):
    database.execute("alter table customers replica identity full")
    insert(database, "a", "retail")
    captured(master_server.dsn, lake)
    delete(database, "a")
    captured(master_server.dsn, lake)
    last = max(versions(lake, "customers"), key=lambda row: row["updated_at"])
    assert (last["is_deleted"], last["segment"]) == (True, "retail")


def test_a_bulk_insertion_is_complete(lake, database, master_server):
    captured(master_server.dsn, lake)
    copying = "copy customers (customer_id, segment) from stdin"
    with database.cursor() as cursor, cursor.copy(copying) as rows:
        for number in range(1_000):
            rows.write_row((f"c{number}", "retail"))
    captured(master_server.dsn, lake)
    assert segments(lake) == {f"c{number}": ["retail"] for number in range(1_000)}


def test_a_large_value_that_did_not_change_is_kept_or_said_to_be_missing(
    lake, database, master_server
):
    captured(master_server.dsn, lake)
    database.execute("alter table customers alter column segment set storage external")
    insert(database, "a", "x" * 10_000)
    database.execute("update customers set home_country_code = 'DE'")
    captured(master_server.dsn, lake)
    assert segments(lake) == {"a": ["x" * 10_000]}
    (rejected,) = [each for each in Ledger(lake).entries("customers") if each.rejected_file]
    assert rejected.quarantined_row_count == 1
    database.execute("alter table customers replica identity full")
    database.execute("update customers set home_country_code = 'FR'")
    captured(master_server.dsn, lake)
    assert segments(lake) == {"a": ["x" * 10_000] * 2}


def test_nothing_personal_arrives(lake, database, master_server):
    database.execute("insert into customers (customer_id, full_name) values ('a', 'Ada Lovelace')")
    captured(master_server.dsn, lake)
    (row,) = versions(lake, "customers")
    assert row["name_token"].startswith("tok_")
    assert "Lovelace" not in str(row)


def test_a_second_look_delivers_nothing(lake, database, master_server):
    insert(database, "a", "retail")
    captured(master_server.dsn, lake)
    before = list(Ledger(lake).entries())
    captured(master_server.dsn, lake)
    assert list(Ledger(lake).entries()) == before


def test_truncating_deletes_what_was_there(lake, database, master_server):
    captured(master_server.dsn, lake)
    insert(database, "a", "retail")
    database.execute("truncate customers")
    insert(database, "b", "retail")
    steps = captured(master_server.dsn, lake)
    assert any(step.is_snapshot for step in steps)
    assert segments(lake)["a"] == ["retail", "deleted"]
    assert current(lake, "customers", "customer_id", "segment") == {"b": "retail"}


def test_a_lost_slot_is_healed_by_a_new_snapshot(lake, database, master_server):
    for customer_id in ("kept", "changed", "gone"):
        insert(database, customer_id, "retail")
    captured(master_server.dsn, lake)
    database.execute("select pg_drop_replication_slot(slot_name) from pg_replication_slots")
    update(database, "changed", "private")
    delete(database, "gone")
    captured(master_server.dsn, lake)
    expected = {"kept": "retail", "changed": "private"}
    assert current(lake, "customers", "customer_id", "segment") == expected


def test_the_server_forgets_only_what_is_in_the_ledger(lake, database, master_server):
    captured(master_server.dsn, lake)
    insert(database, "a", "retail")
    (before,) = database.execute(SLOT).fetchone()
    captured(master_server.dsn, lake)
    (after,) = database.execute(SLOT).fetchone()
    assert after > before


SLOT = "select (confirmed_flush_lsn - '0/0')::bigint from pg_replication_slots"


def test_a_restart_of_the_server_repeats_and_doubles_nothing(lake):
    with postgres_server({"wal_level": "logical"}) as server:
        database = master(server.dsn)
        captured(server.dsn, lake)
        for round_number, mode in enumerate(("immediate", "fast", "immediate")):
            insert(database, f"c{round_number}", "1")
            captured(server.dsn, lake)
            update(database, f"c{round_number}", "2")
            database.close()
            server.stop(mode)
            server.start()
            database = master_again(server)
        captured(server.dsn, lake)
        database.close()
    assert segments(lake) == {f"c{number}": ["1", "2"] for number in range(3)}


def test_two_captures_of_one_name_do_not_work_at_once(database, master_server):
    first = PostgresSource(master_server.dsn, NAME, [CUSTOMERS, TERMINALS])
    first.connect()
    second = PostgresSource(master_server.dsn, NAME, [CUSTOMERS, TERMINALS], patience_seconds=1)
    with pytest.raises(SourceReadError, match="another capture named 'shop'"):
        second.connect()
    first.close()
    second.connect()
    second.close()


def test_a_table_outside_the_publication_is_an_error(database, master_server):
    database.execute("create publication sentinel_shop for table customers")
    with pytest.raises(SourceReadError, match=r"lacks public\.terminals"):
        PostgresSource(master_server.dsn, NAME, [CUSTOMERS, TERMINALS]).connect()


def test_a_database_that_does_not_log_for_replication_is_an_error():
    with postgres_server() as server, pytest.raises(SourceReadError, match="wal_level 'replica'"):
        PostgresSource(server.dsn, NAME, [CUSTOMERS]).connect()


def test_batches_are_numbered_by_the_records_before_them(lake, database, master_server):
    for number in range(5):
        insert(database, f"c{number}", "retail")
        captured(master_server.dsn, lake)
    extracts = [each.extract for each in Ledger(lake).entries("customers")]
    for one, next_one in itertools.pairwise(extracts):
        assert one.end_position == next_one.first_position
