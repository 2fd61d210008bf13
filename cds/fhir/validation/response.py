"""Strict validation of a submitted QuestionnaireResponse: FHIR R4, our questionnaire, its items and their values.

An `error` refuses the submission; a `warning` is told and the submission is used. A required question without an answer
is a warning: it counts as unknown and must not keep an emergency from being seen.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cds.facts import FactDefinitions
from cds.fhir import answers, concepts, dating, items, limits, references, responses
from cds.fhir.questionnaire import Form
from cds.fhir.validation import models, structure
from cds.foundation.errors import Diagnostic

_ROOT = "QuestionnaireResponse"


def validate(response: Mapping[str, Any], form: Form, definitions: FactDefinitions, *, at: datetime) -> list[Diagnostic]:
    """Every problem with its FHIRPath; the rules of items run only on FHIR that answers this form. `at` is the instant of the decision."""
    if response.get("resourceType") != _ROOT:
        return [Diagnostic("error", "structure", "Not a QuestionnaireResponse. Send one.", "resourceType")]
    too_long = _too_long(response)
    if too_long:
        return [too_long]
    unfit = [*models.problems(response), *_questionnaire(response, form)]
    rest = [] if unfit else structure.check(response, form, definitions, at=at)
    return [*unfit, *_status(response), *_subject(response), *_authored(response, definitions, at), *rest]


def errors(response: Mapping[str, Any], form: Form, definitions: FactDefinitions, *, at: datetime) -> list[Diagnostic]:
    """The problems that refuse the submission."""
    return [problem for problem in validate(response, form, definitions, at=at) if problem.severity == "error"]


def _too_long(response: Mapping[str, Any]) -> Diagnostic | None:
    """Told before the models run, which take their time with every part."""
    if limits.exceeds(response, limits.MAX_NODES):
        return Diagnostic("error", "too-long", f"More than {limits.MAX_NODES} objects, lists and values. Send the answers only.", _ROOT)
    if sum(1 for _ in items.walk(response)) > limits.MAX_ITEMS:
        text = f"More than {limits.MAX_ITEMS} items. Send the items of the questionnaire only."
        return Diagnostic("error", "too-long", text, f"{_ROOT}.item")
    return None


def _subject(response: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Whoever is referred to is a patient; a response that refers to nobody is answered without orders."""
    reference = concepts.mapping(response.get("subject")).get("reference")
    if isinstance(reference, str) and not references.names_patient(reference):
        text = "The subject is not a reference to a Patient. Send Patient/ and the id, or the urn:uuid of the Patient in the Bundle."
        yield Diagnostic("error", "value", text, f"{_ROOT}.subject")


def _status(response: Mapping[str, Any]) -> Iterator[Diagnostic]:
    status = response.get("status")
    if isinstance(status, str) and status not in answers.STATUSES:
        text = f"Not a status of FHIR R4. Use one of {', '.join(sorted(answers.STATUSES))}."
        yield Diagnostic("error", "code-invalid", text, f"{_ROOT}.status")
    if status == "entered-in-error":
        text = "The response was entered in error and is not evaluated. Send the corrected one."
        yield Diagnostic("error", "business-rule", text, f"{_ROOT}.status")


def _questionnaire(response: Mapping[str, Any], form: Form) -> Iterator[Diagnostic]:
    url, version = responses.canonical_of(response.get("questionnaire"))
    place = f"{_ROOT}.questionnaire"
    if not url:
        yield Diagnostic("error", "required", f"The questionnaire is not named. Send {form.url}|{form.version}.", place)
    elif url != form.url:
        yield Diagnostic("error", "not-found", f"Not a questionnaire that is held here. Send a response to {form.url}.", place)
    elif version and version != form.version:
        yield Diagnostic("error", "not-found", f"That version of the questionnaire is not held. Use version {form.version}.", place)


def _authored(response: Mapping[str, Any], definitions: FactDefinitions, at: datetime) -> Iterator[Diagnostic]:
    when, place = dating.authored(response.get("authored")), f"{_ROOT}.authored"
    if when is None:
        text = "No full date of the answers: they count as too old to reassure. Send authored with its time zone."
        yield Diagnostic("warning", "incomplete", text, place)
    elif when > at + definitions.skew:
        yield Diagnostic("error", "value", "The answers are dated in the future. Send when they were given.", place)
