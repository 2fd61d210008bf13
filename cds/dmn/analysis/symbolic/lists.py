"""Lists whose items are there under conditions: count, sums, extremes, membership, positions and entries (DMN 1.5, 10.3.4.4)."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from cds.dmn.analysis.symbolic import comparisons, numbers, operators, values
from cds.dmn.analysis.symbolic.numbers import Quotient
from cds.dmn.analysis.symbolic.terms import FALSE, TRUE, Condition, Terms, Unnamed
from cds.dmn.analysis.symbolic.values import NULL, Case, Ground, Listing, Record, Unsupported, Value

Number = Quotient | Decimal


def closed(ground: Listing) -> Listing:
    """The list, when the model mentions every word that can be in it."""
    if ground.more is not None:
        raise Unsupported("the items of a list that may hold any text")
    return ground


def kept(terms: Terms, ground: Listing, passes: Callable[[Value], Condition]) -> Iterator[tuple[Condition, Value]]:
    """The items that pass, each with the condition that it is there and does."""
    for guard, item in ground.items:
        there = terms.both(guard, passes(item))
        if there != FALSE:
            yield there, item


def contains(terms: Terms, source: Value, item: Value) -> Value:
    """Whether the item is in the list; null where there is no list."""

    def each(ground: Ground) -> Iterable[Case]:
        if not isinstance(ground, Listing):
            return ((TRUE, None),)
        if ground.more is not None and any(isinstance(word, Unnamed) for _, word in item.cases):
            raise Unsupported("whether a list that may hold any text holds an input that may be any text")
        found = terms.some(terms.both(guard, operators.equal(terms, member, item)) for guard, member in ground.items)
        return (found, True), (-found, False)

    return values.combined(terms, (source,), each)


def at(terms: Terms, source: Value, position: Value) -> Value:
    """The item at a position, counted from 1, or from the end when negative; null outside."""

    def each(ground: Ground, index: Ground) -> Iterable[Case]:
        if not isinstance(ground, Listing | None):
            raise Unsupported("a filter of what is not a list")
        if isinstance(index, bool | str | Quotient) or (isinstance(index, Decimal) and index != int(index)):
            raise Unsupported("a filter that is neither a condition on `item` nor a constant position")
        if ground is None or not isinstance(index, Decimal) or not index:
            return ((TRUE, None),)
        return _item(terms, closed(ground), int(index))

    return values.combined(terms, (source, position), each)


def _item(terms: Terms, ground: Listing, index: int) -> Iterator[Case]:
    """The items in order, or from the end: the one before which as many are there as the position says."""
    items = ground.items if index > 0 else tuple(reversed(ground.items))
    before: tuple[Condition, ...] = (TRUE,) + (FALSE,) * (abs(index) - 1)
    missing = []
    for guard, item in items:
        here = terms.both(guard, before[-1])
        yield from ((terms.both(here, case), value) for case, value in item.cases)
        missing.append(-here)
        before = _counted(terms, before, guard)
    yield terms.every(missing), None


def _counted(terms: Terms, exactly: tuple[Condition, ...], guard: Condition) -> tuple[Condition, ...]:
    """How many there are, after one more that is there under the guard; larger numbers than asked for are dropped."""
    shifted = (FALSE, *exactly[:-1])
    return tuple(terms.choose(guard, less, same) for less, same in zip(shifted, exactly, strict=True))


def entry(terms: Terms, source: Value, name: str) -> Value:
    """The entry of a context, of each item of a list; null for anything else without parts."""
    cases: list[Case] = []
    for guard, ground in source.cases:
        cases += [(terms.both(guard, inner), value) for inner, value in _entry(terms, ground, name).cases]
    return values.union(terms, cases)


def _entry(terms: Terms, ground: Ground, name: str) -> Value:
    if isinstance(ground, Record):
        return ground.entries.get(name, NULL)
    if isinstance(ground, Listing):
        return values.listed((guard, entry(terms, item, name)) for guard, item in closed(ground).items)
    if ground is None or isinstance(ground, str | bool | Number):
        return NULL
    raise Unsupported(f"the part `{name}` of a date, a time or a duration")


def _over(function: Callable[[Terms, Listing], Value]) -> "Function":
    """A function of one list, or of its items as arguments; null where the one argument is null."""

    def over(terms: Terms, arguments: tuple[Value, ...]) -> Value:
        if len(arguments) != 1:
            return function(terms, Listing(tuple((TRUE, argument) for argument in arguments)))
        cases: list[Case] = []
        for guard, ground in arguments[0].cases:
            if not isinstance(ground, Listing | None):
                raise Unsupported("a function of lists, of what is not a list")
            result = NULL if ground is None else function(terms, ground)
            cases += [(terms.both(guard, inner), value) for inner, value in result.cases]
        return values.union(terms, cases)

    return over


def _count(terms: Terms, ground: Listing) -> Value:
    exactly: tuple[Condition, ...] = (TRUE,)
    for guard, _ in ground.items:
        exactly = _counted(terms, (*exactly, FALSE), guard)
    more = ground.more
    if more is None:
        return values.union(terms, ((guard, Decimal(number)) for number, guard in enumerate(exactly)))
    return values.union(terms, ((guard, numbers.plain(Quotient(more.plus(numbers.constant(number))))) for number, guard in enumerate(exactly)))


def _sum(terms: Terms, ground: Listing) -> Value:
    """The total of numbers; null when there is no item, or one that is no number."""
    total, some = values.only(Decimal(0)), FALSE
    for guard, item in closed(ground).items:
        total = values.chosen(terms, guard, operators.binary(terms, "+", total, item), total)
        some = terms.either(some, guard)
    return values.chosen(terms, some, total, NULL)


def _mean(terms: Terms, ground: Listing) -> Value:
    return operators.binary(terms, "/", _sum(terms, ground), _count(terms, ground))


def _extreme(operator: str) -> Callable[[Terms, Listing], Value]:
    """`<` gives the least of the items, `>` the greatest; null when there is none, or one that is no number."""

    def extreme(terms: Terms, ground: Listing) -> Value:
        found = values.union(terms, ((terms.both(guard, case), value) for guard, item in closed(ground).items for case, value in item.cases))
        if any(not isinstance(value, Number | None) for _, value in found.cases):
            raise Unsupported("the least or greatest of what are not numbers")
        candidates = [(guard, value) for guard, value in found.cases if isinstance(value, Number)]
        spoilt = terms.some(guard for guard, value in found.cases if value is None)
        return values.union(terms, [*_winners(terms, operator, spoilt, candidates), (_none(terms, spoilt, candidates), None)])

    return extreme


def _winners(terms: Terms, operator: str, spoilt: Condition, candidates: list[tuple[Condition, Number]]) -> Iterator[Case]:
    """Each candidate with the condition that it is there and nothing beats it; among equals the first."""
    for place, (guard, value) in enumerate(candidates):
        beaten = []
        for other, (also, rival) in enumerate(candidates):
            if other != place:
                sign = operator if other > place else f"{operator}="
                better = comparisons.compare(terms, sign, numbers.quotient(rival), numbers.quotient(value))
                beaten.append(terms.both(also, better))
        yield terms.both(guard, -spoilt, -terms.some(beaten)), value


def _none(terms: Terms, spoilt: Condition, candidates: list[tuple[Condition, Number]]) -> Condition:
    return terms.either(spoilt, -terms.some(guard for guard, _ in candidates))


def _distinct(terms: Terms, ground: Listing) -> Value:
    kept: list[tuple[Condition, Value]] = []
    for guard, item in closed(ground).items:
        seen = terms.some(terms.both(there, operators.equal(terms, earlier, item)) for there, earlier in kept)
        kept.append((terms.both(guard, -seen), item))
    return values.listed(kept)


def _concatenate(terms: Terms, arguments: tuple[Value, ...]) -> Value:
    def each(*grounds: Ground) -> Iterable[Case]:
        if not all(isinstance(ground, Listing | None) for ground in grounds):
            raise Unsupported("concatenate of what is not a list")
        whole = [closed(ground) for ground in grounds if isinstance(ground, Listing)]
        return ((TRUE, Listing(tuple(item for one in whole for item in one.items)) if len(whole) == len(grounds) else None),)

    return values.combined(terms, arguments, each)


def _not(terms: Terms, arguments: tuple[Value, ...]) -> Value:
    true, false = values.truth(terms, arguments[0])
    return values.decided(terms, false, true)


Function = Callable[[Terms, tuple[Value, ...]], Value]

FUNCTIONS: dict[str, Function] = {
    "count": _over(_count),
    "sum": _over(_sum),
    "mean": _over(_mean),
    "min": _over(_extreme("<")),
    "max": _over(_extreme(">")),
    "distinct values": _over(_distinct),
    "list contains": lambda terms, arguments: contains(terms, *arguments),
    "concatenate": _concatenate,
    "not": _not,
}
