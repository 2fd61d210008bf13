"""The declared properties are proved of every release, what is worked out for all facts agrees with runs, and planted changes are refuted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.analysis import composition, graph, proofs, properties
from cds.dmn.analysis.proofs import Proved, Refuted
from cds.dmn.feel import ast, parser
from cds.dmn.model import DecisionModel, DecisionTable, Rule, requirement
from cds.releases import catalogue, loading
from cds.releases import properties as declared
from tests.content.conftest import CONTENT
from tests.content.strategies import Vocabulary
from tests.content.words import decimal
from tests.dmn.analysis.picking import Picker, same

NAME = "low-back-pain"
DRAFT = CONTENT / NAME / catalogue.DRAFT
FINAL, ORDER = "final", ("none", "self-care", "routine", "urgent", "emergency")
FIRST_RELEASE = 51
"""How many properties speak of what 1.0.0 decides."""

Edit = Callable[[Rule], Rule]


@pytest.fixture(scope="module")
def draft() -> DecisionModel:
    return loading.draft(DRAFT, name=NAME).model


@pytest.fixture(scope="module")
def picker(vocabulary: Vocabulary) -> Picker:
    """All decisions of a release for all facts."""
    return Picker(vocabulary.release.model)


def facts_of(known: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as a cell sees them."""
    return {name: decimal(value) for name, value in known.items()}


@settings(max_examples=120, derandomize=True, deadline=None)
@given(data=st.data())
def test_the_symbolic_value_of_every_decision_is_what_a_run_gives(vocabulary: Vocabulary, picker: Picker, data: st.DataObject) -> None:
    facts = facts_of(data.draw(vocabulary.values))
    symbolic, ran = picker.values(facts), picker.run(facts)
    assert symbolic is not None and ran is not None
    assert [(name, symbolic[name], ran[name]) for name in ran if not same(symbolic[name], ran[name])] == []


def test_the_symbolic_value_of_every_decision_is_what_cases_give(vocabulary: Vocabulary, picker: Picker) -> None:
    for known in vocabulary.starts[::4]:
        facts = facts_of(known)
        symbolic, ran = picker.values(facts), picker.run(facts)
        assert symbolic is not None and ran is not None
        assert [name for name in ran if not same(symbolic[name], ran[name])] == [], facts


def speaks_of(statement: properties.Statement, draft: DecisionModel, model: DecisionModel) -> bool:
    """Whether a release decides what a property of the draft is about; an earlier one may not have the table, or only take its outcome as a fact."""
    decided = {requirement(name) for name in properties.names(statement)} & {one.name for one in draft.decisions}
    return not properties.strangers(statement, model) and decided <= {one.name for one in model.decisions}


def test_every_property_that_the_draft_declares_is_proved_of_every_release(
    vocabulary: Vocabulary, draft: DecisionModel, tell: Callable[[str], None]
) -> None:
    model, name = vocabulary.release.model, f"{vocabulary.release.name} {vocabulary.release.version}"
    same_as = [version for version in sealed() if vocabulary.release.version == catalogue.DRAFT and draft == loaded(version)]
    if same_as:
        tell(f"{name}: the tables are those of {same_as[0]}, and so are the proofs")
        return
    found = declared.read(DRAFT, draft)
    assert found is not None
    (composed,) = composition.compose(model)
    said = [one for one in found.properties if speaks_of(one.statement, draft, model)]
    assert len(said) >= FIRST_RELEASE
    verdicts = {one.id: proofs.prove(one.statement, composed) for one in said}
    proved = [verdict for verdict in verdicts.values() if verdict == Proved()]
    tell(f"{name}: {len(proved)} of {len(verdicts)} properties proved")
    assert {name: verdict for name, verdict in verdicts.items() if verdict != Proved()} == {}


def sealed() -> list[str]:
    return [entry.version for entry in catalogue.entries(CONTENT, NAME)]


def loaded(version: str) -> DecisionModel:
    entry = next(entry for entry in catalogue.entries(CONTENT, NAME) if entry.version == version)
    return catalogue.load(CONTENT, entry).model


def with_rule(model: DecisionModel, name: str, edit: Edit) -> DecisionModel:
    """The model with one rule edited."""
    owner = next(one for one in model.decisions if isinstance(one.logic, DecisionTable) and name in {rule.id for rule in one.logic.rules})
    assert isinstance(owner.logic, DecisionTable)
    logic = replace(owner.logic, rules=tuple(edit(rule) if rule.id == name else rule for rule in owner.logic.rules))
    return replace(model, decisions=tuple(replace(one, logic=logic) if one is owner else one for one in model.decisions))


