"""Answers FHIR reads and searches from resources at hand, as far as the queries that CDS Hooks recommends go ("Prefetch query restrictions").

Read by id; search by reference, token and date, with `_sort`, `_count` and `_maxresults`. What this cannot judge is refused, never guessed:
an answer that leaves something out would be taken for all there is.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from cds.client import templates
from cds.client.templates import Unresolved

Resource = Mapping[str, Any]
Pairs = Sequence[tuple[str, str]]

_READ = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
_SEARCH = re.compile(r"([A-Z][A-Za-z]+)\?(.*)", re.DOTALL)
_NAME = re.compile(r"_?[a-z][A-Za-z-]*")
_DATE = re.compile(r"(eq|lt|gt|ge|le)?(\d{4}(?:-\d\d(?:-\d\d)?)?)")
_OTHER_DATE = re.compile(r"(ne|sa|eb|ap)\d{4}\b.*|[a-z]{0,2}\d{4}-\d\d-\d\dT.*")
_DATED = re.compile(r"\d{4}(-\d\d(-\d\d(T.*)?)?)?")
_ASCENDING, _DESCENDING = ("_sort", "sort", "sort:asc"), ("_sort:desc", "sort:desc")
_REST = ("0000-01-01", "9999-12-31")
"""What the first and the last day of a partial date end in."""
_LIMITS = ("_count", "_maxresults")
_ELEMENTS = {
    "_id": ("id",),
    "_lastUpdated": ("meta.lastUpdated",),
    "patient": ("subject", "patient", "for", "beneficiary"),
    "date": ("effective", "performed", "period", "occurrence", "recordedDate", "start", "date"),
    "authoredon": ("authoredOn",),
    "onset-date": ("onset",),
    "identifier": ("identifier",),
}
"""Search parameters that are not named as their elements are; every other is its element in camel case."""


def is_query(query: str) -> bool:
    """Whether it is a read by id or a search of one type, and nothing else that a FHIR server would do."""
    return bool(_READ.fullmatch(query) or _SEARCH.fullmatch(query))


@dataclass(frozen=True)
class Record:
    """Resources at hand."""

    resources: Sequence[Resource]

    def find(self, query: str) -> dict[str, Any] | None:
        """The resource that is read, None for none; of a search the searchset. Raises Unresolved for a query that cannot be answered from here."""
        if read := _READ.fullmatch(query):
            found = [one for one in self.resources if (one.get("resourceType"), one.get("id")) == read.groups()]
            return dict(found[0]) if found else None
        if search := _SEARCH.fullmatch(query):
            return self._searched(search[1], _pairs(search[2]))
        raise Unresolved("it is neither a read by id nor a search of one type")

    def _searched(self, kind: str, pairs: Pairs) -> dict[str, Any]:
        found = [one for one in self.resources if one.get("resourceType") == kind]
        for name, value in pairs:
            if name not in (*_ASCENDING, *_DESCENDING, *_LIMITS):
                found = _kept(found, name, value, alike=[one for one in self.resources if one.get("resourceType") == kind])
        for name, value in reversed(pairs):
            if name in (*_ASCENDING, *_DESCENDING):
                found = _sorted(found, value, falling=name in _DESCENDING)
        page = found[: min((_number(value) for name, value in pairs if name in _LIMITS), default=len(found))]
        entries = [{"resource": one, "search": {"mode": "match"}} for one in page]
        searchset: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
        return searchset | ({"entry": entries} if entries else {})


def _pairs(query: str) -> list[tuple[str, str]]:
    parts = [part.partition("=") for part in query.split("&") if part]
    return [(unquote(name), unquote(value)) for name, _, value in parts]


def _number(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", value):
        raise Unresolved("its page size is not a number")
    return int(value)


def _kept(found: list[Resource], name: str, value: str, *, alike: Sequence[Resource]) -> list[Resource]:
    """Those that one parameter lets through. Where resources are `alike` and none has the element, whether any would match is not known."""
    if not _NAME.fullmatch(name) or name in ("_include", "_revinclude", "_has", "_filter", "_query", "_list", "_text", "_content"):
        raise Unresolved("one of its parameters is beyond what this client can search by")
    elements = _elements(name)
    if alike and not any(True for one in alike for _ in _found(one, elements)):
        raise Unresolved("nothing at hand shows what one of its parameters means")
    fits = _test(value)
    return [one for one in found if any(fits(element) for element in _found(one, elements))]


def _elements(name: str) -> tuple[str, ...]:
    return _ELEMENTS.get(name) or (re.sub(r"-([a-z])", lambda dash: dash[1].upper(), name),)


def _found(resource: Resource, elements: Sequence[str]) -> Iterator[Any]:
    for path in elements:
        values: list[Any] = [resource]
        for step in path.split("."):
            values = [member for value in values for member in templates.members(value, step)]
        yield from values


def _test(value: str) -> Callable[[Any], bool]:
    """Whether an element fits any of the alternatives."""
    alternatives = value.split(",")
    if any(_OTHER_DATE.fullmatch(one) for one in alternatives):
        raise Unresolved("one of its dates has a time of day, or a comparison beyond eq, lt, gt, ge and le")
    return lambda element: any(_fits(element, wanted) for wanted in alternatives)


def _fits(element: Any, wanted: str) -> bool:
    if isinstance(element, bool):
        return str(element).lower() == wanted
    if isinstance(element, str):
        return _same_text(element, wanted)
    if not isinstance(element, Mapping):
        return False
    if isinstance(element.get("coding"), list):
        return any(_same_token(coding, wanted) for coding in element["coding"] if isinstance(coding, Mapping))
    if isinstance(element.get("reference"), str):
        return _same_reference(element["reference"], wanted)
    if "start" in element or "end" in element:
        return _within(str(element.get("start") or "0001"), str(element.get("end") or "9999"), wanted)
    return _same_token(element, wanted)


def _same_text(element: str, wanted: str) -> bool:
    if _DATE.fullmatch(wanted) and _DATED.fullmatch(element):
        return _within(element, element, wanted)
    return element == wanted or element.partition("|")[0] == wanted


def _same_reference(reference: str, wanted: str) -> bool:
    return reference == wanted or reference.endswith(f"/{wanted}")


def _same_token(element: Mapping[str, Any], wanted: str) -> bool:
    """`code`, `system|code`, `system|` or `|code`; an identifier has its value for a code."""
    system, bar, code = wanted.rpartition("|")
    same_code = not code or code in (element.get("code"), element.get("value"))
    return same_code and (not bar or (element.get("system") or "") == system)


def _within(start: str, end: str, wanted: str) -> bool:
    """Days as text, as precise as what is asked; a partial date is all the days that it may mean. Offsets are not reckoned with."""
    date = _DATE.fullmatch(wanted)
    if date is None:
        return False
    compare, asked = date[1] or "eq", date[2]
    first, last = (f"{start[:10]}{_REST[0][len(start[:10]) :]}"[: len(asked)], f"{end[:10]}{_REST[1][len(end[:10]) :]}"[: len(asked)])
    tests = {"eq": first <= asked <= last, "gt": last > asked, "ge": last >= asked, "lt": first < asked, "le": first <= asked}
    return tests[compare]


def _sorted(found: list[Resource], keys: str, *, falling: bool) -> list[Resource]:
    """By each key; what has no such element comes last."""
    for key in reversed(keys.split(",")):
        elements = _elements(key.removeprefix("-"))
        has = [one for one in found if _sorting(one, elements)]
        lacks = [one for one in found if not _sorting(one, elements)]
        found = sorted(has, key=lambda one: _sorting(one, elements), reverse=falling or key.startswith("-")) + lacks
    return found


def _sorting(resource: Resource, elements: Sequence[str]) -> str:
    for element in _found(resource, elements):
        if isinstance(element, str):
            return element
        if isinstance(element, Mapping) and (element.get("start") or element.get("end")):
            return str(element.get("start") or element.get("end"))
    return ""
