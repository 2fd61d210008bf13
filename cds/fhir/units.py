"""The unit of a Quantity as a UCUM code: the code that was sent, else what its text means where it is written as people write it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts

CELSIUS, FAHRENHEIT = "Cel", "[degF]"
_WRITTEN: Mapping[str, str] = MappingProxyType(
    {word: CELSIUS for word in ("°c", "℃", "c", "cel", "celsius", "degc", "degcelsius", "degreecelsius", "degreescelsius")}
    | {word: FAHRENHEIT for word in ("°f", "℉", "f", "[degf]", "fahrenheit", "degf", "degfahrenheit", "degreefahrenheit", "degreesfahrenheit")}
)
"""UCUM's print symbols and common spellings, in lower case and without spaces and full stops."""
_SIGNS = str.maketrans({"º": "°", "˚": "°", " ": "", "\u00a0": "", ".": ""})
"""Signs that are typed for the sign of a degree, and what is left out."""


def code(quantity: Mapping[str, Any]) -> object:
    """The code of its unit, whatever stands beside it; without one the unit's text, as the code that it means where that is known.

    A code that names no system is read like a text. A text is read only where no code says otherwise: by itself `C` means degrees.
    """
    if "code" in quantity and "system" in quantity:
        return quantity["code"]
    given = quantity.get("code", quantity.get("unit"))
    return _WRITTEN.get(concepts.text(given).translate(_SIGNS).lower(), given)
