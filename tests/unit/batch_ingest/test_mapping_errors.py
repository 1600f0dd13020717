"""What is wrong with a mapping is said with file, key and fix, before anything is read."""

import pytest
import yaml

from batch_ingest import SHIPPED, load_mapping
from sentinel.errors import MappingError

GOOD = {
    "name": "shop",
    "source": {"kind": "files"},
    "datasets": {
        "transactions": {
            "from": "*.csv",
            "columns": {
                "transaction_id": "id", "customer_id": "customer", "terminal_id": "till",
                "amount": {"expression": "cast(cents as double) / 100"},
                "transaction_at": {"from": "at", "format": "%d.%m.%Y %H:%M"},
                "currency": {"value": "EUR"},
            },
        },
    },
}  # fmt: skip


def changed(*path, value):
    """The good mapping with one key changed."""
    document = yaml.safe_load(yaml.safe_dump(GOOD))
    part = document
    for step in path[:-1]:
        part = part.setdefault(step, {})
    part[path[-1]] = value
    return document


def write(tmp_path, document):
    path = tmp_path / "shop.yml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return path


def test_the_good_mapping_is_read(tmp_path):
    mapping = load_mapping(write(tmp_path, GOOD))
    feed = mapping.feeds["transactions"]
    assert feed.dataset == "transactions"
    assert feed.columns["transaction_id"].source == "id"
    assert feed.columns["currency"].value == "EUR"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_mapping_is_read(name):
    assert load_mapping(name).name == name


AT = ("datasets", "transactions")


@pytest.mark.parametrize(
    ("document", "key", "says"),
    [
        (changed("colour", value=1), "colour", "no such key"),
        (changed(*AT, "colums", value={}), "transactions.colums", "did you mean 'columns'"),
        (changed(*AT, "columns", "amont", value="x"), "transactions", "did you mean 'amount'"),
        (changed("datasets", "transaction", value={"from": "*"}), "transaction.dataset",
         "did you mean 'transactions'"),
        (changed(*AT, "columns", "amount", value={"frm": "x"}), "amount.frm",
         "did you mean 'from'"),
        (changed(*AT, "columns", "amount", value={"from": "a", "value": 1}), "amount",
         "exactly one of"),
        (changed(*AT, "columns", "amount", value={}), "amount", "exactly one of"),
        (changed(*AT, "columns", "amount", value={"expression": "a +"}), "columns.amount",
         "not an SQL expression"),
        (changed(*AT, "columns", "amount", value={"expression": "sum(a) over ()"}),
         "columns.amount", "one record only"),
        (changed(*AT, "columns", "amount", value={"expression": "(select 1)"}),
         "columns.amount", "one record only"),
        (changed(*AT, "columns", "amount", value={"expression": "a, b"}), "columns.amount",
         "one expression"),
        (changed(*AT, "columns", "amount", value={"from": "a", "type": "money"}), "amount",
         "'money' is unknown"),
        (changed(*AT, "columns", "amount", value={"from": "a", "time_zone": "Europe/Berln"}),
         "amount", "Europe/Berlin"),
        (changed(*AT, "columns", "amount", value={"from": "a", "format": "%Q"}), "amount", "%Q"),
        (changed(*AT, "where", value="a ="), "transactions.where", "not an SQL expression"),
        (changed(*AT, "csv", value={"encoding": "utf-9"}), "csv.encoding", "unknown"),
        (changed(*AT, "csv", value={"delimiter": "::"}), "csv.delimiter", "at most 1"),
        (changed(*AT, "references", value=[{"column": "customer", "dataset": "customers"}]),
         "transactions", "did you mean 'customer_id'"),
        (changed(*AT, "references", value=[{"column": "customer_id", "dataset": "customer"}]),
         "transactions", "did you mean 'customers'"),
        (changed(*AT, "match_names", value=False) | {"datasets": {"transactions": {
            "from": "*", "match_names": False}}}, "transactions", "'transaction_id' is required"),
        (changed("source", value={"kind": "file"}), "source", "kind"),
        (changed("source", value={"kind": "sql", "ulr_env": "X"}), "source.ulr_env", "url_env"),
        (changed("derived", value={"customers": {"kind": "entities", "of": "transaction"}}),
         "mapping", "did you mean 'transactions'"),
        (changed("derived", value={"fraud_labels": {"kind": "entities", "of": "transactions"}}),
         "mapping", "customers or terminals"),
        (changed("derived", value={"fraud_labels": {"kind": "labels", "of": "transactions",
         "where": "fraud = 1", "reporting_delay_days": -1}}), "reporting_delay_days", "greater"),
        (changed("derived", value={"fraud_labels": {"kind": "labels", "of": "transactions",
         "reporting_delay_days": 1}}), "fraud_labels.where", "missing"),
        (changed("name", value="My Shop"), "name", "pattern"),
        ({"name": "shop", "source": {"kind": "files"}}, "datasets", "missing"),
        ("a: [", "shop.yml", "not YAML"),
        ("- a\n- b\n", "shop.yml", "YAML object"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_fix(tmp_path, document, key, says):
    path = write(tmp_path, document)
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    message = str(caught.value)
    assert str(path) in message
    assert key in message
    assert says in message


def test_an_unknown_mapping_names_the_shipped_ones():
    with pytest.raises(MappingError, match="did you mean 'handbook'"):
        load_mapping("hanbook")


def test_references_in_a_circle_are_refused(tmp_path):
    document = changed(*AT, "references", value=[{"column": "customer_id", "dataset": "customers"}])
    document["datasets"]["customers"] = {
        "from": "c.csv",
        "references": [{"column": "customer_id", "dataset": "transactions"}],
    }
    with pytest.raises(MappingError, match="circle"):
        load_mapping(write(tmp_path, document))


def test_feeds_come_after_those_they_refer_to():
    order = list(load_mapping("synthetic").in_order())
    assert order.index("transactions") > order.index("customers")
    assert order.index("transaction_lines") > order.index("terminals")


def test_only_what_a_mapping_says_changes_its_hash(tmp_path):
    one = load_mapping(write(tmp_path, GOOD)).hash_of("transactions")
    described = load_mapping(write(tmp_path, changed("description", value="a shop")))
    other = load_mapping(
        write(tmp_path, changed(*AT, "columns", "currency", value={"value": "USD"}))
    )
    assert described.hash_of("transactions") == one
    assert other.hash_of("transactions") != one
