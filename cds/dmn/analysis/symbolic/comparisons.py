"""When one number is below, equal to or above another, as a condition over the inputs. Linear wherever the numbers are."""

from fractions import Fraction
from math import ceil, floor

from cds.dmn.analysis.symbolic.numbers import Polynomial, Quotient, constant, variable
from cds.dmn.analysis.symbolic.terms import FALSE, TRUE, Condition, Negative, Terms

Ends = tuple[Fraction | None, Fraction | None]
"""The least and the greatest that something can be; None where there is no such bound."""


def compare(terms: Terms, operator: str, left: Quotient, right: Quotient) -> Condition:
    """`left < right`, and so on for <=, >, >=, =, !=."""
    difference = left.above.times(right.below).plus(right.above.times(left.below).scaled(Fraction(-1)))
    below = negative(terms, difference)
    above = negative(terms, difference.scaled(Fraction(-1)))
    if operator in ("=", "!="):
        equal = terms.both(-below, -above)
        return equal if operator == "=" else -equal
    turned = FALSE
    for divisor in (left.below, right.below):
        flips = negative(terms, divisor)
        turned = terms.choose(turned, -flips, flips)
    less, more = terms.choose(turned, above, below), terms.choose(turned, below, above)
    return {"<": less, "<=": -more, ">": more, ">=": -less}[operator]


def zero(terms: Terms, number: Polynomial) -> Condition:
    """The number is zero."""
    return terms.both(-negative(terms, number), -negative(terms, number.scaled(Fraction(-1))))


def negative(terms: Terms, number: Polynomial) -> Condition:
    """The number is below zero."""
    low, high = _ends(terms, number)
    if high is not None and high < 0:
        return TRUE
    if low is not None and low >= 0:
        return FALSE
    name = number.variables[0]
    if number.linear and len(number.variables) == 1 and terms.variables[name].integer:
        return _whole(terms, name, number)
    return terms.leaf(Negative(number.canonical()))


def _whole(terms: Terms, name: str, number: Polynomial) -> Condition:
    """`factor * name + rest < 0` for a whole number, written as `name < bound` or its negation."""
    parts = dict(number.parts)
    factor = parts[(name,)]
    bound = -parts.get((), Fraction(0)) / factor
    if factor > 0:
        return _below(terms, name, ceil(bound))
    return -_below(terms, name, floor(bound) + 1)


def _below(terms: Terms, name: str, bound: int) -> Condition:
    return terms.leaf(Negative(variable(name).plus(constant(-bound))))


def _ends(terms: Terms, number: Polynomial) -> Ends:
    """What the bounds of the inputs say of a linear number."""
    if not number.linear:
        return None, None
    low: Fraction | None = Fraction(0)
    high: Fraction | None = Fraction(0)
    for monomial, coefficient in number.parts:
        least, most = _scaled(_range(terms, monomial), coefficient)
        low = None if low is None or least is None else low + least
        high = None if high is None or most is None else high + most
    return low, high


def _range(terms: Terms, monomial: tuple[str, ...]) -> Ends:
    if not monomial:
        return Fraction(1), Fraction(1)
    found = terms.variables[monomial[0]]
    return found.minimum, found.maximum


def _scaled(ends: Ends, factor: Fraction) -> Ends:
    low, high = (None if end is None else end * factor for end in ends)
    return (low, high) if factor > 0 else (high, low)
