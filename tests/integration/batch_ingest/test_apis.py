"""REST APIs: pages, cursors, retries and authentication against a real HTTP server."""

from datetime import datetime, timedelta

import pytest
from api import PAGE, api
from landed import check_accounts, entries, mapping_of, quarantine, rows, settings_in

from batch_ingest import land, row_landing
from sentinel.errors import MappingError, SettingsError, SourceReadError
from sentinel.ledger import Ledger

START = datetime(2026, 1, 1)
CURSOR = {"column": "changed_at", "param": "changed_since"}


@pytest.fixture
def server():
    with api() as served:
        yield served


def payments(first: int, end: int) -> list[dict]:
    return [
        {
            "id": f"p{number}", "customer": {"id": number % 5}, "till": "t", "amount": number + 0.5,
            "paid_at": (START + timedelta(minutes=number)).isoformat() + "Z",
            "changed_at": (START + timedelta(days=1, minutes=number // 3)).isoformat() + "Z",
        }
        for number in range(first, end)
    ]  # fmt: skip


def mapping(tmp_path, cursor=CURSOR, source=None, **more):
    feed = {
        "from": "payments",
        "columns": {"transaction_id": "id", "terminal_id": "till", "transaction_at": "paid_at",
                    "customer_id": {"expression": "customer ->> '$.id'"},
                    "_ingested_at": "changed_at"},
        "request": {"data_selector": "data.items",
                    "paginator": {"type": "json_link", "next_url_path": "links.next"}},
        **more,
    }  # fmt: skip
    if cursor:
        feed["cursor"] = cursor
    said = {"kind": "rest", "backoff_seconds": 0.01, "max_attempts": 3, **(source or {})}
    return mapping_of(tmp_path, {"name": "api", "source": said, "datasets": {"transactions": feed}})


def ids(settings) -> list[int]:
    return sorted(int(row["transaction_id"][1:]) for row in rows(settings, "transactions"))


PAGINATORS = {
    "links": ("payments", "data.items", {"type": "json_link", "next_url_path": "links.next"}),
    "offsets": ("numbered", "items", {"type": "offset", "limit": PAGE, "total_path": "total"}),
    "cursors": ("cursored", "items",
                {"type": "cursor", "cursor_path": "next", "cursor_param": "offset"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", PAGINATORS)
def test_every_page_is_read_once(tmp_path, settings, server, kind):
    path, selector, paginator = PAGINATORS[kind]
    server.records = payments(0, 35)
    one = mapping(tmp_path, None, **{
        "from": path, "request": {"data_selector": selector, "paginator": paginator}})  # fmt: skip
    land(settings, one, server.address)

    assert ids(settings) == list(range(35))
    assert len(server.requests) == 4
    row = rows(settings, "transactions")[0]
    assert (row["customer_id"], str(row["amount"])) == ("0", "0.50")
    assert row["_source"] == f"{server.address}/{path}"
    check_accounts(settings)


def test_the_next_load_asks_from_the_last_value_on(tmp_path, settings, server):
    server.records = payments(0, 25)
    land(settings, mapping(tmp_path), server.address)
    assert "changed_since" not in server.requests[0][1]
    server.requests.clear()
    server.records = payments(0, 40)

    report = land(settings, mapping(tmp_path), server.address).of("transactions")

    assert server.requests[0][1]["changed_since"] == "2026-01-02T00:08:00Z"
    assert (report.delivered_row_count, report.repeated_row_count) == (15, 1)
    assert ids(settings) == list(range(40))
    assert land(settings, mapping(tmp_path), server.address).batch_count == 0


def test_a_lookback_asks_for_more_and_adds_only_what_is_new(tmp_path, settings, server):
    one = mapping(tmp_path, {**CURSOR, "lookback": 240})
    server.records = payments(0, 20) + payments(25, 30)
    land(settings, one, server.address)
    server.records = payments(0, 30)
    report = land(settings, one, server.address).of("transactions")
    assert report.delivered_row_count == 5
    assert ids(settings) == list(range(30))


@pytest.mark.parametrize("order", ["newest first", "ascending"])
def test_cut_off_anywhere_nothing_is_lost_or_doubled(tmp_path, server, monkeypatch, order):
    monkeypatch.setattr(row_landing, "BATCH_ROWS", 8)
    server.records = payments(0, 45)
    if order == "newest first":
        server.records.reverse()
    one = mapping(tmp_path, {**CURSOR, "order": "ascending" if order == "ascending" else "any"})
    commit = Ledger.commit
    for allowed in range(6):
        left = [allowed]

        def cut(ledger, entry, left=left):
            if left[0] == 0:
                raise ConnectionError("the lake is gone")
            left[0] -= 1
            return commit(ledger, entry)

        settings = settings_in(tmp_path / f"cut-{allowed}")
        monkeypatch.setattr(Ledger, "commit", cut)
        with pytest.raises(ConnectionError):
            land(settings, one, server.address)
        monkeypatch.setattr(Ledger, "commit", commit)
        land(settings, one, server.address)
        assert ids(settings) == list(range(45)), allowed
        assert land(settings, one, server.address).batch_count == 0


def test_an_api_that_fails_between_pages_is_read_on_the_next_time(tmp_path, settings, server):
    one = mapping(tmp_path, source={"max_attempts": 1})
    server.records = list(reversed(payments(0, 35)))
    good = server.answer

    def fails_at_the_third_page(path, query):
        if query.get("offset") == "20":
            server.troubles.append((500, {}, b"{}"))
        return good(path, query)

    server.answer = fails_at_the_third_page
    with pytest.raises(SourceReadError, match="500"):
        land(settings, one, server.address)
    server.answer = good
    server.troubles.clear()
    land(settings, one, server.address)
    assert ids(settings) == list(range(35))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_trouble_is_waited_out(tmp_path, settings, server, status):
    server.records = payments(0, 15)
    server.troubles = [(status, {"Retry-After": "0"}, b"{}"), (status, {}, b"{}")]
    land(settings, mapping(tmp_path), server.address)
    assert ids(settings) == list(range(15))
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("troubles", "says"),
    [
        ([(500, {}, b"{}")] * 3, "500"),
        ([(404, {}, b"{}")], "404"),
        ([(200, {}, b"<html>")], "it cannot be read"),
    ],
)
def test_a_lasting_trouble_is_told_without_secrets(tmp_path, settings, server, troubles, says):
    server.records = payments(0, 5)
    server.troubles = troubles
    auth = {"type": "api_key", "name": "key", "api_key": "very-secret", "location": "query"}
    one = mapping(tmp_path, source={"auth": auth})
    with pytest.raises(SourceReadError) as caught:
        land(settings, one, server.address)
    assert says in str(caught.value)
    assert f"{server.address}/payments" in str(caught.value)
    assert "very-secret" not in str(caught.value)
    assert entries(settings) == []


def test_authentication_from_the_environment(tmp_path, settings, server, monkeypatch):
    server.records, server.token = payments(0, 5), "letmein"
    said = {"auth": {"type": "bearer", "token": {"env": "SHOP_TOKEN"}},
            "headers": {"X-Shop": "1"}}  # fmt: skip
    with pytest.raises(SettingsError, match="SHOP_TOKEN"):
        land(settings, mapping(tmp_path, source=said), server.address)
    monkeypatch.setenv("SHOP_TOKEN", "wrong")
    with pytest.raises(SourceReadError, match="401"):
        land(settings, mapping(tmp_path, source=said), server.address)
    monkeypatch.setenv("SHOP_TOKEN", "letmein")
    land(settings, mapping(tmp_path, source=said), server.address)
    assert len(ids(settings)) == 5
    assert server.requests[-1][2]["X-Shop"] == "1"


def test_items_that_are_no_objects_go_to_quarantine_once(tmp_path, settings, server):
    server.records = [*payments(0, 3), "four", 5, None, [6]]
    land(settings, mapping(tmp_path), server.address)
    assert [row["reason"] for row in quarantine(settings, "transactions")] == ["not_an_object"] * 4
    assert [row["_position"] for row in quarantine(settings, "transactions")] == [3, 4, 5, 6]
    assert land(settings, mapping(tmp_path), server.address).batch_count == 0


def test_the_address_may_be_the_mappings(tmp_path, settings, server):
    server.records = payments(0, 5)
    land(settings, mapping(tmp_path, source={"base_url": server.address}))
    assert len(ids(settings)) == 5
    with pytest.raises(SourceReadError, match="give its address"):
        land(settings, mapping(tmp_path))


def test_what_is_wrong_with_the_mapping_is_named(tmp_path, settings, server):
    server.records = payments(0, 5)
    columns = {"transaction_id": "idd", "customer_id": "till", "terminal_id": "till",
               "transaction_at": "paid_at"}  # fmt: skip
    with pytest.raises(MappingError, match=r"transaction_id.*/payments.*'idd'.*'id'"):
        land(settings, mapping(tmp_path, columns=columns), server.address)
    with pytest.raises(MappingError, match="'param'"):
        land(settings, mapping(tmp_path, {"column": "changed_at"}), server.address)
    assert entries(settings) == []
