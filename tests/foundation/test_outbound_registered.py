"""The server registered for a client: its base letter for letter, every address of its name judged, and no second lookup. Loopback stubs only."""

import ipaddress
import threading
from collections.abc import Iterable
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.foundation.outbound import addresses, budgets, origins, registered
from cds.foundation.outbound.budgets import Budget, NotFetched, NotTrusted
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import Location, Policy
from cds.foundation.outbound.registered import RegisteredServer
from tests.foundation import server as servers
from tests.foundation.server import serving

BASE = "https://ehr.example.org/fhir/r4"
PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946")
CANARY = "canary-7f3a"

ADDRESSES = """
    127.0.0.1 127.8.9.10 0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1
    192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1
    ::ffff:93.184.216.34 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::5db8:d822 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1::1 2001:10::1
    2001:20::1 2001:db8::1 2002:7f00:1::1 2002:5db8:d822::1 3fff::1 5f00::1 fc00::1 fd12:3456:789a::1 fe80::1 fe80::1%lo fec0::1 ff02::1
    2606:2800:220:1:0:5efe:7f00:1 2606:2800:220:1:200:5efe:a00:1 2606:2800:220:1::1%eth0 0177.0.0.1 2130706433 0x7f.1
"""
HOSTILE = [*ADDRESSES.split(), "not an address", ""]

ODD_HOSTS = [
    "0177.0.0.1",
    "127.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "127.0.0.1.",
    "1.2.3.4.5",
    "93.184.216.034",
    "256.1.1.1",
    "ehr.example.org.",
    "ehr..example.org",
    ".example.org",
    "-ehr.example.org",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "10.0.0.1",
    "169.254.169.254",
    "[fd00::1]",
    "0.0.0.0",
    "[::]",
]

OTHER_SERVERS = [
    "https://ehr.example.org/fhir",
    "https://ehr.example.org/fhir/r4/tenant",
    "https://ehr.example.org/fhir/r4x",
    "https://ehr.example.org/FHIR/R4",
    "https://ehr.example.org/fhir//r4",
    "https://ehr.example.org/fhir/r4/../r4",
    "https://ehr.example.org/fhir/%724",
    "https://ehr.example.org/fhir/r4?x=1",
    "https://ehr.example.org/",
    "https://ehr.example.org:8443/fhir/r4",
    "http://ehr.example.org/fhir/r4",
    "http://ehr.example.org:443/fhir/r4",
    "https://ehr.example.org.evil.example/fhir/r4",
    "https://evil.example/https://ehr.example.org/fhir/r4",
    "https://ehr.example.org@evil.example/fhir/r4",
    "https://evil.example#@ehr.example.org/fhir/r4",
    "https://ehr.example.org\\@evil.example/fhir/r4",
    "https://xehr.example.org/fhir/r4",
]


class Names:
    """A resolver that answers so, and keeps what it was asked."""

    def __init__(self, *found: str) -> None:
        self.found = found
        self.asked: list[tuple[str, int]] = []

    def __call__(self, name: str, port: int) -> Iterable[str]:
        self.asked.append((name, port))
        return self.found


def policy(*found: str, url: str = BASE, development: bool = False) -> RegisteredServer:
    made = registered.parse(url, development=development, resolve=Names(*found))
    assert made is not None
    return made


def reached(policy: Policy, url: str = BASE) -> tuple[str, ...]:
    return policy.addresses(location(url).origin)


def location(url: str) -> Location:
    found = origins.parse(url)
    assert found is not None
    return found


@pytest.mark.parametrize("url", [BASE, f"{BASE}/", "HTTPS://EHR.example.org:443/fhir/r4", "https://ehr.example.org:00443/fhir/r4/"])
def test_the_registered_base_is_trusted_however_its_origin_is_written(url: str) -> None:
    assert policy(*PUBLIC).trusts(location(url))
    assert reached(policy(*PUBLIC)) == PUBLIC


@pytest.mark.parametrize("url", OTHER_SERVERS)
def test_any_other_base_is_not_called_and_no_name_is_looked_up_for_it(url: str) -> None:
    names = Names(*PUBLIC)
    made = registered.parse(BASE, development=False, resolve=names)
    assert made is not None
    with closing(Outbound(made)) as outbound, pytest.raises(NotTrusted) as caught:
        outbound.call(url, CANARY)
    assert names.asked == []
    assert "example" not in caught.value.text


@pytest.mark.parametrize("address", HOSTILE)
@pytest.mark.parametrize("development", [False, True])
def test_an_address_that_is_not_public_is_not_called_alone_nor_among_others(address: str, development: bool) -> None:
    if development and address in ("127.0.0.1", "127.8.9.10", "::1"):
        assert reached(policy(address, development=True)) == (address,)
        return
    for found in ((address,), (*PUBLIC, address), (address, *PUBLIC)):
        with pytest.raises(NotFetched) as caught:
            reached(policy(*found, development=development))
        assert caught.value.text == budgets.ELSEWHERE


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called_over_tls_and_never_without(address: str) -> None:
    assert reached(policy(address)) == (address,)
    with pytest.raises(NotFetched):
        reached(policy(address, url="http://ehr.example.org/fhir", development=True), "http://ehr.example.org/fhir")


