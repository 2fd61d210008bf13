"""Boxed expressions, knowledge models as functions, and one decision with what it requires (DMN 1.5, 7.3 and 10.2.1)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cds.dmn import evaluation
from cds.dmn.evaluation import HitPolicyViolation
from cds.dmn.feel import parser
from cds.dmn.model import (
    BoxedContext,
    BoxedList,
    Clause,
    Decision,
    DecisionModel,
    DecisionTable,
    HitPolicy,
    Invocation,
    ItemDefinition,
    KnowledgeModel,
    LiteralExpression,
    Logic,
    Rule,
    Source,
)
from cds.foundation.errors import NotFound

NUMBER = ItemDefinition("number")
NAMES = frozenset({"a", "b", "x", "y", "double", "grade", "first", "second", "d"})


def literal(text: str) -> LiteralExpression:
    return LiteralExpression(text, parser.expression(text, NAMES), NUMBER)


def grade() -> DecisionTable:
    """1 where `x` is above 9, 2 where it is above 5."""
    cells = {"G-1": "> 9", "G-2": "(5..9]"}
    rules = [Rule(name, ({"x": parser.unary_tests(cell)},), {"out": parser.expression(name[-1], NAMES)}, Source()) for name, cell in cells.items()]
    return DecisionTable(HitPolicy.UNIQUE, (Clause("x", NUMBER),), (Clause("out", NUMBER),), tuple(rules))


DOUBLE = KnowledgeModel("double", (("x", NUMBER),), literal("x * 2"))
GRADE = KnowledgeModel("grade", (("x", NUMBER),), grade())
SUM = KnowledgeModel("sum", (("x", NUMBER), ("y", NUMBER)), literal("double(x) + double(y)"), ("double",))


def value(logic: Logic, **inputs: Any) -> Any:
    model = DecisionModel("m", {"a": NUMBER, "b": NUMBER}, (Decision("d", logic, ("a", "b"), ("double", "grade", "sum")),), (DOUBLE, GRADE, SUM))
    return evaluation.evaluate(model, inputs).value("d")


def test_a_context_gives_its_entries_and_each_reads_those_before_it() -> None:
    context = BoxedContext((("first", literal("a + 1")), ("second", literal("first * 2"))), ItemDefinition("context"))
    assert value(context, a=1) == {"first": 2, "second": 4}


def test_a_context_with_a_result_gives_the_result_alone() -> None:
    assert value(BoxedContext((("first", literal("a + 1")), ("", literal("first * 10"))), NUMBER), a=1) == 20


def test_a_list_gives_its_items_and_a_relation_its_rows() -> None:
    row = BoxedContext((("first", literal("a")),), ItemDefinition("context"))
    assert value(BoxedList((literal("a"), literal("b")), NUMBER), a=1, b=2) == (1, 2)
    assert value(BoxedList((row,), NUMBER), a=1) == ({"first": 1},)


def test_an_invocation_binds_parameters_by_name_and_leaves_the_others_unknown() -> None:
    assert value(Invocation("sum", (("y", literal("b")), ("x", literal("a"))), NUMBER), a=1, b=2) == 6
    assert value(Invocation("sum", (("y", literal("b")),), NUMBER), a=1, b=2) is None


@pytest.mark.parametrize("wrong", [Invocation("nobody", (), NUMBER), Invocation("double", (("z", literal("a")),), NUMBER)])
def test_an_invocation_of_no_function_or_of_no_parameter_of_it_is_unknown(wrong: Invocation) -> None:
    assert value(wrong, a=1) is None


def test_a_literal_calls_a_knowledge_model_that_is_a_table() -> None:
    assert [value(literal("grade(double(a))"), a=number) for number in (5, 3, 1)] == [1, 2, None]


def test_a_knowledge_model_reads_its_parameters_and_not_the_inputs_of_who_calls() -> None:
    reader = KnowledgeModel("double", (("x", NUMBER),), literal("if x = null then 0 else x"))
    model = DecisionModel("m", {"x": NUMBER}, (Decision("d", Invocation("double", (), NUMBER), ("x",)),), (reader,))
    assert evaluation.evaluate(model, {"x": 9}).value("d") == 0


def test_a_violation_inside_a_knowledge_model_names_it() -> None:
    twice = replace(grade(), rules=(grade().rules[0], replace(grade().rules[0], id="G-3")))
    model = DecisionModel(
        "m", {"a": NUMBER}, (Decision("d", Invocation("grade", (("x", literal("a")),), NUMBER), ("a",)),), (replace(GRADE, body=twice),)
    )
    with pytest.raises(HitPolicyViolation, match="grade is UNIQUE but rules G-1, G-3"):
        evaluation.evaluate(model, {"a": 10})


def test_an_input_of_a_table_may_be_an_expression() -> None:
    table = replace(grade(), inputs=(Clause("x", NUMBER, expression=parser.expression("a + b", NAMES)),))
    assert value(table, a=5, b=5) == 1


def test_a_cell_may_compare_with_another_input() -> None:
    over = Rule("O-1", ({"a": parser.unary_tests("> b", NAMES)},), {"out": parser.expression("1", NAMES)}, Source())
    table = DecisionTable(HitPolicy.UNIQUE, (Clause("a", NUMBER),), (Clause("out", NUMBER),), (over,))
    assert (value(table, a=3, b=2), value(table, a=2, b=3), value(table, a=2)) == (1, None, None)


def test_one_decision_is_evaluated_with_what_it_requires_and_nothing_else() -> None:
    decisions = tuple(
        Decision(name, literal(text), requires)
        for name, text, requires in (("first", "a + 1", ("a",)), ("second", "first + 1", ("first",)), ("x", "b", ("b",)))
    )
    model = DecisionModel("m", {"a": NUMBER, "b": NUMBER}, decisions)
    assert list(evaluation.evaluate(model, {"a": 1}, only="second").decisions) == ["first", "second"]
    assert evaluation.evaluate(model, {"a": Decimal(1)}, only="second").value("second") == 3
    with pytest.raises(NotFound, match="It has: first, second, x"):
        evaluation.evaluate(model, {}, only="y")
