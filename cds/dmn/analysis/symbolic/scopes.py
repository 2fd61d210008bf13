"""What an expression is evaluated in: the terms, and the value of each name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cds.dmn.analysis.symbolic.terms import Condition, Terms
from cds.dmn.analysis.symbolic.values import Value
from cds.dmn.feel import ast

Truth = tuple[Condition, Condition]
"""When a test is true, and when it is false; it is open where neither holds."""


@dataclass(frozen=True)
class Scope:
    """Bound names first, then `look` for inputs and decisions, which raises Unsupported for what it cannot give.

    `cells` remembers each cell of constants by the identity of the value it tests, which it keeps alive.
    """

    terms: Terms
    look: Callable[[str], Value]
    bound: Mapping[str, Value] = field(default_factory=dict)
    cells: dict[tuple[int, ast.UnaryTests], tuple[Value, Truth]] = field(default_factory=dict)

    def value(self, name: str) -> Value:
        """The value of a name."""
        return self.bound[name] if name in self.bound else self.look(name)

    def bind(self, bound: Mapping[str, Value]) -> "Scope":
        """The scope with these names over it."""
        return replace(self, bound={**self.bound, **bound})
