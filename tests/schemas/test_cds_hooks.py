"""The published schemas of CDS Hooks 3.0 take the standard's own examples and what this service sends, and refuse a breach of each invariant."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from cds.foundation import schemas

EXAMPLES = Path(__file__).parents[2] / "examples"
UUID = "4e0a3a1e-3283-4575-ab82-028d55fe2719"
GONE = object()

DISCOVERY: dict[str, Any] = {"services": [{"hook": "order-sign", "description": "Checks orders.", "id": "orders"}]}
CODING = {"system": "https://example.org/reasons", "code": "no", "display": "Not now"}
CREATE: dict[str, Any] = {"type": "create", "description": "Order a scan", "resource": {"resourceType": "ServiceRequest"}}
SUGGESTION: dict[str, Any] = {"label": "Scan", "uuid": UUID, "isRecommended": True, "actions": [CREATE]}
CARD: dict[str, Any] = {
    "uuid": UUID,
    "summary": "A scan is due.",
    "detail": "Since **May**.",
    "indicator": "info",
    "source": {"label": "A guideline", "url": "https://example.org/guideline", "icon": "https://example.org/icon.png", "topic": CODING},
    "suggestions": [SUGGESTION],
    "selectionBehavior": "at-most-one",
    "overrideReasons": [CODING],
    "links": [{"label": "An app", "url": "https://example.org/app", "type": "smart", "appContext": "x", "autolaunchable": False}],
    "extension": {"org.example.more": 1},
}
RESPONSE: dict[str, Any] = {"cards": [CARD], "systemActions": [{"type": "delete", "resourceId": "ServiceRequest/1"}]}
CALL: dict[str, Any] = {"hook": "patient-view", "hookInstance": UUID, "context": {"userId": "Practitioner/7", "patientId": "41", "encounterId": "e"}}
SIGNED: dict[str, Any] = CALL | {"hook": "order-sign", "context": CALL["context"] | {"draftOrders": {"resourceType": "Bundle", "entry": []}}}
SELECTED: dict[str, Any] = SIGNED | {"hook": "order-select", "context": SIGNED["context"] | {"selections": ["ServiceRequest/1"]}}
GRANT: dict[str, Any] = {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "us", "patient": "41"}
FETCHABLE: dict[str, Any] = CALL | {"fhirServer": "https://ehr.example.org/fhir", "fhirAuthorization": GRANT, "prefetch": {"response": None}}
ACCEPTED: dict[str, Any] = {"card": UUID, "outcome": "accepted", "outcomeTimestamp": "2030-01-01T00:00:00Z", "acceptedSuggestions": [{"id": UUID}]}
OVERRIDDEN: dict[str, Any] = {
    "card": UUID,
    "outcome": "overridden",
    "outcomeTimestamp": "2030-01-01T00:00:00.5Z",
    "overrideReason": {"reason": CODING},
}
FEEDBACK: dict[str, Any] = {"feedback": [ACCEPTED, OVERRIDDEN]}

BASES: dict[str, tuple[str, dict[str, Any]]] = {
    "discovery": ("cds-hooks-discovery", DISCOVERY),
    "response": ("cds-hooks-response", RESPONSE),
    "feedback": ("cds-hooks-feedback", FEEDBACK),
    "call": ("cds-hooks-request", CALL),
    "start": ("cds-hooks-request", CALL | {"hook": "encounter-start"}),
    "select": ("cds-hooks-request", SELECTED),
    "sign": ("cds-hooks-request", SIGNED),
    "fetchable": ("cds-hooks-request", FETCHABLE),
}


def refused(name: str, document: Any) -> bool:
    """Whether the schema has anything against it."""
    return schemas.problems(name, document) != []


def changed(base: Any, at: str, put: Any) -> Any:
    """The document with one member set, or removed where that is GONE."""
    document = copy.deepcopy(base)
    *steps, last = (int(step) if step.isdecimal() else step for step in at.split("."))
    holder: Any = document
    for step in steps:
        holder = holder[step]
    if put is GONE:
        del holder[last]
    else:
        holder[last] = put
    return document


@pytest.mark.parametrize("base", BASES)
def test_a_message_with_all_that_it_may_have_is_accepted(base: str) -> None:
    name, document = BASES[base]
    assert schemas.problems(name, document) == []


CARD_AT = "cards.0"
BREACHES: dict[str, tuple[str, str, Any]] = {
    "cds-r-1": ("fetchable", "fhirServer", GONE),
    "cds-resp-1": ("response", f"{CARD_AT}.suggestions", [SUGGESTION, SUGGESTION]),
    "cds-resp-2 without the name": ("response", "systemActions.0.resourceId", GONE),
    "cds-resp-2 with a resource": ("response", "systemActions.0.resource", {"resourceType": "ServiceRequest"}),
    "cds-resp-3": ("response", f"{CARD_AT}.links.0.type", "absolute"),
    "cds-resp-4": ("response", f"{CARD_AT}.overrideReasons.0.display", GONE),
    "cds-resp-5": ("response", f"{CARD_AT}.suggestions.0.actions.0.description", GONE),
    "cds-resp-6": ("response", f"{CARD_AT}.selectionBehavior", GONE),
    "cds-resp-7": ("response", f"{CARD_AT}.suggestions.0.actionSelectionBehavior", "some"),
    "cds-fb-1": ("feedback", "feedback.1.outcome", "maybe"),
    "cds-fb-2": ("feedback", "feedback.0.acceptedSuggestions", GONE),
    "cds-fb-3": ("feedback", "feedback.1.overrideReason", {}),
    "A2 null": ("response", f"{CARD_AT}.detail", None),
    "A2 text": ("response", f"{CARD_AT}.detail", ""),
    "A2 list": ("response", f"{CARD_AT}.links", []),
    "A2 object": ("response", f"{CARD_AT}.extension", {}),
    "A2 system actions": ("response", "systemActions", []),
    "A2 prefetch": ("discovery", "services.0.prefetch", {}),
    "A2 version": ("discovery", "services.0.version", None),
    "B2": ("discovery", "services", GONE),
    "B3 hook": ("discovery", "services.0.hook", GONE),
    "B3 description": ("discovery", "services.0.description", GONE),
    "B3 id": ("discovery", "services.0.id", GONE),
    "B5 prefetch": ("discovery", "services.0.prefetch", {"patient": 1}),
    "B6": ("discovery", "services.0.version", "3.0"),
    "B7": ("discovery", "services.0.hookVersion", 1.0),
    "C1 hook": ("call", "hook", GONE),
    "C1 instance": ("call", "hookInstance", GONE),
    "C1 context": ("call", "context", GONE),
    "C2": ("call", "hookInstance", "call 17"),
    "C5 patient": ("call", "context.patientId", GONE),
    "C5 reference": ("call", "context.patientId", "Patient/41"),
    "C5 user": ("call", "context.userId", "7"),
    "C5 encounter": ("start", "context.encounterId", GONE),
    "C5 hook": ("call", "hook", "patient-viewed"),
    "selections": ("select", "context.selections", []),
    "selection": ("select", "context.selections.0", "1"),
    "select without orders": ("select", "context.draftOrders", GONE),
    "sign without orders": ("sign", "context.draftOrders", GONE),
    "orders": ("sign", "context.draftOrders.resourceType", "List"),
    "E2 token": ("fetchable", "fhirAuthorization.access_token", GONE),
    "E2 type": ("fetchable", "fhirAuthorization.token_type", "DPoP"),
    "E2 seconds": ("fetchable", "fhirAuthorization.expires_in", "300"),
    "D8": ("fetchable", "prefetch.response", []),
    "F1": ("response", "cards", GONE),
    "F4": ("response", f"{CARD_AT}.summary", "x" * 140),
    "F6": ("response", f"{CARD_AT}.indicator", "fatal"),
    "F7 label": ("response", f"{CARD_AT}.source.label", GONE),
    "F7 url": ("response", f"{CARD_AT}.source.url", "/guideline"),
    "F8": ("response", f"{CARD_AT}.source.topic.system", GONE),
    "F9": ("response", f"{CARD_AT}.selectionBehavior", "all"),
    "F11 label": ("response", f"{CARD_AT}.suggestions.0.label", GONE),
    "F11 recommended": ("response", f"{CARD_AT}.suggestions.0.isRecommended", "yes"),
    "F11 actions": ("response", f"{CARD_AT}.suggestions.0.actions", []),
    "F14": ("response", f"{CARD_AT}.suggestions.0.actions.0.type", "replace"),
    "F15": ("response", f"{CARD_AT}.suggestions.0.actions.0.resource", GONE),
    "F19 type": ("response", f"{CARD_AT}.links.0.type", "relative"),
    "F19 url": ("response", f"{CARD_AT}.links.0.url", "javascript:alert(1)"),
    "F21": ("response", f"{CARD_AT}.links.0.autolaunchable", "yes"),
    "F23": ("response", f"{CARD_AT}.indicator", GONE),
    "G2 none": ("feedback", "feedback", GONE),
    "G2 object": ("feedback", "feedback", {}),
    "G3 card": ("feedback", "feedback.0.card", GONE),
    "G3 instant": ("feedback", "feedback.0.outcomeTimestamp", "yesterday"),
    "G3 offset": ("feedback", "feedback.0.outcomeTimestamp", "2030-01-01T00:00:00+02:00"),
    "G4": ("feedback", "feedback.0.acceptedSuggestions", [{}]),
    "I5 response": ("response", "extension", [1]),
    "I5 discovery": ("discovery", "services.0.extension", "x"),
    "closed response": ("response", f"{CARD_AT}.colour", "red"),
    "closed discovery": ("discovery", "services.0.colour", "red"),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_refused(breach: str) -> None:
    base, at, put = BREACHES[breach]
    name, document = BASES[base]
    assert refused(name, changed(document, at, put))


KEPT: list[tuple[str, str, Any]] = [
    ("response", "cards", []),
    ("response", "systemActions", GONE),
    ("response", f"{CARD_AT}.suggestions", [SUGGESTION, {**SUGGESTION, "isRecommended": False}, {"label": "Later"}]),
    ("response", f"{CARD_AT}.uuid", GONE),
    ("response", "systemActions.0", {"type": "update", "resource": {"resourceType": "Task"}}),
    ("discovery", "services", []),
    ("feedback", "feedback", []),
    ("feedback", "feedback.1.overrideReason", GONE),
    ("feedback", "feedback.1.overrideReason", {"userComment": "No."}),
    ("feedback", "feedback.1.overrideReason", {"reason": CODING, "userComment": "No."}),
    ("feedback", "feedback.1.overrideReason.reason.display", GONE),
    ("feedback", "feedback.0.colour", "red"),
    ("call", "colour", "red"),
    ("call", "context.encounterId", GONE),
    ("call", "context.colour", "red"),
    ("call", "extension", {"com.example": []}),
    ("fetchable", "fhirAuthorization", GONE),
    ("fetchable", "fhirAuthorization.patient", GONE),
    ("sign", "context.draftOrders.entry", GONE),
]


@pytest.mark.parametrize(("base", "at", "put"), KEPT)
def test_what_the_standard_leaves_open_is_accepted(base: str, at: str, put: Any) -> None:
    name, document = BASES[base]
    assert schemas.problems(name, changed(document, at, put)) == []


WHOLE: dict[str, str] = {
    **{"01": "cds-hooks-discovery", "30": "cds-hooks-discovery", "02": "cds-hooks-request", "04": "cds-hooks-request"},
    **dict.fromkeys(("13", "19", "20"), "cds-hooks-response"),
    **dict.fromkeys(("22", "23", "24"), "cds-hooks-feedback"),
}
PARTS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("03", "05", "06", "07", "10", "32"), ("discovery", "services.0")),
    **dict.fromkeys(("11", "12"), ("fetchable", "")),
    **{"08": ("sign", ""), "31": ("call", ""), "14": ("response", CARD_AT), "18": ("response", CARD_AT)},
    **dict.fromkeys(("15", "16", "17"), ("response", f"{CARD_AT}.suggestions.0.actions.0")),
}
"""Examples of a part of a message, and where they stand in one; an action takes the place of ours, the others stand beside."""

UNFINISHED = {"09": "a context without a user", "29": "a request without a patient", "33": "a context of no hook"}
OTHERS = {"21": "without an indicator", **dict.fromkeys(("25", "26", "27"), "of tokens and keys")}


@pytest.fixture(scope="module")
def examples(shared: Path) -> dict[str, Any]:
    """The examples of the standard by their numbers."""
    return {path.name[:2]: json.loads(path.read_text(encoding="utf-8")) for path in sorted((shared / "data" / "cds-hooks-examples").glob("*.json"))}


def test_every_example_of_the_standard_is_looked_at(examples: dict[str, Any]) -> None:
    assert sorted(examples) == sorted([*WHOLE, *PARTS, *UNFINISHED, *OTHERS])


@pytest.mark.parametrize("number", WHOLE)
def test_a_message_of_the_standard_is_accepted(examples: dict[str, Any], number: str) -> None:
    assert schemas.problems(WHOLE[number], examples[number]) == []


@pytest.mark.parametrize("number", PARTS)
def test_a_part_of_a_message_of_the_standard_is_accepted_in_its_place(examples: dict[str, Any], number: str) -> None:
    base, at = PARTS[number]
    name, document = BASES[base]
    holder: Any = document
    for step in at.split(".") if at else ():
        holder = holder[int(step)] if step.isdecimal() else holder[step]
    part = examples[number] if at.endswith("actions.0") else holder | examples[number]
    assert schemas.problems(name, changed(document, at, part) if at else part) == []


def test_the_example_without_an_indicator_is_refused_for_that_alone(examples: dict[str, Any]) -> None:
    (problem,) = schemas.problems("cds-hooks-response", examples["21"])
    assert problem[1].text == "cards.0: lacks indicator."


def test_the_request_without_a_patient_is_accepted_once_it_has_one(examples: dict[str, Any]) -> None:
    request = examples["29"]
    assert refused("cds-hooks-request", request)
    assert schemas.problems("cds-hooks-request", changed(request, "context.patientId", "41") | {"hookInstance": UUID}) == []


BENT = {"03-strain-unchanged-day-13", "04-strain-unchanged-day-14"}
"""Requests of ours that name the patient by a reference, as some clients do."""
OURS = sorted(path for path in (EXAMPLES / "requests").glob("*.json") if path.stem != "index")


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_our_own_requests_keep_to_the_schema(path: Path) -> None:
    request = json.loads(path.read_text(encoding="utf-8"))
    assert refused("cds-hooks-request", request) == (path.stem in BENT)
    patient = request["context"]["patientId"].removeprefix("Patient/")
    assert schemas.problems("cds-hooks-request", changed(request, "context.patientId", patient)) == []


@pytest.mark.parametrize("path", sorted((EXAMPLES / "answers").glob("*.json")), ids=lambda path: path.stem)
def test_our_own_answers_keep_to_the_schemas(path: Path) -> None:
    cards = {"cards": json.loads(path.read_text(encoding="utf-8"))["cards"]}
    assert [schemas.problems(name, cards) for name in ("cds-hooks-response", "cards-sent")] == [[], []]


@pytest.mark.parametrize("base", ["response", "discovery"])
def test_what_this_service_sends_is_less_than_the_standard_allows(base: str) -> None:
    assert refused({"response": "cards-sent", "discovery": "services-sent"}[base], BASES[base][1])
