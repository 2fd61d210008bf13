"""What is sent: responses filled in from a Questionnaire, the messages that carry them, and what becomes of a message that is spoilt."""

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

CANARY = "canary-7731"
"""Stands wherever a person or a program could write a text, and must come back nowhere."""

PATIENT = f"p-{CANARY}"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
DEEP, LONG = 60, 3_000

Document = dict[str, Any]
Place = tuple[Any, Any]


@st.composite
def responses(draw: DrawFn, form: Document) -> Document:
    """A response to the form, each question answered or left out."""
    items = _items(draw, form["item"])
    return {
        "resourceType": "QuestionnaireResponse",
        "id": CANARY,
        "questionnaire": f"{form['url']}|{form['version']}",
        "status": draw(st.sampled_from(["completed", "amended", "in-progress"])),
        "subject": {"reference": f"Patient/{PATIENT}", "display": CANARY},
        "authored": draw(st.sampled_from(["2026-11-23T08:00:00Z", "2026-11-20T08:00:00+02:00"])),
        **({"item": items} if items else {}),
    }


def _items(draw: DrawFn, asked: list[Document]) -> list[Document]:
    found = []
    for item in asked:
        children = _items(draw, item.get("item", []))
        if item["type"] == "group":
            found += [{"linkId": item["linkId"], "item": children}] if children else []
        elif item["type"] != "display" and draw(st.booleans()):
            found.append({"linkId": item["linkId"], "answer": _answers(draw, item)})
    return found


def _answers(draw: DrawFn, item: Document) -> list[Document]:
    """One answer, or where several may be given, two that may stand together."""
    together = [option for option in item.get("answerOption", []) if not extensions(option, "optionExclusive")]
    if item.get("repeats") and len(together) > 1 and draw(st.booleans()):
        return [_chosen(option) for option in draw(st.lists(st.sampled_from(together), min_size=2, max_size=2, unique_by=str))]
    return [_answer(draw, item)]


def extensions(element: Document, end: str) -> list[Document]:
    """The extensions of an element by the end of their address."""
    return [one for one in element.get("extension", []) if one["url"].endswith(end)]


def _chosen(option: Document) -> Document:
    return copy.deepcopy({key: value for key, value in option.items() if key.startswith("value")})


def _answer(draw: DrawFn, item: Document) -> Document:
    if options := item.get("answerOption"):
        return _chosen(draw(st.sampled_from(options)))
    match item["type"]:
        case "integer":
            (most, *_) = [one["valueInteger"] for one in extensions(item, "maxValue")] or [100]
            return {"valueInteger": draw(st.integers(0, most))}
        case "decimal":
            return {"valueDecimal": draw(st.integers(0, 500)) / 10}
        case "quantity":
            unit = draw(st.sampled_from(extensions(item, "unitOption")))["valueCoding"]
            return {"valueQuantity": {"value": draw(st.integers(0, 90)), "system": unit["system"], "code": unit["code"], "unit": unit["display"]}}
        case "date":
            return {"valueDate": draw(st.dates(date(2026, 1, 1), date(2026, 11, 1))).isoformat()}
        case "boolean":
            return {"valueBoolean": draw(st.booleans())}
        case _:
            return {"valueString": CANARY}


@st.composite
def records(draw: DrawFn) -> list[Document]:
    """The patient, with some of what a record holds."""
    who = {"reference": f"Patient/{PATIENT}"}
    code = {"coding": [{"system": SNOMED, "code": draw(st.sampled_from(["363346000", "64859006", "73211009"])), "display": CANARY}], "text": CANARY}
    found: list[Document] = [
        {
            "resourceType": "Patient",
            "id": PATIENT,
            "gender": draw(st.sampled_from(["female", "male"])),
            "birthDate": "1990-05-05",
            "name": [{"text": CANARY}],
        },
        {"resourceType": "Condition", "id": "c", "code": code, "subject": who, "onsetDateTime": "2026-10-01"},
        {"resourceType": "MedicationStatement", "id": "m", "status": "active", "medicationCodeableConcept": {"text": CANARY}, "subject": who},
    ]
    return found[: draw(st.integers(1, len(found)))]


