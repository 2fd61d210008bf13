"""By what an answer is compared with the options of an item, and its unit with the units offered."""

from cds.fhir import concepts
from cds.fhir.expansions import Option


def of(value_name: str, value: object) -> Option | None:
    """The key of an answer, or of an option, by the name of its value[x]; None when it has none.

    A Coding without a code is known by its display, a Reference without an address by its identifier.
    """
    held = concepts.mapping(value)
    match value_name:
        case "valueCoding" if "code" in held:
            return (str(held.get("system", "")), str(held["code"]))
        case "valueCoding":
            return worded(held.get("display"))
        case "valueReference":
            target = held.get("reference") or _identifier(held.get("identifier"))
            return (value_name, str(target)) if target else None
        case "valueTime":
            return (value_name, _clock(str(value)))
    return (value_name, str(value))


def worded(words: object) -> Option | None:
    """The key of an option or a unit that has words and no code; None without words."""
    plain = concepts.plain(concepts.text(words))
    return ("valueCoding", plain) if plain else None


def all_of(value_name: str, value: object) -> set[Option]:
    """The key of an answer, and that of an option without a code whose words its display repeats."""
    found = {of(value_name, value), worded(concepts.mapping(value).get("display")) if value_name == "valueCoding" else None}
    return {key for key in found if key}


def all_of_unit(quantity: object) -> set[Option]:
    """The keys of the unit of a Quantity: by its code, and by its words for a unit that is offered without a code."""
    held = concepts.mapping(quantity)
    found = {of("valueCoding", held) if "code" in held else None, worded(held.get("unit"))}
    return {key for key in found if key}


def _identifier(value: object) -> str:
    identifier = concepts.mapping(value)
    return f"{identifier.get('system', '')}|{identifier['value']}" if "value" in identifier else ""


def _clock(value: str) -> str:
    """A time without the zeros that say nothing."""
    seconds, _, fraction = value.partition(".")
    return f"{seconds}.{fraction.rstrip('0')}".rstrip(".")
