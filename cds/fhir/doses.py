"""How much of a medicine is taken a day: dose times frequency of its dosages (FHIR R4, Dosage and Timing).

A dose is a mass, or a number of units times the strength that the medicine's words give. The highest of what a dosage allows counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, numbers

_MILLIGRAMS: Mapping[str, Decimal] = MappingProxyType({"mg": Decimal(1), "g": Decimal(1000), "ug": Decimal("0.001"), "mcg": Decimal("0.001")})
_STRENGTH = r"(\d{1,6}(?:[.,]\d{1,4})?)\s*(mg|g|mcg|ug)\b(?!\s*/\s*\d*\s*m?l\b)"
_LONGEST = 500
"""Letters of one text that are searched: a product's name is shorter."""
_UNITS = frozenset({"", "1", "tbl", "tab", "tabs", "tablet", "tablets", "cap", "caps", "capsule", "capsules", "unit", "units", "each"})
_DAYS: Mapping[str, Decimal] = MappingProxyType(
    {
        "s": Decimal(1) / 86400,
        "min": Decimal(1) / 1440,
        "h": Decimal(1) / 24,
        "d": Decimal(1),
        "wk": Decimal(7),
        "mo": Decimal("30.4375"),
        "a": Decimal("365.25"),
    }
)
"""UCUM units of time in days."""
_TIMES: Mapping[str, Decimal] = MappingProxyType(
    {"QD": Decimal(1), "BID": Decimal(2), "TID": Decimal(3), "QID": Decimal(4), "AM": Decimal(1), "PM": Decimal(1), "BED": Decimal(1)}
    | {"Q4H": Decimal(6), "Q6H": Decimal(4), "Q8H": Decimal(3), "QOD": Decimal("0.5"), "WK": Decimal(1) / 7, "MO": Decimal(1) / 30}
)
"""Times a day of the codes of HL7's GTSAbbreviation."""


def daily(resource: Mapping[str, Any], texts: Sequence[str], names: Iterable[str]) -> Decimal | None:
    """Milligrams a day of all dosages together; None when not one of them can be read. `names` are those of the ingredient."""
    strength = _strength(texts, names)
    dosages = concepts.objects(resource.get("dosageInstruction", resource.get("dosage")))
    readable = [amount for dosage in dosages if (amount := _of(dosage, strength)) is not None]
    return sum(readable, Decimal(0)) if readable else None


def _of(dosage: Mapping[str, Any], strength: Decimal | None) -> Decimal | None:
    doses = [dose for given in concepts.objects(dosage.get("doseAndRate")) if (dose := _dose(given, strength)) is not None]
    times = _a_day(concepts.mapping(dosage.get("timing")))
    return max(doses) * times if doses and times is not None else None


def _dose(given: Mapping[str, Any], strength: Decimal | None) -> Decimal | None:
    quantity = concepts.mapping(given.get("doseQuantity")) or concepts.mapping(concepts.mapping(given.get("doseRange")).get("high"))
    value, unit = numbers.number(quantity.get("value")), concepts.text(quantity.get("code", quantity.get("unit"))).strip(" {}").casefold()
    if value is None or value <= 0:
        return None
    if unit in _MILLIGRAMS:
        return value * _MILLIGRAMS[unit]
    return value * strength if strength is not None and unit in _UNITS else None


def _a_day(timing: Mapping[str, Any]) -> Decimal | None:
    """The most times a day: the greatest frequency in the shortest period, else what the code says."""
    repeat = concepts.mapping(timing.get("repeat"))
    period, unit = numbers.number(repeat.get("period")), concepts.text(repeat.get("periodUnit"))
    times = [number for name in ("frequency", "frequencyMax") if (number := numbers.number(repeat.get(name))) is not None]
    if period is not None and period > 0 and unit in _DAYS:
        return max(times, default=Decimal(1)) / (period * _DAYS[unit])
    codes = [_TIMES[code] for _, code in concepts.codes(timing.get("code")) if code in _TIMES]
    return codes[0] if codes else None


def _strength(texts: Sequence[str], names: Iterable[str]) -> Decimal | None:
    """The greatest mass behind the ingredient's name; else the only one that the words give."""
    words = [text[:_LONGEST] for text in texts]
    named = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in names)
    behind = _masses(rf"\b(?:{named})\b[^\d/+]{{0,40}}?{_STRENGTH}", words) if named else set()
    found = behind or _masses(_STRENGTH, words)
    return max(found) if behind or len(found) == 1 else None


def _masses(pattern: str, texts: Iterable[str]) -> set[Decimal]:
    return {_mass(value, unit) for text in texts for value, unit in re.findall(pattern, text, re.IGNORECASE | re.ASCII)}


def _mass(value: str, unit: str) -> Decimal:
    return Decimal(value.replace(",", ".")) * _MILLIGRAMS[unit.casefold()]
