"""Personal data: keyed tokens, network prefixes, and finding what should not be there.

Belongs here: replacing personal values and detecting them in text. Does not belong here: which
columns are personal; the contracts say that.
"""

import hmac
import ipaddress
import re
from collections.abc import Container

import pyarrow as pa
import pyarrow.compute as pc

TOKEN_PREFIX = "tok_"  # noqa: S105 (it marks tokens, it opens nothing)
_CARD_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:[0-9][ -]?){12,18}[0-9](?![0-9A-Za-z])")
_CARD_NUMBER_RE2 = r"(?:[0-9][ -]?){12,18}[0-9]"
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_EMAIL_RE2 = _EMAIL.pattern
_CARD_NUMBER_DIGITS = re.compile(r"[0-9]{13,19}")
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_VERSION_4_RE2 = rf"^({_OCTET}\.{_OCTET}\.{_OCTET})\.{_OCTET}$"
_TOKEN = re.compile(TOKEN_PREFIX + "[0-9a-f]{32}")
_NUMBER = re.compile(r"[+]?[0-9][0-9 ()./-]*")
_NO_DIGIT = re.compile(r"[^0-9]")
_WORD = re.compile(r"[\w@.+/-]+")


class Tokeniser:
    """Replaces personal values by keyed tokens.

    A token is `tok_` and 32 hexadecimal digits: the first 128 bits of HMAC-SHA-256 of the
    normalised value (trimmed, lower case, card and telephone numbers without separators). The
    same value and key give the same token, so tokens join; without the key a token cannot be
    computed from a guess.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, value: str) -> str:
        """The token of one value; a value that is a token already stays as it is."""
        if is_token(value):
            return value
        normalised = _normalised(value).encode()
        return TOKEN_PREFIX + hmac.digest(self._key, normalised, "sha256").hex()[:32]

    def tokens(self, values: pa.Array | pa.ChunkedArray) -> pa.Array:
        """Tokens of an array of strings, each distinct value computed once; nulls stay null."""
        encoded = pc.dictionary_encode(_single_array(values))
        words = pa.array(
            [self.token(value) for value in encoded.dictionary.to_pylist()], pa.string()
        )
        return words.take(encoded.indices)

    def redacted(self, text: str) -> str:
        """Text with each card number and e-mail address in it replaced by its token."""
        text = _CARD_NUMBER.sub(lambda match: self._without_card_numbers(match[0]), text)
        return _EMAIL.sub(lambda match: self.token(match[0]), text)

    def _without_card_numbers(self, digits: str) -> str:
        if is_card_number(digits):
            return self.token(digits)
        return _CARD_NUMBER_DIGITS.sub(
            lambda run: self.token(run[0]) if is_card_number(run[0]) else run[0], digits
        )

    def masked(self, text: str, keep: Container[str]) -> str:
        """Text with every word replaced by its token, except those to keep.

        For records that cannot be parsed: which of their words are personal cannot be known.
        """
        return _WORD.sub(lambda match: match[0] if match[0] in keep else self.token(match[0]), text)


def is_token(value: str) -> bool:
    """Whether the value has the form of a token."""
    return value.startswith(TOKEN_PREFIX) and bool(_TOKEN.fullmatch(value))


def is_card_number(value: str) -> bool:
    """Whether the value is 13 to 19 digits that pass the Luhn check (ISO/IEC 7812-1)."""
    digits = [int(character) for character in value if character.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [d if i % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2)
               for i, d in enumerate(reversed(digits))]  # fmt: skip
    return sum(doubled) % 10 == 0


def contains_personal_data(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Which strings of an array hold a card number or an e-mail address; null counts as no.

    The regular expressions run over the whole array; only what they find is looked at one by one.
    """
    values = _single_array(values)
    suspicious = pc.or_(
        pc.match_substring_regex(values, _CARD_NUMBER_RE2),
        pc.match_substring_regex(values, _EMAIL_RE2),
    )
    suspicious = pc.fill_null(suspicious, False)
    found = [False] * len(values)
    for index in pc.indices_nonzero(suspicious).to_pylist():
        text = values[index].as_py()
        found[index] = bool(_EMAIL.search(text)) or any(
            is_card_number(number)
            for match in _CARD_NUMBER.findall(text)
            for number in (match, *_CARD_NUMBER_DIGITS.findall(match))
        )
    return pa.array(found, pa.bool_())


def network_prefixes(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Network part of IP addresses, /24 for version 4 and /48 for version 6; null if unreadable."""
    values = _single_array(values)
    # Plain version 4 as a whole column: what matches is longer afterwards.
    found = pc.replace_substring_regex(values, _VERSION_4_RE2, r"\1.0/24")
    is_other = pc.fill_null(pc.equal(found, values), False)
    if not pc.any(is_other).as_py():
        return found
    encoded = pc.dictionary_encode(pc.if_else(is_other, values, pa.scalar(None, pa.string())))
    words = pa.array(
        [_network_prefix(value) for value in encoded.dictionary.to_pylist()], pa.string()
    )
    return pc.if_else(is_other, words.take(encoded.indices), found)


def _network_prefix(value: str) -> str | None:
    try:
        if "/" in value:
            given = ipaddress.ip_network(value.strip())
            kept = 24 if given.version == 4 else 48
            return str(given.supernet(new_prefix=kept) if given.prefixlen > kept else given)
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return None
    if address.version == 4:
        first, second, third, _ = address.packed
        return f"{first}.{second}.{third}.0/24"
    return str(ipaddress.ip_network((int(address) >> 80 << 80, 48)))


def _normalised(value: str) -> str:
    value = value.strip().lower()
    if value.isascii() and value.isdigit():
        return value  # most card numbers; the rest says the same, slower
    if _NUMBER.fullmatch(value):
        return _NO_DIGIT.sub("", value)
    return " ".join(value.split())


def _single_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return values.cast(pa.string())
