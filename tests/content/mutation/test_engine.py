"""The mutants themselves, and that what is worked out of one is what it gives."""

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from cds.dmn import evaluation
from cds.dmn.feel import parser, writer
from cds.dmn.formats import cells as reading
from cds.dmn.model import Decision, ItemDefinition
from cds.foundation.errors import CdsError
from cds.releases import loading
from cds.values.release import Release
from tests.content import words
from tests.content.mutation import cells, expressions, reach, suite, tables
from tests.content.mutation.outcomes import Contrast, Given
from tests.content.mutation.suite import Suite, Told

KNEE = Path(__file__).parents[2] / "releases" / "sore-knee"
LISTS = ("ask", "also")
"""Expressions that give a list: two lists that depend on facts are not compared."""

AGE = ItemDefinition("integer", minimum=Decimal(0), maximum=Decimal(120))
LEG = ItemDefinition("string", ("none", "thigh", "foot"))
WORSE = ItemDefinition("list of string", ("sit", "stand"))
BAND = ItemDefinition("string", ("short", "long"), nullable=False)

CELLS = [
    (">= 60", AGE, {">= 59", ">= 61", "> 60", ">= 60, unknown"}),
    ("3", AGE, {"2", "4", "3, unknown"}),
    ("[4..6]", AGE, {"[3..6]", "[5..6]", "[4..5]", "[4..7]", "(4..6]", "[4..6)", "[4..6], unknown"}),
    ("thigh", LEG, {"foot", "thigh, unknown", "thigh, none", "thigh, foot"}),
    ("none, unknown", LEG, {"thigh, unknown", "none", "unknown", "none, unknown, thigh", "none, unknown, foot"}),
    ("sit", WORSE, {"stand", "sit, unknown", "sit, stand"}),
    (
        "not(sit, unknown)",
        WORSE,
        {"sit, unknown", "not(stand, unknown)", "not(unknown)", "not(sit)", "not(sit, unknown, stand)"},
    ),
    ("short", BAND, {"long", "short, long"}),
]


@pytest.mark.parametrize(("cell", "item", "expected"), CELLS, ids=[cell for cell, _, _ in CELLS])
def test_a_cell_has_these_mutants(cell: str, item: ItemDefinition, expected: set[str]) -> None:
    assert {writer.unary_tests(other) for other in cells.mutants(reading.input_entry(cell, item), item)} == expected


def test_an_expression_has_these_mutants() -> None:
    def told(text: str) -> set[str]:
        return {writer.expression(tree) for _, _, tree in expressions.mutants(parser.expression(text, frozenset({"a", "b"})))}

    assert told("a / 24") == {"a / 23", "a / 25"}
    assert told("[a, b]") == {"[a]", "[b]"}
    assert told("a = null and b = null") == {"a != null and b = null", "a = null and b != null", "a = null or b = null"}
    assert told('if a > 1 then "yes" else "no"') == {
        'if a >= 1 then "yes" else "no"',
        'if a > 0 then "yes" else "no"',
        'if a > 2 then "yes" else "no"',
        'if a > 1 then "no" else "no"',
        'if a > 1 then "yes" else "yes"',
    }


def test_what_is_worked_out_of_a_mutant_is_what_it_gives() -> None:
    release = loading.draft(KNEE, name="sore-knee")
    met = Suite(release, tuple(stories(release, 60))).met
    for decision in release.model.decisions:
        for mutant in tables.mutants(decision):
            contrast = Contrast(decision, mutant.decision)
            for before, _ in met[decision.name][:12]:
                expected = given(mutant.decision, before)
                assert contrast.tells(before) == (expected != given(decision, before)), f"{mutant} on {before.values}"


def stories(release: Release, count: int) -> Iterator[Told]:
    """The whole graph on facts at random, the same at every run."""
    chosen = random.Random(count)
    every = words.worth_trying(release, release.model)
    for _ in range(count):
        yield suite.graph(release, {}, {name: words.decimal(chosen.choice(values)) for name, values in every.items()})


def given(decision: Decision, before: Given) -> object:
    """The value and the rules that gave it, or that there can be none."""
    try:
        result = evaluation.evaluate_decision(decision, before.values)
    except CdsError:
        return "none"
    return result.value, result.rules


def test_a_mutant_that_no_case_meets_is_alive_and_one_that_a_case_meets_is_killed() -> None:
    release = loading.draft(KNEE, name="sore-knee")
    told = suite.read(release, KNEE)
    assert told.kills(dropped("C-1", told))
    assert not told.kills(dropped("A-0", told))


def dropped(rule: str, told: Suite) -> tables.Mutant:
    """The mutant without that rule."""
    mutants = (mutant for decision in told.release.model.decisions for mutant in tables.mutants(decision))
    return next(mutant for mutant in mutants if mutant.rule == rule and mutant.new == tables.DROPPED and mutant.cell == "rule")


def test_facts_show_each_mutant_that_any_facts_show() -> None:
    release = loading.draft(KNEE, name="sore-knee")
    graph, told = reach.graph(release.model), Suite(release, tuple(stories(release, 200)))
    for decision in release.model.decisions:
        settled = reach.settle(graph, decision, tables.mutants(decision))
        assert not settled.unsettled or decision.name in LISTS
        assert [str(mutant) for mutant in settled.never if told.shows(mutant)] == []
