"""Regular expressions that anybody may send are compiled once, and tried only within bounds."""

from dataclasses import dataclass

import pytest

from cds.fhir import limits
from cds.fhir.limits import Budget
from cds.fhir.questionnaire import Item
from cds.fhir.validation import patterns, values
from cds.fhir.validation.context import Context
from cds.fhir.validation.patterns import Compiled, Patterns
from tests.fhir.validation.value_parts import extension, question, text

ITEM = question("string", extension("regex", valueString="[a-z]+"), repeats=True).items["q"]
UNTRIED = question("string", extension("regex", valueString="(?=a)a"), repeats=True).items["q"]


@dataclass
class Counting:
    """Compiles, and counts how often."""

    count: int = 0

    def __call__(self, pattern: str) -> Compiled | None:
        self.count += 1
        return patterns.compiled(pattern)


@pytest.mark.parametrize("item", [ITEM, UNTRIED])
def test_an_expression_is_compiled_once_for_all_answers(item: Item) -> None:
    counting = Counting()
    context = Context("completed", {}, Patterns(counting))
    for number in range(50):
        list(values.check(text(f"a{number}"), item, context, "", last_day=None))
    assert counting.count == 1


def test_an_expression_that_cannot_be_tried_is_told_once_for_an_item() -> None:
    context = Context("completed", {})
    found = [one.rule for _ in range(50) for one in values.check(text("a"), UNTRIED, context, "", last_day=None)]
    assert found == ["notChecked"]


@pytest.mark.parametrize("pattern", [r"\pL{500}", r"(\pL{0,30}){0,30}", "a" * (limits.MAX_PATTERN + 1), "(a", "(?=a)a", r"(a)\1", "\ud800"])
def test_an_expression_that_is_wide_or_long_or_not_known_is_not_tried(pattern: str) -> None:
    assert patterns.compiled(pattern) is None
    assert Patterns().matches(pattern, "a") is None


@pytest.mark.parametrize(("pattern", "matching", "other"), [("[0-9]{2}|x", "12", "123"), (r"\pL{1,3}", "äöü", "a1"), (r"^\S+@\S+$", "a@b", "a b")])
def test_the_whole_text_matches(pattern: str, matching: str, other: str) -> None:
    tried = Patterns()
    assert (tried.matches(pattern, matching), tried.matches(pattern, other)) == (True, False)


def test_no_more_expressions_are_compiled_than_the_bound() -> None:
    counting = Counting()
    tried = Patterns(counting)
    told = [tried.matches(f"a{number}", f"a{number}") for number in range(limits.MAX_PATTERNS + 10)]
    assert told == [True] * limits.MAX_PATTERNS + [None] * 10
    assert counting.count == limits.MAX_PATTERNS


def test_no_more_steps_are_taken_than_the_bound_and_what_is_short_is_still_tried() -> None:
    tried = Patterns(steps=Budget(2_000))
    assert tried.matches("(a|b)*", "a" * 10_000) is None
    assert tried.matches("(a|b)*", "ab") is True
    assert tried.steps.exceeded


def test_text_that_cannot_be_written_is_not_tried() -> None:
    assert Patterns().matches("a", "\ud800") is None
