"""Whether a difference can make one decision higher or lower, over the whole graph."""

from dataclasses import replace
from decimal import Decimal

from cds.dmn.analysis.findings import NotProved
from cds.dmn.analysis.graph import Effect
from cds.dmn.analysis.proofs import Proved, Refuted
from cds.dmn.difference import effects, models
from cds.dmn.model import Clause, Decision, DecisionModel, DecisionTable, HitPolicy, ItemDefinition, Rule
from tests.dmn.analysis import trials
from tests.dmn.analysis.trials import rule

AGE = ItemDefinition("integer", (), Decimal(0), Decimal(4))


def model(*rules: Rule, beside: str = "low") -> DecisionModel:
    """A sign that the urgency `trial` rests on, and a decision beside it."""
    logic = DecisionTable(HitPolicy.FIRST, (Clause("whole", AGE),), (Clause("out", ItemDefinition("string", trials.OUTPUTS, nullable=False)),), rules)
    other = replace(logic, rules=(rule("Z", beside, {}),))
    return DecisionModel("graph", {"whole": AGE}, (Decision("trial", logic, ("whole",)), Decision("other", other, ("whole",))))


def effect(old: DecisionModel, new: DecisionModel) -> Effect:
    return effects.effect(old, new, models.difference(old, new), "trial")


OLD = model(rule("A", "top", {"whole": ">= 2"}), rule("B", "low", {}))


def test_a_bound_that_moves_up_can_only_lower_with_facts_that_show_it() -> None:
    new = model(rule("A", "top", {"whole": ">= 3"}), rule("B", "low", {}))
    found = effect(OLD, new)
    assert found == Effect(rises=Proved(), falls=Refuted({"whole": Decimal(2)}))
    assert effects.values(OLD, new, "trial", {"whole": Decimal(2)}) == ("top", "low")


def test_a_difference_beside_the_decision_cannot_change_it() -> None:
    new = model(rule("A", "top", {"whole": ">= 2"}), rule("B", "low", {}), beside="top")
    assert models.difference(OLD, new)
    assert effect(OLD, new) == Effect(Proved(), Proved())


def test_a_rule_that_is_only_renamed_cannot_change_it() -> None:
    assert effect(OLD, model(rule("A", "top", {"whole": ">= 2"}), rule("C", "low", {}))) == Effect(Proved(), Proved())


def test_words_in_another_order_are_not_compared_and_say_so() -> None:
    table = trials.table_of(OLD.decision("trial"))
    turned = replace(table, outputs=(Clause("out", ItemDefinition("string", trials.OUTPUTS[::-1], nullable=False)),))
    new = replace(OLD, decisions=(replace(OLD.decision("trial"), logic=turned), OLD.decision("other")))
    found = effect(OLD, new)
    assert found.rises == found.falls == NotProved("the allowed words of trial differ, and so does their order")


def test_a_decision_that_one_version_lacks_is_not_compared_and_says_so() -> None:
    found = effect(OLD, replace(OLD, decisions=OLD.decisions[1:]))
    assert found.rises == NotProved("one version has no decision trial")
