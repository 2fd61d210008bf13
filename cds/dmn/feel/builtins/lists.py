"""Lists and truth (DMN 1.5, 10.3.4.2 and 10.3.4.4). Positions count from 1, and from the end when negative. An equal item is one by FEEL's `=`."""

import functools
from decimal import Decimal
from typing import Any

from cds.dmn.feel import values
from cds.dmn.feel.builtins import Listed
from cds.dmn.feel.values import Function, Truth


def _position(items: tuple[Any, ...], position: int) -> int | None:
    """The index from 0; None outside the list."""
    index = position - 1 if position > 0 else len(items) + position
    return index if position and 0 <= index < len(items) else None


def _distinct(items: tuple[Any, ...]) -> tuple[Any, ...]:
    found: list[Any] = []
    for item in items:
        if not values.among(tuple(found), item):
            found.append(item)
    return tuple(found)


def _sublist(items: tuple[Any, ...], start: int, length: int | None = None) -> tuple[Any, ...] | None:
    first = _position(items, start)
    if first is None or (length is not None and not 0 <= length <= len(items) - first):
        return None
    return items[first:] if length is None else items[first : first + length]


def _insert_before(items: tuple[Any, ...], position: int, item: Any) -> tuple[Any, ...] | None:
    index = _position(items, position)
    return None if index is None else (*items[:index], item, *items[index:])


def _remove(items: tuple[Any, ...], position: int) -> tuple[Any, ...] | None:
    index = _position(items, position)
    return None if index is None else (*items[:index], *items[index + 1 :])


def _replace_at(items: tuple[Any, ...], position: int, item: Any) -> tuple[Any, ...] | None:
    index = _position(items, position)
    return None if index is None else (*items[:index], item, *items[index + 1 :])


def _replace_where(items: tuple[Any, ...], match: Function, new: Any) -> tuple[Any, ...] | None:
    truths = [match.given(item, new) for item in items]
    if not all(isinstance(truth, bool) for truth in truths):
        return None
    return tuple(new if truth else item for item, truth in zip(items, truths, strict=True))


def _index_of(items: tuple[Any, ...], match: Any) -> tuple[Decimal, ...]:
    return tuple(Decimal(number) for number, item in enumerate(items, 1) if values.same(item, match))


def _flatten(items: tuple[Any, ...]) -> tuple[Any, ...]:
    flat: list[Any] = []
    waiting = list(reversed(items))
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting.extend(reversed(item))
        else:
            flat.append(item)
    return tuple(flat)


def _concatenate(*lists: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(item for items in lists for item in items)


def _sort(items: tuple[Any, ...], precedes: Function | None = None) -> tuple[Any, ...] | None:
    """By the function, which says whether the first comes before the second; without it from the smallest."""
    if precedes is None:
        comparable = all(values.comparable(items[0], item) for item in items)
        return tuple(sorted(items)) if comparable else None

    def compared(left: Any, right: Any) -> int:
        return -1 if precedes.given(left, right) is True else 1 if precedes.given(right, left) is True else 0

    return tuple(sorted(items, key=functools.cmp_to_key(compared)))


def _truths(items: tuple[Any, ...]) -> list[Truth]:
    return [item if isinstance(item, bool) else None for item in items]


def _all(items: tuple[Any, ...]) -> Truth:
    return values.all_of(_truths(items))


def _any(items: tuple[Any, ...]) -> Truth:
    return values.any_of(_truths(items))


FUNCTIONS: Listed = (
    ("not(negand: boolean)", lambda truth: not truth),
    ("all(list: list)", _all),
    ("all(b...: any)", lambda *items: _all(items)),
    ("any(list: list)", _any),
    ("any(b...: any)", lambda *items: _any(items)),
    ("count(list: list)", lambda items: Decimal(len(items))),
    ("count(c...: any)", lambda *items: Decimal(len(items)) if len(items) > 1 else None),
    ("list contains(list: list, element: any)", values.among),
    ("append(list: list, item...: any)", lambda items, *more: (*items, *more)),
    ("concatenate(list...: list)", _concatenate),
    ("insert before(list: list, position: integer, newItem: any)", _insert_before),
    ("remove(list: list, position: integer)", _remove),
    ("list replace(list: list, position: integer, newItem: any)", _replace_at),
    ("list replace(list: list, match: function, newItem: any)", _replace_where),
    ("reverse(list: list)", lambda items: tuple(reversed(items))),
    ("index of(list: list, match: any)", _index_of),
    ("union(list...: list)", lambda *lists: _distinct(_concatenate(*lists))),
    ("distinct values(list: list)", _distinct),
    ("flatten(list: list)", _flatten),
    ("sublist(list: list, start position: integer, length?: integer)", _sublist),
    ("sort(list: list, precedes?: function)", _sort),
)
