"""How often one may call in a minute, and under which name a caller is counted."""

import ipaddress
import re
from dataclasses import dataclass

SITE = 64
"""Bits of an IPv6 address that say which network it is of: one caller has all the addresses of such a network (RFC 4291, 2.5.4)."""
SHARE = 10
REFUSED, READ, FORM, LATE, FINISH = "address", "read", "form", "late", "finish"
"""What is counted apart of one address: calls turned away, reads without a token, pages of the form, those that say to wait, recorded advice."""
FINISHES = "finish:all"
"""The key of what the form records for all strangers together."""
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]*)\](?::[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}", re.ASCII)


@dataclass(frozen=True)
class Limits:
    """Calls in a minute: those of one client, and those of one address without a good token."""

    client: int = 6_000
    stranger: int = 120

    @property
    def finishes(self) -> int:
        """What the form may record in a minute for one address; for all strangers together it is `stranger`."""
        return max(1, self.stranger // SHARE)


def of_client(name: str) -> str:
    """The key that the calls of a client are counted under."""
    return f"client:{name}"


def of_address(address: str | None, what: str = REFUSED) -> str:
    """The key that calls without a good token are counted under; all callers who have no address that can be read share one."""
    found = read(address)
    if isinstance(found, ipaddress.IPv6Address):
        return f"{what}:{found.ipv4_mapped or ipaddress.ip_network((found, SITE), strict=False)}"
    return f"{what}:{found or 'none'}"


def read(address: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, as a proxy may write it: some add the port of the caller. None for one that cannot be read."""
    parts = _WITH_PORT.fullmatch(address or "")
    plain = (parts["v6"] or parts["v4"] or "") if parts else address or ""
    try:
        return ipaddress.ip_address(plain.partition("%")[0])
    except ValueError:
        return None
