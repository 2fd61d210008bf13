"""How often one may call in a minute, and under which name a caller is counted."""

import ipaddress
from dataclasses import dataclass

SITE = 64
"""Bits of an IPv6 address that say which network it is of: one caller has all the addresses of such a network (RFC 4291, 2.5.4)."""


@dataclass(frozen=True)
class Limits:
    """Calls in a minute: those of one client, and those of one address without a good token."""

    client: int = 6_000
    stranger: int = 120


def of_client(name: str) -> str:
    """The key that the calls of a client are counted under."""
    return f"client:{name}"


def of_address(address: str | None) -> str:
    """The key that calls without a good token are counted under; all callers who have no address that can be read share one."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "address:none"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return f"address:{found.ipv4_mapped}"
        return f"address:{ipaddress.ip_network((found, SITE), strict=False)}"
    return f"address:{found}"
