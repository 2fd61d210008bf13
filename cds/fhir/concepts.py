"""CodeableConcepts read leniently: codes, words, and status codes in the forms that real records carry."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.values.release import ValueSet

_OBJECT = (dict, Mapping)
"""A dict first: JSON gives dicts, and they are told apart without asking the abstract class."""


def mapping(value: object) -> Mapping[str, Any]:
    """The value when it is a JSON object, else an empty one."""
    return value if isinstance(value, _OBJECT) else {}


def text(value: object) -> str:
    """The value when it is text, else an empty one."""
    return value if isinstance(value, str) else ""


def objects(value: object) -> list[Mapping[str, Any]]:
    """The JSON objects of a list; anything else in it, or instead of it, is left out."""
    return [item for item in value if isinstance(item, _OBJECT)] if isinstance(value, list) else []


def codes(concept: object) -> list[tuple[str, str]]:
    """The (system, code) pairs of a CodeableConcept."""
    return [(str(coding.get("system")), str(coding.get("code"))) for coding in objects(mapping(concept).get("coding"))]


def words(concept: object) -> Iterator[str]:
    """The displays and the text of a CodeableConcept."""
    said = [coding.get("display") for coding in objects(mapping(concept).get("coding"))]
    yield from (text for text in (*said, mapping(concept).get("text")) if isinstance(text, str))


def status(concept: object) -> frozenset[str]:
    """The codes of a status given as a CodeableConcept or, as older records do, as a plain code."""
    if isinstance(concept, str):
        return frozenset({concept})
    return frozenset(code for _, code in codes(concept))


def within(concept: object, value_set: ValueSet) -> bool:
    """True when one of the concept's codes is in the value set."""
    return any(pair in value_set.codes for pair in codes(concept))
