"""The inputs of a model as variables, and an answer of the solver as facts.

A list of words is a set: its words stand in the order of the allowed ones, each at most once.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds.dmn.analysis.symbolic import numbers, values
from cds.dmn.analysis.symbolic.numbers import Quotient
from cds.dmn.analysis.symbolic.terms import FALSE, Has, Is, Leaf, Terms, Unnamed, Variable
from cds.dmn.analysis.symbolic.values import Ground, Listing, Unsupported, Value
from cds.dmn.model import LIST, NUMERIC, ItemDefinition

FINITE = ("string", "boolean")
MORE = "further words of "
STRANGER = "another word"


class Inputs:
    """The variable of each input: its type, and for text that is not listed the words that the model mentions."""

    def __init__(self, terms: Terms, items: Mapping[str, ItemDefinition], words: tuple[str, ...]) -> None:
        self.terms = terms
        self.items = items
        self.words = words

    def value(self, name: str, variable: str) -> Value:
        """The input as the variable of this name; the second copy of an input has a name of its own."""
        item = self.items[name]
        if item.components or item.constraint:
            raise Unsupported(f"the input {name}, whose type is more than words or a range of numbers")
        if item.base in FINITE and not item.collection:
            grounds = (*self._grounds(item), *((None,) if item.nullable else ()))
            return Value(tuple(zip(self.terms.choice(variable, grounds), grounds, strict=True)))
        known = self._known(item, name, variable)
        unknown = self.terms.leaf(Is(variable, None)) if item.nullable else FALSE
        return values.union(self.terms, [(-unknown, known), (unknown, None)])

    def _known(self, item: ItemDefinition, name: str, variable: str) -> Ground:
        if item.base == LIST or (item.collection and item.base == "string"):
            return self._list(item, variable)
        if item.base in NUMERIC and not item.collection:
            return self._number(item, variable)
        raise Unsupported(f"the input {name} of the type {'list of ' if item.collection else ''}{item.base}")

    def _grounds(self, item: ItemDefinition) -> tuple[str | bool | Unnamed, ...]:
        """What the input may be: true and false, the allowed words, or any text.

        Any text is all words that the model mentions and, for each such input, one of its own that it does not.
        """
        if item.base == "boolean":
            return True, False
        texts = [other for other in self.items.values() if other.base == "string" and not other.allowed]
        return item.allowed or (*self.words, *map(Unnamed, range(len(texts))))

    def _number(self, item: ItemDefinition, variable: str) -> Ground:
        low, high = (None if end is None else Fraction(end) for end in (item.minimum, item.maximum))
        self.terms.variables[variable] = Variable(variable, item.base == "integer", low, high)
        return Quotient(numbers.variable(variable))

    def _list(self, item: ItemDefinition, variable: str) -> Ground:
        items = tuple((self.terms.leaf(Has(variable, word)), values.only(word)) for word in item.allowed or self.words)
        if item.allowed:
            return Listing(items)
        further = MORE + variable
        self.terms.variables[further] = Variable(further, True, Fraction(0), None)
        return Listing(items, numbers.variable(further))

    def facts(self, variables: Mapping[str, str], truth: Callable[[Leaf], bool], number: Callable[[str], Decimal]) -> dict[str, Any]:
        """The value of each input (by name, with its variable) where each leaf has this truth and each number this value."""
        return {name: self._fact(self.items[name], variable, truth, number) for name, variable in variables.items()}

    def _fact(self, item: ItemDefinition, variable: str, truth: Callable[[Leaf], bool], number: Callable[[str], Decimal]) -> Any:
        if item.nullable and truth(Is(variable, None)):
            return None
        if item.base == LIST or item.collection:
            return tuple(self._members(item, variable, truth, number))
        if item.base in NUMERIC:
            return number(variable)
        grounds = self._grounds(item)
        found = next(ground for ground in grounds if len(grounds) == 1 or truth(Is(variable, ground)))
        return f"{STRANGER} {found.number}" if isinstance(found, Unnamed) else found

    def _members(self, item: ItemDefinition, variable: str, truth: Callable[[Leaf], bool], number: Callable[[str], Decimal]) -> Iterator[str]:
        yield from (word for word in item.allowed or self.words if truth(Has(variable, word)))
        if not item.allowed:
            yield from (f"{STRANGER} {count}" for count in range(int(number(MORE + variable))))


class Sample:
    """The truth of leaves where the inputs are these facts: what `Inputs.facts` undoes. What is not among the facts is unknown."""

    def __init__(self, inputs: Inputs, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        self.words = frozenset(inputs.words)
        texts = (facts.get(name) for name, item in inputs.items.items() if item.base == "string" and not item.allowed and not item.collection)
        self.strangers = tuple(dict.fromkeys(text for text in texts if text is not None and text not in self.words))

    def truth(self, leaf: Leaf) -> bool:
        """Whether the leaf holds."""
        if isinstance(leaf, Is):
            value = self.facts.get(leaf.variable)
            if isinstance(leaf.value, Unnamed):
                return value in self.strangers and self.strangers.index(value) == leaf.value.number
            return type(value) is type(leaf.value) and bool(value == leaf.value)
        if isinstance(leaf, Has):
            return leaf.word in (self.facts.get(leaf.variable) or ())
        return leaf.polynomial.at({name: self._number(name) for name in leaf.polynomial.variables}) < 0

    def _number(self, name: str) -> Fraction:
        """An unknown number is never looked at, and so may be any."""
        if name.startswith(MORE):
            return Fraction(len([word for word in self.facts.get(name.removeprefix(MORE)) or () if word not in self.words]))
        return Fraction(self.facts.get(name) or 0)
