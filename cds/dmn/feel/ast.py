"""The closed syntax tree of expressions and unary tests. Nothing outside this file is ever evaluated."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property


@dataclass(frozen=True, order=True)
class YearsMonths:
    """A years and months duration, in months (DMN 1.5, 10.3.2.3.8); days and time durations are `timedelta`."""

    months: int


Temporal = datetime.date | datetime.time | datetime.datetime | datetime.timedelta | YearsMonths
Scalar = str | bool | Decimal | Temporal | None
Ordered = str | Decimal | Temporal
"""What can be the bound of a comparison; only values of one kind are compared."""


@dataclass(frozen=True)
class Constant:
    """A number, string, boolean, date, time, duration or null."""

    value: Scalar


@dataclass(frozen=True)
class Name:
    """An input, a decision, a bound name, `item` inside a filter, or `?` inside a unary test."""

    name: str


@dataclass(frozen=True)
class Binary:
    """`+ - * / **`, a comparison, `and` or `or`."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Minus:
    """`-x`; a negative number that is written as such is a Constant."""

    operand: "Expression"


@dataclass(frozen=True)
class If:
    """`if a then b else c`; an unknown condition takes the else (DMN 1.5, table 42)."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True)
class In:
    """`x in (a, b)`: equal to one of them, inside one that is a range, an item of one that is a list; `between` is one range.

    An option that reads `?` is itself the test of `x`.
    """

    item: "Expression"
    options: tuple["Expression", ...]


@dataclass(frozen=True)
class Call:
    """A built-in function; named arguments are put in order by the parser, with null for those left out."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Invoke:
    """Calls a function that is a value: a knowledge model or a `function(...)`. `parameters` names each argument, or is empty."""

    function: "Expression"
    arguments: tuple["Expression", ...]
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lambda:
    """`function(a, b: number) body`."""

    parameters: tuple[tuple[str, "Type | None"], ...]
    body: "Expression"


@dataclass(frozen=True)
class ListOf:
    """`[a, b]`."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class ContextOf:
    """`{a: 1, "b c": 2}`; an entry may read those before it."""

    entries: tuple[tuple[str, "Expression"], ...]


@dataclass(frozen=True)
class RangeOf:
    """`[a..b]` and the like, and `< b` as a value; None where the range has no such end."""

    low: "Expression | None"
    high: "Expression | None"
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True)
class For:
    """`for a in x, b in y return r`; a later domain may read earlier names, and `r` reads `partial`."""

    iterators: tuple[tuple[str, "Expression"], ...]
    result: "Expression"


@dataclass(frozen=True)
class Quantified:
    """`some a in x satisfies c`, or `every`."""

    every: bool
    iterators: tuple[tuple[str, "Expression"], ...]
    condition: "Expression"


@dataclass(frozen=True)
class Type:
    """`number`, `list<number>`, `context<a: number>`, `range<date>`, `function<number> -> string` (the result is the last part)."""

    name: str
    parts: tuple["Type", ...] = ()
    entries: tuple[str, ...] = ()


@dataclass(frozen=True)
class InstanceOf:
    """`x instance of number`."""

    value: "Expression"
    type: Type


@dataclass(frozen=True)
class Filter:
    """`list[condition]` with `item`, or `list[n]` counted from 1, from the end when negative."""

    source: "Expression"
    condition: "Expression"

    @cached_property
    def tests_items(self) -> bool:
        """Whether the condition speaks of `item`, and so cannot be a position."""
        return ITEM in _free(self.condition)


@dataclass(frozen=True)
class Path:
    """`context.entry`; over a list, the entry of each; on a date and the like, its part."""

    source: "Expression"
    entry: str


Expression = (
    Constant | Name | Binary | Minus | If | In | Call | Invoke | Lambda | ListOf | ContextOf | RangeOf | For | Quantified | InstanceOf | Filter | Path
)

ITEM = "item"
INPUT = "?"
PARTIAL = "partial"


@dataclass(frozen=True)
class Anything:
    """`-`: true for every value, unknown included."""


@dataclass(frozen=True)
class Unknown:
    """`unknown` (FEEL null): true when nothing is known."""


@dataclass(frozen=True)
class Equals:
    """A value."""

    value: Ordered | bool


@dataclass(frozen=True)
class Contains:
    """On a list: the value is one of its items. In FEEL `list contains(?, value)`; in our tables the bare value."""

    value: str | Decimal


@dataclass(frozen=True)
class Compare:
    """`< 7` and the like, with a constant."""

    operator: str
    value: Ordered


@dataclass(frozen=True)
class Interval:
    """`[14..21]`, `(14..21]` and the like, with constants."""

    low: Ordered
    high: Ordered
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True)
class Satisfies:
    """Any other test: an expression in which `?` is the input. `< limit` is `Satisfies(? < limit)`."""

    expression: Expression


@dataclass(frozen=True)
class Not:
    """`not(a, b)`: neither."""

    tests: tuple["UnaryTest", ...]


UnaryTest = Anything | Unknown | Equals | Contains | Compare | Interval | Not | Satisfies
UnaryTests = tuple[UnaryTest, ...]
"""The tests of one cell: any of them."""


def names(expression: Expression) -> frozenset[str]:
    """Every name that the expression reads from outside: bound names, `item` and `?` are left out."""
    return _free(expression) - {ITEM, INPUT}


def reads_input(expression: Expression) -> bool:
    """Whether `?` stands in the expression for a value given from outside."""
    return INPUT in _free(expression)


def _free(node: Expression) -> frozenset[str]:
    match node:
        case Name(name):
            return frozenset({name})
        case Filter(source, condition):
            return _free(source) | (_free(condition) - {ITEM})
        case In(item, options):
            return _free(item) | (_all_free(options) - {INPUT})
        case Lambda(parameters, body):
            return _free(body) - {name for name, _ in parameters}
        case ContextOf(entries):
            return _bound(entries, None)
        case For(iterators, result):
            return _bound(iterators, result) - {PARTIAL}
        case Quantified(_, iterators, condition):
            return _bound(iterators, condition)
    return _all_free(getattr(node, field.name) for field in fields(node))


def _all_free(parts: Iterable[object]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for part in parts:
        if isinstance(part, tuple):
            found |= _all_free(part)
        elif isinstance(part, Expression):
            found |= _free(part)
    return found


def _bound(entries: tuple[tuple[str, Expression], ...], last: Expression | None) -> frozenset[str]:
    """What the expressions read that no entry before them binds."""
    found: frozenset[str] = frozenset()
    bound: set[str] = set()
    for name, expression in entries:
        found |= _free(expression) - bound
        bound.add(name)
    return found if last is None else found | (_free(last) - bound)
