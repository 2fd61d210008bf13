"""Small graphs by hand: rules that no facts reach, gaps and overlaps that some facts reach, and what a change can do."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from cds.dmn.analysis import composition, graph, proofs, tables
from cds.dmn.analysis.findings import Finding, Kind, NotProved
from cds.dmn.model import Decision, DecisionModel
from tests.dmn import models

FIRST = models.table(
    "first", "FIRST", "urgency", models.rule("A-1", "{trend: worse}", "{urgency: urgent}"), models.rule("A-2", "{}", "{urgency: none}")
)
ORDER = ("none", "routine", "urgent")


def found(model: DecisionModel) -> tuple[Finding, ...]:
    """The errors of the composed graph."""
    (composed,) = composition.compose(model)
    return tuple(one for one in graph.analyse(composed) if one.severity == "error")


def known(facts: Mapping[str, object]) -> dict[str, object]:
    """What a witness knows."""
    return {name: value for name, value in facts.items() if value is not None}


def test_a_rule_that_no_facts_reach_is_dead_though_its_own_table_lets_it_live() -> None:
    second = models.table(
        "second",
        "FIRST",
        "urgency",
        models.rule("B-1", "{first: routine}", "{urgency: routine}"),
        models.rule("B-2", "{}", "{urgency: none}"),
        inputs="first",
    )
    model = models.model(FIRST, second)
    assert [one for one in tables.analyse(model.decision("second")) if one.severity == "error"] == []
    assert [(one.kind, one.decision, one.rules, one.witness) for one in found(model)] == [(Kind.DEAD, "second", ("B-1",), {})]


def test_an_alternative_and_a_word_of_a_cell_that_no_facts_reach_are_told() -> None:
    second = models.table(
        "second",
        "COLLECT",
        "urgency",
        models.rule("B-1", "[{first: urgent}, {first: routine}]", "{urgency: urgent}"),
        models.rule("B-2", "{first: 'none, routine'}", "{urgency: none}"),
        inputs="first",
    )
    (composed,) = composition.compose(models.model(FIRST, second))
    told = [(one.severity, one.rules, one.cell, one.text) for one in graph.analyse(composed)]
    assert told == [
        ("error", ("B-1",), "", "No facts reach alternative 2 of the rule B-1."),
        ("information", ("B-2",), "first", "No facts reach the rule B-2 by first routine."),
    ]


def test_a_gap_of_a_table_that_no_facts_reach_is_none_and_one_that_some_reach_has_them() -> None:
    unreached = models.table("second", "UNIQUE", "sure", models.rule("B-1", "{first: 'urgent, none'}", "{sure: high}"), inputs="first")
    assert [one.kind for one in tables.analyse(models.model(FIRST, unreached).decision("second")) if one.severity == "error"] == [Kind.GAP]
    assert found(models.model(FIRST, unreached)) == ()
    reached = models.table("second", "UNIQUE", "sure", models.rule("B-1", "{first: urgent}", "{sure: high}"), inputs="first")
    (gap,) = found(models.model(FIRST, reached))
    assert (gap.kind, gap.cell) == (Kind.GAP, "sure")
    assert known(gap.witness) == {}


def test_rules_that_match_together_under_unique_are_found_with_facts_only_where_facts_reach_both() -> None:
    def second(cell: str) -> DecisionModel:
        rules = (models.rule("B-1", "{first: urgent}", "{urgency: urgent}"), models.rule("B-2", f"{{trend: {cell}}}", "{urgency: none}"))
        return models.model(FIRST, models.table("second", "UNIQUE", "urgency", *rules, inputs="first, trend"))

    assert [one for one in found(second("better")) if one.kind is Kind.OVERLAP] == []
    (overlap,) = found(second("worse"))
    assert (overlap.kind, overlap.rules, known(overlap.witness)) == (Kind.OVERLAP, ("B-1", "B-2"), {"trend": "worse"})


def test_what_the_proof_does_not_have_is_told_by_name() -> None:
    second = models.table("second", "COLLECT", "urgency", models.rule("B-1", "{root: '> 1'}", "{urgency: urgent}"), inputs="root")
    wiring = "  - {name: root, type: rank, expression: sqrt(pain)}\n"
    (finding,) = found(models.model(FIRST, second, wiring=wiring))
    assert (finding.kind, finding.decision) == (Kind.NOT_ANALYSED, "second")
    assert "Call over an input that is not one of a few values" in finding.text


def test_without_z3_only_what_needs_no_search_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    (finding,) = found(models.model(FIRST))
    assert finding.kind is Kind.NOT_ANALYSED
    assert "install the extra `proofs`" in finding.text


def changed(cell: str, then: str = "routine") -> DecisionModel:
    rules = (models.rule("A-1", f"{{trend: {cell}}}", "{urgency: urgent}"), models.rule("A-2", "{}", f"{{urgency: {then}}}"))
    return models.model(models.table("first", "FIRST", "urgency", *rules))


def test_a_change_that_can_only_raise_a_decision_is_proved_not_to_lower_it() -> None:
    effect = graph.effect(models.model(FIRST), changed("worse"), "first", ORDER)
    assert isinstance(effect.rises, proofs.Refuted)
    assert effect.rises.facts.get("trend") != "worse"
    assert effect.falls == proofs.Proved()


def test_a_change_that_raises_and_lowers_has_facts_for_both_and_none_has_neither() -> None:
    effect = graph.effect(models.model(FIRST), changed("better", "none"), "first", ORDER)
    assert [known(one.facts) for one in (effect.rises, effect.falls) if isinstance(one, proofs.Refuted)] == [{"trend": "better"}, {"trend": "worse"}]
    same = graph.effect(models.model(FIRST), models.model(FIRST), "first", ORDER)
    assert same == graph.Effect(proofs.Proved(), proofs.Proved())


def test_the_effect_on_a_number_needs_no_order_and_a_lost_decision_is_not_proved() -> None:
    old, new = (models.model(FIRST, wiring=f"  - {{name: more, type: rank, expression: pain + {step}}}\n") for step in (1, 2))
    effect = graph.effect(old, new, "more")
    assert isinstance(effect.rises, proofs.Refuted)
    assert isinstance(effect.rises.facts["pain"], Decimal)
    assert effect.falls == proofs.Proved()
    assert isinstance(graph.effect(old, models.model(FIRST), "more").rises, NotProved)


def test_a_value_that_only_one_version_allows_is_among_the_facts() -> None:
    old = models.model(FIRST)
    item = replace(old.inputs["trend"], allowed=("better", "same", "worse", "worst"))
    new = replace(changed("'not(better, same, unknown)'", "none"), inputs={**old.inputs, "trend": item})
    effect = graph.effect(old, new, "first", ORDER)
    assert isinstance(effect.rises, proofs.Refuted)
    assert known(effect.rises.facts) == {"trend": "worst"}


def test_a_table_of_another_decision_does_not_change_the_answer_about_this_one() -> None:
    model = models.model(FIRST)
    broken = Decision("broken", changed("worse").decision("first").logic, ("trend",))
    other = replace(model, decisions=(*model.decisions, broken))
    assert graph.effect(model, other, "first", ORDER) == graph.Effect(proofs.Proved(), proofs.Proved())
