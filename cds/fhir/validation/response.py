"""A QuestionnaireResponse against FHIR R4 and against its Questionnaire: whatever is wrong, where, and what of it refuses an evaluation.

An `error` is a breach that a completed response must not have. Not each of them refuses an evaluation: a question without an answer
counts as unknown and must not keep an emergency from being seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cds.facts import FactDefinitions
from cds.fhir import items, limits
from cds.fhir.questionnaire import Form
from cds.fhir.validation import header, models, modified, rules, structure
from cds.fhir.validation.placing import ROOT
from cds.fhir.validation.structure import Past
from cds.foundation.errors import Diagnostic

_FARTHEST_EAST = timedelta(hours=14)
"""The day begins first at UTC+14: a day that has begun nowhere yet is in the future."""


def validate(response: Mapping[str, Any], form: Form, *, at: datetime, definitions: FactDefinitions | None = None) -> list[Diagnostic]:
    """Every problem with its FHIRPath; the rules of items run only on FHIR that answers this form.

    `at` is the instant of the check. With `definitions`, the facts that the answers give, the answers are held to be a patient's, and
    neither they nor the days that facts are counted from may lie ahead of `at`.
    """
    if response.get("resourceType") != ROOT:
        return [Diagnostic("error", "structure", "Not a QuestionnaireResponse. Send one.", f"{ROOT}.resourceType")]
    too_long = _too_long(response)
    if too_long:
        return [too_long]
    unfit = [*_unfit(response), *header.questionnaire(response, form)]
    rest = [] if unfit else structure.check(response, form, _past(definitions, at))
    about = header.check(response, form, at=at, definitions=definitions)
    return [*unfit, *about, *modified.check(response), *rest]


def refusals(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Of the problems of `validate` those that refuse an evaluation, as errors; a breach of R4 itself always does."""
    return [replace(one, severity="error") for one in problems if (rules.RULES[one.rule].refuses if one.rule else one.severity == "error")]


def _too_long(response: Mapping[str, Any]) -> Diagnostic | None:
    """Told before the models run, which take their time with every part."""
    if limits.exceeds(response, limits.MAX_NODES):
        return Diagnostic("error", "too-long", f"More than {limits.MAX_NODES} objects, lists and values. Send the answers only.", ROOT)
    if sum(1 for _ in items.walk(response)) > limits.MAX_ITEMS:
        text = f"More than {limits.MAX_ITEMS} items. Send the items of the questionnaire only."
        return Diagnostic("error", "too-long", text, f"{ROOT}.item")
    return None


def _unfit(response: Mapping[str, Any]) -> list[Diagnostic]:
    """The breaches of R4; an item without a linkId is one of them, and is a rule of its own."""
    return [_as_rule(problem, response.get("status")) for problem in models.problems(response, ROOT)]


def _as_rule(problem: Diagnostic, status: object) -> Diagnostic:
    named = problem.expression.startswith(f"{ROOT}.item") and problem.expression.endswith(".linkId")
    if problem.code != "required" or not named:
        return problem
    (told,) = rules.broken("linkIdMissing", status, "An item has no linkId. Give it that of its question.", problem.expression)
    return told


def _past(definitions: FactDefinitions | None, at: datetime) -> Past | None:
    if definitions is None:
        return None
    dated = frozenset(fact.onset_link_id for fact in definitions.facts.values() if fact.onset_link_id)
    return Past(dated, (at + _FARTHEST_EAST).date())
