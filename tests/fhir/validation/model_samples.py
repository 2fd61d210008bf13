"""Resources that FHIR R4 takes, with many of its types in them, and one wrong thing in each by Hypothesis."""

import copy
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.fhir import samples
from tests.fhir.samples import CANARY

Raw = dict[str, Any]
_UUID = "urn:uuid:11111111-1111-1111-1111-111111111111"
_NOTE = {"url": "https://example.org/note", "valueString": "n"}
_EXPLAINED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
RESPONSE: Raw = {
    "resourceType": "QuestionnaireResponse",
    "id": "r1",
    "meta": {"versionId": "1", "lastUpdated": "2026-03-10T08:00:00.5+01:00", "profile": ["https://example.org/p|1"], "tag": [{"code": "t"}]},
    "language": "en",
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'},
    "contained": [{"resourceType": "Patient", "id": "p", "gender": "female", "name": [{"given": ["A", None], "_given": [None, _EXPLAINED]}]}],
    "extension": [{"url": "https://example.org/e", "extension": [_NOTE, {"url": "b", "valuePeriod": {"start": "2026", "end": "2026-02"}}]}],
    "identifier": {"use": "official", "system": "urn:x", "value": "7", "period": {"start": "2026-01-01"}},
    "basedOn": [{"reference": "ServiceRequest/s"}],
    "questionnaire": f"{samples.URL}|1.0.0",
    "status": "completed",
    "_status": {"extension": [_NOTE]},
    "subject": {"reference": "#p", "type": "Patient"},
    "authored": "2026-03-10T08:00:00Z",
    "item": [
        {
            "linkId": "g",
            "text": "Group",
            "item": [
                {
                    "linkId": "a",
                    "answer": [{"valueBoolean": True}, {"valueInteger": 5}, {"valueDecimal": Decimal("1.50")}, {"valueString": "two\nlines"}],
                },
                {
                    "linkId": "b",
                    "answer": [{"valueDate": "2026-02"}, {"valueDateTime": "2026-02-28"}, {"valueTime": "10:00:60"}, {"valueUri": "urn:x"}],
                },
                {"linkId": "c", "answer": [{"valueCoding": {"system": "urn:s", "code": "a b", "display": "A", "userSelected": False}}]},
                {"linkId": "d", "answer": [{"valueQuantity": {"value": 5, "comparator": "<", "unit": "km", "system": samples.UCUM, "code": "km"}}]},
                {"linkId": "e", "answer": [{"valueAttachment": {"contentType": "text/plain", "data": "QUJD", "size": 3, "creation": "2026"}}]},
                {"linkId": "f", "answer": [{"valueReference": {"identifier": {"value": "1"}, "display": "D"}, "item": [{"linkId": "h"}]}]},
                {"linkId": "i", "definition": "https://example.org/d#x", "answer": [{"_valueString": _EXPLAINED}]},
            ],
        }
    ],
}
QUESTIONNAIRE: Raw = {
    "resourceType": "Questionnaire",
    "url": samples.URL,
    "identifier": [{"value": "1"}],
    "version": "1.0.0",
    "title": "T",
    "derivedFrom": ["https://example.org/other"],
    "status": "active",
    "experimental": True,
    "subjectType": ["Patient"],
    "date": "2026-01-01",
    "contact": [{"telecom": [{"system": "email", "value": "a@example.org", "rank": 1}]}],
    "description": "*D*",
    "useContext": [{"code": {"code": "focus"}, "valueCodeableConcept": {"text": "x"}}],
    "effectivePeriod": {"start": "2026-01-01", "end": "2027-01-01"},
    "code": [{"system": "urn:s", "code": "c"}],
    "item": [
        {
            "linkId": "g",
            "type": "group",
            "prefix": "1.",
            "text": "Group",
            "item": [
                {
                    "linkId": "a",
                    "type": "open-choice",
                    "enableWhen": [
                        {"question": "b", "operator": ">=", "answerInteger": 1},
                        {"question": "c", "operator": "exists", "answerBoolean": True},
                    ],
                    "enableBehavior": "any",
                    "required": True,
                    "repeats": False,
                    "answerOption": [{"valueCoding": {"system": "urn:s", "code": "x"}, "initialSelected": True}, {"valueString": "y"}],
                },
                {"linkId": "b", "type": "integer", "readOnly": False, "initial": [{"valueInteger": 1}], "maxLength": 3},
                {"linkId": "c", "type": "choice", "answerValueSet": "https://example.org/vs", "extension": [samples.bound("minOccurs", 1)]},
            ],
        }
    ],
}
PARAMETERS: Raw = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": "a", "valueUri": "urn:x"},
        {
            "name": "b",
            "part": [
                {"name": "c", "valueDateTime": "2026-03-10T08:00:00+14:00"},
                {"name": "d", "valueUuid": _UUID},
            ],
        },
        {"name": "e", "resource": {"resourceType": "Patient", "birthDate": "1990", "deceasedBoolean": False, "multipleBirthInteger": 2}},
    ],
}
BUNDLE: Raw = {
    "resourceType": "Bundle",
    "type": "collection",
    "timestamp": "2026-03-10T08:00:00Z",
    "total": 1,
    "link": [{"relation": "self", "url": "https://example.org/"}],
    "entry": [
        {
            "fullUrl": _UUID,
            "resource": {
                "resourceType": "Observation",
                "status": "corrected",
                "code": {"coding": [{"system": samples.LOINC, "code": "8310-5"}], "text": "T"},
                "effectiveInstant": "2026-03-10T08:00:00Z",
                "valueQuantity": {"value": Decimal("38.0"), "system": samples.UCUM, "code": "Cel"},
                "component": [{"code": {"text": "x"}, "valueRange": {"low": {"value": 1}}}],
            },
            "search": {"mode": "match", "score": Decimal("0.5")},
        }
    ],
}
WHOLE: Mapping[str, Raw] = {one["resourceType"]: one for one in (RESPONSE, QUESTIONNAIRE, PARAMETERS, BUNDLE)}
_WORDS = (
    CANARY,
    "",
    " ",
    "complete",
    "2026-13",
    "2026-02-30",
    "2026-02-28T10:00",
    "24:00:00",
    "a  b",
    "a b",
    "true",
    "5",
    "AAA",
    "Patient",
    "#x",
    "\x01",
)
_NUMBERS = (0, -1, 1.5, 10**12, Decimal("5.0"))
_VALUES: st.SearchStrategy[Any] = st.sampled_from([None, True, [], {}, [None], [[]], {"a": 1}, {"extension": []}, {"id": "x"}, *_WORDS, *_NUMBERS])
_NAMES = st.sampled_from(
    (
        "status item answer value valueString valueInteger valueCoding valueCodeableReference _status _linkId code text url id extension linkId "
        f"type contained resourceType fhir_comments resource_type status__ext parameter {CANARY}"
    ).split()
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path of a JSON value but its root."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        yield (*path, key)
        yield from places(inner, (*path, key))


def _drop(draw: st.DrawFn, holder: Any, key: Any) -> None:
    del holder[key]


def _replace(draw: st.DrawFn, holder: Any, key: Any) -> None:
    holder[key] = copy.deepcopy(draw(_VALUES))


def _nest(draw: st.DrawFn, holder: Any, key: Any) -> None:
    holder[key] = draw(st.sampled_from([[holder[key]], {"value": holder[key]}, {"extension": holder[key]}]))


def _retype(draw: st.DrawFn, holder: Any, key: Any) -> None:
    holder[key] = str(holder[key])


def _rename(draw: st.DrawFn, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[draw(_NAMES)] = holder.pop(key)


def _add(draw: st.DrawFn, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[draw(_NAMES)] = copy.deepcopy(draw(_VALUES))
    else:
        holder.append(copy.deepcopy(draw(_VALUES)))


@st.composite
def mutated(draw: st.DrawFn, base: Raw) -> Raw:
    """The resource with one or two of its parts dropped, replaced, nested, retyped, renamed, or joined by another."""
    made = copy.deepcopy(base)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(places(made)) or [()]))
        if path:
            holder = made
            for key in path[:-1]:
                holder = holder[key]
            draw(st.sampled_from([_drop, _replace, _nest, _retype, _rename, _add]))(draw, holder, path[-1])
    return made
