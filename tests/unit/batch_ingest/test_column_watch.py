"""Columns that come and go are reported once each, when they do."""

from batch_ingest.drift import ColumnWatch, Drift
from batch_ingest.suggestions import nearest, suggestion


def test_nothing_appears_in_the_first_batch():
    assert ColumnWatch("f", None).see(("a", "b"), "x") == Drift()


def test_columns_are_reported_when_they_come_and_when_they_go():
    watch = ColumnWatch("f", ("a", "b"))
    assert watch.see(("a", "b"), "1") == Drift()
    assert watch.see(("a", "b", "c"), "2") == Drift(("c",), ())
    assert watch.see(("a", "b", "c"), "3") == Drift()
    assert watch.see(("a", "c"), "4") == Drift((), ("b",))
    assert watch.see((), "5: nothing but unreadable lines") == Drift()
    assert watch.see(("a", "b"), "6") == Drift(("b",), ("c",))


def test_suggestions():
    known = ["TX_AMOUNT", "CUSTOMER_ID"]
    assert nearest("tx_amuont", known) == "TX_AMOUNT"
    assert nearest("zebra", known) is None
    assert suggestion("customerid", known) == "did you mean 'CUSTOMER_ID'?"
    assert suggestion("zebra", known) == "there are: CUSTOMER_ID, TX_AMOUNT."
