"""Whatever arrives, Firehose's function answers each record, exactly once, by its contract."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from sentinel.contracts import contract
from sentinel.lake import QUARANTINE, RAW
from sentinel.transform import REJECTED_SCHEMA, Tokeniser
from streaming_ingest.firehose_transform import transformed
from tests.support.firehose_event import firehose_event

TRANSACTIONS = contract("transactions")
TOKENISER = Tokeniser(b"a key for tests")
CARD_NUMBER = "4111111111111111"  # a published test number
SCHEMAS = {RAW: set(TRANSACTIONS.lake_schema.names), QUARANTINE: set(REJECTED_SCHEMA.names)}

NAMES = st.one_of(
    st.sampled_from([*TRANSACTIONS.names, *TRANSACTIONS.arriving_names, "_schema_version", "note"]),
    st.text(max_size=5),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        [CARD_NUMBER, "2026-05-31T10:00:00Z", "0001-01-01", "9999-12-31T23:59:59Z", "12.50",
         f"pay {CARD_NUMBER} now", "192.0.2.77", "atm", "EUR", 1780221600, "NaN", "\x00"]
    ),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=3,
)
GOOD = {
    "transaction_id": "t-1", "transaction_at": "2026-05-31T10:00:00Z", "customer_id": "c-1",
    "terminal_id": "m-1", "amount": "12.50", "card_number": CARD_NUMBER,
}  # fmt: skip
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4).map(lambda fields: json.dumps(GOOD | fields))
CONTENTS = st.one_of(
    st.just(json.dumps(GOOD).encode()),
    OBJECTS.map(str.encode),
    st.builds(lambda text, at: text.encode()[:at], OBJECTS, st.integers(0, 200)),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=30),
)


@given(st.lists(CONTENTS, max_size=8))
def test_each_record_is_answered_and_none_fails_another(contents):
    event = firehose_event(*contents)
    answers = transformed(event, TRANSACTIONS, TOKENISER)

    assert [one["recordId"] for one in answers] == [one["recordId"] for one in event["records"]]
    for number, (content, answer) in enumerate(zip(contents, answers, strict=True)):
        assert answer["result"] == ("Ok" if content.strip() else "Dropped"), content
        if answer["result"] == "Dropped":
            continue
        row = json.loads(base64.b64decode(answer["data"]))
        zone = answer["metadata"]["partitionKeys"]["zone"]
        assert set(row) <= SCHEMAS[zone]
        assert row["_position"] == number
        # The transform takes identifiers as they are: one of digits may look like a card number.
        others = {name: value for name, value in row.items() if name not in TRANSACTIONS.key}
        assert CARD_NUMBER not in json.dumps(others)
        if content == json.dumps(GOOD).encode():
            assert zone == RAW


@given(st.lists(CONTENTS, min_size=1, max_size=8), st.integers(0, 6_000))
def test_a_response_is_never_larger_than_it_may_be(contents, more):
    event = firehose_event(*contents)
    least = sum(len(json.dumps(_failed(one["recordId"]))) + 2 for one in event["records"])
    most = least + len('{"records": []}') + more
    answers = transformed(event, TRANSACTIONS, TOKENISER, most_bytes=most)
    assert len(answers) == len(contents)
    assert len(json.dumps({"records": answers})) <= most


def _failed(record_id: str) -> dict:
    return {"recordId": record_id, "result": "ProcessingFailed", "data": ""}
