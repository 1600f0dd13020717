"""IP addresses: whether one is anybody's own.

Belongs here: what an address says by its number alone. Does not belong here: where it is; that
takes data, not arithmetic. The network part is made in `sentinel.transform`, which keeps only that.
"""

import ipaddress

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_VERSION_4 = rf"^(?P<first>{_OCTET})\.(?P<second>{_OCTET})\.{_OCTET}\.{_OCTET}$"


def is_private_address(values: pa.Array) -> pa.Array:
    """Whether each IP address is one that any network may use for itself.

    Private (RFC 1918, RFC 4193), shared (RFC 6598), loopback, link-local and unspecified addresses;
    an IPv4 address mapped into IPv6 counts as itself. Nobody pays from such an address: it is that
    of a proxy or a test.

    Args:
        values: strings, shape (n,).

    Returns:
        Booleans, shape (n,); null where the text is null or no address.
    """
    octets = pc.extract_regex(values, _VERSION_4)
    first, second = (
        pc.fill_null(pc.cast(pc.struct_field(octets, name), pa.int32()), -1).to_numpy(
            zero_copy_only=False
        )
        for name in ("first", "second")
    )
    is_private = (
        np.isin(first, (0, 10, 127))
        | ((first == 100) & (second >= 64) & (second <= 127))
        | ((first == 169) & (second == 254))
        | ((first == 172) & (second >= 16) & (second <= 31))
        | ((first == 192) & (second == 168))
    )
    found = pa.array(is_private)
    is_other = pc.and_(pc.is_valid(values), pc.is_null(octets))
    if pc.any(is_other).as_py():
        encoded = pc.dictionary_encode(pc.if_else(is_other, values, pa.scalar(None, pa.string())))
        answers = pa.array(
            [_is_private(each) for each in encoded.dictionary.to_pylist()], pa.bool_()
        )
        found = pc.if_else(is_other, answers.take(encoded.indices), found)
    return pc.if_else(pc.is_valid(values), found, pa.scalar(None, pa.bool_()))


def _is_private(value: str) -> bool | None:
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in _PRIVATE if network.version == address.version)
