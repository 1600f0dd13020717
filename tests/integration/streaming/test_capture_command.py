"""`sentinel cdc run`, as people and supervisors run it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from sentinel.errors import ContractError, SentinelError, SettingsError, SourceReadError
from sentinel.lake import Lake
from sentinel.process_lock import ProcessBusyError, only_process
from sentinel.settings import Settings
from streaming_ingest.change_data_capture import envelope
from streaming_ingest.change_data_capture.commands import follow, run
from streaming_ingest.local_stream import LocalStream
from streaming_ingest.streams import Outgoing, StreamError
from tests.support.changes import current, history, master
from tests.support.postgres import postgres_server

TABLES = ["customers=public.customers", "terminals=public.terminals"]


@pytest.fixture
def home(tmp_path, monkeypatch, master_server):
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SENTINEL_CAPTURE_DSN", master_server.dsn)
    monkeypatch.delenv("SENTINEL_LAKE_URL", raising=False)
    return tmp_path / "home"


def segments(home):
    return history(Lake(str(home / "lake")), "customers", "customer_id", "segment")


def insert(database, customer_id):
    database.execute("insert into customers (customer_id, segment) values (%s, 'x')",
                     (customer_id,))  # fmt: skip


def test_once_delivers_what_is_there_and_says_how_much(home, master_server, capfd):
    with master(master_server.dsn) as database:
        insert(database, "a")
        run("shop", TABLES, once=True)
        insert(database, "b")
        run("shop", TABLES, once=True)
    assert segments(home) == {"a": ["x"], "b": ["x"]}
    shown = capfd.readouterr().err
    assert "snapshots 1" in shown and "versions 1" in shown


@pytest.mark.parametrize(
    ("variables", "name", "tables", "error", "message"),
    [
        ({"SENTINEL_CAPTURE_DSN": None}, "shop", TABLES, SettingsError, "which database"),
        ({"SENTINEL_CAPTURE_DSN": "postgresql://127.0.0.1:1/x"}, "shop", TABLES, SourceReadError,
         "cannot be reached"),
        ({}, "Shop!", TABLES, SettingsError, "cannot be named"),
        ({}, "shop", ["customers"], SettingsError, "dataset=schema.table"),
        ({}, "shop", ["customers=customers"], SettingsError, "dataset=schema.table"),
        ({}, "shop", ["nothing=public.x"], ContractError, "no contract"),
        ({}, "shop", ["transactions=public.x"], SourceReadError, "not a dataset of versions"),
    ],
)  # fmt: skip
def test_what_cannot_be_captured_is_said(
    home, monkeypatch, variables, name, tables, error, message
):
    for variable, value in variables.items():
        if value is None:
            monkeypatch.delenv(variable)
        else:
            monkeypatch.setenv(variable, value)
    with pytest.raises(error, match=message) as raised:
        run(name, tables, once=True)
    assert isinstance(raised.value, SentinelError)


def test_what_the_server_refuses_is_said(home, monkeypatch, master_server):
    with master(master_server.dsn) as database:
        database.execute("drop role if exists reader")
        database.execute("create role reader login")
    monkeypatch.setenv("SENTINEL_CAPTURE_DSN", master_server.dsn.replace("tests@", "reader@"))
    with pytest.raises(SourceReadError, match="permission denied"):
        run("shop", TABLES, once=True)


def test_a_second_capture_says_who_is_at_work(home):
    with (
        only_process(Settings.load(), "capturing-shop", "…"),
        pytest.raises(ProcessBusyError, match="one capture of a name"),
    ):
        run("shop", TABLES, once=True)


def test_a_stream_that_debezium_writes_is_followed(home, capfd):
    stream = LocalStream(home / "streams" / "shop.public.customers")
    for number, operation in enumerate("ruud"):
        row = {"customer_id": "a", "segment": str(number)}
        source = {"table": "customers", "lsn": number, "ts_us": 1_700_000_000_000_000,
                  "sequence": f'["0","{number}"]', "snapshot": "false"}  # fmt: skip
        sides = (row, None) if operation == "d" else (None, row)
        stream.send([Outgoing("a", envelope.write(operation, *sides, source))])
        follow("shop.public.customers", "customers", once=True)
    assert segments(home) == {"a": ["0", "1", "2", "deleted"]}
    assert "versions 1" in capfd.readouterr().err


def test_a_stream_that_is_not_there_is_an_error(home):
    with pytest.raises(StreamError, match="no stream 'nothing'"):
        follow("nothing", "customers", once=True)


def test_it_goes_on_after_the_server_was_away(tmp_path):
    home = tmp_path / "home"
    with postgres_server({"wal_level": "logical"}) as server:
        with master(server.dsn) as database:
            insert(database, "before")
        environment = {**os.environ, "SENTINEL_HOME": str(home),
                       "SENTINEL_CAPTURE_DSN": server.dsn}  # fmt: skip
        command = ["-c", "from sentinel.cli import main; main()", "cdc", "run",
                   "--name", "shop", "--poll-seconds", "0.1"]  # fmt: skip
        running = subprocess.Popen([sys.executable, *command], env=environment)
        try:
            wait_for(home, "before")
            server.stop()
            server.start()
            with master_again(server) as database:
                insert(database, "after")
            wait_for(home, "after")
            running.send_signal(signal.SIGINT)
            assert running.wait(20) == 0
        finally:
            running.kill()
    assert segments(home) == {"before": ["x"], "after": ["x"]}


def master_again(server):
    import psycopg

    return psycopg.connect(server.dsn, autocommit=True)


def wait_for(home, customer_id):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if customer_id in current(Lake(str(home / "lake")), "customers", "customer_id", "segment"):
            return
        time.sleep(0.2)
    raise AssertionError(f"{customer_id} did not arrive: {segments(home)}")
