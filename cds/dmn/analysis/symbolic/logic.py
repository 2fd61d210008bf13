"""Any logic of a decision: a table, an expression, a boxed context or list."""

from cds.dmn.analysis.symbolic import expressions, tables, values
from cds.dmn.analysis.symbolic.scopes import Scope
from cds.dmn.analysis.symbolic.terms import TRUE
from cds.dmn.analysis.symbolic.values import Record, Unsupported, Value
from cds.dmn.model import BoxedContext, BoxedList, DecisionTable, Invocation, LiteralExpression, Logic


def evaluate(logic: Logic, scope: Scope) -> Value:
    """The value of the logic. A table inside a boxed expression must keep its hit policy for every input."""
    match logic:
        case LiteralExpression():
            return expressions.evaluate(logic.expression, scope)
        case DecisionTable():
            found = tables.outcome(logic, scope)
            if found.faults:
                raise Unsupported("a table inside a boxed expression that may break its hit policy")
            return found.value
        case BoxedContext():
            return _context(logic, scope)
        case BoxedList():
            return values.listed((TRUE, evaluate(item, scope)) for item in logic.items)
        case Invocation():
            raise Unsupported("a boxed invocation")


def _context(logic: BoxedContext, scope: Scope) -> Value:
    entries: dict[str, Value] = {}
    for name, part in logic.entries:
        value = evaluate(part, scope.bind(entries))
        if name == "":
            return value
        entries[name] = value
    return values.only(Record(entries))
