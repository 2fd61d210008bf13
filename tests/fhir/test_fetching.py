"""What is asked of a FHIR server for the keys of a prefetch, and what each key then holds. Servers are real, on loopback."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cds.facts import FactDefinitions
from cds.fhir import fetching
from cds.fhir.bundles import Unavailable
from cds.fhir.fetching import Brought
from cds.foundation.outbound import budgets
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import OriginPolicy
from tests.foundation import server as servers
from tests.foundation.server import Answer, Server, serving

LOINC = "http://loinc.org"
TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "labs": "Observation?patient={{context.patientId}}&code=http://loinc.org|33914-3,http://loinc.org|98979-8&_sort=-date&_count=5",
}
DEFINITIONS = FactDefinitions({}, timedelta(), timedelta(), TEMPLATES, ("patient",), "", first_page=("labs",))
PATIENT = {"resourceType": "Patient", "id": "p-1"}
NONE: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
SENT: Mapping[str, Any] = {"patient": PATIENT, "conditions": None, "labs": None}


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    """A way out with time enough for a slow machine."""
    with closing(Outbound(OriginPolicy(loopback=True), Budget(connect=30, total=60))) as opened:
        yield opened


@pytest.fixture
def hasty() -> Iterator[Outbound]:
    """A way out that waits for nobody."""
    with closing(Outbound(OriginPolicy(loopback=True), Budget(connect=0.2, total=0.3))) as opened:
        yield opened


def condition(identity: str) -> dict[str, Any]:
    """A condition of that id."""
    return {"resourceType": "Condition", "id": identity}


def page(*ids: str, following: Any = None) -> dict[str, Any]:
    """One page of conditions, with a link to the next."""
    links = [{"relation": "self", "url": "http://127.0.0.1:1/"}, *([{"relation": "next", "url": following}] if following is not None else [])]
    return {**NONE, "entry": [{"resource": condition(one)} for one in ids], "link": links}


def knowing(answers: Mapping[str, Any]) -> Answer:
    """Answers by the end of the target; with 404 to all else. An int is a status."""

    def answer(handler: BaseHTTPRequestHandler, server: Server) -> None:
        found = next((value for end, value in answers.items() if handler.path.endswith(end)), 404)
        if isinstance(found, int):
            servers.send(handler, b"{}", status=found)
        else:
            servers.resource(found)(handler, server)

    return answer


def ask(outbound: Outbound, server: Server, sent: Mapping[str, Any], patient: str = "p-1") -> Brought:
    """What was sent, completed from the server."""
    return fetching.fetch(outbound.call(server.url, None), DEFINITIONS, {}, sent, context={"context.patientId": patient})


def ids(bundle: Any) -> list[str]:
    """The ids of its resources."""
    return [entry["resource"]["id"] for entry in bundle["entry"]]


def test_every_key_that_was_not_sent_is_asked_for_as_its_template_says(outbound: Outbound) -> None:
    labs = {**NONE, "entry": []}
    with serving(knowing({"/fhir/Patient/p-1": PATIENT, "/fhir/Condition?patient=p-1": page("c-1"), "_count=5": labs})) as server:
        brought = ask(outbound, server, {})
    assert brought == Brought({"patient": PATIENT, "conditions": page("c-1"), "labs": labs})
    query = next(urlsplit(one).query for one in server.targets if "Observation" in one)
    assert "|" not in query
    assert parse_qsl(query, strict_parsing=True) == [
        ("patient", "p-1"),
        ("code", "http://loinc.org|33914-3,http://loinc.org|98979-8"),
        ("_sort", "-date"),
        ("_count", "5"),
    ]


FAILED: Mapping[str, Any] = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        NONE,
        page("c-1"),
        FAILED,
        {**NONE, "entry": [{"resource": FAILED}]},
        {**page("c-1", following="/2"), "entry": [{"resource": FAILED}]},
    ],
)
def test_a_key_that_was_sent_is_not_asked_for_again_whatever_it_holds(outbound: Outbound, value: Any) -> None:
    assert fetching.lacking(DEFINITIONS, {**SENT, "conditions": value}) == ()
    with serving(knowing({})) as server:
        brought = ask(outbound, server, {**SENT, "conditions": value})
    assert (brought.resources, brought.problems, server.asked) == ({**SENT, "conditions": value}, (), [])


@pytest.mark.parametrize("key", TEMPLATES)
def test_each_key_is_fetched_by_itself(outbound: Outbound, key: str) -> None:
    with serving(knowing({"Patient/p-1": PATIENT, "?patient=p-1": NONE, "_count=5": NONE})) as server:
        brought = ask(outbound, server, {name: value for name, value in SENT.items() if name != key})
    assert len(server.asked) == 1
    assert brought == Brought({**SENT, key: PATIENT if key == "patient" else NONE})


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("patient", {"resourceType": "Patient", "id": "p-2"}),
        ("patient", {"resourceType": "Patient"}),
        ("patient", {"resourceType": "Person", "id": "p-1"}),
        ("patient", {"resourceType": "Bundle", "entry": [{"resource": PATIENT}]}),
        ("patient", FAILED),
        ("conditions", FAILED),
        ("conditions", condition("c-1")),
        ("conditions", {"resourceType": "Bundle", "entry": {}}),
        ("conditions", {}),
    ],
)
def test_an_answer_to_another_question_is_none(outbound: Outbound, key: str, found: Any) -> None:
    with serving(servers.resource(found)) as server:
        brought = ask(outbound, server, {name: value for name, value in SENT.items() if name != key})
    assert brought.resources[key] == Unavailable(f"not fetched: {fetching.OTHER}")


def test_what_one_key_fails_on_does_not_keep_the_others_away(outbound: Outbound) -> None:
    with serving(knowing({"Patient/p-1": PATIENT, "?patient=p-1": 403, "_count=5": 500})) as server:
        brought = ask(outbound, server, {})
    failures = {
        "conditions": Unavailable("not fetched: the server answered with status 403"),
        "labs": Unavailable("not fetched: the server answered with status 500"),
    }
    assert brought == Brought({"patient": PATIENT, **failures})


@pytest.mark.parametrize("patient", ["", ".", "..", "a/b", "p 1", "p-1&x=y", "p%2F1", "p\n", "a" * 65])
def test_only_a_fhir_id_stands_in_an_address(outbound: Outbound, patient: str) -> None:
    with serving(servers.resource(PATIENT)) as server:
        brought = ask(outbound, server, {}, patient)
    assert set(brought.resources.values()) == {Unavailable(f"not fetched: {fetching.UNFILLED}")}
    assert server.asked == []


def chain(last: int) -> dict[str, Any]:
    """Pages 1 to `last` of conditions, each linked from the one before; the first is the search itself."""
    pages = {f"page={one}": page(f"c-{one}", following=f"/fhir?page={one + 1}" if one < last else None) for one in range(2, last + 1)}
    return {"?patient=p-1": page("c-1", following="/fhir?page=2"), **pages}


def test_all_pages_of_a_search_are_read_as_one(outbound: Outbound) -> None:
    with serving(knowing(chain(5))) as server:
        brought = ask(outbound, server, {"patient": PATIENT, "labs": None})
    assert ids(brought.resources["conditions"]) == ["c-1", "c-2", "c-3", "c-4", "c-5"]
    assert (brought.resources["conditions"]["link"], brought.problems) == ([], ())
    assert len(server.asked) == 5


def test_the_pages_after_one_that_was_sent_are_fetched(outbound: Outbound) -> None:
    with serving(knowing(chain(6))) as server:
        first = page("c-1", following=f"{server.url}?page=2")
        brought = ask(outbound, server, {**SENT, "conditions": first})
    assert ids(brought.resources["conditions"]) == ["c-1", "c-2", "c-3", "c-4", "c-5", "c-6"]
    assert brought.problems == ()
    assert server.targets == [f"/fhir?page={one}" for one in range(2, 7)]


@pytest.mark.parametrize("sent", [False, True])
def test_no_more_than_five_pages_are_fetched_and_what_lacks_is_told(outbound: Outbound, sent: bool) -> None:
    with serving(knowing(chain(9))) as server:
        given = {"conditions": page("c-1", following="/fhir?page=2")} if sent else {}
        brought = ask(outbound, server, {"patient": PATIENT, "labs": None, **given})
    assert len(server.asked) == 5
    assert len(ids(brought.resources["conditions"])) == (6 if sent else 5)
    assert brought.resources["conditions"]["link"] == [{"relation": "next"}]
    assert brought.problems == (f"conditions: a further page was not fetched: {fetching.MORE}.",)


@pytest.mark.parametrize("last", [page("c-2") | {"link": {"relation": "next", "url": "/fhir?page=3"}}, page("c-2") | {"link": ["next"]}])
def test_a_link_that_cannot_be_read_may_be_one_to_a_further_page(outbound: Outbound, last: dict[str, Any]) -> None:
    with serving(knowing({"?patient=p-1": page("c-1", following="/fhir?page=2"), "page=2": last})) as server:
        brought = ask(outbound, server, {"patient": PATIENT, "labs": None})
    assert (ids(brought.resources["conditions"]), brought.resources["conditions"]["link"]) == (["c-1", "c-2"], [{"relation": "next"}])
    assert brought.problems == (f"conditions: a further page was not fetched: {fetching.ELSEWHERE}.",)


LINKS: dict[str, tuple[Any, str]] = {
    "the first page": ("/fhir/Condition?patient=p-1", fetching.CIRCLE),
    "another host": ("http://ehr.example.org/fhir?page=2", fetching.ELSEWHERE),
    "another port": ("http://127.0.0.1:1/fhir?page=2", fetching.ELSEWHERE),
    "another name of this host": ("http://localhost/fhir?page=2", fetching.ELSEWHERE),
    "another scheme": ("file:///etc/hosts", fetching.ELSEWHERE),
    "no text": (5, fetching.ELSEWHERE),
    "nowhere": ("/fhir/nowhere", "the server answered with status 404"),
    "a page that is none": ("/fhir/Patient/p-1", fetching.OTHER),
}


@pytest.mark.parametrize("link", LINKS)
def test_a_page_that_cannot_be_had_is_told_and_the_others_are_kept(outbound: Outbound, link: str) -> None:
    following, kind = LINKS[link]
    pages = {"?patient=p-1": page("c-1", following="/fhir?page=2"), "page=2": page("c-2", following=following)}
    with serving(knowing({**pages, "p-1": PATIENT})) as server:
        brought = ask(outbound, server, {"patient": PATIENT, "labs": None})
    assert ids(brought.resources["conditions"]) == ["c-1", "c-2"]
    assert brought.resources["conditions"]["link"] == [{"relation": "next"}]
    assert brought.problems == (f"conditions: a further page was not fetched: {kind}.",)


def test_an_empty_link_is_no_way_on(outbound: Outbound) -> None:
    with serving(knowing({})) as server:
        brought = ask(outbound, server, {**SENT, "conditions": page("c-1", following="")})
    assert brought.problems == (f"conditions: a further page was not fetched: {fetching.ELSEWHERE}.",)


def test_pages_that_lead_in_a_circle_are_read_once(outbound: Outbound) -> None:
    pages = {"?patient=p-1": page("c-1", following="/fhir?page=2"), "page=2": page("c-2", following="/fhir?page=3")}
    with serving(knowing({**pages, "page=3": page("c-3", following="/fhir?page=2")})) as server:
        brought = ask(outbound, server, {"patient": PATIENT, "labs": None})
    assert ids(brought.resources["conditions"]) == ["c-1", "c-2", "c-3"]
    assert brought.problems == (f"conditions: a further page was not fetched: {fetching.CIRCLE}.",)


def test_when_time_is_up_what_is_there_is_kept(hasty: Outbound) -> None:
    def answer(handler: BaseHTTPRequestHandler, server: Server) -> None:
        if "page=2" in handler.path:
            server.over.wait()
        servers.resource(PATIENT)(handler, server)

    with serving(answer) as server:
        first = page("c-1", following="/fhir?page=2")
        brought = ask(hasty, server, {**SENT, "conditions": first})
    assert brought.problems == (f"conditions: a further page was not fetched: {budgets.LATE}.",)
    assert brought.resources == {**SENT, "conditions": first}


def _silent(_: BaseHTTPRequestHandler, server: Server) -> None:
    server.over.wait()


def test_a_server_that_says_nothing_leaves_every_key_unavailable(hasty: Outbound) -> None:
    with serving(_silent) as server:
        brought = ask(hasty, server, {})
    assert brought == Brought(dict.fromkeys(TEMPLATES, Unavailable(f"not fetched: {budgets.LATE}")))
