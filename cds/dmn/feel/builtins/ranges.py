"""Where points and ranges lie to each other (DMN 1.5, 10.3.4.6 and 10.3.4.8)."""

from collections.abc import Callable
from typing import Any

from cds.dmn.feel import values
from cds.dmn.feel.builtins import Listed
from cds.dmn.feel.values import Range, Truth


def _is(left: Any, right: Any) -> bool:
    """The same value of the same kind; two times are so only with the same offset."""
    if left is None or right is None:
        return left is right
    return values.same(left, right) and getattr(left, "tzinfo", None) == getattr(right, "tzinfo", None)


def _point(value: Any) -> Range:
    return Range(value, value, True, True)


def _ordered(low: Any, high: Any, *, touching: bool = False) -> Truth:
    """Whether one end comes before the other, or with `touching` at it; null where one is not bounded or they have no order."""
    if low is None or high is None:
        return False
    return values.order("<=" if touching else "<", low, high)


def _before(first: Range, second: Range) -> Truth:
    both = first.high_closed and second.low_closed
    return _ordered(first.high, second.low, touching=not both)


def _meets(first: Range, second: Range) -> Truth:
    if first.high is None or second.low is None:
        return False
    return values.all_of([first.high_closed, second.low_closed, values.equal(first.high, second.low)])


def _starts_first(first: Range, second: Range, *, touching: bool = True) -> Truth:
    """Whether the first begins no later than the second; without `touching` earlier."""
    if first.low is None or second.low is None:
        return first.low is None and (touching or second.low is not None)
    level = values.equal(first.low, second.low)
    closed = (first.low_closed or not second.low_closed) if touching else (first.low_closed and not second.low_closed)
    return values.any_of([_ordered(first.low, second.low), values.all_of([level, closed])])


def _ends_last(first: Range, second: Range, *, touching: bool = True) -> Truth:
    """Whether the first ends no earlier than the second; without `touching` later."""
    if first.high is None or second.high is None:
        return first.high is None and (touching or second.high is not None)
    level = values.equal(first.high, second.high)
    closed = (first.high_closed or not second.high_closed) if touching else (first.high_closed and not second.high_closed)
    return values.any_of([_ordered(second.high, first.high), values.all_of([level, closed])])


def _includes(first: Range, second: Range) -> Truth:
    return values.all_of([_starts_first(first, second), _ends_last(first, second)])


def _overlaps(first: Range, second: Range) -> Truth:
    return values.negated(values.any_of([_before(first, second), _before(second, first)]))


def _overlaps_before(first: Range, second: Range) -> Truth:
    return values.all_of([_overlaps(first, second), _starts_first(first, second, touching=False), _ends_last(second, first)])


def _overlaps_after(first: Range, second: Range) -> Truth:
    return values.all_of([_overlaps(first, second), _starts_first(second, first), _ends_last(first, second, touching=False)])


def _same_start(first: Range, second: Range) -> Truth:
    return values.all_of([_starts_first(first, second), _starts_first(second, first)])


def _same_end(first: Range, second: Range) -> Truth:
    return values.all_of([_ends_last(first, second), _ends_last(second, first)])


def _starts(first: Range, second: Range) -> Truth:
    return values.all_of([_same_start(first, second), _includes(second, first)])


def _finishes(first: Range, second: Range) -> Truth:
    return values.all_of([_same_end(first, second), _includes(second, first)])


def _coincides(first: Range, second: Range) -> Truth:
    return values.all_of([_same_start(first, second), _same_end(first, second)])


Relation = Callable[[Range, Range], Truth]


def _swapped(relation: Relation) -> Relation:
    return lambda first, second: relation(second, first)


def _listed(name: str, relation: Relation, *points: str) -> Listed:
    """The relation of two ranges, and with a point as the first, the second or both."""
    found: list[tuple[str, Callable[..., Any]]] = [(f"{name}(range1: range, range2: range)", relation)]
    if "first" in points:
        found.append((f"{name}(point: point, range: range)", lambda point, limits: relation(_point(point), limits)))
    if "second" in points:
        found.append((f"{name}(range: range, point: point)", lambda limits, point: relation(limits, _point(point))))
    if "both" in points:
        found.append((f"{name}(point1: point, point2: point)", lambda first, second: relation(_point(first), _point(second))))
    return tuple(found)


FUNCTIONS: Listed = (
    ("is(value1: any, value2: any)", _is),
    *_listed("before", _before, "first", "second", "both"),
    *_listed("after", _swapped(_before), "first", "second", "both"),
    *_listed("meets", _meets),
    *_listed("met by", _swapped(_meets)),
    *_listed("overlaps", _overlaps),
    *_listed("overlaps before", _overlaps_before),
    *_listed("overlaps after", _overlaps_after),
    *_listed("finishes", _finishes, "first"),
    *_listed("finished by", _swapped(_finishes), "second"),
    *_listed("includes", _includes, "second"),
    *_listed("during", _swapped(_includes), "first"),
    *_listed("starts", _starts, "first"),
    *_listed("started by", _swapped(_starts), "second"),
    *_listed("coincides", _coincides, "both"),
)
