"""CodeableConcepts read leniently: codes, words, and status codes in the forms that real records carry."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cds.values.release import ValueSet

_OBJECT = (dict, Mapping)
"""A dict first: JSON gives dicts, and they are told apart without asking the abstract class."""
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
_SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "urn:oid:2.16.840.1.113883.6.90": _ICD_10_CM,
        "urn:oid:2.16.840.1.113883.6.96": "http://snomed.info/sct",
        "urn:oid:2.16.840.1.113883.6.88": RXNORM,
        "urn:oid:2.16.840.1.113883.6.1": "http://loinc.org",
    }
)
"""Code systems by the OIDs that records made from CDA name them with (FHIR R4, Using Code Systems)."""


def mapping(value: object) -> Mapping[str, Any]:
    """The value when it is a JSON object, else an empty one."""
    return value if isinstance(value, _OBJECT) else {}


def text(value: object) -> str:
    """The value when it is text, else an empty one."""
    return value if isinstance(value, str) else ""


def plain(words: str) -> str:
    """Words as they are compared: without capitals, and with single spaces."""
    return " ".join(words.split()).casefold()


def objects(value: object) -> list[Mapping[str, Any]]:
    """The JSON objects of a list; anything else in it, or instead of it, is left out."""
    return [item for item in value if isinstance(item, _OBJECT)] if isinstance(value, list) else []


def codes(concept: object) -> list[tuple[str, str]]:
    """The (system, code) pairs of a CodeableConcept: systems by their FHIR url, codes trimmed, those of ICD-10-CM in capitals."""
    return [_pair(coding) for coding in objects(mapping(concept).get("coding"))]


def _pair(coding: Mapping[str, Any]) -> tuple[str, str]:
    given, code = str(coding.get("system")).strip(), str(coding.get("code")).strip()
    system = _SYSTEMS.get(given, given)
    return system, code.upper() if system == _ICD_10_CM else code


def words(concept: object) -> Iterator[str]:
    """The displays and the text of a CodeableConcept."""
    said = [coding.get("display") for coding in objects(mapping(concept).get("coding"))]
    yield from (text for text in (*said, mapping(concept).get("text")) if isinstance(text, str))


def says(concept: object) -> bool:
    """True when it says anything: a code or a word."""
    codings = objects(mapping(concept).get("coding"))
    return any(text(one.get("code")).strip() for one in codings) or any(map(str.strip, words(concept)))


def status(concept: object) -> frozenset[str]:
    """The codes of a status given as a CodeableConcept or, as older records do, as a plain code."""
    if isinstance(concept, str):
        return frozenset({concept})
    return frozenset(code for _, code in codes(concept))


def within(concept: object, value_set: ValueSet) -> bool:
    """True when one of the concept's codes is in the value set."""
    return any(pair in value_set.codes for pair in codes(concept))
