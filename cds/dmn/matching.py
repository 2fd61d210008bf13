"""From the word of a compiled table to its rules: those that match with what they give, and those that unknown keeps open.

The rules stand in blocks of a few rows. What the bits of one block mean is worked out once and kept, as far as there is room.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from cds.dmn.results import RuleResult

BLOCK = 24
"""How many rows a block has at most, unless one rule has more."""

REMEMBERED = 1024
"""How many meanings a dictionary keeps; what is beyond is worked out again."""

Outputs = Mapping[str, Any]


def keep(known: dict[Any, Any], key: Any, value: Any) -> None:
    """Remembers the value, if there is room."""
    if len(known) < REMEMBERED:
        known[key] = value


@dataclass(frozen=True)
class MatchedRule:
    """A rule as its rows: the first of them, the inputs each tests, and the bits of those that keep it open when unknown.

    `constant` are its outputs, empty where they must be worked out from the values.
    """

    number: int
    id: str
    first: int
    tested: tuple[tuple[str, ...], ...]
    waits: tuple[int, ...]
    constant: Outputs

    @property
    def rows(self) -> int:
        """Its rows as bits."""
        return ((1 << len(self.tested)) - 1) << self.first

    def opened(self, rows: int, unknown: int, inputs: Mapping[str, int]) -> RuleResult:
        """Its result where those rows are open because those inputs are unknown."""
        waiting = [(row - self.first, self.waits[row - self.first] & unknown) for row in bits(rows)]
        return RuleResult(self.id, None, unknown=once(name for row, mask in waiting for name in self.tested[row] if inputs[name] & mask))


class Hits(NamedTuple):
    """The rules that match, in order; `rows` are all rows of theirs, as bits."""

    numbers: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    outputs: tuple[Outputs, ...] = ()
    results: tuple[RuleResult, ...] = ()
    rows: int = 0


NONE = Hits()


@dataclass(frozen=True)
class Block:
    """A few rules whose rows follow each other, the bit of each input; what the bits of rows mean as far as it was asked."""

    rules: tuple[MatchedRule, ...]
    inputs: Mapping[str, int]
    hits: dict[int, Hits] = field(default_factory=dict)
    waiting: dict[tuple[int, int], tuple[RuleResult, ...]] = field(default_factory=dict)

    @cached_property
    def rows(self) -> int:
        """Its rows as bits."""
        return sum(rule.rows for rule in self.rules)

    @cached_property
    def waits(self) -> int:
        """The bits of the inputs that keep one of its rows open when they are unknown."""
        return _any(mask for rule in self.rules for mask in rule.waits)

    def matched(self, true: int) -> Hits:
        """The rules of which one of those rows is true, each by the first of them."""
        found = Hits()
        for rule in self.rules:
            if rows := true & rule.rows:
                tested = rule.tested[next(bits(rows)) - rule.first]
                found = _both(found, Hits((rule.number,), (rule.id,), (rule.constant,), (RuleResult(rule.id, True, tested),), rule.rows))
        keep(self.hits, true, found)
        return found

    def opened(self, rows: int, unknown: int) -> tuple[RuleResult, ...]:
        """The rules of which those rows are open because of those unknown inputs."""
        found = tuple(rule.opened(rows & rule.rows, unknown, self.inputs) for rule in self.rules if rows & rule.rows)
        keep(self.waiting, (rows, unknown), found)
        return found


def blocks(rules: Iterable[MatchedRule], inputs: Mapping[str, int]) -> Iterator[Block]:
    """The rules in blocks; a rule is never split."""
    together: list[MatchedRule] = []
    for rule in rules:
        if together and rule.first + len(rule.tested) - together[0].first > BLOCK:
            yield Block(tuple(together), inputs)
            together = []
        together.append(rule)
    if together:
        yield Block(tuple(together), inputs)


def found(blocks: Sequence[Block], true: int, opened: int, unknown: int) -> tuple[Hits, tuple[RuleResult, ...]]:
    """The rules that match by the rows that are true, and those that the other rows leave open because of unknown inputs."""
    hits = NONE
    waiting: tuple[RuleResult, ...] = ()
    for block in blocks:
        rows = opened & block.rows
        if here := true & block.rows:
            more = block.hits.get(here) or block.matched(here)
            hits = _both(hits, more) if hits.ids else more
            rows &= ~more.rows
        if rows:
            key = rows, unknown & block.waits
            waiting += block.waiting.get(key) or block.opened(*key)
    return hits, waiting


def _both(first: Hits, second: Hits) -> Hits:
    return Hits(
        first.numbers + second.numbers,
        first.ids + second.ids,
        first.outputs + second.outputs,
        first.results + second.results,
        first.rows | second.rows,
    )


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def once(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in order."""
    return tuple(dict.fromkeys(names))


def _any(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
