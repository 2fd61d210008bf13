"""A value that depends on the inputs: cases, each with the condition under which it is the value. Exactly one holds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds.dmn.analysis.symbolic.numbers import Polynomial, Quotient
from cds.dmn.analysis.symbolic.terms import FALSE, TRUE, Condition, Terms, Unnamed
from cds.dmn.feel import ast
from cds.foundation.errors import CdsError

LIMIT = 4000
"""As many cases as one value may have before it is given up."""


class Unsupported(CdsError):
    """A construct that the symbolic evaluation does not cover; what rests on it is not proved."""

    code = "not-supported"


@dataclass(frozen=True, eq=False)
class Listing:
    """A list: items in order, each with the condition under which it is there. `more` counts further words that the model never mentions."""

    items: tuple[tuple[Condition, "Value"], ...]
    more: Polynomial | None = None


@dataclass(frozen=True, eq=False)
class Record:
    """A context."""

    entries: Mapping[str, "Value"]


Scalar = ast.Scalar | Quotient | Unnamed
Ground = Scalar | Listing | Record
Case = tuple[Condition, Ground]


@dataclass(frozen=True, eq=False)
class Value:
    """The cases of one value; their conditions exclude each other and leave nothing out."""

    cases: tuple[Case, ...]


def only(ground: Ground) -> Value:
    """A value with one case."""
    return Value(((TRUE, ground),))


NULL = only(None)


def listed(items: Iterable[tuple[Condition, Value]]) -> Value:
    """A list as a value; what is never there is left out."""
    return only(Listing(tuple(item for item in items if item[0] != FALSE)))


def union(terms: Terms, cases: Iterable[Case]) -> Value:
    """The value of these cases, equal ones put together."""
    together: dict[Any, list[Condition]] = {}
    grounds: dict[Any, Ground] = {}
    for condition, ground in cases:
        if condition != FALSE:
            grounds.setdefault(key(ground), ground)
            together.setdefault(key(ground), []).append(condition)
    if len(together) > LIMIT:
        raise Unsupported(f"a value with more than {LIMIT} cases")
    return Value(tuple((terms.some(conditions), grounds[name]) for name, conditions in together.items()))


def key(ground: Ground) -> Any:
    """Equal for equal values of one kind: true is not 1."""
    return id(ground) if isinstance(ground, (Listing, Record)) else (type(ground), ground)


def combined(terms: Terms, parts: tuple[Value, ...], combine: Callable[..., Iterable[Case]]) -> Value:
    """The value of a function of several: its cases for each case of each."""
    rows: list[tuple[Condition, tuple[Ground, ...]]] = [(TRUE, ())]
    for part in parts:
        rows = [(both, (*grounds, ground)) for row, grounds in rows for guard, ground in part.cases if (both := terms.both(row, guard)) != FALSE]
        if len(rows) > LIMIT:
            raise Unsupported(f"an expression with more than {LIMIT} cases")
    return union(terms, ((terms.both(row, guard), ground) for row, grounds in rows for guard, ground in combine(*grounds)))


def chosen(terms: Terms, condition: Condition, then: Value, otherwise: Value) -> Value:
    """The one where the condition holds, the other where it does not."""
    sides = ((condition, then), (-condition, otherwise))
    return union(terms, ((terms.both(side, guard), ground) for side, value in sides for guard, ground in value.cases))


def truth(terms: Terms, value: Value) -> tuple[Condition, Condition]:
    """When the value is true, and when it is false; anything else is neither."""
    return when(terms, value, True), when(terms, value, False)


def when(terms: Terms, value: Value, ground: ast.Scalar) -> Condition:
    """The value is this one."""
    return terms.some(guard for guard, other in value.cases if key(other) == key(ground))


def decided(terms: Terms, true: Condition, false: Condition) -> Value:
    """True, false, or null where neither holds."""
    return union(terms, ((true, True), (false, False), (terms.both(-true, -false), None)))


def constant(ground: Ground) -> bool:
    """Whether it is one value of the language that depends on no input."""
    if isinstance(ground, Listing):
        return ground.more is None and all(guard == TRUE and fixed(item) for guard, item in ground.items)
    if isinstance(ground, Record):
        return all(fixed(item) for item in ground.entries.values())
    return not isinstance(ground, (Quotient, Unnamed))


def fixed(value: Value) -> bool:
    """Whether the value has one case, a constant."""
    return len(value.cases) == 1 and constant(value.cases[0][1])


def python(ground: Ground) -> Any:
    """A constant as the interpreter has it."""
    if isinstance(ground, Listing):
        return tuple(python(item.cases[0][1]) for _, item in ground.items)
    if isinstance(ground, Record):
        return {name: python(item.cases[0][1]) for name, item in ground.entries.items()}
    return ground


def of_python(value: Any) -> Ground:
    """What the interpreter gave, as a case; Unsupported for what is no data (a function, a range)."""
    if isinstance(value, tuple):
        return Listing(tuple((TRUE, only(of_python(item))) for item in value))
    if isinstance(value, Mapping):
        return Record({name: only(of_python(item)) for name, item in value.items()})
    if value is None or isinstance(value, (str, bool, Decimal, ast.Temporal)):
        return value
    raise Unsupported(f"a value of the kind {type(value).__name__}")
