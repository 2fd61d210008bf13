"""The rows of one or more tables over the elementary cells of their inputs: for each cell, the rows that it leaves alive.

A row is a box: it holds where every level lets it through. A cell of a list is a choice of items, so an input that is a list becomes one
level that says whether it is known and one for each item that is named, and a line whose cell lists several items becomes several rows.
A test that reads something else than constants becomes a level of its own, of which only is known that it holds or does not.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cds.dmn.analysis import domains
from cds.dmn.analysis.domains import Cell
from cds.dmn.analysis.findings import NotProved
from cds.dmn.feel import ast, interpreter, writer
from cds.dmn.model import ItemDefinition

MOST_ROWS = 5_000

Line = Mapping[str, ast.UnaryTests]
"""One alternative of a rule: its cells by input."""


@dataclass(frozen=True)
class Key:
    """What a level asks of an input: its value, or for a list whether it is known (`item` is None) or holds an item, or whether a test holds."""

    name: str
    kind: str
    item: Any = None


VALUE, KNOWN, ITEM, TEST = "value", "known", "item", "test"
Row = Mapping[Key, Any]
"""What a row wants of each level that it reads: unary tests of a value, True or False of the others."""


@dataclass(frozen=True)
class Level:
    """One level: its cells, and for each cell the rows that it lets through (bit n is row n)."""

    key: Key
    cells: tuple[Cell, ...]
    masks: tuple[int, ...]

    @cached_property
    def groups(self) -> Mapping[int, int]:
        """The cells that let the same rows through, as bits, by those rows."""
        found: dict[int, int] = {}
        for index, mask in enumerate(self.masks):
            found[mask] = found.get(mask, 0) | 1 << index
        return found

    @cached_property
    def always(self) -> int:
        """The rows that every cell lets through."""
        rows = -1
        for mask in self.masks:
            rows &= mask
        return rows


@dataclass(frozen=True)
class Grid:
    """The levels and rows. `of_line` are the rows of each line, `open` the rows that rest on a test that is not analysable."""

    inputs: Mapping[str, ItemDefinition]
    levels: tuple[Level, ...]
    of_line: tuple[int, ...]
    open: int

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.of_line)

    @cached_property
    def _items(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for index, level in enumerate(self.levels):
            found.setdefault(level.key.name, []).append(index)
        return found

    def witness(self, chosen: Sequence[int]) -> dict[str, Any]:
        """The input of every column for one cell of each level; an input that nothing tests is unknown where it may be."""
        return {name: self._value(name, item, chosen) for name, item in self.inputs.items()}

    def _value(self, name: str, item: ItemDefinition, chosen: Sequence[int]) -> Any:
        levels = [(self.levels[index], self.levels[index].cells[chosen[index]].sample) for index in self._items.get(name, ())]
        for level, sample in levels:
            if level.key.kind == VALUE:
                return sample
            if level.key.kind == KNOWN:
                return tuple(one.key.item for one, held in levels if one.key.kind == ITEM and held) if sample else None
        return domains.any_value(item)

    def texts(self, box: Sequence[int]) -> dict[str, str]:
        """The box (for each level its cells, as bits) as cells of a table, by input; inputs that may be anything are left out.

        Several conditions on one list are joined by `and`.
        """
        found = {name: " and ".join(_texts([(self.levels[index], box[index]) for index in indices])) for name, indices in self._items.items()}
        return {name: found[name] for name in self.inputs if found.get(name)}

    def told(self, box: Sequence[int]) -> tuple[int, ...]:
        """The largest part of the box that can be told by input: a list with an item is known, one that is unknown has no items."""
        known = {level.key.name: index for index, level in enumerate(self.levels) if level.key.kind == KNOWN}
        items = [(index, known[level.key.name]) for index, level in enumerate(self.levels) if level.key.kind == ITEM]
        found = list(box)
        for index, lists in items:
            if found[lists] == UNKNOWN_LIST:
                found[index] = EITHER
            elif found[index] != EITHER:
                found[lists] = KNOWN_LIST
        return tuple(found)


KNOWN_LIST, UNKNOWN_LIST, EITHER = 0b01, 0b10, 0b11


def _texts(levels: Sequence[tuple[Level, int]]) -> Iterator[str]:
    without: list[ast.UnaryTest] = []
    bound = [(level, chosen) for level, chosen in levels if chosen != (1 << len(level.cells)) - 1]
    items = any(level.key.kind == ITEM for level, _ in bound)
    for level, chosen in bound:
        holds = bool(chosen & 1)
        match level.key.kind:
            case "value":
                yield writer.unary_tests(domains.tests_of(level.cells, chosen))
            case "known" if not items:
                yield "not(unknown)" if holds else "unknown"
            case "item" if holds:
                yield writer.unary_tests((ast.Contains(level.key.item),))
            case "item":
                without.append(ast.Contains(level.key.item))
            case "test":
                test = writer.unary_tests((level.key.item,))
                yield test if holds else f"otherwise than {test}"
    if without:
        yield writer.unary_tests((ast.Not((*without, ast.Unknown())),))


def build(inputs: Mapping[str, ItemDefinition], lines: Sequence[Line]) -> Grid | NotProved:
    """The grid of these lines, in their order; NotProved where lists make too many rows."""
    rows: list[Row] = []
    of_line: list[int] = []
    for line in lines:
        boxes = list(itertools.islice(_rows(inputs, line), MOST_ROWS + 1))
        of_line.append(((1 << len(boxes)) - 1) << len(rows))
        rows.extend(boxes)
        if len(rows) > MOST_ROWS:
            return NotProved(f"the items of its lists make more than {MOST_ROWS} rows")
    keys = dict.fromkeys(key for row in rows for key in row)
    order = {name: index for index, name in enumerate(inputs)}
    levels = tuple(_level(key, inputs, rows, lines) for key in sorted(keys, key=lambda key: order[key.name]))
    opened = sum(1 << index for index, row in enumerate(rows) if any(key.kind == TEST for key in row))
    return Grid(inputs, levels, tuple(of_line), opened)


def adding(grid: Grid, box: Sequence[int]) -> Grid:
    """The grid with one more line, which holds in the box."""
    row = 1 << grid.rows.bit_length()
    levels = (
        Level(level.key, level.cells, tuple(mask | row if box[index] >> cell & 1 else mask for cell, mask in enumerate(level.masks)))
        for index, level in enumerate(grid.levels)
    )
    return Grid(grid.inputs, tuple(levels), (*grid.of_line, row), grid.open)


def _rows(inputs: Mapping[str, ItemDefinition], line: Line) -> Iterator[Row]:
    choices = [list(_choices(name, inputs[name], tests)) for name, tests in line.items()]
    for chosen in itertools.product(*choices):
        yield {key: wanted for part in chosen for key, wanted in part.items()}


def _choices(name: str, item: ItemDefinition, tests: ast.UnaryTests) -> Iterator[Row]:
    """The boxes of one cell, of which any may hold."""
    if any(isinstance(test, ast.Anything) for test in tests):
        yield {}
        return
    plain = []
    for test in tests:
        if not domains.is_constant(test) or (domains.is_list(item) and not _on_lists(test)):
            yield {Key(name, TEST, test): True}
        elif domains.is_list(item):
            yield from _list_box(name, test)
        else:
            plain.append(test)
    if plain:
        yield {Key(name, VALUE): tuple(plain)}


def _on_lists(test: ast.UnaryTest) -> bool:
    """Whether the test is a box over the items of a list."""
    if isinstance(test, ast.Not):
        return all(isinstance(part, ast.Contains | ast.Unknown) for part in test.tests)
    return isinstance(test, ast.Contains | ast.Unknown)


def _list_box(name: str, test: ast.UnaryTest) -> Iterator[Row]:
    known = Key(name, KNOWN)
    match test:
        case ast.Contains(value):
            yield {known: True, Key(name, ITEM, value): True}
        case ast.Not(tests):
            yield {known: True} | {Key(name, ITEM, part.value): False for part in tests if isinstance(part, ast.Contains)}
        case _:
            yield {known: False}


def _level(key: Key, inputs: Mapping[str, ItemDefinition], rows: Sequence[Row], lines: Sequence[Line]) -> Level:
    cells = _cells(key, inputs[key.name], lines)
    return Level(key, cells, tuple(_mask(key, cell, rows) for cell in cells))


def _cells(key: Key, item: ItemDefinition, lines: Sequence[Line]) -> tuple[Cell, ...]:
    if key.kind == VALUE:
        return domains.split(item, _tests(key.name, lines))
    if key.kind == KNOWN and not item.nullable:
        return (Cell(True),)
    return Cell(True), Cell(False)


def _tests(name: str, lines: Sequence[Line]) -> Iterable[ast.UnaryTest]:
    return (test for line in lines for test in line.get(name, ()) if domains.is_constant(test))


def _mask(key: Key, cell: Cell, rows: Sequence[Row]) -> int:
    return sum(1 << index for index, row in enumerate(rows) if key not in row or _holds(row[key], key, cell))


def _holds(wanted: Any, key: Key, cell: Cell) -> bool:
    if key.kind == VALUE:
        return interpreter.matches(wanted, cell.sample) is True
    return bool(wanted is cell.sample)