def giving(**outputs: str) -> Edit:
    """The rule with other outputs."""
    return lambda rule: replace(rule, then={**rule.then, **{name: parser.expression(text, frozenset()) for name, text in outputs.items()}})


def asking(column: str, text: str) -> Edit:
    """The rule with another cell, in each alternative that has it."""
    cell = parser.unary_tests(text)
    return lambda rule: replace(rule, when=tuple({**row, column: cell} if column in row else row for row in rule.when))


PLANTED: list[tuple[str, Edit, str]] = [
    ("CES-1", giving(urgency='"routine"', rank="2"), "INV-10.emergency-rows"),
    ("CES-1", giving(urgency='"routine"', rank="2"), "INV-10.emergency-signs"),
    ("INF-3", asking("rf-fever", "no"), "INV-10.urgent-signs"),
    ("INF-3", asking("rf-fever", "no"), "INV-1.signs"),
    ("VIS-6", asking("move-related", "no"), "INV-10.urgent-signs"),
    ("M-1", asking("leg-symptom", "yes"), "T.floor-of-answers"),
    ("M-3", asking("critical-unknown", ">= 2"), "INV-4.screen"),
    ("TR-1", asking("red-flag-rank", "<= 4"), "INV-10.emergency-rows"),
    ("P-09", asking("trend", "not(worse, unknown)"), "INV-6"),
    ("P-09", asking("trend", "not(worse, unknown)"), "D4.always"),
    ("P-20", asking("limp", "limp"), "D4.walk"),
    ("R-02", asking("status", "complete"), "INV-4.running"),
    ("R-03", giving(advice='"reduce"'), "D5.bone"),
    ("F-19", giving(within="168"), "D9.urgent"),
    ("U-09", asking("duration-days", "[8..13]"), "D10.self-care"),
    ("F-24.2", asking("persistence.rules", "-"), "X.physio"),
    ("A-2", asking("status", "complete"), "INV-4.final"),
]


@pytest.mark.parametrize(("rule", "edit", "broken"), PLANTED, ids=[f"{rule} {broken}" for rule, _, broken in PLANTED])
def test_a_planted_change_is_refuted_by_facts_for_which_a_run_breaks_the_property(draft: DecisionModel, rule: str, edit: Edit, broken: str) -> None:
    model = with_rule(draft, rule, edit)
    found = declared.read(DRAFT, model)
    assert found is not None
    (statement,) = [one.statement for one in found.properties if one.id == broken]
    verdict = proofs.prove(statement, composition.compose(model)[0])
    assert isinstance(verdict, Refuted)
    assert properties.broken(statement, model, verdict.facts, verdict.after)
    assert not properties.broken(statement, draft, verdict.facts, verdict.after)


def test_a_rule_that_a_planted_change_makes_unreachable_is_found(draft: DecisionModel) -> None:
    model = with_rule(draft, "R-06", lambda rule: replace(rule, when=({"final": (ast.Equals("urgent"),), **rule.when[0]},)))
    (composed,) = composition.compose(model)
    hit = composed.outcome("running").hits["R-06"]
    assert [type(one).__name__ for one in graph.reached(composed, [hit]).values()] == ["Never"]
    (before,) = composition.compose(draft)
    assert [type(one).__name__ for one in graph.reached(before, [before.outcome("running").hits["R-06"]]).values()] == ["Witness"]


def test_a_weaker_warning_sign_can_only_lower_the_urgency_and_a_stronger_one_only_raise_it(draft: DecisionModel) -> None:
    weaker = with_rule(draft, "CES-5", giving(urgency='"urgent"', rank="3"))
    effect = graph.effect(draft, weaker, FINAL, ORDER)
    assert isinstance(effect.falls, Refuted)
    assert effect.falls.facts["rf-bilateral-legs"] == "yes"
    assert effect.rises == Proved()
    back = graph.effect(weaker, draft, FINAL, ORDER)
    assert isinstance(back.rises, Refuted)
    assert back.falls == Proved()


def test_a_change_of_words_alone_is_proved_to_change_no_urgency(draft: DecisionModel) -> None:
    effect = graph.effect(draft, with_rule(draft, "P-18", giving(codes="null")), FINAL, ORDER)
    assert effect == graph.Effect(Proved(), Proved())
