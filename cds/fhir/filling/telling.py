"""What is wrong with the answers, told to the person who gave them, beside the question that it is about."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cds.fhir.filling import reading
from cds.fhir.filling.asking import Question
from cds.fhir.filling.sheet import Asked, Page
from cds.fhir.filling.writing import Written
from cds.foundation.errors import Diagnostic

MISSING = "Not answered yet. Answer it, or go on without."
PARTIAL = "Write the whole day if you know it, such as 2026-01-31, or go on without."
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "minValue": "Write a {kind} {range}.",
        "maxValue": "Write a {kind} {range}.",
        "maxDecimalPlaces": "Write a number with at most {decimals} digits after the point.",
        "minLength": "Write at least {min_length} characters.",
        "maxLength": "Write at most {max_length} characters.",
        "futureDate": "Write a day that has come.",
        "exclusiveAnswerOption": "“{exclusive}” cannot stand beside another choice. Take away one or the other.",
        "maxCount": "Give at most {max_occurs} answers.",
        "minCount": "Give at least {min_occurs} answers, or go on without.",
        "regex": "Write this in the form that is asked for.",
        "lineBreak": "Write this in one line.",
    }
)
_KINDS: Mapping[str, str] = MappingProxyType({"date": "day", "moment": "day", "time": "time"})
_SILENT = frozenset({"required", "notEnabled"})
"""What is told of every question that was asked and not answered is told here; an answer that is no longer asked for is told beside it."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one question: `missing` when it was only not answered."""

    asked: Asked
    text: str
    missing: bool = False


def faults(page: Page, written: Written, problems: Sequence[Diagnostic]) -> tuple[Fault, ...]:
    """One fault a question, in the order of the page: what cannot be read, what breaks a rule, what is required and not answered."""
    broken = {one.name: text for one, text in _broken(written, problems)}
    unused = {one.name for slot in page.walk() if _is_unused(slot) for one in slot.walk()}
    return tuple(fault for one in page.walk() for fault in _fault(one, broken, unused))


def unusable(written: Written, refusals: Sequence[Diagnostic]) -> dict[str, Asked]:
    """The questions by the name of their field whose answers would refuse the response."""
    found = (written.at(problem.expression) for problem in refusals)
    return {one.name: one for one in found if one is not None}


def left_out(pages: Sequence[Page], written: Written) -> Iterator[Asked]:
    """The questions of whose answers the response does not have all."""
    for one in (one for page in pages for one in page.walk()):
        if one.typed.fault or (one.typed.answered and written.used.get(one.name) != one.typed.values):
            yield one


def _is_unused(slot: Asked) -> bool:
    """A slot of a group that repeats, without any answer: there is no such group, and nothing in it is missing."""
    return slot.position > 0 and not slot.holds_answer and not slot.question.item.required


def _fault(one: Asked, broken: Mapping[str, str], unused: Container[str]) -> Iterator[Fault]:
    if one.typed.fault:
        yield Fault(one, one.typed.fault)
    elif one.name in broken:
        yield Fault(one, broken[one.name])
    elif any(reading.is_partial(*value) for value in one.typed.values):
        yield Fault(one, PARTIAL)
    elif _is_asked_for(one) and not one.typed.answered and one.name not in unused:
        yield Fault(one, MISSING, missing=True)


def _is_asked_for(one: Asked) -> bool:
    """Of the slots of a question that repeats one must be answered, the first."""
    return one.enabled and one.question.item.required and one.question.answerable and one.position <= 1


def _broken(written: Written, problems: Sequence[Diagnostic]) -> Iterator[tuple[Asked, str]]:
    """Last the first, so that of several problems of one question the first is told."""
    for problem in reversed(problems):
        one = written.at(problem.expression)
        if one is not None and problem.severity == "error" and problem.rule not in _SILENT:
            yield one, _sentence(problem, one.question)


def _sentence(problem: Diagnostic, question: Question) -> str:
    bounds = question.item.bounds
    said = {
        "kind": _KINDS.get(question.kind, "number"),
        "range": _range(bounds.minimum, bounds.maximum),
        "decimals": bounds.decimals,
        "min_length": bounds.min_length,
        "max_length": bounds.max_length,
        "min_occurs": question.item.min_occurs,
        "max_occurs": question.item.max_occurs,
        "exclusive": ", ".join(choice.label for choice in question.choices if choice.exclusive),
    }
    return _SENTENCES[problem.rule].format(**said) if problem.rule in _SENTENCES else problem.text


def _range(low: object, high: object) -> str:
    if low is not None and high is not None:
        return f"from {low} to {high}"
    return f"not below {low}" if low is not None else f"not above {high}"
