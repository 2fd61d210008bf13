"""JSON numbers as exact decimals that survive the way through canonical JSON."""

from decimal import Context, Decimal

from cds.foundation.canonical import SIGNIFICANT_DIGITS
from cds.foundation.strict_json import MAX_EXPONENT


def number(value: object) -> Decimal | None:
    """The number, rounded to 15 significant digits. None for a boolean, text, NaN, infinity and what a double cannot hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite() or not -MAX_EXPONENT < exact.adjusted() < SIGNIFICANT_DIGITS:
        return None
    return _context().plus(exact)


def integer(value: object) -> int | None:
    """The integer as JSON wrote it: `5.0`, `"5"` and `true` are not integers."""
    return value if isinstance(value, int) and number(value) is not None else None


def product(value: Decimal, factor: Decimal) -> Decimal:
    """The product, rounded to 15 significant digits."""
    return _context().multiply(value, factor)


def fahrenheit_to_celsius(value: Decimal) -> Decimal:
    """Degrees Celsius of `[degF]` (UCUM)."""
    context = _context()
    return context.divide(context.multiply(context.subtract(value, Decimal(32)), Decimal(5)), Decimal(9))


def _context() -> Context:
    return Context(prec=SIGNIFICANT_DIGITS)
