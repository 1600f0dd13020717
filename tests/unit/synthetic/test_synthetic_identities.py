"""Raw personal data: well-formed, distinct, and from ranges that belong to nobody."""

from __future__ import annotations

import ipaddress
import re

from sentinel.synthetic import SyntheticData
from sentinel.synthetic.identities import card_numbers, device_identifiers, ip_addresses


def passes_luhn(number: str) -> bool:
    """The check as ISO/IEC 7812-1, annex B words it, digit by digit."""
    total = 0
    for position, character in enumerate(reversed(number)):
        digit = int(character) * (2 if position % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def test_the_check_itself_tells_good_from_bad() -> None:
    assert passes_luhn("4111111111111111")
    assert passes_luhn("5555555555554444")
    assert not passes_luhn("4111111111111112")


def test_card_numbers_are_distinct_test_numbers_that_pass_luhn() -> None:
    numbers = card_numbers(20_000).to_pylist()
    assert all(re.fullmatch(r"(400000|411111|555555|222300)\d{10}", n) for n in numbers)
    assert all(map(passes_luhn, numbers))
    assert len(set(numbers)) == len(numbers)


def test_addresses_are_reserved_and_of_both_versions() -> None:
    addresses = [ipaddress.ip_address(text) for text in ip_addresses(5_000).to_pylist()]
    reserved = {4: ipaddress.ip_network("100.64.0.0/10"), 6: ipaddress.ip_network("2001:db8::/32")}
    assert all(address in reserved[address.version] for address in addresses)
    share = sum(address.version == 6 for address in addresses) / len(addresses)
    assert 0.05 < share < 0.12


def test_a_device_does_not_give_away_a_card() -> None:
    cards = card_numbers(1_000).to_pylist()
    devices = device_identifiers(1_000).to_pylist()
    assert len(set(devices)) == len(devices)
    assert not any(d[-9:] == c[6:15] for d, c in zip(devices, cards, strict=True))


def test_every_delivered_card_passes_luhn_and_belongs_to_one_customer(
    data: SyntheticData,
) -> None:
    delivered = data.transactions.select(["transaction_id", "card_number"]).to_pydict()
    assert all(map(passes_luhn, set(delivered["card_number"])))
    customer_of = dict(
        zip(*data.truth.select(["transaction_id", "customer_id"]).to_pydict().values(), strict=True)
    )
    owners: dict[str, set[str]] = {}
    for transaction, card in zip(*delivered.values(), strict=True):
        owners.setdefault(card, set()).add(customer_of[transaction])
    assert all(len(customers) == 1 for customers in owners.values())
    assert len(owners) > len(set(customer_of.values())), "nobody uses a second card"


def test_customers_have_contact_data_that_reaches_nobody(data: SyntheticData) -> None:
    for row in data.customers.to_pylist():
        assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", row["full_name"])
        assert re.fullmatch(r"[a-z]+\.[a-z]+\.\d+@example\.(com|org|net)", row["email"])
        assert re.fullmatch(r"\+\d{1,3}555\d{8}", row["phone"])
        assert re.fullmatch(r"ID\d{9}", row["document_number"])
