"""E-mail addresses and device identifiers in one form each, so that equal ones join.

Belongs here: what two spellings of the same thing have in common. Does not belong here: tokens; a
normalised address is as personal as the one it was made of.
"""

import pyarrow as pa
import pyarrow.compute as pc

_ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"
_DOTS_DO_NOT_COUNT = ("gmail.com", "googlemail.com")
_NO_DEVICE = r"^(0+|f+|unknown|null|none|na|nil|undefined|notavailable|anonymous)$"


def normalised_email(values: pa.Array) -> pa.Array:
    """E-mail addresses without what does not change where the mail goes.

    Lower case, composed Unicode, without a sub-address ("+tag"); for Gmail without dots before the
    at sign and under one domain.

    Args:
        values: strings, shape (n,).

    Returns:
        Strings, shape (n,); null where the text is null or no address.
    """
    plain = pc.utf8_lower(pc.utf8_normalize(pc.utf8_trim_whitespace(values), form="NFKC"))
    is_address = pc.match_substring_regex(plain, _ADDRESS)
    plain = pc.if_else(is_address, plain, pa.scalar(None, pa.string()))
    local = pc.replace_substring_regex(plain, r"(\+[^@]*)?@[^@]*$", "")
    domain = pc.replace_substring_regex(plain, r"^.*@", "")
    is_gmail = pc.is_in(domain, pa.array(_DOTS_DO_NOT_COUNT))
    local = pc.if_else(is_gmail, pc.replace_substring(local, ".", ""), local)
    domain = pc.if_else(is_gmail, _DOTS_DO_NOT_COUNT[0], domain)
    is_whole = pc.not_equal(local, "")
    joined = pc.binary_join_element_wise(local, domain, "@")
    return pc.if_else(is_whole, joined, pa.scalar(None, pa.string()))


def normalised_device_id(values: pa.Array) -> pa.Array:
    """Device identifiers (UUID, IMEI, MAC address, advertising identifier) in one spelling.

    Lower case, letters and digits only. What devices without an identifier send, such as zeros
    throughout or "unknown", is null.

    Args:
        values: strings, shape (n,).

    Returns:
        Strings, shape (n,); null where the text is null or identifies nothing.
    """
    if pc.all(pc.string_is_ascii(values)).as_py():
        plain = pc.replace_substring_regex(pc.ascii_lower(values), "[^0-9a-z]+", "")
    else:
        plain = pc.utf8_lower(pc.utf8_normalize(values, form="NFKC"))
        plain = pc.replace_substring_regex(plain, r"[^\p{L}\p{Nd}]+", "")
    is_none = pc.or_(pc.equal(plain, ""), pc.match_substring_regex(plain, _NO_DEVICE))
    return pc.if_else(is_none, pa.scalar(None, pa.string()), plain)
