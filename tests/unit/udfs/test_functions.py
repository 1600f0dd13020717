"""Each function against what its source says; against plain loops: `tests/properties`."""

import math

import pyarrow as pa
import pytest

from sentinel.transform import Tokeniser
from sentinel.transform.personal_data import network_prefixes
from spark_udfs.addresses import is_private_address
from spark_udfs.card_numbers import passes_luhn
from spark_udfs.contacts import normalised_device_id, normalised_email
from spark_udfs.distances import great_circle_km
from spark_udfs.functions import functions
from spark_udfs.names import name_similarity


def wide(text: str) -> str:
    """In full-width characters, as an input method for Japanese writes them."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def texts(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


def test_luhn_of_known_numbers():
    found = passes_luhn(
        texts("4111111111111111", "4111 1111-1111 1111", "4111111111111112", "5555555555555",
              "6304000000000000000", "378282246310005", "", None, wide("4111111111111111"))
    )  # fmt: skip
    assert found.to_pylist() == [True, True, False, False, True, True, False, None, False]


def test_luhn_of_a_slice_reads_its_own_rows():
    whole = texts("nothing", "4111111111111111", "4111111111111112", None, "4111111111111111")
    assert passes_luhn(whole.slice(1, 3)).to_pylist() == [True, False, None]


def test_addresses_that_reach_one_box_are_one():
    same = ("Ann.Lee+news@GoogleMail.com", " annlee@gmail.com", "a.n.n.lee@gmail.com")
    assert set(normalised_email(texts(*same)).to_pylist()) == {"annlee@gmail.com"}
    found = normalised_email(
        texts("Bob.Ray+x@Example.ORG", "no address", "@nobody.org", "+tag@site.org", "a@b", None,
              f"{wide('MAX')}@example.org")
    )  # fmt: skip
    assert found.to_pylist() == [
        "bob.ray@example.org", None, None, None, None, None, "max@example.org",
    ]  # fmt: skip


def test_spellings_of_a_device_are_one_and_placeholders_none():
    same = ("AB:CD:EF:01:23:45", "ab-cd-ef-01-23-45", "abcdef012345")
    assert set(normalised_device_id(texts(*same)).to_pylist()) == {"abcdef012345"}
    nothing = ("00000000-0000-0000-0000-000000000000", "unknown", "N/A", "", "--", None,
               "ff:ff:ff:ff:ff:ff")  # fmt: skip
    assert set(normalised_device_id(texts(*nothing)).to_pylist()) == {None}
    # With and without others that are not ASCII beside it.
    assert normalised_device_id(texts("Gerät-7", "AB-1")).to_pylist() == ["gerät7", "ab1"]


def test_network_prefixes_of_what_is_no_plain_address():
    found = network_prefixes(
        texts(" 10.1.2.3 ", "10.1.2", "10.1.2.300", "010.1.2.3", "10.1.0.0/16", "10.1.2.3/32", None)
    )
    assert found.to_pylist() == [
        "10.1.2.0/24", None, None, None, "10.1.0.0/16", "10.1.2.0/24", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "is_private"),
    [
        ("10.0.0.1", True), ("172.15.255.255", False), ("172.16.0.0", True),
        ("172.31.255.255", True), ("172.32.0.0", False), ("192.168.1.1", True),
        ("192.169.0.1", False), ("100.63.0.1", False), ("100.64.0.1", True),
        ("100.128.0.1", False), ("127.0.0.1", True), ("169.254.1.1", True), ("0.1.2.3", True),
        ("8.8.8.8", False), ("::1", True), ("fc00::1", True), ("fe80::1", True),
        ("2001:db8::1", False), ("::ffff:10.0.0.1", True), ("::ffff:8.8.8.8", False),
        (" 10.0.0.1 ", True), ("10.0.0", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_private_addresses(address, is_private):
    assert is_private_address(texts(address)).to_pylist() == [is_private]
    # The same among others that take the other way.
    assert is_private_address(texts("fe80::1", address, "8.8.8.8")).to_pylist()[1] == is_private


def test_opposite_places_are_half_the_earth_apart():
    found = great_circle_km(*(pa.array([each], pa.float64()) for each in (0.0, 0.0, 0.0, 180.0)))
    assert found[0].as_py() == pytest.approx(math.pi * 6371)


@pytest.mark.parametrize(
    ("name_1", "name_2", "expected"),
    [
        ("MARTHA", "MARHTA", 0.9611), ("DWAYNE", "DUANE", 0.84), ("DIXON", "DICKSONX", 0.8133),
        ("Café  Central", "cafe central", 1.0), ("abc", "xyz", 0.0), ("", "", 1.0),
        ("José", None, None), (None, None, None), ("ÅNGSTRÖM", "angstrom", 1.0),
    ],
)  # fmt: skip
def test_similarities_as_published(name_1, name_2, expected):
    (found,) = name_similarity(texts(name_1), texts(name_2)).to_pylist()
    assert found == (None if expected is None else pytest.approx(expected, abs=5e-5))


def test_every_function_says_what_it_does_and_takes_nothing_and_nulls():
    for each in functions(Tokeniser(b"key")):
        assert each.summary.endswith("."), each.name
        empty = [pa.array([], kind) for kind in each.arguments.values()]
        assert each.call(*empty).type == each.returns, each.name
        nulls = [pa.nulls(2, kind) for kind in each.arguments.values()]
        assert each.call(*nulls).to_pylist() == [None, None], each.name
