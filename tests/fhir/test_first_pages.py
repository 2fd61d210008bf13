"""A key of which the first page is asked for: when that page is enough, and when it is paged on. Servers are real, on loopback."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from cds.fhir import fetching
from cds.fhir.fetching import Brought
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import OriginPolicy
from tests.fhir.test_fetching import LOINC, PATIENT, SENT, ask, condition, ids, knowing, page
from tests.foundation.server import serving


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    """A way out with time enough for a slow machine."""
    with closing(Outbound(OriginPolicy(loopback=True), Budget(connect=30, total=60))) as opened:
        yield opened


def lab(day: str, code: str = "33914-3") -> dict[str, Any]:
    """A result of that code and day."""
    return {"resourceType": "Observation", "id": f"o-{day}", "code": {"coding": [{"system": LOINC, "code": code}]}, "effectiveDateTime": day}


def labs(*results: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    """One page of them."""
    return page(following=following) | {"entry": [{"resource": one} for one in results]}


@pytest.mark.parametrize("sent", [False, True])
def test_a_key_of_which_the_first_page_is_asked_for_is_not_paged_on(outbound: Outbound, sent: bool) -> None:
    first = labs(lab("2026-02-01"), lab("2026-01-01", "98979-8"), following="/fhir?page=2")
    with serving(knowing({"_count=5": first})) as server:
        brought = ask(outbound, server, {"patient": PATIENT, "conditions": None, **({"labs": first} if sent else {})})
    assert len(server.asked) == (0 if sent else 1)
    assert brought == Brought({**SENT, "labs": first})


UNHEEDED = {
    "other codes": [lab("2026-02-01"), lab("2026-01-01", "29463-7")],
    "another order": [lab("2026-01-01"), lab("2026-02-01")],
    "another type": [condition("c-1")],
}


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("unheeded", UNHEEDED)
def test_a_first_page_that_is_not_the_one_asked_for_is_paged_on(outbound: Outbound, unheeded: str, sent: bool) -> None:
    first, second = labs(*UNHEEDED[unheeded], following="/fhir?page=2"), labs(lab("2026-03-01"))
    with serving(knowing({"_count=5": first, "page=2": second})) as server:
        brought = ask(outbound, server, {"patient": PATIENT, "conditions": None, **({"labs": first} if sent else {})})
    assert ids(brought.resources["labs"])[-1] == "o-2026-03-01"
    assert (brought.resources["labs"]["link"], brought.problems) == ([], ())
    pages = [labs(*UNHEEDED[unheeded], following=f"/fhir?page={number}") for number in range(2, 8)]
    with serving(knowing({"_count=5": pages[0], **{f"page={number}": pages[number - 1] for number in range(2, 7)}})) as server:
        brought = ask(outbound, server, {"patient": PATIENT, "conditions": None, **({"labs": first} if sent else {})})
    assert brought.problems == (f"labs: a further page was not fetched: {fetching.MORE}.",)
    assert len(server.asked) == fetching.PAGES
