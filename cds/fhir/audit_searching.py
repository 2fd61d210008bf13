"""Search of AuditEvent and Provenance (FHIR R4, 3.1.1): by date, patient, identifiers and codes, newest first, a page at a time."""

import calendar
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from cds.fhir import audit_codes
from cds.fhir.audit_codes import Resource
from cds.foundation.errors import Diagnostic, WrongShape

KINDS = ("AuditEvent", "Provenance")
DATES: Mapping[str, str] = MappingProxyType({"AuditEvent": "date", "Provenance": "recorded"})
PATIENT = "patient"
TOKENS = ("type", "subtype", "action", "outcome")
"""Codes of an AuditEvent; the first two are Codings."""
IDENTIFIED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"AuditEvent": {"entity": "what", "agent": "who"}, "Provenance": {"target": "", "entity": "what", "agent": "who"}}
)
"""By type, the elements that are searched by identifier, and where in them the reference is."""
TYPES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "AuditEvent": {"_id": "token", "date": "date", "patient": "reference", "entity": "reference", "agent": "reference"}
        | dict.fromkeys(TOKENS, "token"),
        "Provenance": {"_id": "token", "recorded": "date", "patient": "reference", "target": "reference", "entity": "reference"}
        | {"agent": "reference"},
    }
)
"""The type of each search parameter."""
IDENTIFIER = ":identifier"
COUNT, PAGE = "_count", "page"
ELSEWHERE = ("_format", "_pretty")
USUAL, MOST_FOUND, MOST_VALUES = 50, 200, 200
"""So many are on a page where nobody says how many; at most so many, whatever is asked for; so many values are compared in one search."""
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
DATE = re.compile(
    r"(?P<prefix>[a-z]{2})?(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)(T(?P<time>\d\d:\d\d(:\d\d([.]\d{1,6})?)?)(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
COMMA = re.compile(r"(?<!\\),")
ESCAPED = re.compile(r"\\([,|$\\])")
TOKEN = re.compile(r"((?:\\.|[^|])*)(\|?)(.*)", re.DOTALL)
"""A system, up to the first `|` that no `\\` stands before, and a value; a value alone where there is none."""
NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Span:
    """The instants from `low` to before `high`, or all others."""

    low: datetime
    high: datetime
    outside: bool = False

    def holds(self, at: datetime) -> bool:
        """Whether the instant is one of them."""
        return (self.low <= at < self.high) is not self.outside


@dataclass(frozen=True)
class Query:
    """What is searched for: the parameters that are known, as they were sent, and the page. `before` is the number that the page ends before."""

    kind: str
    pairs: Pairs = ()
    count: int = USUAL
    before: int | None = None
    counted: bool = False

    @property
    def patients(self) -> list[list[tuple[str, str]]]:
        """Of each parameter for a patient its values, each with the system where it is an identifier; a reference has none."""
        return [[_of_patient(name, one) for one in _values(value)] for name, value in self.pairs if name.partition(":")[0] == PATIENT]

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Outside of these nothing can be found."""
        spans = [found[0] for found in self._spans() if len(found) == 1 and not found[0].outside]
        return max((one.low for one in spans), default=FIRST), min((one.high for one in spans), default=LAST)

    @property
    def entry_kinds(self) -> tuple[str, ...]:
        """The kinds of entries that can be found, by the name that they have in the ledger; empty for any."""
        if self.kind != "AuditEvent":
            return ("decision",)
        named = [_values(value) for name, value in self.pairs if name == "subtype"]
        codes = {value.rpartition("|")[2] for values in named[:1] for value in values}
        return tuple(sorted(codes)) if codes and codes <= {"decision", "feedback", "refusal"} else ()

    @property
    def of_proposals(self) -> bool:
        """Whether a Provenance is searched for by what it is of: the proposals are sealed."""
        return self.kind == "Provenance" and any(name.partition(":")[0] == "target" for name, _ in self.pairs)

    def matches(self, resource: Resource, subjects: Sequence[Collection[str]]) -> bool:
        """Whether it has all that is asked for; `subjects` are the pseudonyms of `patients`, in their order."""
        at = datetime.fromisoformat(resource["recorded"])
        about = set(_identifiers(resource, "entity", "what"))
        dated = all(any(span.holds(at) for span in spans) for spans in self._spans())
        known = all(any((audit_codes.PATIENTS, one) in about for one in wanted) for wanted in subjects)
        return dated and known and all(_has(resource, self.kind, name, value) for name, value in self.pairs)

    def links(self, address: str, following: int | None) -> dict[str, str]:
        """The address of this search with the parameters that were used, and of its next page where there is one."""
        after = {} if following is None else {"next": self._link(address, following)}
        return {"self": self._link(address, self.before)} | after

    def _link(self, address: str, before: int | None) -> str:
        page = [(COUNT, str(self.count))] if self.counted else []
        told = [*self.pairs, *page, *([(PAGE, str(before))] if before is not None else [])]
        return f"{address}?{urlencode(told)}" if told else address

    def _spans(self) -> list[list[Span]]:
        return [[span(one) for one in _values(value)] for name, value in self.pairs if name == DATES[self.kind]]


def query(kind: str, parameters: Iterable[tuple[str, str]], *, strict: bool) -> Query:
    """The query of a request. A parameter that is not known is left out, or refused where the client is `strict` (3.1.1.2.1).

    WrongShape for a modifier that is not supported, and for a date, a count or a page that is none.
    """
    sent = [(name, value) for name, value in parameters if value]
    pairs = tuple(pair for pair in sent if _is_known(kind, pair[0], strict=strict))
    if sum(len(_values(value)) for _, value in pairs) > MOST_VALUES:
        raise _refused(f"A search compares at most {MOST_VALUES} values. Search for fewer at a time.")
    for value in (one for name, values in pairs if name == DATES[kind] for one in _values(values)):
        span(value)
    numbers = {name: _number(name, value) for name, value in sent if name in (COUNT, PAGE)}
    return Query(kind, pairs, min(numbers.get(COUNT, USUAL), MOST_FOUND), numbers.get(PAGE), COUNT in numbers)


def span(text: str) -> Span:
    """The instants that a date with its prefix means, in UTC where it has no zone; an instant has the precision that it was written in."""
    found = DATE.fullmatch(text)
    if not found or (found["prefix"] or "eq") not in PREFIXES:
        raise _refused(f"A date cannot be read. Send a year, month, day or instant (RFC 3339), behind one of {', '.join(PREFIXES)} or nothing.")
    try:
        start, end = _precisely(found)
    except (ValueError, OverflowError) as error:
        raise _refused("A date is none of the calendar. Send one that is.") from error
    match found["prefix"]:
        case "gt" | "sa":
            return Span(end, LAST)
        case "ge":
            return Span(start, LAST)
        case "lt" | "eb":
            return Span(FIRST, start)
        case "le":
            return Span(FIRST, end)
        case prefix:
            return Span(start, end, outside=prefix == "ne")


def _precisely(found: re.Match[str]) -> tuple[datetime, datetime]:
    """The first instant that is meant, and the first that is not any more."""
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    if not found["time"]:
        start = datetime(year, month, day, tzinfo=UTC)
        days = 1 if found["day"] else calendar.monthrange(year, month)[1] if found["month"] else 365 + calendar.isleap(year)
        return start, start + timedelta(days=days)
    zone = (found["zone"] or "Z").replace("Z", "+00:00")
    start = datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{found['time']}{zone}").astimezone(UTC)
    _, _, fraction = found["time"].partition(".")
    finest = timedelta(minutes=1) if found["time"].count(":") == 1 else timedelta(microseconds=10 ** (6 - len(fraction)))
    return start, start + finest


def _is_known(kind: str, name: str, *, strict: bool) -> bool:
    base, _, modifier = name.partition(":")
    if base not in TYPES[kind]:
        if strict and name not in (COUNT, PAGE, *ELSEWHERE):
            raise _refused(f"A parameter is not known here. Known are {', '.join((*TYPES[kind], COUNT))}.")
        return False
    taken = ("identifier",) if base in IDENTIFIED[kind] else ("", "identifier") if base == PATIENT else ("",)
    if modifier not in taken:
        raise _refused(f"{base} takes {' or '.join(f':{one}' if one else 'no modifier' for one in taken)} here, and nothing else.")
    return True


def _number(name: str, value: str) -> int:
    if not NUMBER.fullmatch(value):
        raise _refused(f"{name} is not a whole number of this size. Send one from 0, or the address of a page as it was given.")
    return int(value)


def _refused(text: str) -> WrongShape:
    return WrongShape(text, more=(Diagnostic("error", "not-supported", text),))


def _values(value: str) -> list[str]:
    return COMMA.split(value)


def _of_patient(name: str, value: str) -> tuple[str, str]:
    if not name.endswith(IDENTIFIER):
        return "", ESCAPED.sub(r"\1", value)
    system, code = _token(value)
    return (audit_codes.PATIENTS if system is None else system), code


def _has(resource: Resource, kind: str, name: str, values: str) -> bool:
    base = name.partition(":")[0]
    if base == "_id":
        return resource["id"] in _values(values)
    if base in TOKENS:
        return any(_is_code(resource, base, ESCAPED.sub(r"\1", one)) for one in _values(values))
    if base in IDENTIFIED[kind]:
        held = set(_identifiers(resource, base, IDENTIFIED[kind][base]))
        return any(_is_identifier(held, one) for one in _values(values))
    return True


def _is_code(resource: Resource, name: str, wanted: str) -> bool:
    held = resource.get(name, ())
    if isinstance(held, str):
        return held == wanted.rpartition("|")[2]
    system, bar, code = wanted.rpartition("|")
    codings = [held] if isinstance(held, Mapping) else held
    return any(one["code"] == code and (not bar or one["system"] == system) for one in codings)


def _is_identifier(held: Collection[tuple[str, str]], wanted: str) -> bool:
    """By system and value; without a system by the value alone."""
    system, value = _token(wanted)
    return any(one == value for _, one in held) if system is None else (system, value) in held


def _token(text: str) -> tuple[str | None, str]:
    """Its system, None where none is named, and its value: as they are, without what escaped them."""
    found = TOKEN.fullmatch(text)
    first, bar, rest = (ESCAPED.sub(r"\1", part) for part in found.groups()) if found else (text, "", "")
    return (first, rest) if bar else (None, first)


def _identifiers(resource: Resource, element: str, member: str) -> Iterator[tuple[str, str]]:
    for part in resource.get(element, ()):
        reference: Any = part.get(member, {}) if member else part
        if "identifier" in reference:
            yield reference["identifier"]["system"], reference["identifier"]["value"]
