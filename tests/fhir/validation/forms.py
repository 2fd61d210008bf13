"""An invented form with everything a form may have in its structure, and the parts that the cases are made of.

A journey (`trip`, a group that repeats) has legs (`leg`, a group that repeats in it), each with a means, and a ticket number that
is asked only where that leg's means is a train. Questions have items of their own under their answers.
"""

from collections.abc import Mapping
from typing import Any

from cds.fhir import questionnaire
from tests.fhir.samples import bound, when

URL = "https://example.org/Questionnaire/journey"
SYSTEM = "https://example.org/CodeSystem/means"
CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
Raw = dict[str, Any]


def ask(link_id: str, kind: str = "string", *items: Mapping[str, Any], **more: Any) -> Raw:
    """An item of the form."""
    return {"linkId": link_id, "type": kind, "text": f"Text of {link_id}"} | ({"item": [dict(one) for one in items]} if items else {}) | more


def code(name: str) -> Raw:
    return {"system": SYSTEM, "code": name}


def means(link_id: str, **more: Any) -> Raw:
    options = [{"valueCoding": code(name) | {"display": name.title()}} for name in ("train", "boat", "foot")]
    return ask(link_id, "choice", answerOption=options, **more)


def expression(name: str) -> Raw:
    """An extension that enables or constrains by an expression."""
    return {"url": f"{SDC}{name}", "valueExpression": {"language": "text/fhirpath", "expression": "true"}}


def constraint() -> Raw:
    """A constraint of R4, whose expression is a part of it."""
    parts = [{"url": "key", "valueId": "k-1"}, {"url": "expression", "valueString": "true"}]
    return {"url": f"{CORE}questionnaire-constraint", "extension": parts}


TRAIN = when("means", "=", answerCoding=code("train"))
LEG = ask(
    "leg",
    "group",
    means("means", required=True),
    ask("ticket", required=True, enableWhen=[TRAIN]),
    repeats=True,
    extension=[bound("questionnaire-maxOccurs", 3)],
)
TRIP = ask(
    "trip", "group", ask("where", required=True), LEG, ask("cost", "decimal", enableWhen=[when("where", "exists", answerBoolean=True)]), repeats=True
)
QUESTIONNAIRE: Raw = {
    "resourceType": "Questionnaire",
    "url": URL,
    "version": "2.1.0",
    "status": "active",
    "subjectType": ["Patient", "Group"],
    "effectivePeriod": {"start": "2026-01-01", "end": "2026-12-31"},
    "item": [
        ask("who", "group", ask("name", required=True), ask("nickname"), ask("hello", "display"), required=True),
        ask("papers", "boolean", ask("number", required=True), ask("issuer"), ask("page", "group", ask("stamp")), required=True),
        TRIP,
        ask("days", "integer", repeats=True, extension=[bound("questionnaire-minOccurs", 2), bound("questionnaire-maxOccurs", 3)]),
        ask("guide", "group", ask("guide-name"), repeats=True, extension=[bound("questionnaire-minOccurs", 2)]),
        ask("by-train", "group", ask("seat", required=True), ask("meal"), enableWhen=[when("papers", "=", answerBoolean=True)]),
        ask("note", "text"),
    ],
}
FORM = questionnaire.index(QUESTIONNAIRE)


def form(*items: Mapping[str, Any], **more: Any) -> questionnaire.Form:
    """A form of those items alone, by the same canonical."""
    bare = {name: QUESTIONNAIRE[name] for name in ("resourceType", "url", "version", "status")}
    return questionnaire.index(bare | {"item": [dict(one) for one in items]} | more)


def put(link_id: str, *values: Any, items: tuple[Mapping[str, Any], ...] = (), **more: Any) -> Raw:
    """An item of a response: its answers by their values, and the items of a group."""
    answers = {"answer": [answer(value) for value in values]} if values else {}
    return {"linkId": link_id} | answers | ({"item": [dict(one) for one in items]} if items else {}) | more


def answer(value: Any, *items: Mapping[str, Any]) -> Raw:
    """An answer by its value; a dict is one already, or a Coding."""
    inside = {"item": [dict(one) for one in items]} if items else {}
    if isinstance(value, dict) and "code" not in value:
        return value | inside
    names = {bool: "valueBoolean", int: "valueInteger", str: "valueString", dict: "valueCoding"}
    return {names.get(type(value), "valueDecimal"): value} | inside


def leg(by: str, *ticket: str) -> Raw:
    return put("leg", items=(put("means", code(by)), *(put("ticket", one) for one in ticket)))


def trip(where: str, *legs: Mapping[str, Any]) -> Raw:
    return put("trip", items=(put("where", where), *legs))


WHO = put("who", items=(put("name", "Ada"),))
PAPERS = put("papers", answer(False, put("number", "7")))
DAYS = put("days", 1, 2)
GUIDES = (put("guide", items=(put("guide-name", "Bo"),)), put("guide", items=(put("guide-name", "Cy"),)))
TRIPS = (trip("Rome", leg("foot")), trip("Oslo", leg("boat"), leg("train", "A1")))
WHOLE = (WHO, PAPERS, *TRIPS, DAYS, *GUIDES)
"""The items of a response in which nothing is wrong."""
SECOND_LEG = "QuestionnaireResponse.item[3].item[2]"
"""The place of the second leg of the second trip of `WHOLE`."""


def sent(*items: Mapping[str, Any], **more: Any) -> Raw:
    """A completed response with those items; `more` replaces its elements, None leaves one out."""
    made: Raw = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{URL}|2.1.0",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "authored": "2026-03-10T08:00:00Z",
        "item": [dict(one) for one in items],
    } | more
    return {name: value for name, value in made.items() if value not in (None, [])}
