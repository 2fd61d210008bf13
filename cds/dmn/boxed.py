"""Evaluates boxed expressions, and makes functions of knowledge models (DMN 1.5, 7.3 and 10.2.1)."""

from collections.abc import Mapping
from typing import Any

from cds.dmn import tables
from cds.dmn.feel import interpreter
from cds.dmn.feel.values import Function
from cds.dmn.model import BoxedContext, BoxedList, DecisionModel, DecisionTable, Invocation, KnowledgeModel, LiteralExpression, Logic

RESULT = ""
"""The name of the entry that is the value of a boxed context."""


def evaluate(name: str, logic: Logic, values: Mapping[str, Any]) -> Any:
    """The value of the logic; `name` is that of the decision or knowledge model it belongs to."""
    match logic:
        case DecisionTable():
            return tables.evaluate(name, logic, values).value
        case LiteralExpression():
            return interpreter.evaluate(logic.expression, values)
        case Invocation():
            return _invoked(name, logic, values)
        case BoxedContext():
            return _context(name, logic, values)
        case BoxedList():
            return tuple(evaluate(name, item, values) for item in logic.items)


def functions(model: DecisionModel) -> dict[str, Function]:
    """The knowledge models as functions, by name; each reads its parameters and the knowledge it requires."""
    known: dict[str, Function] = {}
    for knowledge in model.knowledge:
        known[knowledge.name] = _function(knowledge, {name: known[name] for name in knowledge.requires})
    return known


def _function(knowledge: KnowledgeModel, scope: Mapping[str, Any]) -> Function:
    parameters = tuple(name for name, _ in knowledge.parameters)

    def call(arguments: tuple[Any, ...]) -> Any:
        return evaluate(knowledge.name, knowledge.body, {**scope, **dict(zip(parameters, arguments, strict=True))})

    return Function(parameters, call)


def _invoked(name: str, logic: Invocation, values: Mapping[str, Any]) -> Any:
    """The result of the function; null where there is none of that name, or it has no parameter of a name that is bound."""
    function = values.get(logic.function)
    bound = {parameter: evaluate(name, part, values) for parameter, part in logic.bindings}
    if not isinstance(function, Function) or not set(bound) <= set(function.parameters):
        return None
    return function.call(tuple(bound.get(parameter) for parameter in function.parameters))


def _context(name: str, logic: BoxedContext, values: Mapping[str, Any]) -> Any:
    context: dict[str, Any] = {}
    for entry, part in logic.entries:
        value = evaluate(name, part, {**values, **context})
        if entry == RESULT:
            return value
        context[entry] = value
    return context
