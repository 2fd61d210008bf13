"""Exact numbers over inputs: polynomials with rational coefficients, and quotients of two of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm

Monomial = tuple[str, ...]
"""The variables multiplied, in order, each as often as its power; empty for the constant part."""

DIGITS = 34


@dataclass(frozen=True)
class Polynomial:
    """A sum of monomials, each once, in order, with a coefficient other than zero."""

    parts: tuple[tuple[Monomial, Fraction], ...]

    @property
    def constant(self) -> Fraction | None:
        """The number that it is; None where it depends on an input."""
        if not self.parts:
            return Fraction(0)
        return self.parts[0][1] if self.parts[0][0] == () and len(self.parts) == 1 else None

    @property
    def variables(self) -> tuple[str, ...]:
        """The inputs that it depends on."""
        return tuple(dict.fromkeys(name for monomial, _ in self.parts for name in monomial))

    @property
    def linear(self) -> bool:
        """Whether no input is multiplied with one."""
        return all(len(monomial) <= 1 for monomial, _ in self.parts)

    def plus(self, other: "Polynomial") -> "Polynomial":
        """The sum."""
        return polynomial([*self.parts, *other.parts])

    def times(self, other: "Polynomial") -> "Polynomial":
        """The product."""
        return polynomial([(tuple(sorted(a + b)), c * d) for a, c in self.parts for b, d in other.parts])

    def scaled(self, factor: Fraction) -> "Polynomial":
        """Each coefficient times the factor."""
        return polynomial([(monomial, coefficient * factor) for monomial, coefficient in self.parts])

    def canonical(self) -> "Polynomial":
        """The one of the same sign everywhere that has whole coefficients without a common factor."""
        below = lcm(*(coefficient.denominator for _, coefficient in self.parts))
        above = gcd(*(coefficient.numerator * (below // coefficient.denominator) for _, coefficient in self.parts))
        return self.scaled(Fraction(below, above))

    def at(self, values: Mapping[str, Fraction]) -> Fraction:
        """Its value where the inputs have these."""
        total = Fraction(0)
        for monomial, coefficient in self.parts:
            product = coefficient
            for name in monomial:
                product *= values[name]
            total += product
        return total


def polynomial(parts: Iterable[tuple[Monomial, Fraction]]) -> Polynomial:
    """The sum of these parts."""
    total: dict[Monomial, Fraction] = {}
    for monomial, coefficient in parts:
        total[monomial] = total.get(monomial, Fraction(0)) + coefficient
    return Polynomial(tuple(sorted((monomial, coefficient) for monomial, coefficient in total.items() if coefficient)))


def constant(number: Fraction | Decimal | int) -> Polynomial:
    """A number that depends on nothing."""
    return polynomial([((), Fraction(number))])


def variable(name: str) -> Polynomial:
    """The number that an input is."""
    return Polynomial((((name,), Fraction(1)),))


ONE = constant(1)


@dataclass(frozen=True)
class Quotient:
    """One polynomial over another, which is never zero under the condition that the quotient stands with."""

    above: Polynomial
    below: Polynomial = ONE


def quotient(number: "Quotient | Decimal") -> Quotient:
    """A decimal as a quotient."""
    return number if isinstance(number, Quotient) else Quotient(constant(number))


def plain(number: Quotient) -> Quotient | Decimal:
    """The number with a constant divisor divided out; a decimal where it is one of at most 34 digits."""
    divisor = number.below.constant
    if divisor is None:
        return number
    whole = number.above.scaled(1 / divisor)
    exact = whole.constant
    found = decimal(exact) if exact is not None else None
    return Quotient(whole) if found is None else found


def decimal(number: Fraction) -> Decimal | None:
    """The decimal of at most 34 digits that is exactly this number, or None."""
    rest, twos, fives = number.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    digits = number.numerator * 10**places // number.denominator
    if rest != 1 or len(str(abs(digits))) > DIGITS:
        return None
    return Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), -places))


def add(a: Quotient, b: Quotient) -> Quotient:
    """The sum."""
    if a.below == b.below:
        return Quotient(a.above.plus(b.above), a.below)
    return Quotient(a.above.times(b.below).plus(b.above.times(a.below)), a.below.times(b.below))


def negated(a: Quotient) -> Quotient:
    """Minus the number."""
    return Quotient(a.above.scaled(Fraction(-1)), a.below)


def multiply(a: Quotient, b: Quotient) -> Quotient:
    """The product."""
    return Quotient(a.above.times(b.above), a.below.times(b.below))


def inverse(a: Quotient) -> Quotient:
    """One over the number, where that is not zero."""
    return Quotient(a.below, a.above)
