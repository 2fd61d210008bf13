"""The items of a submitted response against the items of its Questionnaire (FHIR R4; SDC extensions).

Runs on what the R4 models accepted. Texts name a linkId only when it is one of the Questionnaire's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cds.facts import FactDefinitions
from cds.fhir import items
from cds.fhir.questionnaire import Form, Item, option_of
from cds.fhir.validation import enabling
from cds.fhir.validation import values as value_rules
from cds.foundation.errors import Diagnostic

_FARTHEST_EAST = timedelta(hours=14)
"""The day begins first at UTC+14: a day that has begun nowhere yet is in the future."""


@dataclass(frozen=True)
class _Submission:
    form: Form
    values: Mapping[str, Sequence[Any]]
    past_only: frozenset[str]
    last_day: date


def check(response: Mapping[str, Any], form: Form, definitions: FactDefinitions, *, at: datetime) -> Iterator[Diagnostic]:
    """Every breach of structure, cardinality, value rules and enablement, then the required items without an answer."""
    past_only = frozenset(fact.onset_link_id for fact in definitions.facts.values() if fact.onset_link_id)
    values = items.collect(response).values()
    submission = _Submission(form, values, past_only, (at + _FARTHEST_EAST).date())
    yield from _level(response.get("item", []), form.top, "QuestionnaireResponse", submission)
    yield from _required(submission)


def _level(raw: Sequence[Mapping[str, Any]], allowed: Sequence[str], path: str, submission: _Submission) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for position, given in enumerate(raw):
        place = f"{path}.item[{position}]"
        item = submission.form.items.get(given["linkId"])
        if item is None:
            text = f"This linkId is not in the questionnaire (version {submission.form.version}). Use its linkIds."
            yield Diagnostic("error", "not-found", text, place)
        elif item.link_id not in allowed:
            yield Diagnostic("error", "structure", f"{item.link_id} stands at the wrong level. {_home(item)}", place)
        else:
            if item.link_id in seen and not (item.type == "group" and item.repeats):
                text = f"{item.link_id} stands more than once. Send it once, with all its answers."
                yield Diagnostic("error", "structure", text, place)
            seen.add(item.link_id)
            yield from _item(given, item, place, submission)


def _home(item: Item) -> str:
    return f"Put it under {item.parents[-1]}." if item.parents else "Put it at the top."


def _item(given: Mapping[str, Any], item: Item, place: str, submission: _Submission) -> Iterator[Diagnostic]:
    answers = given.get("answer", [])
    if item.type in ("group", "display"):
        if answers:
            yield Diagnostic("error", "structure", f"{item.link_id} is a {item.type} and takes no answer. Leave it out.", f"{place}.answer")
    else:
        yield from _answers(answers, item, place, submission)
    if submission.values.get(item.link_id) and not enabling.enabled(submission.form, item.link_id, submission.values):
        text = f"{item.link_id} is answered but not enabled by the other answers. Check both; the answer is used."
        yield Diagnostic("warning", "business-rule", text, place)
    yield from _level(given.get("item", []), item.children if item.type == "group" else (), place, submission)


def _answers(answers: Sequence[Mapping[str, Any]], item: Item, place: str, submission: _Submission) -> Iterator[Diagnostic]:
    if len(answers) > 1 and not item.repeats:
        yield Diagnostic("error", "structure", f"{item.link_id} takes one answer. Send one.", f"{place}.answer")
    last_day = submission.last_day if item.link_id in submission.past_only else None
    for position, answer in enumerate(answers):
        where = f"{place}.answer[{position}]"
        yield from value_rules.check(answer, item, where, last_day=last_day)
        yield from _level(answer.get("item", []), item.children, where, submission)
    yield from _exclusive(answers, item, place)


def _exclusive(answers: Sequence[Mapping[str, Any]], item: Item, place: str) -> Iterator[Diagnostic]:
    options = [option_of(name, value) for answer in answers for name, value in items.values_of(answer)]
    if len(options) > 1 and any(option in item.exclusive for option in options):
        text = f"{item.link_id} has an exclusive option beside another one. Send one or the other."
        yield Diagnostic("error", "business-rule", text, f"{place}.answer")
    elif len(set(options)) < len(options) and item.repeats:
        yield Diagnostic("warning", "duplicate", f"{item.link_id} has the same answer twice. Send it once.", f"{place}.answer")


def _required(submission: _Submission) -> Iterator[Diagnostic]:
    for item in submission.form.items.values():
        if not item.required or item.type == "display" or _answered(item, submission):
            continue
        if enabling.enabled(submission.form, item.link_id, submission.values):
            text = f"{item.link_id} is required and has no answer. It counts as unknown; ask for it."
            yield Diagnostic("warning", "required", text, "QuestionnaireResponse")


def _answered(item: Item, submission: _Submission) -> bool:
    below = (other.link_id for other in submission.form.items.values() if item.link_id in other.parents)
    return any(submission.values.get(name) for name in (item.link_id, *below))
