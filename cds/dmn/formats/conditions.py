"""Cells and rules as one expression: what a rule asks, for formats that have conditions and no tables."""

from collections.abc import Mapping

from cds.dmn.feel import ast
from cds.dmn.model import DecisionTable, Rule

Cells = Mapping[str, ast.UnaryTests]
Subjects = Mapping[str, ast.Expression]

THE_INPUT = ast.Name(ast.INPUT)
ANYTHING = ast.Anything()
TRUE = ast.Constant(True)


def of_rule(rule: Rule, table: DecisionTable) -> ast.Expression:
    """True where the rule matches, whatever the hit policy makes of it; unknown may be false or null where it does not."""
    subjects = {clause.name: clause.expression or ast.Name(clause.name) for clause in table.inputs}
    first, *others = (together(tested(cells), subjects) for cells in rule.when)
    for other in others:
        first = ast.Binary("or", first, other)
    return first


def tested(cells: Cells) -> Cells:
    """The cells without those that take anything."""
    return {name: tests for name, tests in cells.items() if ANYTHING not in tests}


def together(cells: Cells, subjects: Subjects) -> ast.Expression:
    """That all cells hold, each of its subject; true where there is none."""
    whole: ast.Expression | None = None
    for name, tests in cells.items():
        part = of_cell(tests, subjects[name])
        whole = ast.Binary("and", whole, part) if whole else part
    return whole or TRUE


def of_cell(tests: ast.UnaryTests, subject: ast.Expression = THE_INPUT) -> ast.Expression:
    """The cell as an expression over the subject, by default the cell's own input."""
    first, *others = (_of_test(test, subject) for test in tests)
    for other in others:
        first = ast.Binary("or", first, other)
    return first


def _of_test(test: ast.UnaryTest, subject: ast.Expression) -> ast.Expression:
    match test:
        case ast.Anything():
            return TRUE
        case ast.Unknown() | ast.Equals():
            return ast.Binary("=", subject, ast.Constant(test.value if isinstance(test, ast.Equals) else None))
        case ast.Contains(value):
            return ast.Call("list contains", (subject, ast.Constant(value)))
        case ast.Compare(operator, value):
            return ast.Binary(operator, subject, ast.Constant(value))
        case ast.Interval(low, high, low_closed, high_closed):
            return ast.In(subject, (ast.RangeOf(ast.Constant(low), ast.Constant(high), low_closed, high_closed),))
        case ast.Not(tests):
            return ast.Call("not", (of_cell(tests, subject),))
        case ast.Satisfies(expression):
            return expression if subject == THE_INPUT else ast.In(subject, (expression,))
