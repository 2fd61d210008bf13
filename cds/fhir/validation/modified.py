"""Modifiers in a response, and in what it was sent with (FHIR R4, Extensibility): none is understood, so that each is told where it stands."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir import concepts, modifiers
from cds.fhir.validation import rules
from cds.fhir.validation.placing import ROOT
from cds.foundation.errors import Diagnostic

_WHOLE = "It changes what all of this means, in a way that is not understood here. Send it without."
_PART = "It changes what this means, in a way that is not understood here: an evaluation never reassures by it. Send it without."


def check(response: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Those of the response itself, which refuse an evaluation, then those of its items and answers, wherever they stand."""
    status = response.get("status")
    for name in modifiers.of_resource(response):
        yield from rules.broken("modifier", status, _WHOLE, f"{ROOT}.{name}")
    waiting = [(ROOT, response)]
    while waiting:
        place, holder = waiting.pop()
        if place != ROOT and modifiers.has(holder):
            yield from rules.broken("modifiedAnswer", status, _PART, f"{place}.{modifiers.EXTENSION}")
        waiting += reversed([*_members(holder, "answer", place), *_members(holder, "item", place)])


def around(sent: Mapping[str, Any], response: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Those of the Bundle that a response was sent in, and of its entry."""
    if sent is response:
        return
    for name in modifiers.of_resource(sent):
        yield from rules.broken("modifier", response.get("status"), _WHOLE, f"Bundle.{name}")
    for place, entry in _members(sent, "entry", "Bundle"):
        if entry.get("resource") is response and modifiers.has(entry):
            yield from rules.broken("modifier", response.get("status"), _WHOLE, f"{place}.{modifiers.EXTENSION}")


def _members(holder: Mapping[str, Any], name: str, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    held = holder.get(name)
    for position, one in enumerate(held if isinstance(held, list) else ()):
        yield f"{place}.{name}[{position}]", concepts.mapping(one)
