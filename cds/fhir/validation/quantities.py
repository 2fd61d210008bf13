"""A number or a Quantity in an answer: bounds, decimal places as written, and units (FHIR R4 and SDC extensions).

Nothing is converted from one unit into another: what would need it is told as not checked.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds.fhir import keys, limits, numbers
from cds.fhir.questionnaire import Item
from cds.fhir.validation import rules
from cds.fhir.validation.context import Context
from cds.foundation.errors import Diagnostic


def check(value: Mapping[str, Any], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """A quantity has a value and an offered unit; bounds that are plain numbers hold in whichever unit is offered.

    One with a comparator says where a value ends, not what it is: nothing is compared with it.
    """
    if "value" not in value:
        yield from rules.broken("invalidQuantity", context.status, f"{item.link_id} takes a quantity with a value. Send the value.", place)
        return
    yield from _unit(value, item, context, place)
    yield from places(value["value"], item, context, place)
    if "comparator" in value:
        text = f"The quantity in {item.link_id} has a comparator: it was not compared with the bounds, and counts as unknown. Send the value itself."
        yield from rules.broken("comparator", context.status, text, place)
        return
    yield from bounded(value["value"], item, context, place)
    for rule, bound in (("minValue", item.bounds.least), ("maxValue", item.bounds.greatest)):
        if bound is not None:
            yield from _measured(rule, value, bound, item, context, place)


def bounded(value: object, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """The number itself against minValue and maxValue; a bound that is no number is told as not checked."""
    if numbers.number(value) is None:
        text = f"The number in {item.link_id} has more digits than are kept. Send it with fewer."
        yield from rules.broken("maxValue", context.status, text, place)
        return
    for rule, bound in (("minValue", item.bounds.minimum), ("maxValue", item.bounds.maximum)):
        if isinstance(bound, str):
            text = f"A bound of {item.link_id} is no number: the answer was not compared with it."
            yield from rules.broken("notChecked", context.status, text, place)
        elif bound is not None and _beyond(rule, _exact(value), bound):
            text = f"{item.link_id} is out of its range ({_range(item)}). Send a value within it."
            yield from rules.broken(rule, context.status, text, place)


def places(value: object, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """Decimal places of the number as it was written: `1.50` has two."""
    exponent = _exact(value).as_tuple().exponent
    most = item.bounds.decimals
    if most is not None and isinstance(exponent, int) and -exponent > most:
        text = f"{item.link_id} takes at most {most} decimal places. Send fewer."
        yield from rules.broken("maxDecimalPlaces", context.status, text, place)


def _unit(value: Mapping[str, Any], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    units = keys.all_of_unit(value)
    if item.units and item.units.isdisjoint(units):
        taken = limits.listed(code for _, code in item.units)
        text = f"Not a unit that {item.link_id} offers. Send system and code of one of: {taken}."
        yield from rules.broken("invalidUnit", context.status, text, place)
    if item.unit_value_set and item.unit_coded is None:
        text = f"The units of {item.link_id} come from a value set that is not held here: the unit was not compared with it."
        yield from rules.broken("tsError", context.status, text, place)
    elif item.unit_coded is not None and units.isdisjoint(item.unit_coded):
        text = f"Not in the value set of units of {item.link_id}. Send system and code of one of its units."
        yield from rules.broken("invalidUnitValueSet", context.status, text, place)


def _measured(rule: str, value: Mapping[str, Any], bound: Mapping[str, Any], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    limit = numbers.number(bound.get("value"))
    if limit is None or _unit_of(value) != _unit_of(bound):
        text = f"The bound of {item.link_id} is in another unit, and units are not converted: the answer was not compared with it."
        yield from rules.broken("notChecked", context.status, text, place)
    elif _beyond(rule, _exact(value["value"]), limit):
        text = f"{item.link_id} is beyond the quantity that the questionnaire allows. Send a value within it."
        yield from rules.broken(rule, context.status, text, place)


def _unit_of(quantity: Mapping[str, Any]) -> tuple[object, object]:
    """System and code, or the unit in words where there is no code."""
    return (quantity.get("system"), quantity["code"]) if "code" in quantity else (None, quantity.get("unit"))


def _beyond(rule: str, number: Decimal, bound: Decimal) -> bool:
    return number < bound if rule == "minValue" else number > bound


def _exact(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _range(item: Item) -> str:
    low = "" if item.bounds.minimum is None else f"from {item.bounds.minimum}"
    high = "" if item.bounds.maximum is None else f"to {item.bounds.maximum}"
    return f"{low} {high}".strip()
