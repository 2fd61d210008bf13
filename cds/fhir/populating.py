"""Record -> a QuestionnaireResponse in progress, with the answers that the record gives to the items of a form (SDC, populate).

Only what the record says is filled in. Its silence, a value that denies, and a reading that is only a bound leave an item
unanswered, for the patient to answer: unknown is never "no".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cds.facts import FactDefinition, FactDefinitions, Record, RecordFact, Value
from cds.fhir import concepts, items, readings
from cds.fhir.questionnaire import Form
from cds.fhir.validation import enabling
from cds.foundation import instants
from cds.foundation.errors import Diagnostic

SOURCE = "http://hl7.org/fhir/StructureDefinition/derivation-reference"
"""HL7's extension that names the resource from which an element was taken."""
_UNIT_OPTION = "http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption"
_BOUNDS = (readings.REPORTED_BELOW, readings.REPORTED_ABOVE)
_SILENCE = "Only what the record says is filled in. An item without an answer is not a no: ask the patient, who also checks what is filled in."

Answers = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Populated:
    """A response in progress, and what its reader must know of how it was made."""

    response: dict[str, Any]
    issues: tuple[Diagnostic, ...]


def populated(questionnaire: Mapping[str, Any], form: Form, definitions: FactDefinitions, record: Record, *, subject: str, at: datetime) -> Populated:
    """The form as far as the record answers it at the instant `at`; `subject` is a reference to the patient."""
    raw = {item["linkId"]: item for item in _flat(questionnaire.get("item"))}
    said = {name: fact for name, fact in record.values.items() if fact.reference not in record.modified}
    facts = {one.link_id: (one, said[name]) for name, one in definitions.facts.items() if one.link_id in raw and name in said}
    given = {link_id: _answers(raw[link_id], *fact) for link_id, fact in facts.items() if _tells(*fact)}
    found = {link_id: answers for link_id, answers in given.items() if answers}
    asked = _enabled(form, found)
    response = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{form.url}|{form.version}" if form.version else form.url,
        "status": "in-progress",
        "subject": {"reference": subject},
        "authored": instants.written(at),
    }
    item = list(_items(questionnaire.get("item"), asked))
    issues = (*_notes(facts, asked), *_unread(record))
    return Populated(response | ({"item": item} if item else {}), issues)


def _tells(definition: FactDefinition, fact: RecordFact) -> bool:
    """False for a denial, for a reading that is only a bound, and for what a form in other hands should not show."""
    denies = bool(definition.otherwise) and fact.value == definition.otherwise
    return not denies and fact.note not in _BOUNDS and not definition.sensitive


def _answers(item: Mapping[str, Any], definition: FactDefinition, fact: RecordFact) -> list[dict[str, Any]]:
    """An answer for each value, as the item offers it; none for a value that it does not offer."""
    values = fact.value if isinstance(fact.value, tuple) else (fact.value,)
    found = [_typed(item, definition, value) for value in values]
    return [{"extension": [_source(fact.reference)], **one} for one in found if one]


def _typed(item: Mapping[str, Any], definition: FactDefinition, value: Value) -> dict[str, Any] | None:
    match item["type"], value:
        case "choice" | "open-choice", str():
            return _coded(item, value)
        case "integer", int() | Decimal() if value == int(value):
            return {"valueInteger": int(value)}
        case "decimal", int() | Decimal():
            return {"valueDecimal": value}
        case "quantity", int() | Decimal():
            return _measured(item, value, definition.unit)
    return None


def _coded(item: Mapping[str, Any], code: str) -> dict[str, Any] | None:
    """The option of that code, with its display; none where the code is ambiguous."""
    codings = [concepts.mapping(option.get("valueCoding")) for option in concepts.objects(item.get("answerOption"))]
    offered = [coding for coding in codings if coding.get("code") == code]
    return {"valueCoding": _plain(offered[0])} if len(offered) == 1 else None


def _measured(item: Mapping[str, Any], value: int | Decimal, unit: str) -> dict[str, Any] | None:
    options = [one["valueCoding"] for one in concepts.objects(item.get("extension")) if one.get("url") == _UNIT_OPTION and "valueCoding" in one]
    offered = next((_plain(one) for one in options if one.get("code") == unit), None)
    if offered is None:
        return None
    return {"valueQuantity": {"value": value, "unit": offered.pop("display", unit), **offered}}


def _plain(coding: Mapping[str, Any]) -> dict[str, Any]:
    return {name: coding[name] for name in ("system", "code", "display") if name in coding}


def _source(reference: str) -> dict[str, Any]:
    """An entry without an id can only be shown by its place in what was sent."""
    pointed = {"reference": reference} if "/" in reference else {"display": reference}
    return {"url": SOURCE, "extension": [{"url": "reference", "valueReference": pointed}]}


def _enabled(form: Form, found: Answers) -> Answers:
    """Without the answers to items that the other answers do not enable."""
    kept: Answers = found
    while True:
        values = {link_id: [value for answer in answers for _, value in items.values_of(answer)] for link_id, answers in kept.items()}
        left = {link_id: answers for link_id, answers in kept.items() if enabling.enabled(form, link_id, values)}
        if len(left) == len(kept):
            return kept
        kept = left


def _items(raw: Any, asked: Answers) -> Iterator[dict[str, Any]]:
    """The answered items with the groups around them, in the order of the form; items below an answered question stand under its answer."""
    for item in concepts.objects(raw):
        below = list(_items(item.get("item"), asked))
        head = {name: item[name] for name in ("linkId", "text") if name in item}
        if item["linkId"] in asked:
            first, *rest = asked[item["linkId"]]
            yield head | {"answer": [first | ({"item": below} if below else {}), *rest]}
        elif below and item["type"] == "group":
            yield head | {"item": below}


def _flat(raw: Any) -> Iterator[Mapping[str, Any]]:
    for item in concepts.objects(raw):
        yield item
        yield from _flat(item.get("item"))


def _notes(facts: Mapping[str, tuple[FactDefinition, RecordFact]], asked: Answers) -> Iterator[Diagnostic]:
    """What a reader of the answers must know, and what the record says although it was not filled in."""
    yield Diagnostic("information", "informational", _SILENCE)
    for link_id, (definition, fact) in facts.items():
        if link_id in asked:
            if fact.note:
                yield Diagnostic("information", "informational", f"{link_id}: found {fact.note}, not by a code. Check it with the patient.")
        elif not definition.sensitive:
            yield Diagnostic("information", "informational", f"{link_id}: on record, but not filled in: {_why(definition, fact)}.")


def _why(definition: FactDefinition, fact: RecordFact) -> str:
    if fact.note in _BOUNDS:
        return "the record gives only a bound"
    return "the item is not asked here, or does not offer it" if _tells(definition, fact) else "the record cannot deny for the patient"


def _unread(record: Record) -> Iterator[Diagnostic]:
    """What was not sent and what could not be used, so that silence is not read as an answer."""
    for key in record.not_checked:
        yield Diagnostic("warning", "incomplete", f"Not checked: {key}. Nothing of it was sent, or it could not be read.")
    for problem in record.problems:
        yield Diagnostic("warning", "incomplete", problem)
