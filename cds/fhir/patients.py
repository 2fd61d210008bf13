"""The Patient of the record: age and sex."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from cds.facts import FactDefinition, Value
from cds.fhir import answer_values, dating, numbers

_NOT_KNOWN = "unknown"


def read(patient: Mapping[str, Any], definition: FactDefinition, at: datetime) -> tuple[Value | None, str]:
    """The fact that one element of the Patient gives, and what was wrong with it; nothing for elements that are not read."""
    element = definition.patient_element
    if element not in _READERS or element not in patient:
        return None, ""
    return _READERS[element](patient[element], definition, at)


def _age(value: object, definition: FactDefinition, at: datetime) -> tuple[Value | None, str]:
    """Whole years at `at`; unknown when a partial date leaves two ages possible."""
    born = dating.read(value)
    if born is None or born.precision in ("local", "instant"):
        return None, "birthDate is not a date; counted as unknown"
    oldest, youngest = (_years(moment.date(), at.date()) for moment in (born.earliest, born.latest))
    if oldest != youngest:
        return None, "birthDate leaves the age open; counted as unknown"
    number = numbers.number(oldest)
    if number is None or oldest < 0 or not answer_values.in_range(number, definition):
        return None, "birthDate gives an age out of range; counted as unknown"
    return oldest, ""


def _years(born: date, today: date) -> int:
    """A birthday of 29 February is reached on 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _gender(value: object, definition: FactDefinition, at: datetime) -> tuple[Value | None, str]:
    if isinstance(value, str) and value in definition.allowed:
        return value, ""
    return None, "" if value == _NOT_KNOWN else "gender is not one of the codes; counted as unknown"


_READERS: Mapping[str, Callable[[object, FactDefinition, datetime], tuple[Value | None, str]]] = MappingProxyType(
    {"birthDate": _age, "gender": _gender}
)
