"""Each kind of property proved, refuted and not proved on small graphs by hand."""

import sys
from decimal import Decimal

import pytest

from cds.dmn.analysis import composition, proofs, properties
from cds.dmn.analysis.findings import NotProved
from cds.dmn.analysis.proofs import NotReproduced, Proved, Refuted
from cds.dmn.analysis.properties import Condition, Implication, Monotone, Move, NeverTogether, OneMore, Statement
from cds.dmn.analysis.symbolic.solver import Solver
from cds.dmn.feel import ast, parser
from cds.dmn.model import Decision, DecisionModel, ItemDefinition, LiteralExpression
from tests.dmn import models

NAMES = frozenset({"trend", "pain", "signs", "first", "first.rules", "rank-of"})
ORDER = ("none", "routine", "urgent")
RANK = "  - {name: rank-of, type: rank, expression: 'if first = \"urgent\" then 2 else if pain > 3 then 1 else 0'}\n"
MODEL = models.model(
    models.table(
        "first",
        "FIRST",
        "urgency",
        models.rule("A-1", "{trend: worse, pain: '>= 7'}", "{urgency: urgent}"),
        models.rule("A-2", "{trend: 'worse, unknown'}", "{urgency: routine}"),
        models.rule("A-3", "{signs: cough}", "{urgency: routine}"),
        models.rule("A-4", "{}", "{urgency: none}"),
    ),
    wiring=RANK,
)


def cells(**row: str) -> Condition:
    """One row of cells; an underscore stands for a dot."""
    return Condition(({name.replace("_", "."): parser.unary_tests(text) for name, text in row.items()},))


def feel(text: str) -> Condition:
    return Condition(expression=parser.expression(text, NAMES))


def prove(statement: Statement, model: DecisionModel = MODEL) -> proofs.Verdict:
    return proofs.prove(statement, composition.compose(model)[0])


def known(facts: composition.Facts) -> dict[str, object]:
    """What a witness knows."""
    return {name: value for name, value in facts.items() if value is not None}


def test_an_implication_over_facts_decisions_and_rules_is_proved() -> None:
    assert prove(Implication(cells(trend="worse", pain="8"), cells(first="urgent"))) == Proved()
    assert prove(Implication(Condition(({"first.rules": (ast.Contains("A-2"),)},)), cells(trend="worse, unknown"))) == Proved()
    assert prove(Implication(feel('first = "urgent"'), feel("rank-of = 2 and pain >= 7"))) == Proved()


def test_an_implication_is_refuted_by_the_fewest_facts_that_break_it() -> None:
    found = prove(Implication(cells(trend="worse"), cells(first="urgent")))
    assert isinstance(found, Refuted)
    assert (known(found.facts), found.after) == ({"trend": "worse"}, None)


def test_unknown_is_one_of_the_values_that_break_an_implication() -> None:
    found = prove(Implication(cells(pain="-"), cells(pain="< 5, >= 5")))
    assert isinstance(found, Refuted)
    assert known(found.facts) == {}


def test_a_conclusion_that_unknown_leaves_open_does_not_hold() -> None:
    assert isinstance(prove(Implication(cells(trend="worse"), cells(pain="not(11)"))), Refuted)
    assert prove(Implication(cells(trend="worse"), cells(pain="not(11), 11, unknown"))) == Proved()


def test_a_chain_through_unknown_is_proved_and_its_other_way_round_refuted_with_the_step() -> None:
    assert prove(Monotone("first", ("trend",), (("better", "same", None, "worse"),), ORDER)) == Proved()
    found = prove(Monotone("first", ("trend",), (("worse", "better"),), ORDER))
    assert isinstance(found, Refuted)
    assert found.after is not None
    assert (found.facts["trend"], found.after["trend"]) == ("worse", "better")
    assert {**found.facts, "trend": ""} == {**found.after, "trend": ""}


def test_a_larger_number_is_proved_never_to_lower_and_a_negated_one_refuted_by_two_numbers() -> None:
    assert prove(Monotone("first", ("pain",), (Move.MORE,), ORDER)) == Proved()
    assert prove(Monotone("rank-of", ("pain",), (Move.MORE,))) == Proved()
    less = models.model(wiring="  - {name: less, type: rank, expression: '-pain'}\n")
    found = prove(Monotone("less", ("pain",), (Move.MORE,)), less)
    assert isinstance(found, Refuted)
    assert found.after is not None
    assert found.facts["pain"] < found.after["pain"]


