"""Where a host may be reached: names looked up, and each address judged by what it is, however it was written."""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address

Resolver = Callable[[str, int], Iterable[str]]
"""The addresses of a name, as text; raises OSError where it has none."""

OWN_NAME = "localhost"
"""The name of this machine, and the end of others (RFC 6761, 6.3)."""
LOCALHOST = ("127.0.0.1", "::1")
MOST_ADDRESSES = 16
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}", re.ASCII)
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)
_UNICAST = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "::ffff:0:0/96",
    )
)
"""6to4 and its relays, special purposes with Teredo, documentation, NAT64, IPv4 in IPv6: each leads to another address, or nowhere."""
_ISATAP = (0x00005EFE, 0x02005EFE)
"""The upper half of an interface identifier whose lower half is an IPv4 address (RFC 5214, 6.1)."""


def look_up(name: str, port: int) -> tuple[str, ...]:
    """The addresses that the system has for the name; raises OSError."""
    try:
        return tuple(str(found[4][0]) for found in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
    except UnicodeError as error:
        raise OSError("no name") from error


def plain(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host of a URL is, in its plain form: four numbers, or IPv6 in brackets. None for all else."""
    try:
        return IPv6Address(host[1:-1]) if host.startswith("[") else IPv4Address(host)
    except ValueError:
        return None


def is_name(host: str) -> bool:
    """Whether it is a name of the DNS, and nothing that some reader takes for a number: `0177.0.0.1`, `0x7f.1`, `2130706433`, `1.`."""
    return bool(_NAME.fullmatch(host)) and not _NUMBER.fullmatch(host)


def is_loopback(address: IPv4Address | IPv6Address) -> bool:
    """Of this machine, in a plain form of it: `127.0.0.0/8` or `::1`."""
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is a unicast address of the whole internet, and leads to itself: no address within an address."""
    if any(address in network for network in _NOT_PUBLIC) or address.is_multicast or address.is_reserved:
        return False
    return address.is_global and (address.version == 4 or _is_ordinary(IPv6Address(address)))  # noqa: PLR2004 (IPv4)


def _is_ordinary(address: IPv6Address) -> bool:
    return address in _UNICAST and address.scope_id is None and int(address) >> 32 & 0xFFFFFFFF not in _ISATAP
