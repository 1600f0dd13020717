"""Raw personal data that belongs to nobody: names, contact data, cards, devices, addresses.

Belongs here: values that ingestion must tokenise or cut, from ranges reserved for tests.
Does not belong here: who does what with them.

Card numbers start with published test prefixes and pass the Luhn check (ISO/IEC 7812-1, annex B).
IP addresses come from 100.64.0.0/10 (RFC 6598) and 2001:db8::/32 (RFC 3849), e-mail domains from
RFC 2606: none can reach anyone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentinel.synthetic.arrays import Integers, choose, digit_strings, digits, identifiers

#: Each customer has room for two cards, devices and addresses; most use the first.
SLOTS_PER_CUSTOMER = 2

_TEST_CARD_PREFIXES = (400000, 411111, 555555, 222300)
_IPV6_EVERY = 12
#: One multiplier a kind, coprime to its range: no identifier gives away the digits of another.
_CARD_MIXER, _DEVICE_MIXER, _ADDRESS_MIXER = 3**18, 7**10, 11**8
_PHONE_MIXER, _DOCUMENT_MIXER = 13**7, 17**7

_EMAIL_DOMAINS = pa.array(["example.com", "example.org", "example.net"])
# fmt: off
_FIRST_NAMES = pa.array(
    [
        "Ana", "Bruno", "Carla", "Diego", "Elena", "Felipe", "Grace", "Hugo", "Ines", "James",
        "Karin", "Lucas", "Maria", "Noah", "Olivia", "Paulo", "Rita", "Samuel", "Teresa", "Ursula",
        "Victor", "William", "Xavier", "Yara", "Zoe", "Alice", "Bernardo", "Charlotte", "Daniel",
        "Emma", "Francisco", "Gabriela", "Henry", "Isabel", "Jonas", "Katharina", "Leon", "Mia",
        "Nuno", "Oscar",
    ]
)
_LAST_NAMES = pa.array(
    [
        "Almeida", "Becker", "Costa", "Dubois", "Evans", "Ferreira", "Garcia", "Hoffmann",
        "Iglesias", "Jones", "Klein", "Lopez", "Martin", "Navarro", "Oliveira", "Pereira",
        "Quintana", "Rossi", "Silva", "Taylor", "Urbina", "Vieira", "Weber", "Ximenes", "Young",
        "Zimmermann", "Andrade", "Brown", "Carvalho", "Davies", "Esposito", "Fischer", "Gomes",
        "Hernandez", "Johnson", "Keller", "Lima", "Moreau", "Neumann", "Ortega", "Pinto",
    ]
)
_DIALLING_CODES = {
    "BR": "+55", "CA": "+1", "CH": "+41", "DE": "+49", "ES": "+34", "FR": "+33", "GB": "+44",
    "IE": "+353", "IT": "+39", "MX": "+52", "NL": "+31", "PT": "+351", "US": "+1",
}
# fmt: on


def card_numbers(count: int) -> pa.StringArray:
    """Distinct 16-digit test card numbers: six of prefix, nine of account, one check digit."""
    position = np.arange(count)
    prefix = np.array(_TEST_CARD_PREFIXES)[position % len(_TEST_CARD_PREFIXES)]
    payload = digits(prefix * 10**9 + _mixed(position, _CARD_MIXER, 10**9), 15)
    return digit_strings(np.column_stack([payload, luhn_check_digits(payload)]))


def luhn_check_digits(payload: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The digit that makes each row of digits pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    terms = payload.astype(np.int64)
    doubled = terms[:, ::-1][:, ::2] * 2
    total = terms[:, ::-1][:, 1::2].sum(axis=1) + (doubled // 10 + doubled % 10).sum(axis=1)
    return np.asarray(-total % 10, dtype=np.uint8)


def device_identifiers(count: int) -> pa.StringArray:
    """Distinct device identifiers whose order says nothing of their owner."""
    return identifiers("D", _mixed(np.arange(count), _DEVICE_MIXER, 10**10), 10)


def ip_addresses(count: int) -> pa.StringArray:
    """IP addresses, version 4 but for every twelfth."""
    position = np.arange(count)
    host = _mixed(position, _ADDRESS_MIXER, 2**22)
    version_4 = _joined(".", ["100", 64 + (host >> 16), (host >> 8) & 255, host & 255])
    hexadecimal = pa.array([f"{word:x}" for word in range(2**16)])
    network = _mixed(position, _ADDRESS_MIXER, 2**32)
    version_6 = _joined(
        ":",
        [
            "2001",
            "db8",
            choose(hexadecimal, network >> 16),
            choose(hexadecimal, network & 0xFFFF),
            "",
            choose(hexadecimal, 1 + position % 60_000),
        ],
    )
    return pc.if_else(pa.array(position % _IPV6_EVERY == _IPV6_EVERY - 1), version_6, version_4)


def personal_columns(
    customer: Integers, contact_version: Integers, countries: pa.StringArray
) -> dict[str, pa.Array]:
    """Name, e-mail, phone and document number of customers.

    E-mail and phone change with the version of the contact data; name and document do not.
    """
    first = choose(_FIRST_NAMES, customer * 7 % len(_FIRST_NAMES))
    last = choose(_LAST_NAMES, (customer // len(_FIRST_NAMES) + customer) % len(_LAST_NAMES))
    number = pa.array(customer).cast(pa.string())
    mailbox = _joined(".", [pc.utf8_lower(first), pc.utf8_lower(last), number])
    domain = choose(_EMAIL_DOMAINS, (customer + contact_version) % len(_EMAIL_DOMAINS))
    country = pc.index_in(countries, pa.array(_DIALLING_CODES.keys()))
    dialling = pc.take(pa.array(_DIALLING_CODES.values()), country)
    subscriber = _mixed(customer * 16 + contact_version, _PHONE_MIXER, 10**8)
    return {
        "full_name": _joined(" ", [first, last]),
        "email": _joined("@", [mailbox, domain]),
        "phone": _joined("", [dialling, identifiers("555", subscriber, 8)]),
        "document_number": identifiers("ID", _mixed(customer, _DOCUMENT_MIXER, 10**9), 9),
    }


def _mixed(position: Integers, mixer: int, modulus: int) -> Integers:
    """A number below the modulus for each position, distinct while positions are below it."""
    return np.asarray((position * mixer + mixer // 3) % modulus)


def _joined(separator: str, parts: list[str | Integers | pa.Array]) -> pa.StringArray:
    columns = [pa.array(p).cast(pa.string()) if isinstance(p, np.ndarray) else p for p in parts]
    return pc.binary_join_element_wise(*columns, separator)
