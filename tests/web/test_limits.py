"""Under which name a caller is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.web import limits


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "address:203.0.113.9"),
        ("::ffff:203.0.113.9", "address:203.0.113.9"),
        ("2001:db8:1:2::1", "address:2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "address:2001:db8:1:2::/64"),
        ("fe80::1%eth0", "address:fe80::/64"),
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
