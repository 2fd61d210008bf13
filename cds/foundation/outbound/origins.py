"""Which servers may be called: origins parsed once and compared whole, and the addresses where each may be reached."""

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urljoin

from cds.foundation.outbound import addresses

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(?::(?P<port>[0-9]{1,5}))?(?P<target>/[!-\"$-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65_535


@dataclass(frozen=True)
class Origin:
    """Scheme, host in lower case (an IPv6 address in brackets) and port of a server (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @property
    def text(self) -> str:
        """As a browser writes it in `Origin` (RFC 6454, 6.2): without the port that is its scheme's own."""
        return f"{self.scheme}://{self.host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")


@dataclass(frozen=True)
class Location:
    """An origin and what to ask it for: path and query as they go on the wire."""

    origin: Origin
    target: str

    @property
    def url(self) -> str:
        """The location as text."""
        return f"{self.origin.scheme}://{self.origin.host}:{self.origin.port}{self.target}"

    def follow(self, link: str) -> "Location | None":
        """Where a link found at this location leads, when it stays with the same origin; else None."""
        try:
            found = parse(urljoin(self.url, link))
        except ValueError:
            return None
        return found if found and found.origin == self.origin else None


def parse(url: str) -> Location | None:
    """The location that an http or https URL names; None for one with user information, a fragment or a character that a URL may not hold."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return None
    scheme = parts["scheme"].lower()
    port = int(parts["port"]) if parts["port"] else _PORTS[scheme]
    return Location(Origin(scheme, parts["host"].lower(), port), parts["target"] or "/") if 0 < port <= _HIGHEST_PORT else None


@dataclass(frozen=True)
class OriginPolicy:
    """Which origins are trusted. With `loopback` every server of this machine is, without it none is."""

    loopback: bool

    def trusts(self, base: Location) -> bool:
        """Whether the server of this base URL may be called."""
        return bool(self.addresses(base.origin))

    def addresses(self, origin: Origin) -> tuple[str, ...]:
        """The addresses to connect to, and no others; empty when the origin is not trusted.

        No name is looked up: `localhost` means the two loopback addresses, any other name is not trusted. An address counts in
        its plain form only, so that no second reading of it (octal, one number, IPv4 in IPv6) can lead elsewhere.
        """
        if not self.loopback:
            return ()
        if origin.host == addresses.OWN_NAME:
            return addresses.LOCALHOST
        address = addresses.plain(origin.host)
        return (str(address),) if address and addresses.is_loopback(address) else ()


class Policy(Protocol):
    """Which servers may be called: OriginPolicy, or `registered.RegisteredServer`."""

    def trusts(self, base: Location) -> bool:
        """Whether the server of this base URL may be called; looks nothing up."""

    def addresses(self, origin: Origin) -> tuple[str, ...]:
        """The addresses to connect to for an origin that is trusted; may look a name up, and then blocks and raises NotFetched."""
