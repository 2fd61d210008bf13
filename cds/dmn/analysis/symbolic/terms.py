"""Conditions as a graph in which equal ones are one node, so that two copies of a model share what they have in common.

A condition is a number: a node, or minus the node for its negation. Node 1 is true. A node is a leaf or a conjunction.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cds.dmn.analysis.symbolic.numbers import Polynomial

Condition = int
TRUE: Condition = 1
FALSE: Condition = -1


@dataclass(frozen=True)
class Unnamed:
    """A word of an input that may be any text: one that the model never mentions. Two of one `number` are the same word."""

    number: int


@dataclass(frozen=True)
class Is:
    """A leaf: the input is exactly this one of its values, None being unknown. Exactly one such leaf of an input holds."""

    variable: str
    value: str | bool | Unnamed | None


@dataclass(frozen=True)
class Has:
    """A leaf: the list holds the word."""

    variable: str
    word: str


@dataclass(frozen=True)
class Negative:
    """A leaf: the polynomial is below zero."""

    polynomial: Polynomial


Leaf = Is | Has | Negative


@dataclass(frozen=True)
class Variable:
    """A number that an input may be; None where it has no bound."""

    name: str
    integer: bool
    minimum: Fraction | None
    maximum: Fraction | None


class Terms:
    """The nodes made so far. It only grows; a condition keeps its meaning."""

    def __init__(self) -> None:
        self.nodes: list[Leaf | tuple[Condition, ...]] = [(), ()]
        self.variables: dict[str, Variable] = {}
        self.choices: dict[str, tuple[Condition, ...]] = {}
        self._numbers: dict[Leaf | tuple[Condition, ...], Condition] = {(): TRUE}
        self._group: dict[Condition, str] = {}
        self._conjoined: dict[tuple[Condition, ...], Condition] = {}

    def leaf(self, leaf: Leaf) -> Condition:
        """The condition that is this leaf."""
        return self._node(leaf)

    def choice(self, variable: str, values: Sequence[str | bool | Unnamed | None]) -> tuple[Condition, ...]:
        """One condition for each value, of which exactly one holds."""
        if variable not in self.choices:
            leaves = (TRUE,) if len(values) == 1 else tuple(self.leaf(Is(variable, value)) for value in values)
            self.choices[variable] = leaves
            self._group |= dict.fromkeys(leaves, variable) if len(leaves) > 1 else {}
        return self.choices[variable]

    def every(self, conditions: Iterable[Condition]) -> Condition:
        """All of them hold."""
        wanted = tuple(conditions)
        found = self._conjoined.get(wanted)
        if found is None:
            parts = {part for condition in wanted for part in self._conjuncts(condition)}
            found = self._conjoined[wanted] = FALSE if FALSE in parts else self._conjunction(parts)
        return found

    def some(self, conditions: Iterable[Condition]) -> Condition:
        """One of them holds."""
        return -self.every(-condition for condition in conditions)

    def both(self, *conditions: Condition) -> Condition:
        """`every`, of arguments."""
        return self.every(conditions)

    def either(self, *conditions: Condition) -> Condition:
        """`some`, of arguments."""
        return self.some(conditions)

    def choose(self, condition: Condition, then: Condition, otherwise: Condition) -> Condition:
        """The one where the condition holds, the other where it does not."""
        if then == otherwise:
            return then
        return self.either(self.both(condition, then), self.both(-condition, otherwise))

    def first(self, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
        """For each of them: it holds and none before it does."""
        found, earlier = [], FALSE
        for condition in conditions:
            found.append(self.both(condition, -earlier))
            earlier = self.either(earlier, condition)
        return tuple(found)

    def cone(self, conditions: Iterable[Condition]) -> list[int]:
        """The nodes that the conditions rest on, each after those it rests on itself."""
        wanted: set[int] = set()
        waiting = [abs(condition) for condition in conditions]
        while waiting:
            node = waiting.pop()
            if node not in wanted:
                wanted.add(node)
                waiting.extend(abs(part) for part in self._parts(node))
        return sorted(wanted)

    def holds(self, conditions: Sequence[Condition], truth: Callable[[Leaf], bool], cone: Sequence[int] = ()) -> list[bool]:
        """Which of the conditions hold where each leaf has this truth; `cone` is theirs, or of more, where it is known."""
        known: dict[int, bool] = {}
        for node in cone or self.cone(conditions):
            parts = self.nodes[node]
            known[node] = all(known[abs(part)] == (part > 0) for part in parts) if isinstance(parts, tuple) else truth(parts)
        return [known[abs(condition)] == (condition > 0) for condition in conditions]

    def _parts(self, node: int) -> tuple[Condition, ...]:
        parts = self.nodes[node]
        return parts if isinstance(parts, tuple) else ()

    def _conjuncts(self, condition: Condition) -> tuple[Condition, ...]:
        parts = self.nodes[condition] if condition > 0 else None
        return parts if isinstance(parts, tuple) else (condition,)

    def _conjunction(self, parts: set[Condition]) -> Condition:
        if any(-part in parts for part in parts) or not self._separate(parts):
            return FALSE
        if len(parts) == 1:
            return next(iter(parts))
        return self._node(tuple(sorted(parts)))

    def _separate(self, parts: set[Condition]) -> bool:
        """False when an input would have two values, or none. Drops what the value of an input already says."""
        named: dict[str, Condition] = {}
        for part in parts:
            variable = self._group.get(part)
            if variable is not None and named.setdefault(variable, part) != part:
                return False
        for part in [part for part in parts if part < 0 and self._group.get(-part) in named]:
            parts.discard(part)
        denied = {self._group[-part] for part in parts if -part in self._group}
        return not any(all(-leaf in parts for leaf in self.choices[variable]) for variable in denied)

    def _node(self, key: Leaf | tuple[Condition, ...]) -> Condition:
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.nodes)
            self.nodes.append(key)
        return found
