"""What the author of a form has filled in, as FHIR has it and as the fields of the form say it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cds.fhir import concepts
from cds.fhir.filling.choosing import Choice

Start = Mapping[str, str]
"""One answer as typed, by the letter of the part: see `fields.name`."""

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?", re.ASCII)


def values(raw: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The values with the names of their value[x]: the options that are selected, then `initial`; one alone where the item does not repeat."""
    selected = [option for option in raw.get("answerOption", ()) if option.get("initialSelected") is True]
    found = [(key, value) for one in (*selected, *raw.get("initial", ())) for key, value in one.items() if key.startswith("value")]
    return tuple(found if raw.get("repeats") is True else found[:1])


def starts(raw: Mapping[str, Any], choices: Sequence[Choice], units: Sequence[Choice], *, free: bool) -> Iterator[Start]:
    """The same as typed; what the form has no field for is left out. `free` says that an answer beside the choices can be written."""
    for name, value in values(raw):
        taken = [choice.key for choice in choices if _same(choice.value, value)]
        if taken:
            yield {"q": taken[0]}
        elif choices or free:
            yield from [{"o": value}] if free and isinstance(value, str) else []
        elif isinstance(value, Mapping):
            yield from _measured(name, value, units)
        elif name == "valueDateTime":
            yield _moment(str(value))
        elif isinstance(value, (str, int, float, Decimal)):
            yield {"q": str(value)}


def _measured(name: str, value: Mapping[str, Any], units: Sequence[Choice]) -> Iterator[Start]:
    if name == "valueQuantity" and "value" in value:
        fitting = [unit.key for unit in units if _is_unit(concepts.mapping(unit.value), value)]
        yield {"q": str(value["value"])} | ({"u": fitting[0]} if fitting else {})


def _is_unit(unit: Mapping[str, Any], quantity: Mapping[str, Any]) -> bool:
    if "code" in quantity:
        return unit.get("code") == quantity["code"] and unit.get("system") == quantity.get("system")
    return "unit" in quantity and unit.get("display") == quantity["unit"]


def _moment(text: str) -> Start:
    """A day with a time is told in its own zone; seconds that say nothing are left out."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return {"q": text}
    day, clock, zone = match.groups()
    return {"q": f"{day} {clock.removesuffix(':00') if clock.count(':') > 1 else clock}", "z": zone or "Z"}


def _same(offered: Any, value: Any) -> bool:
    if isinstance(offered, Mapping) and isinstance(value, Mapping):
        return all(offered.get(part) == value.get(part) for part in ("system", "code"))
    return type(offered) is type(value) and bool(offered == value)
