"""Under which name a caller is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.web import limits
from cds.web.limits import Limits


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "address:203.0.113.9"),
        ("::ffff:203.0.113.9", "address:203.0.113.9"),
        ("2001:db8:1:2::1", "address:2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "address:2001:db8:1:2::/64"),
        ("fe80::1%eth0", "address:fe80::/64"),
        ("203.0.113.9:4711", "address:203.0.113.9"),
        ("[2001:db8:1:2::1]:4711", "address:2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "address:2001:db8:1:2::/64"),
        ("[::ffff:203.0.113.9]:4711", "address:203.0.113.9"),
        ("[203.0.113.9]:4711", "address:203.0.113.9"),
        ("2001:db8:1:2::4711", "address:2001:db8:1:2::/64"),
        ("203.0.113.9:", "address:none"),
        ("203.0.113.9:4711:1", "address:none"),
        ("203.0.113.9:x", "address:none"),
        (":4711", "address:none"),
        ("[]:4711", "address:none"),
        ("[2001:db8::1]4711", "address:none"),
        ("_hidden:4711", "address:none"),
        ("unknown", "address:none"),
        ("", "address:none"),
        (None, "address:none"),
        ("canary", "address:none"),
    ],
)
def test_an_address_is_counted_by_itself_and_one_of_ipv6_by_its_network(address: str | None, key: str) -> None:
    assert limits.of_address(address) == key


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_no_host_of_a_network_has_a_count_of_its_own(one: int, other: int) -> None:
    def spelt(host: int) -> str:
        return "2001:db8:0:1:" + ":".join(f"{host >> shift & 0xFFFF:x}" for shift in (48, 32, 16, 0))

    assert limits.of_address(spelt(one)) == limits.of_address(spelt(other))


@given(st.text())
def test_no_client_can_be_counted_as_an_address(name: str) -> None:
    assert limits.of_client(name) != limits.of_address(name)


@given(st.ip_addresses(v=4), st.integers(0, 65_535))
def test_the_port_of_a_caller_makes_no_other_caller(address: object, port: int) -> None:
    assert limits.of_address(f"{address}:{port}") == limits.of_address(str(address)) == f"address:{address}"


@given(st.ip_addresses(v=6), st.integers(0, 65_535))
def test_the_port_of_a_caller_by_ipv6_makes_no_other_caller(address: object, port: int) -> None:
    assert limits.of_address(f"[{address}]:{port}") == limits.of_address(str(address)) != "address:none"


def test_what_is_counted_apart_has_keys_of_its_own() -> None:
    kinds = (limits.REFUSED, limits.READ, limits.FORM, limits.LATE, limits.FINISH)
    assert len({*(limits.of_address("203.0.113.9", kind) for kind in kinds), limits.FINISHES}) == 6


@pytest.mark.parametrize(("stranger", "finishes"), [(120, 12), (19, 1), (1, 1)])
def test_what_the_form_records_for_an_address_is_a_tenth_of_its_calls_and_at_least_one(stranger: int, finishes: int) -> None:
    assert Limits(stranger=stranger).finishes == finishes
