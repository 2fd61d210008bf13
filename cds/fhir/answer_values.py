"""One answer to one item -> a typed value, unknown, or the kind of fault that makes it unusable.

Others send options in words: as text, as a coding of its display alone, or beside a code that says otherwise. Words that name one option
are read, but they never reassure: beside what would take a worry away they leave it unknown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cds.facts import FactDefinition, Value
from cds.fhir import concepts, items, numbers
from cds.fhir.questionnaire import Item


@dataclass(frozen=True)
class Unusable:
    """An answer that counts as unknown, and why: a fixed text that holds nothing of the answer."""

    kind: str


Reading = Value | Unusable | None
"""None is an answer that says unknown: unsure, skipped, or only a reason for having no value."""

WRONG_TYPE = Unusable("an answer of the wrong type; counted as unknown")
NO_OPTION = Unusable("an answer that is not one of the options; counted as unknown")
OTHER_SYSTEM = Unusable("an answer from another code system; counted as unknown")
OUT_OF_RANGE = Unusable("an answer out of its range; counted as unknown")
OTHER_UNIT = Unusable("an answer in a unit that is not offered; counted as unknown")
NO_VALUE = Unusable("an answer without a value; counted as unknown")
ONLY_WORDS = Unusable("a reassuring answer in words only, without its code; counted as unknown")
MODIFIED = Unusable("an answer with a modifier that is not understood; it never reassures, and the response counts as in-progress")
CONTRADICTED = Unusable("an answer whose words name another option than its code; counted as unknown")


def read_value(answer: object, item: Item, definition: FactDefinition) -> Reading:
    """The answer's value if it is of the item's type and allowed by the definition."""
    if items.is_absent(answer):
        return None
    values = items.values_of(answer)
    if isinstance(answer, Mapping) and not values:
        return NO_VALUE
    if len(values) == 1 and values[0][0] == "valueString" and item.type == "choice":
        return _worded(values[0][1], item, definition, WRONG_TYPE)
    if len(values) != 1 or not item.takes(values[0][0]) or item.type not in _READERS:
        return WRONG_TYPE
    return _READERS[item.type](values[0][1], item, definition)


def _coded(value: Any, item: Item, definition: FactDefinition) -> Reading:
    """An option of the form that the definition does not allow (unsure, skip) is an answer that says unknown."""
    code, system, words = (concepts.mapping(value).get(name) for name in ("code", "system", "display"))
    if not isinstance(value, Mapping) or not isinstance(code, (str, type(None))):
        return WRONG_TYPE
    if code is None:
        return None if "extension" in value else _worded(words, item, definition, NO_VALUE)
    fault = None if (str(system), code) in item.options else _no_option(code, system, item)
    if fault:
        return fault
    if _reassures(code, definition) and item.contradicts(code, words):
        return CONTRADICTED
    return code if code in definition.allowed else None


def _worded(words: object, item: Item, definition: FactDefinition, otherwise: Unusable) -> Reading:
    """The option that the words name, as the form writes it; never one that reassures."""
    code = _named(words, item)
    if not code:
        return otherwise
    if _reassures(code, definition):
        return ONLY_WORDS
    return code if code in definition.allowed else None


def _named(words: object, item: Item) -> str:
    """The code of the one option with that display, whatever its capitals and spaces; empty where there is none, or more than one."""
    codes = item.named(words)
    return next(iter(codes)) if len(codes) == 1 else ""


def modified(reading: Reading, definition: FactDefinition) -> Reading:
    """What is left of an answer with a modifier: a code that worries stays, since a "yes" is never thrown away."""
    if reading is None or isinstance(reading, Unusable):
        return reading
    return reading if isinstance(reading, str) and not _reassures(reading, definition) else MODIFIED


def _reassures(code: str, definition: FactDefinition) -> bool:
    """The least of the worries, an answer that goes stale, and the option that nothing else may stand beside."""
    return code in (*definition.worst[-1:], *definition.stale) or (code == definition.exclusive)


def _no_option(code: str, system: object, item: Item) -> Unusable | None:
    """Nothing is wrong with an option's code that comes without a system."""
    if system is None:
        return None if any(code == offered for _, offered in item.options) else NO_OPTION
    return NO_OPTION if isinstance(system, str) and system in item.systems() else OTHER_SYSTEM


def _integer(value: Any, item: Item, definition: FactDefinition) -> Reading:
    number = numbers.integer(value)
    if number is None:
        return OUT_OF_RANGE if type(value) is int else WRONG_TYPE
    return number if in_range(Decimal(number), definition) else OUT_OF_RANGE


def _decimal(value: Any, item: Item, definition: FactDefinition) -> Reading:
    number = numbers.number(value)
    if number is None:
        return OUT_OF_RANGE if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else WRONG_TYPE
    return number if in_range(number, definition) else OUT_OF_RANGE


def _quantity(value: Any, item: Item, definition: FactDefinition) -> Reading:
    """In the definition's unit or one that it converts, by its code, else as it is written; a quantity with a comparator is not a value."""
    if not isinstance(value, Mapping) or "comparator" in value:
        return WRONG_TYPE
    if "value" not in value:
        return None if "extension" in value or "_value" in value else NO_VALUE
    number, unit = numbers.number(value["value"]), value.get("code", value.get("unit"))
    if number is None:
        return WRONG_TYPE
    if unit != definition.unit:
        if not isinstance(unit, str) or unit not in definition.convert:
            return OTHER_UNIT
        number = numbers.product(number, definition.convert[unit])
    return number if in_range(number, definition) else OUT_OF_RANGE


def in_range(value: Decimal, definition: FactDefinition) -> bool:
    """True within the definition's bounds; a bound left out does not bind."""
    below = definition.minimum is not None and value < definition.minimum
    above = definition.maximum is not None and value > definition.maximum
    return not below and not above


_READERS: Mapping[str, Callable[[Any, Item, FactDefinition], Reading]] = MappingProxyType(
    {"choice": _coded, "integer": _integer, "decimal": _decimal, "quantity": _quantity}
)
