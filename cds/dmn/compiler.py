"""A table to Python: one function that gives the rows that match and the rows that unknown keeps open, as one integer.

The function is generated from the columns and holds no text of the content: every value is bound, not written.
For each input it looks one word up and ANDs it to the rest. A word has, from the lowest bit:
the rows whose cell is true; the rows whose cell is true or open; a bit an input, 0 where that input is unknown;
and a bit that is 0 where a cell is open although its input is known, so that the row must be asked again.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial, reduce
from typing import Any

from cds.dmn import matching
from cds.dmn.columns import Column
from cds.dmn.feel import ast, interpreter
from cds.dmn.matching import Block, Hits, MatchedRule
from cds.dmn.results import DecisionResult, RuleResult

Values = Mapping[str, Any]
Alternatives = tuple[str, Sequence[Mapping[str, ast.UnaryTests]]]
"""The id of a rule and the cells of each of its alternatives."""

Word = tuple[int, int, int]
"""A word that was read: the rows that match, the rows that are open, and what of `Layout.known` does not hold."""

Lookup = Callable[[Values], Word]
Entries = Mapping[str, ast.Expression]
"""The output entries of a rule, or other expressions, by name."""


@dataclass(frozen=True)
class Layout:
    """Where the bits of a word are: so many rows and so many inputs."""

    rows: int
    inputs: int

    @cached_property
    def every(self) -> int:
        """All rows."""
        return (1 << self.rows) - 1

    @cached_property
    def known(self) -> int:
        """What says that every input is known and that no row must be asked again."""
        return (1 << self.inputs + 1) - 1

    @property
    def full(self) -> int:
        """The word that says nothing against any row."""
        return (1 << 2 * self.rows + self.inputs + 1) - 1

    def word(self, at: int, column: Column, value: Any, values: Values) -> int:
        """What the input of that number says of the rows."""
        true, opened = column.masks(value, values)
        known = self.known ^ (value is None) << at
        if opened and (value is not None or column.dynamic):
            known ^= 1 << self.inputs
        return known << 2 * self.rows | (true | opened) << self.rows | true


@dataclass(frozen=True)
class CompiledTable:
    """A table as Python: `lookup` gives the word for values, `found` the rules for a word.

    `gives` names the outputs; `constant` says that those of no rule read a value: then a regular word decides the result,
    and `decided` has room for it.
    """

    layout: Layout
    columns: Mapping[str, Column]
    readers: Mapping[str, Callable[[Values], Any]]
    gives: tuple[str, ...]
    constant: bool
    rules: tuple[MatchedRule, ...]
    blocks: tuple[Block, ...]
    lookup: Lookup
    decided: dict[Word, DecisionResult] = field(default_factory=dict)

    def found(self, word: Word, values: Values) -> tuple[Hits, tuple[RuleResult, ...]]:
        """The rules that match, and those that are neither true nor false, in order."""
        true, opened, unknown = word
        if self.regular(word):
            return matching.found(self.blocks, true, opened, unknown)
        hits, _ = matching.found(self.blocks, true, 0, 0)
        return hits, tuple(self._asked(opened & ~hits.rows, values))

    def regular(self, word: Word) -> bool:
        """Whether only unknown inputs leave rows open, so that all follows from the word."""
        return not word[2] >> self.layout.inputs

    def _asked(self, rows: int, values: Values) -> Iterator[RuleResult]:
        """The rules of these open rows, where an input that is known leaves a cell open: each input is asked again."""
        opened = {name: column.masks(self.readers[name](values), values)[1] for name, column in self.columns.items()}
        for rule in self.rules:
            if waiting := rows & rule.rows:
                names = (name for row in matching.bits(waiting) for name in rule.tested[row - rule.first] if opened[name] >> row & 1)
                yield RuleResult(rule.id, None, unknown=matching.once(names))


def compiled(
    rules: Sequence[Alternatives], then: Sequence[Entries], gives: tuple[str, ...], columns: Mapping[str, Column], expressions: Entries
) -> CompiledTable:
    """The table of these rules with their output entries.

    `gives` names the outputs; `expressions` are what an input reads where that is not the value of its own name.
    """
    layout = Layout(sum(len(when) for _, when in rules), len(columns))
    readers = {name: _reader(expressions.get(name, ast.Name(name))) for name in columns}
    constant = not any(ast.names(entry) for entries in then for entry in entries.values())
    inputs = {name: 1 << number for number, name in enumerate(columns)}
    matched = tuple(_rules(rules, [outputs(entries, gives, {}) if constant else {} for entries in then], columns, inputs))
    blocks = tuple(matching.blocks(matched, inputs))
    return CompiledTable(layout, columns, readers, gives, constant, matched, blocks, _lookup(layout, columns, expressions, readers))


def outputs(entries: Entries, gives: Iterable[str], values: Values) -> Mapping[str, Any]:
    """What a rule gives for each output, null where it has no entry."""
    given = {name: interpreter.evaluate(entry, values) for name, entry in entries.items()}
    return {name: given.get(name) for name in gives}


def _reader(expression: ast.Expression) -> Callable[[Values], Any]:
    return operator.itemgetter(expression.name) if isinstance(expression, ast.Name) else partial(interpreter.evaluate, expression)


def _rules(
    rules: Sequence[Alternatives], constants: Sequence[Values], columns: Mapping[str, Column], inputs: Mapping[str, int]
) -> Iterator[MatchedRule]:
    first = 0
    for number, ((identifier, when), constant) in enumerate(zip(rules, constants, strict=True)):
        tested = tuple(tuple(cells) for cells in when)
        waits = (sum(inputs[name] for name in names if columns[name].unknown[1] >> row & 1) for row, names in enumerate(tested, start=first))
        yield MatchedRule(number, identifier, first, tested, tuple(waits), constant)
        first += len(when)


def _lookup(
    layout: Layout, columns: Mapping[str, Column], expressions: Mapping[str, ast.Expression], readers: Mapping[str, Callable[[Values], Any]]
) -> Lookup:
    """The generated function. A value that cannot be the key of a dictionary goes the slow way, through every column."""
    asks = [partial(layout.word, at, column) for at, column in enumerate(columns.values())]

    def slow(values: Values) -> int:
        return reduce(operator.and_, (ask(read(values), values) for ask, read in zip(asks, readers.values(), strict=True)), layout.full)

    bound: dict[str, Any] = {"slow": slow, "full": layout.full, "every": layout.every, "known": layout.known}
    lines = []
    for at, (name, column) in enumerate(columns.items()):
        source = expressions.get(name, ast.Name(name))
        bound[f"key{at}"] = source.name if isinstance(source, ast.Name) else readers[name]
        lines.append(f"value = values[key{at}]" if isinstance(source, ast.Name) else f"value = key{at}(values)")
        lines.append(f"word &= {_word(at, column, asks[at], bound)}")
    return _function(lines, f"return word & every, (word >> {layout.rows} ^ word) & every, word >> {2 * layout.rows} ^ known", bound)


def _word(at: int, column: Column, ask: Callable[[Any, Values], int], bound: dict[str, Any]) -> str:
    """The expression of one input's word; what it calls is put into `bound`."""
    bound[f"ask{at}"] = ask
    if column.dynamic:
        return f"ask{at}(value, values)"
    kind = Decimal if column.bounds else bool
    values = (None, *column.words, *((False, True) if kind is bool and column.truths else ()))
    known = {value: ask(value, {}) for value in values}
    bound |= {f"ask{at}": _remembering(ask, known, kind), f"get{at}": known.get, f"kinds{at}": frozenset({type(None), str, tuple, kind})}
    guard = f"value.__class__ in kinds{at} and " if column.bounds or column.truths else ""
    return f"({guard}get{at}(value)) or ask{at}(value, values)"


def _remembering(ask: Callable[[Any, Values], int], known: dict[Any, int], kind: type) -> Callable[[Any, Values], int]:
    """Asks, and keeps the word of a number and of a list of words, of which there are many.

    Numbers and truth values are never kept together: True equals 1 in Python and not in FEEL.
    """

    def asked(value: Any, values: Values) -> int:
        word = ask(value, values)
        if (kind is Decimal and isinstance(value, Decimal)) or (isinstance(value, tuple) and all(isinstance(item, str) for item in value)):
            matching.keep(known, value, word)
        return word

    return asked


def _function(lines: Sequence[str], end: str, bound: Mapping[str, Any]) -> Lookup:
    """The function of these lines. What they call is given as default arguments, which Python finds fastest."""
    arguments = ", ".join(("values", *(f"{name}={name}" for name in bound)))
    text = [f"def lookup({arguments}):", " word = full", " try:", *(f"  {line}" for line in (*lines, "pass"))]
    text += [" except TypeError:", "  word = slow(values)", f" {end}"]
    made = dict(bound)
    exec(compile("\n".join(text), "<decision table>", "exec"), made)  # made of the lines above, which hold nothing of the content
    return made["lookup"]  # type: ignore[no-any-return]
