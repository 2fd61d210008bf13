"""The tokens of a prefetch template, replaced by what the context and earlier answers hold (CDS Hooks 3.0, "Prefetch tokens").

The root of the context, the four ids of the user, and of the simpler FHIRPath of 3.0: members, `ofType`, `resolve`, `today` and
`%key` of an answer that stands before.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cds.foundation.errors import CdsError

TOKEN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TODAY = re.compile(r"today\(\)(?:\s*([+-])\s*(\d{1,5})\s+days?)?")
_PATH = re.compile(r"(context|%[A-Za-z0-9_-]+)((?:\.[A-Za-z][A-Za-z0-9_-]*(?:\([A-Za-z]*\))?)+)")
_STEP = re.compile(r"\.([A-Za-z][A-Za-z0-9_-]*)(?:(\()([A-Za-z]*)\))?")
_USERS = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}
_TYPES = frozenset({"Age", "CodeableConcept", "Date", "DateTime", "Instant", "Period", "Range", "Reference", "String", "Timing"})
_SPARED = re.compile(r"[A-Za-z0-9\-._~:/|]+")


class Unresolved(CdsError):
    """A template that cannot be made a query; the text says why and holds nothing of the record."""

    code = "value"


@dataclass(frozen=True)
class Known:
    """What tokens may name: the context, the answers so far by key, the day, and how a reference is followed (None where it leads nowhere)."""

    context: Mapping[str, Any]
    answers: Mapping[str, Any]
    today: date
    follow: Callable[[str], Any]


def resolve(template: str, known: Known) -> str:
    """The query; raises Unresolved. A value that is no plain id, code or address is refused, so that none can add to the query."""
    query = TOKEN.sub(lambda token: _text(token[1].strip(), known), template)
    if "{{" in query or "}}" in query:
        raise Unresolved("its tokens are not well formed")
    return query


def _text(token: str, known: Known) -> str:
    values = list(dict.fromkeys(_values(token, known)))
    if not values:
        raise Unresolved("the context has no value for one of its tokens")
    if not all(_SPARED.fullmatch(value) for value in values):
        raise Unresolved("a value for one of its tokens is not an id, a code or an address")
    return ",".join(values)


def _values(token: str, known: Known) -> Iterator[str]:
    if token in _USERS:
        kind, _, found = str(known.context.get("userId", "")).partition("/")
        yield from [found] if kind == _USERS[token] and found else []
    elif day := _TODAY.fullmatch(token):
        yield _day(known.today, day[1], int(day[2] or 0)).isoformat()
    elif path := _PATH.fullmatch(token):
        root = known.context if path[1] == "context" else known.answers.get(path[1][1:])
        yield from (_plain(value) for value in _walked([root], path[2], known))
    else:
        raise Unresolved("one of its tokens is not one that this client knows")


def _day(today: date, sign: str | None, days: int) -> date:
    try:
        return today + timedelta(days=-days if sign == "-" else days)
    except OverflowError as error:
        raise Unresolved("one of its dates is out of range") from error


def _walked(values: list[Any], path: str, known: Known) -> list[Any]:
    for step in _STEP.finditer(path):
        name, called, argument = step.groups()
        if not called:
            values = [found for value in values for found in members(value, name)]
        elif name == "ofType" and argument:
            values = [value for value in values if isinstance(value, Mapping) and value.get("resourceType") == argument]
        elif name == "resolve" and not argument:
            values = [found for value in values for found in _followed(value, known)]
        else:
            raise Unresolved("one of its tokens calls a function that this client does not know")
    return values


def members(value: Any, name: str) -> Iterator[Any]:
    """The members of that name; of an element that comes in several types (`medication[x]`) the one that is there."""
    if not isinstance(value, Mapping):
        return
    for key, member in value.items():
        if key == name or (key.startswith(name) and key[len(name) :] in _TYPES):
            yield from member if isinstance(member, list) else [member]


def _followed(value: Any, known: Known) -> Iterator[Any]:
    reference = value.get("reference") if isinstance(value, Mapping) else value
    found = known.follow(reference) if isinstance(reference, str) else None
    if found is not None:
        yield found


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    raise Unresolved("one of its tokens names no single value")
