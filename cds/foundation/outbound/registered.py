"""The one server that was registered for a client, and its addresses: looked up once a call, judged one by one, and then connected to."""

import ipaddress
from dataclasses import dataclass, field

from cds.foundation.outbound import addresses, budgets, origins
from cds.foundation.outbound.addresses import Resolver
from cds.foundation.outbound.budgets import NotFetched
from cds.foundation.outbound.origins import Location, Origin, OriginPolicy, Policy


@dataclass(frozen=True)
class RegisteredServer:
    """A policy that trusts one base URL. In `development` it may be on loopback, and is asked without TLS only there."""

    base: Location
    development: bool
    resolve: Resolver = field(default=addresses.look_up, repr=False, compare=False)

    def trusts(self, base: Location) -> bool:
        """Whether it is the registered base, up to a slash at the end, and can be asked safely: by https, by a name or a plain address."""
        return _whole(base) == _whole(self.base) and self._may_ask(base.origin)

    def addresses(self, origin: Origin) -> tuple[str, ...]:
        """The addresses to connect to. One that must not be called refuses them all: whoever answers so for a name is not to be trusted.

        Blocks while a name is looked up; raises NotFetched.
        """
        found = self._found(origin)
        if not found or len(found) > addresses.MOST_ADDRESSES:
            raise NotFetched(budgets.UNREACHED)
        if not all(self._may_reach(one, origin) for one in found):
            raise NotFetched(budgets.ELSEWHERE)
        return found

    def _may_ask(self, origin: Origin) -> bool:
        own = origin.host == addresses.OWN_NAME or origin.host.endswith(f".{addresses.OWN_NAME}")
        if (own or origin.scheme != "https") and not self.development:
            return False
        address = addresses.plain(origin.host)
        return addresses.is_name(origin.host) if address is None else self._may_reach(str(address), origin)

    def _found(self, origin: Origin) -> tuple[str, ...]:
        address = addresses.plain(origin.host)
        if address is not None:
            return (str(address),)
        if origin.host == addresses.OWN_NAME:
            return addresses.LOCALHOST
        try:
            return tuple(dict.fromkeys(self.resolve(origin.host, origin.port)))
        except OSError as error:
            raise NotFetched(budgets.UNREACHED) from error

    def _may_reach(self, text: str, origin: Origin) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        if addresses.is_loopback(address):
            return self.development
        return origin.scheme == "https" and addresses.is_public(address)


def parse(url: str, *, development: bool, resolve: Resolver = addresses.look_up) -> RegisteredServer | None:
    """The policy for a registered base URL; None for one that could never be called: see `trusts`."""
    base = origins.parse(url)
    if base is None or "?" in base.target:
        return None
    policy = RegisteredServer(base, development, resolve)
    return policy if policy.trusts(base) else None


def only(url: str | None, *, development: bool) -> Policy:
    """The policy that trusts the server of this registered URL and no other; none at all where none is registered, or it could never be called."""
    return (parse(url, development=development) if url else None) or OriginPolicy(loopback=False)


def _whole(location: Location) -> tuple[Origin, str]:
    return location.origin, location.target.rstrip("/")