@pytest.mark.parametrize("host", ODD_HOSTS)
@pytest.mark.parametrize("development", [False, True])
def test_a_host_that_some_reader_takes_for_another_cannot_be_registered(host: str, development: bool) -> None:
    assert registered.parse(f"https://{host}/fhir", development=development) is None


OF_THIS_MACHINE = ["https://127.0.0.1/fhir", "https://[::1]/fhir", "http://localhost/fhir", "https://localhost/fhir", "https://ehr.localhost/fhir"]


@pytest.mark.parametrize("url", ["http://ehr.example.org/fhir", *OF_THIS_MACHINE])
def test_outside_development_neither_this_machine_nor_http_can_be_registered(url: str) -> None:
    assert registered.parse(url, development=False) is None
    assert registered.parse(url, development=True) is not None


@pytest.mark.parametrize("found", [(), tuple(f"93.184.216.{number}" for number in range(1, 20))])
def test_a_name_with_no_address_or_far_too_many_is_not_reached(found: tuple[str, ...]) -> None:
    with pytest.raises(NotFetched, match=budgets.UNREACHED):
        reached(policy(*found))


def test_a_name_that_is_not_known_is_not_reached() -> None:
    def unknown(name: str, port: int) -> Iterable[str]:
        raise OSError(name)

    made = registered.parse(BASE, development=False, resolve=unknown)
    assert made is not None
    with pytest.raises(NotFetched, match=budgets.UNREACHED):
        reached(made)


@given(st.ip_addresses())
def test_what_is_public_is_unicast_and_of_the_internet(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if addresses.is_public(address):
        assert address.is_global
        assert not (address.is_loopback or address.is_link_local or address.is_private or address.is_multicast or address.is_unspecified)


@given(st.ip_addresses(v=4))
def test_an_address_within_an_address_is_never_public(inner: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    number = int(inner)
    for outer in (0xFFFF << 32, 0x0064_FF9B << 96, 0, 0xFFFF << 48):
        assert not addresses.is_public(ipaddress.IPv6Address(outer | number))
    assert not addresses.is_public(ipaddress.IPv6Address(0x2002 << 112 | number << 80))


def test_the_name_is_looked_up_once_a_call_and_the_call_goes_to_what_was_judged() -> None:
    names = Names("127.0.0.1")
    with serving(servers.resource({})) as server:
        url = f"http://ehr.example.org:{server.port}/fhir"
        made = registered.parse(url, development=True, resolve=names)
        assert made is not None
        with closing(Outbound(made, Budget(connect=30, total=60))) as outbound:
            call = outbound.call(url, CANARY)
            for target in ("Patient/1", "Condition?patient=1"):
                call.get(call.below(target))
    assert names.asked == [("ehr.example.org", server.port)]
    assert server.targets == ["/fhir/Condition?patient=1", "/fhir/Patient/1"]
    assert {one.headers["Host"] for one in server.asked} == {f"ehr.example.org:{server.port}"}


def test_nothing_is_sent_where_the_name_leads_to_an_address_that_is_not_called() -> None:
    with serving(servers.resource({})) as server:
        url = f"https://ehr.example.org:{server.port}/fhir"
        made = registered.parse(url, development=False, resolve=Names("127.0.0.1"))
        assert made is not None
        with closing(Outbound(made, Budget(connect=30, total=60))) as outbound:
            call = outbound.call(url, CANARY)
            with pytest.raises(NotFetched) as caught:
                call.get(call.below("Patient/1"))
    assert server.asked == []
    assert CANARY not in repr(call) + repr(caught.value)


def test_a_lookup_that_never_ends_costs_the_time_of_its_call_and_no_more() -> None:
    over = threading.Event()

    def never(name: str, port: int) -> Iterable[str]:
        over.wait()
        return PUBLIC

    made = registered.parse(BASE, development=False, resolve=never)
    assert made is not None
    with closing(Outbound(made, Budget(connect=0.05, total=0.1))) as outbound:
        call = outbound.call(BASE, None)
        with pytest.raises(NotFetched, match=budgets.LATE):
            call.get(call.below("Patient/1"))
        over.set()


def test_a_key_set_is_taken_by_its_own_media_type_and_within_its_own_size() -> None:
    with serving(servers.resource({"keys": []}, media="application/jwk-set+json")) as server:
        url = f"http://127.0.0.1:{server.port}/jwks.json"
        made = registered.parse(url, development=True)
        assert made is not None
        with closing(Outbound(made, Budget(connect=30, total=60))) as outbound:
            assert outbound.key_set(url) == {"keys": []}
            with pytest.raises(NotTrusted):
                outbound.key_set(f"{url}.evil")
        with closing(Outbound(made, Budget(connect=30, total=60, size=5))) as small, pytest.raises(NotFetched, match=budgets.TOO_MUCH):
            small.key_set(url)
    assert [one.headers["Accept"] for one in server.asked] == ["application/jwk-set+json, application/json;q=0.9"] * 2
    assert all("Authorization" not in one.headers for one in server.asked)


def test_once_closed_no_key_set_is_fetched() -> None:
    outbound = Outbound(policy(*PUBLIC))
    outbound.close()
    with pytest.raises(NotFetched, match=budgets.STOPPED):
        outbound.key_set(BASE)