def collection(resources: list[Document]) -> Document:
    """The resources as one Bundle."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


@st.composite
def submissions(draw: DrawFn, form: Document) -> Document:
    """A response alone, with the record, or as a parameter."""
    response = draw(responses(form))
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": response}]}
    return draw(st.sampled_from([response, collection([response, *draw(records())]), wrapped]))


@st.composite
def requests_to_populate(draw: DrawFn, form: Document) -> Document:
    """What `$populate` takes."""
    naming = [{"name": "questionnaire", "valueCanonical": form["url"]}, {"name": "subject", "valueReference": {"reference": f"Patient/{PATIENT}"}}]
    content = [{"name": "content", "resource": one} for one in draw(records())]
    return {"resourceType": "Parameters", "parameter": [*naming, *content]}


@st.composite
def hook_calls(draw: DrawFn, form: Document) -> Document:
    """A call of the hook with its prefetch."""
    patient, *others = draw(records())
    prefetch: Document = {"patient": patient, "response": collection([draw(responses(form))])}
    prefetch |= {"conditions": collection(others)} if others else {"conditions": None}
    context = {"userId": f"Practitioner/{CANARY}", "patientId": PATIENT}
    return {"hook": "patient-view", "hookInstance": "8f8f4f3c-1111-4222-8333-444455556666", "context": context, "prefetch": prefetch}


@st.composite
def order_selections(draw: DrawFn, form: Document) -> Document:
    """A call while orders are chosen."""
    orders = draw(_orders())
    chosen = [f"{one['resourceType']}/{one['id']}" for one in draw(st.lists(st.sampled_from(orders), min_size=1, max_size=2, unique_by=str))]
    return _on_orders(draw(hook_calls(form)), "order-select", orders, selections=chosen)


@st.composite
def order_signatures(draw: DrawFn, form: Document) -> Document:
    """A call before orders are signed."""
    return _on_orders(draw(hook_calls(form)), "order-sign", draw(_orders()))


def _on_orders(call: Document, hook: str, orders: list[Document], **more: Any) -> Document:
    return call | {"hook": hook, "context": call["context"] | {"draftOrders": collection(orders)} | more}


@st.composite
def _orders(draw: DrawFn) -> list[Document]:
    """Drafts of orders that the release knows, of some that it does not, and of ones by their name alone."""
    common = {"status": "draft", "intent": "order", "subject": {"reference": f"Patient/{PATIENT}"}}
    scan = {"coding": [{"system": "http://loinc.org", "code": draw(st.sampled_from(["24968-0", "24972-2", "1-8"])), "display": CANARY}]}
    medicine = {"coding": [{"system": RXNORM, "code": draw(st.sampled_from(["5640", "7804", "1"]))}], "text": CANARY}
    known: list[Document] = [
        {"resourceType": "ServiceRequest", "id": "scan", "code": scan, **common},
        {"resourceType": "MedicationRequest", "id": "medicine", "medicationCodeableConcept": medicine, **common},
        {"resourceType": "MedicationRequest", "id": "named", "medicationCodeableConcept": {"text": CANARY}, **common},
        {"resourceType": "CommunicationRequest", "id": CANARY, "status": "draft"},
    ]
    return draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique_by=str))


@st.composite
def feedbacks(draw: DrawFn, form: Document) -> Document:
    """What was done with cards that were never given."""
    at = {"outcomeTimestamp": draw(st.sampled_from(["2026-11-23T08:00:00Z", "2026-11-20T08:00:00.5+00:00"]))}
    card = st.sampled_from(["8f8f4f3c-1111-4222-8333-444455556666", CANARY]).map(lambda one: {"card": one} | at)
    reasons = st.sampled_from([{}, {"reason": {"code": CANARY}}, {"reason": {"code": "other", "system": CANARY}, "userComment": CANARY}])
    taken = card.map(lambda one: one | {"outcome": "accepted", "acceptedSuggestions": [{"id": CANARY}]})
    dismissed = st.builds(lambda one, reason: one | {"outcome": "overridden", "overrideReason": reason}, card, reasons)
    return {"feedback": draw(st.lists(taken | dismissed, max_size=4))}


@st.composite
def batches(draw: DrawFn, form: Document) -> Document:
    """A Bundle of requests, some of which lead nowhere."""
    calls = [
        {"request": {"method": "POST", "url": "QuestionnaireResponse/$validate"}, "resource": draw(responses(form))},
        {"request": {"method": "POST", "url": "QuestionnaireResponse/$evaluate"}, "resource": draw(submissions(form))},
        {"request": {"method": "GET", "url": f"Library?url={CANARY}&_elements=url"}},
        {"request": {"method": draw(st.sampled_from(["GET", "PUT", "POST"])), "url": f"Patient/{CANARY}"}},
    ]
    return {"resourceType": "Bundle", "type": "batch", "entry": draw(st.lists(st.sampled_from(calls), max_size=3))}


def _deep() -> Any:
    value: Any = CANARY
    for _ in range(DEEP):
        value = [value]
    return value


JUNK: tuple[Any, ...] = (
    *(None, True, [], {}, "", CANARY, f"http://example.org/{CANARY}", 0, -1, 10**25, 1e-7, [None], [[]], {CANARY: CANARY}),
    *({"coding": CANARY}, {"reference": [CANARY]}, "9999-99-99", "2026-02-30", "\u0000", "\ud800", "\u202e" + CANARY, CANARY * 500),
    *({"resourceType": CANARY}, {"resourceType": ["Patient"]}, {"extension": [{"url": CANARY, "valueString": CANARY}]}, "1e999"),
)


@st.composite
def spoilt(draw: DrawFn, messages: SearchStrategy[Document]) -> Any:
    """A message with up to four things done to it; nothing is done to one that holds a part thousands of times, which would be as many messages."""
    holder = {"": draw(messages)}
    for _ in range(draw(st.integers(0, 4))):
        container, key = draw(st.sampled_from(list(_places(holder))))
        _spoil(draw, container, key)
        if _is_long(container, key):
            break
    return holder[""]


def _is_long(container: Any, key: Any) -> bool:
    value = container.get(key) if isinstance(container, dict) else container[key] if key < len(container) else None
    return isinstance(value, list) and len(value) == LONG


def _places(value: Any) -> Iterator[Place]:
    """Each member of each object and list."""
    members = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, member in members:
        yield value, key
        if isinstance(member, dict | list):
            yield from _places(member)


def _spoil(draw: DrawFn, container: Any, key: Any) -> None:
    match draw(st.sampled_from(["replace", "replace", "drop", "repeat", "rename", "nest", "many", "deep"])):
        case "drop" if key != "":
            del container[key]
        case "repeat" if isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        case "rename" if isinstance(container, dict) and key != "":
            container[draw(st.sampled_from([CANARY, "value", "_" + str(key), "valueString"]))] = container.pop(key)
        case "nest":
            container[key] = draw(st.sampled_from([[container[key]], {str(key): container[key]}]))
        case "many":
            container[key] = [container[key]] * draw(st.sampled_from([2, LONG]))
        case "deep":
            container[key] = _deep()
        case _:
            container[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))


@st.composite
def noise(draw: DrawFn) -> bytes:
    """Bytes that may be no JSON at all."""
    name = CANARY.encode()
    known = [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{" * 5_000,
        b'{"a":' * 5_000,
        b'"\\ud800"',
        b"\xff\xfe{}",
        b'{"' + name + b'":1e999}',
        b"-",
        name,
        b"1" * 5_000,
    ]
    return draw(st.sampled_from(known) | st.binary(max_size=200))
