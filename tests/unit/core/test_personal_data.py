"""Tokens, network prefixes and the detection of card numbers and addresses."""

import pyarrow as pa
import pytest
from core_records import CARD_NUMBER, TOKENISER

from sentinel.transform import Tokeniser
from sentinel.transform.personal_data import (
    contains_personal_data,
    is_card_number,
    is_token,
    network_prefixes,
)


def test_equal_values_give_equal_tokens_however_they_are_written():
    same = {
        TOKENISER.token(each)
        for each in (CARD_NUMBER, "4111 1111 1111 1111", " 4111-1111-1111-1111")
    }
    assert len(same) == 1
    assert TOKENISER.token("Ada  Lovelace ") == TOKENISER.token("ada lovelace")
    assert TOKENISER.token("+49 (30) 123-456") == TOKENISER.token("4930123456")


def test_other_values_and_other_keys_give_other_tokens():
    assert TOKENISER.token("ada") != TOKENISER.token("bob")
    assert TOKENISER.token("ada") != Tokeniser(b"another key").token("ada")


def test_a_token_has_the_form_of_one_and_stays_as_it_is():
    token = TOKENISER.token("ada")
    assert is_token(token)
    assert not is_token("tok_ada")
    assert TOKENISER.token(token) == token


def test_tokens_of_an_array_keep_nulls_and_order():
    values = pa.chunked_array([pa.array(["a", None]), pa.array(["b", "a"])])
    assert TOKENISER.tokens(values).to_pylist() == [
        TOKENISER.token("a"), None, TOKENISER.token("b"), TOKENISER.token("a"),
    ]  # fmt: skip


@pytest.mark.parametrize("number", [CARD_NUMBER, "378282246310005", "4111 1111 1111 1111"])
def test_card_numbers(number):
    assert is_card_number(number)


@pytest.mark.parametrize(
    "number",
    ["4111111111111112", "411111111111", "0000000000000000", "41111111111111111111", "abc"],
)
def test_what_is_no_card_number(number):
    assert not is_card_number(number)


def test_detection_in_text():
    texts = pa.array(
        [f"paid with {CARD_NUMBER}", "ask ada@example.org", "order 4111111111111112", None, "",
         f"{CARD_NUMBER} 20", f"x{CARD_NUMBER}", "4111-1111-1111-1111"]
    )  # fmt: skip
    expected = [True, True, False, False, False, True, False, True]
    assert contains_personal_data(texts).to_pylist() == expected


def test_redaction_keeps_the_rest():
    redacted = TOKENISER.redacted(f"paid {CARD_NUMBER} 20 by ada@example.org at 10:00")
    token = TOKENISER.token(CARD_NUMBER)
    assert redacted == f"paid {token} 20 by {TOKENISER.token('ada@example.org')} at 10:00"
    assert TOKENISER.redacted("order 4111111111111112") == "order 4111111111111112"


def test_masking_leaves_only_the_words_to_keep():
    masked = TOKENISER.masked('{"amount": "Ada Lovelace +49"', {"amount"})
    tokens = [TOKENISER.token(word) for word in ("Ada", "Lovelace", "+49")]
    assert masked == f'{{"amount": "{" ".join(tokens)}"'


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("192.0.2.55", "192.0.2.0/24"),
        (" 192.0.2.55 ", "192.0.2.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.0.2.55/32", "192.0.2.0/24"),  # a whole address, written as a network
        ("2001:db8:1:2::9/128", "2001:db8:1::/48"),
        ("192.0.2.7/24", None),
        ("999.0.2.7", None),
        ("x", None),
        (None, None),
    ],
)
def test_network_prefixes(address, prefix):
    assert network_prefixes(pa.array([address], pa.string())).to_pylist() == [prefix]
