"""What the cases about values are made of: the form of one question, and answers to it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cds.fhir import questionnaire
from cds.fhir.expansions import Expansions
from cds.foundation.errors import Severity
from tests.fhir import samples
from tests.fhir.validation.cases import Case

Raw = dict[str, Any]
_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
PLACE = "QuestionnaireResponse.item[0].answer[0]"
HELD, UNITS, ABSENT = "https://example.org/ValueSet/held", "https://example.org/ValueSet/units", "https://example.org/ValueSet/absent"
EXPANSIONS: Expansions = {
    HELD: {("urn:a", "one"): "First", ("urn:a", "two"): "", ("urn:b", "two"): "Second"},
    UNITS: {(samples.UCUM, "km"): ""},
}


def extension(name: str, **value: Any) -> Raw:
    return {"url": name if "://" in name else _EXTENSION + name, **value}


def question(kind: str, *extensions: Raw, **more: Any) -> questionnaire.Form:
    """The form of one item, `q`, of that type."""
    item = {"linkId": "q", "type": kind} | ({"extension": list(extensions)} if extensions else {}) | more
    raw = {"resourceType": "Questionnaire", "url": samples.URL, "version": "1.0.0", "status": "active", "item": [item]}
    return questionnaire.index(raw, EXPANSIONS)


def answered(*answers: Raw) -> Raw:
    return samples.response(samples.item("q", *answers))


def case(rule: str, form: questionnaire.Form, valid: Raw | Sequence[Raw], invalid: Raw | Sequence[Raw], **more: Any) -> Case:
    """A case of one question; `at_item` puts the breach at all the answers instead of the first, `below` in it."""
    place = PLACE.removesuffix("[0]") if more.pop("at_item", False) else PLACE + more.pop("below", "")
    right, wrong = ([one] if isinstance(one, dict) else list(one) for one in (valid, invalid))
    return Case(rule, form, answered(*right), answered(*wrong), place, **more)


def warned(rule: str, form: questionnaire.Form, valid: Raw | Sequence[Raw], invalid: Raw | Sequence[Raw], **more: Any) -> Case:
    severity: Severity = "warning"
    return case(rule, form, valid, invalid, completed=severity, in_progress=severity, **more)


def unchecked(form: questionnaire.Form, valid: Raw, invalid: Raw, name: str) -> Case:
    severity: Severity = "information"
    return case("notChecked", form, valid, invalid, completed=severity, in_progress=severity, name=name)


def quantity(value: object, code: str = "km", **more: Any) -> Raw:
    return {"valueQuantity": {"value": value, "system": samples.UCUM, "code": code} | more}


def whole(value: int) -> Raw:
    return {"valueInteger": value}


def text(value: str) -> Raw:
    return {"valueString": value}


def day(value: str) -> Raw:
    return {"valueDate": value}


def moment(value: str) -> Raw:
    return {"valueDateTime": value}


def clock(value: str) -> Raw:
    return {"valueTime": value}


def number(value: str) -> Raw:
    return {"valueDecimal": Decimal(value)}


def reference(value: str, **more: Any) -> Raw:
    return {"valueReference": {"reference": value} | more}


def attachment(**more: Any) -> Raw:
    return {"valueAttachment": {"contentType": "image/png"} | more}


EXCLUSIVE = {"extension": [extension("questionnaire-optionExclusive", valueBoolean=True)]}
REASON = {"extension": [extension("data-absent-reason", valueCode="unknown")]}
