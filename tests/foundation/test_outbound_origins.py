"""Which servers are called: one reading of a URL, origins compared whole, loopback in its plain forms only."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.foundation.outbound import origins
from cds.foundation.outbound.origins import Location, Origin, OriginPolicy

LOOPBACK = OriginPolicy(loopback=True)

TRUSTED = {
    "http://127.0.0.1": ("127.0.0.1",),
    "http://127.0.0.1:8080/fhir": ("127.0.0.1",),
    "https://127.0.0.1/fhir": ("127.0.0.1",),
    "HTTP://127.8.9.10:1/fhir": ("127.8.9.10",),
    "http://localhost:8080/fhir": ("127.0.0.1", "::1"),
    "http://LocalHost/fhir": ("127.0.0.1", "::1"),
    "http://[::1]:8080/fhir": ("::1",),
    "http://[0:0:0:0:0:0:0:1]/fhir": ("::1",),
}

NOT_TRUSTED = [
    "http://ehr.example.org/fhir",
    "http://127.0.0.1.nip.io/fhir",
    "http://localhost.example.org/fhir",
    "http://localhost.localdomain/fhir",
    "http://localhost./fhir",
    "http://0177.0.0.1/fhir",
    "http://0x7f.0.0.1/fhir",
    "http://2130706433/fhir",
    "http://127.1/fhir",
    "http://127.0.0.1./fhir",
    "http://0.0.0.0/fhir",
    "http://0/fhir",
    "http://10.0.0.1/fhir",
    "http://192.168.1.1/fhir",
    "http://169.254.169.254/latest/meta-data",
    "http://224.0.0.1/fhir",
    "http://[::]/fhir",
    "http://[::ffff:127.0.0.1]/fhir",
    "http://[::ffff:7f00:1]/fhir",
    "http://[::127.0.0.1]/fhir",
    "http://[64:ff9b::7f00:1]/fhir",
    "http://[2002:7f00:1::]/fhir",
    "http://[fe80::1]/fhir",
    "http://[fc00::1]/fhir",
    "http://[127.0.0.1]/fhir",
]

NO_LOCATION = [
    "",
    "127.0.0.1",
    "//127.0.0.1/fhir",
    "ftp://127.0.0.1/fhir",
    "file:///etc/hosts",
    "http:127.0.0.1",
    "http:///fhir",
    "http://user:word@127.0.0.1/fhir",
    "http://127.0.0.1@ehr.example.org/fhir",
    "http://ehr.example.org\\@127.0.0.1/fhir",
    "http://127.0.0.1\\@ehr.example.org/fhir",
    "http://127.0.0.1#@ehr.example.org/",
    "http://127.0.0.1/fhir#part",
    "http://127.0.0.1?patient=1",
    "http://127.0.0.1:0/fhir",
    "http://127.0.0.1:65536/fhir",
    "http://127.0.0.1:/fhir",
    "http://127.0.0.1:80a/fhir",
    "http://127.0.0.1:-1/fhir",
    "http://[::1%25lo]/fhir",
    "http://[::1/fhir",
    "http://::1/fhir",
    "http://127.0.0.1 /fhir",
    " http://127.0.0.1/fhir",
    "http://127.0.0.1/fhir\n",
    "http://127.0.0.1/fh\tir",
    "http://127.0.0.1/fhir\r\nHost: ehr.example.org",
    "http://\uff11\uff12\uff17.0.0.1/fhir",
    "http://127\u30020\u30020\u30021/fhir",
    "http://127.0.0.1/é",
]


def addresses(url: str, policy: OriginPolicy = LOOPBACK) -> tuple[str, ...]:
    """Where a URL would be connected to."""
    location = origins.parse(url)
    return policy.addresses(location.origin) if location else ()


@pytest.mark.parametrize("url", TRUSTED)
def test_loopback_in_its_plain_forms_is_trusted(url: str) -> None:
    assert addresses(url) == TRUSTED[url]


@pytest.mark.parametrize("url", TRUSTED)
def test_nothing_is_trusted_where_loopback_is_not(url: str) -> None:
    assert addresses(url, OriginPolicy(loopback=False)) == ()


@pytest.mark.parametrize("url", NOT_TRUSTED)
def test_any_other_host_is_not_trusted_however_it_is_written(url: str) -> None:
    assert origins.parse(url) is not None
    assert addresses(url) == ()


@pytest.mark.parametrize("url", NO_LOCATION)
def test_what_can_be_read_in_two_ways_is_not_read_at_all(url: str) -> None:
    assert origins.parse(url) is None


@given(st.one_of(st.text(), st.builds("http://{}{}".format, st.text(max_size=30), st.sampled_from(["", "/fhir", ":80/"]))))
def test_whatever_is_called_is_loopback(url: str) -> None:
    assert all(ipaddress.ip_address(one).is_loopback for one in addresses(url))


def test_a_port_that_is_left_out_is_that_of_the_scheme() -> None:
    same = ["http://LOCALHOST", "http://localhost:80/", "http://localhost:00080/"]
    assert {origins.parse(url) for url in same} == {Location(Origin("http", "localhost", 80), "/")}
    assert origins.parse("https://localhost/") == Location(Origin("https", "localhost", 443), "/")


HERE = origins.parse("http://localhost:8080/fhir/Condition?patient=1") or Location(Origin("", "", 0), "")


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("http://localhost:8080/fhir?page=2", "/fhir?page=2"),
        ("HTTP://LOCALHOST:8080/other?page=2", "/other?page=2"),
        ("Condition?page=2", "/fhir/Condition?page=2"),
        ("?page=2", "/fhir/Condition?page=2"),
        ("/page/2", "/page/2"),
        ("//localhost:8080/page/2", "/page/2"),
    ],
)
def test_a_link_is_followed_within_its_origin(link: str, target: str) -> None:
    assert HERE.follow(link) == Location(HERE.origin, target)


@pytest.mark.parametrize(
    "link",
    [
        "http://localhost/fhir?page=2",
        "https://localhost:8080/fhir?page=2",
        "http://127.0.0.1:8080/fhir?page=2",
        "http://ehr.example.org/fhir?page=2",
        "//ehr.example.org/fhir?page=2",
        "http://localhost:8080@ehr.example.org/",
        "http://localhost:8080.ehr.example.org/",
        "http://[oops/",
        "javascript:alert(1)",
        "/page 2",
    ],
)
def test_a_link_to_another_origin_leads_nowhere(link: str) -> None:
    assert HERE.follow(link) is None


@given(st.text())
def test_no_link_leaves_its_origin(link: str) -> None:
    found = HERE.follow(link)
    assert found is None or found.origin == HERE.origin
