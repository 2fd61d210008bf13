"""What an input or an output may be, in plain words, for the formats that people read: `one of yes, no`, `a whole number from 0 to 4`."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from cds.dmn.feel import writer
from cds.dmn.formats import item_types
from cds.dmn.model import LIST, ItemDefinition

UNKNOWN = "unknown"
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "string": "a text",
        "integer": "a whole number",
        "number": "a number",
        LIST: "a list of texts",
        "boolean": "true or false",
        "date": "a date",
        "time": "a time of day",
        "date and time": "a date with a time of day",
        "days and time duration": "a duration in days, hours, minutes and seconds",
        "years and months duration": "a duration in years and months",
        "context": "several values, each with a name",
        "Any": "any value",
    }
)
"""Each base of `item_types.BASES`."""


def words(line: str) -> str:
    """The type of a column's head, which is one line of `item_types`."""
    definition = item_types.parsed(line)
    said = [f"a list, each item {_base(definition)}" if definition.collection else _base(definition)]
    said += [f"matching {writer.unary_tests(definition.constraint)}"] if definition.constraint else []
    said += ["always known"] if not definition.nullable and UNKNOWN not in definition.allowed else []
    return ", ".join(said)


def _base(definition: ItemDefinition) -> str:
    if definition.allowed:
        return f"{'any' if definition.base == LIST else 'one'} of {item_types.joined(definition.allowed)}"
    return WORDS[definition.base] + _bounds(definition.minimum, definition.maximum)


def _bounds(low: Decimal | None, high: Decimal | None) -> str:
    match low, high:
        case None, None:
            return ""
        case _, None:
            return f" of at least {low:f}"
        case None, _:
            return f" of at most {high:f}"
    return f" from {low:f} to {high:f}"