def test_one_more_item_of_a_list_and_a_value_where_there_was_none_are_steps() -> None:
    assert prove(Monotone("first", ("signs",), (Move.ITEM,), ORDER)) == Proved()
    assert prove(Monotone("first", ("signs",), (OneMore("cough"), ((), None, ("sit",))), ORDER)) == Proved()
    assert prove(Monotone("first", ("pain",), (Move.KNOWN,), ORDER)) == Proved()
    found = prove(Monotone("first", ("trend",), (Move.KNOWN,), ORDER))
    assert isinstance(found, Refuted)
    assert found.after is not None
    assert found.facts["trend"] is None
    assert found.after["trend"] in ("better", "same")


def test_one_more_item_beside_others_is_shown_with_the_others() -> None:
    few = models.model(wiring="  - {name: few, type: rank, expression: 'if count(signs) > 1 then 0 else 1'}\n")
    found = prove(Monotone("few", ("signs",), (OneMore("sit"),)), few)
    assert isinstance(found, Refuted)
    assert found.after is not None
    assert (found.facts["signs"], found.after["signs"]) == (("cough",), ("cough", "sit"))


def test_a_step_counts_only_where_its_condition_holds_before_and_after() -> None:
    assert prove(Monotone("first", ("trend",), (Move.KNOWN,), ORDER, cells(signs="-"))) != Proved()
    sign = Condition(({"signs": (ast.Contains("cough"),)},))
    assert prove(Monotone("first", ("trend",), (Move.KNOWN,), ORDER, sign)) == Proved()


def test_a_value_without_a_place_in_the_order_counts_as_lowered() -> None:
    assert isinstance(prove(Monotone("first", ("trend",), (("better", "worse"),), ("none", "routine"))), Refuted)


def test_conditions_that_never_hold_together_are_proved_and_two_that_do_are_refuted() -> None:
    one, other = ({"first.rules": (ast.Contains(name),)} for name in ("A-1", "A-2"))
    assert prove(NeverTogether((Condition((one,)), Condition((other,)), cells(first="none")))) == Proved()
    found = prove(NeverTogether((cells(first="none"), Condition((one,)), cells(pain="> 3"))))
    assert isinstance(found, Refuted)
    assert "pain" in known(found.facts)


def test_a_name_that_the_model_does_not_have_is_not_proved() -> None:
    found = prove(Implication(cells(trend="worse"), cells(second="urgent")))
    assert found == NotProved("the model has no second")


def test_what_the_symbolic_evaluation_does_not_have_is_not_proved_by_name() -> None:
    root = models.model(wiring="  - {name: root, type: rank, expression: sqrt(pain)}\n")
    found = prove(Implication(cells(trend="worse"), cells(root="> 0")), root)
    assert isinstance(found, NotProved)
    assert "Call" in found.reason


def test_without_z3_nothing_is_proved_that_needs_a_search_and_the_reason_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    found = prove(Implication(cells(trend="worse"), cells(first="urgent")))
    assert isinstance(found, NotProved)
    assert "back-pain-cds[proofs]" in found.reason
    assert prove(Implication(cells(trend="worse"), cells(trend="worse"))) == Proved()


def test_a_bound_of_work_that_is_hit_is_not_proved_and_not_the_clock_decides() -> None:
    names = [f"p{number}" for number in range(6)]
    product = " * ".join(names)
    (composed,) = composition.compose(_numbers(names, f"{product} = 7 and {' + '.join(names)} = 1"))
    composed.solver = Solver(composed.terms, effort=1)
    found = proofs.prove(Implication(feel("1 = 1"), Condition(({"goal": parser.unary_tests("not(yes), no")},))), composed)
    assert isinstance(found, NotProved)
    assert "bound of work" in found.reason


def _numbers(names: list[str], text: str) -> DecisionModel:
    tree = parser.expression(f'if {text} then "yes" else "no"', frozenset(names))
    goal = Decision("goal", LiteralExpression(text, tree, ItemDefinition("string")), tuple(names))
    return DecisionModel("numbers", {name: ItemDefinition("number") for name in names}, (goal,))


def test_a_witness_that_a_run_does_not_reproduce_is_an_error_and_no_refutation() -> None:
    (composed,) = composition.compose(MODEL)
    with pytest.raises(NotReproduced, match="disagree"):
        proofs.confirmed(Implication(cells(trend="worse", pain="8"), cells(first="urgent")), composed, {"trend": "worse", "pain": Decimal(8)})


def test_a_decision_is_lowered_by_words_by_numbers_and_by_losing_its_place() -> None:
    assert properties.lowered(ORDER, "urgent", "none")
    assert not properties.lowered(ORDER, "none", "urgent")
    assert not properties.lowered((), Decimal(1), Decimal(2))
    assert properties.lowered((), Decimal(2), None)
    assert not properties.lowered((), None, None)
