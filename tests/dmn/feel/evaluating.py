"""The value of a FEEL text over a few names, for the tests of this folder."""

from decimal import Decimal
from typing import Any

from cds.dmn.feel import arithmetic, interpreter, parser
from cds.dmn.feel.values import Function

NAMES: dict[str, Any] = {
    "Monthly Salary": Decimal(1000),
    "Monthly": Decimal(1),
    "a": Decimal(3),
    "unsaid": None,
    "fee": Decimal(5),
    "loan": {"amount": Decimal(600), "rate-base": Decimal(7), "rate": Decimal(2)},
    "loans": ({"amount": Decimal(5), "kind": "x"}, {"amount": Decimal(50), "kind": "y"}),
    "red-flags": {"rank": Decimal(4)},
    "red-flags.rules": ("R-1",),
    "list": (Decimal(1), Decimal(2)),
    "add": Function(("left", "right"), lambda given: arithmetic.binary("+", *given)),
}


def value(text: str, /, **more: Any) -> Any:
    """What the expression gives over NAMES and more."""
    names = NAMES | more
    return interpreter.evaluate(parser.expression(text, frozenset(names)), names)


def holds(cell: str, given: Any, /, **names: Any) -> bool | None:
    """Whether a cell of standard FEEL holds for the value."""
    return interpreter.matches(parser.unary_tests(cell, frozenset(names), words=False), given, names)
