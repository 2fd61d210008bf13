"""What a QuestionnaireResponse says of itself: its questionnaire, status, subject and date, against the Questionnaire that it answers."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cds.facts import FactDefinitions
from cds.fhir import concepts, dating, references, responses
from cds.fhir.questionnaire import Form
from cds.fhir.validation import rules
from cds.fhir.validation.placing import ROOT
from cds.foundation.errors import Diagnostic

_PATIENT = frozenset({"Patient"})
_LIST = "`GET /fhir/Questionnaire` lists them."
_TYPED = re.compile(r"(?:.*/)?([A-Z][A-Za-z]*)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")


def questionnaire(response: Mapping[str, Any], form: Form) -> Iterator[Diagnostic]:
    """A response must name the questionnaire that it is checked against; one that it contains is named by its `#id`."""
    named = concepts.text(response.get("questionnaire"))
    url, version = responses.canonical_of(named)
    text = ""
    if not url:
        text = f"The questionnaire is not named. Send its url and version. {_LIST}"
    elif url.startswith("#"):
        text = "" if url[1:] in _contained(response) else "The questionnaire that is named is not contained in the response. Send it with it."
    elif form.url and url != form.url:
        text = f"Not the questionnaire that is held here. Send a response to one that is. {_LIST}"
    elif form.url and version and version != form.version:
        text = f"That version of the questionnaire is not held. Send a response to one that is. {_LIST}"
    if text:
        yield from rules.broken("questionnaireNotFound", response.get("status"), text, f"{ROOT}.questionnaire")


def check(response: Mapping[str, Any], form: Form, *, at: datetime, definitions: FactDefinitions | None) -> Iterator[Diagnostic]:
    """The rest of what it says of itself. With `definitions`, its subject is a patient and it is dated, not in the future."""
    yield from _status(response)
    yield from _state(response, form)
    yield from _subject(response, form.subject_types or (_PATIENT if definitions else frozenset()))
    if definitions:
        yield from _authored(response, definitions, at)


def _contained(response: Mapping[str, Any]) -> set[object]:
    resources = concepts.objects(response.get("contained"))
    return {resource.get("id") for resource in resources if resource.get("resourceType") == "Questionnaire"}


def _status(response: Mapping[str, Any]) -> Iterator[Diagnostic]:
    if response.get("status") == "entered-in-error":
        text = "The response was entered in error and is not evaluated. Send the corrected one."
        yield from rules.broken("enteredInError", response.get("status"), text, f"{ROOT}.status")


def _state(response: Mapping[str, Any], form: Form) -> Iterator[Diagnostic]:
    status, place = response.get("status"), f"{ROOT}.questionnaire"
    if form.status == "draft":
        yield from rules.broken("questionnaireDraft", status, "The questionnaire is a draft. Use one that is active.", place)
    if form.status == "retired":
        yield from rules.broken("questionnaireRetired", status, "The questionnaire is retired. Use one that is active.", place)
    when, start, end = (dating.read(written) for written in (response.get("authored"), form.start, form.end))
    if when and ((start and when.latest < start.earliest) or (end and when.earliest > end.latest)):
        text = "The answers were given when the questionnaire was not in effect (effectivePeriod). Use the version that was."
        yield from rules.broken("questionnaireInactive", status, text, f"{ROOT}.authored")


def _subject(response: Mapping[str, Any], types: frozenset[str]) -> Iterator[Diagnostic]:
    """Whoever is referred to is of a type that the questionnaire is about; what the reference does not tell is left open.

    A patient is referred to in one of the ways of `references`, or is contained in the response. A response that refers to nobody is
    answered without orders.
    """
    subject = concepts.mapping(response.get("subject"))
    reference, said = concepts.text(subject.get("reference")), concepts.text(subject.get("type")).rpartition("/")[2]
    typed = _TYPED.fullmatch(reference)
    local = references.is_local(reference)
    held = concepts.text(references.contained(response, reference).get("resourceType")) if local else ""
    named = {name for name in (said, typed[1] if typed else held) if name}
    fits = not types or named <= types
    if types == _PATIENT:
        fits = fits and (not reference or bool(held) or references.names_patient(reference))
    if not fits:
        text = f"The subject is not a reference to {' or '.join(sorted(types))}. Send {_example(types)}."
        yield from rules.broken("subjectType", response.get("status"), text, f"{ROOT}.subject")


def _example(types: frozenset[str]) -> str:
    if types == _PATIENT:
        return "Patient/ and the id, or the urn:uuid of the Patient in the Bundle"
    return f"{min(types)}/ and the id"


def _authored(response: Mapping[str, Any], definitions: FactDefinitions, at: datetime) -> Iterator[Diagnostic]:
    when, place, status = dating.authored(response.get("authored")), f"{ROOT}.authored", response.get("status")
    if when is None:
        text = "No full date of the answers: they count as too old to reassure. Send authored with its time zone."
        yield from rules.broken("partialDate", status, text, place)
    elif when > at + definitions.skew:
        yield from rules.broken("futureDate", status, "The answers are dated in the future. Send when they were given.", place)
