"""The closed syntax tree of expressions and unary tests. Nothing outside this file is ever evaluated."""

from dataclasses import dataclass
from decimal import Decimal

Scalar = str | bool | Decimal | None


@dataclass(frozen=True)
class Constant:
    """A number, string, boolean or null."""

    value: Scalar


@dataclass(frozen=True)
class Name:
    """An input, a decision, or `item` inside a filter."""

    name: str


@dataclass(frozen=True)
class Binary:
    """`+ - * /`, a comparison, `and` or `or`."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class If:
    """`if a then b else c`; an unknown condition takes the else (DMN 1.5, table 42)."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True)
class In:
    """`x in (a, b)`: equal to one of them."""

    item: "Expression"
    options: tuple["Expression", ...]


@dataclass(frozen=True)
class Call:
    """A built-in function."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class ListOf:
    """`[a, b]`."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Filter:
    """`list[condition]` with `item`, or `list[n]` counted from 1."""

    source: "Expression"
    condition: "Expression"


@dataclass(frozen=True)
class Path:
    """`context.entry`; over a list, the entry of each."""

    source: "Expression"
    entry: str


Expression = Constant | Name | Binary | If | In | Call | ListOf | Filter | Path


@dataclass(frozen=True)
class Anything:
    """`-`: true for every value, unknown included."""


@dataclass(frozen=True)
class Unknown:
    """`unknown` (FEEL null): true when nothing is known."""


@dataclass(frozen=True)
class Equals:
    """A value; on a list, membership."""

    value: str | Decimal


@dataclass(frozen=True)
class Compare:
    """`< 7` and the like."""

    operator: str
    value: Decimal


@dataclass(frozen=True)
class Interval:
    """`[14..21]`, `(14..21]` and the like."""

    low: Decimal
    high: Decimal
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True)
class Not:
    """`not(a, b)`: neither."""

    tests: tuple["UnaryTest", ...]


UnaryTest = Anything | Unknown | Equals | Compare | Interval | Not
UnaryTests = tuple[UnaryTest, ...]
"""The tests of one cell: any of them."""


def names(expression: Expression) -> frozenset[str]:
    """Every name that the expression reads, `item` left out."""
    found: set[str] = set()
    _collect(expression, found)
    return frozenset(found - {"item"})


def _collect(node: object, found: set[str]) -> None:
    if isinstance(node, Name):
        found.add(node.name)
    elif isinstance(node, tuple):
        for part in node:
            _collect(part, found)
    elif isinstance(node, (Binary, If, In, Call, ListOf, Filter, Path)):
        for part in vars(node).values():
            _collect(part, found)
