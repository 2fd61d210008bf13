"""From an answer of the solver to facts, each number a decimal for which the condition still holds."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from cds.dmn.analysis.symbolic import numbers
from cds.dmn.analysis.symbolic.solver import Possible
from cds.dmn.analysis.symbolic.terms import Condition, Has, Is, Leaf, Negative, Terms, Variable

PLACES = range(7)
"""The numbers of decimal places that are tried where a number has no end."""


class Witness:
    """One input: the truth of every leaf, and the value of every number."""

    def __init__(self, terms: Terms, found: Mapping[Leaf, bool], values: Mapping[str, Decimal]) -> None:
        self.terms = terms
        self.found = found
        self.values = values

    def truth(self, leaf: Leaf) -> bool:
        """What the condition does not rest on is unknown where it can be, else the first of its values."""
        if isinstance(leaf, Negative):
            return leaf.polynomial.at({name: Fraction(self.number(name)) for name in leaf.polynomial.variables}) < 0
        if leaf in self.found or isinstance(leaf, Has):
            return self.found.get(leaf, False)
        leaves = [self.terms.nodes[node] for node in self.terms.choices.get(leaf.variable, ())]
        if any(isinstance(other, Is) and other in self.found for other in leaves):
            return False
        return leaf.value is None or (bool(leaves) and leaf == leaves[0] and not any(isinstance(one, Is) and one.value is None for one in leaves))

    def number(self, name: str) -> Decimal:
        """The value of a number; one that does not matter is its least, or 0."""
        variable = self.terms.variables[name]
        return self.values.get(name, Decimal(int(variable.minimum or 0)))


def witness(terms: Terms, condition: Condition, answer: Possible) -> Witness | None:
    """An input for which the condition holds; None when no short decimal near the answer does."""
    for rounded in _roundings(terms, answer.numbers):
        found = Witness(terms, answer.leaves, rounded)
        if terms.holds([condition], found.truth)[0]:
            return found
    return None


def _roundings(terms: Terms, answer: Mapping[str, Fraction]) -> Iterator[Mapping[str, Decimal]]:
    """The numbers with few places first, to either side; then as they are, where they are decimals."""
    for places in PLACES:
        for nudge in (0, 1, -1):
            yield {name: _near(terms.variables[name], number, places, nudge) for name, number in answer.items()}
    exact = {name: numbers.decimal(number) for name, number in answer.items()}
    if None not in exact.values():
        yield {name: number for name, number in exact.items() if number is not None}


def _near(variable: Variable, number: Fraction, places: int, nudge: int) -> Decimal:
    """The number itself where it is whole, else a decimal near it and inside the bounds."""
    if number.denominator == 1:
        return Decimal(number.numerator)
    found = Decimal(round(number * 10**places) + nudge) / Decimal(10**places)
    if variable.minimum is not None and found < variable.minimum:
        return Decimal(int(variable.minimum))
    return found
