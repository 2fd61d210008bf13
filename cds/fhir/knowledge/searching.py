"""Search of the artifacts (FHIR R4, 3.1.1): by `_id`, `url`, `version`, `status` and `name`, a page at a time, whole or in part."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlencode

from cds.fhir.knowledge import views
from cds.fhir.knowledge.publication import Resource
from cds.fhir.knowledge.views import View
from cds.foundation.errors import Diagnostic, WrongShape

ELEMENTS: Mapping[str, str] = MappingProxyType({"_id": "id", "url": "url", "version": "version", "status": "status", "name": "name"})
COUNT = "_count"
OFFSET = "_offset"
PAGING = (COUNT, OFFSET)
ELSEWHERE = ("_format", "_pretty")
"""Parameters of any request, which say nothing of what is searched for."""
KNOWN = (*ELEMENTS, *PAGING, *views.NAMES, *ELSEWHERE)
MOST_VALUES = 200
"""So many values are compared in one search."""
MOST_FOUND = 100
"""So many are on one page, whatever count is asked for: the artifacts of every release together are many megabytes."""
COMMA = re.compile(r"(?<!\\),")
ESCAPED = re.compile(r"\\([,|$\\])")

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Query:
    """What is searched for: parameters that are known, each as often as it was sent, the page, and how much of each is sent.

    `count` is as it was sent. `shape` holds the parameters of the view as they were sent, for the links.
    """

    pairs: Pairs = ()
    count: int | None = None
    offset: int = 0
    view: View = field(default_factory=View)
    shape: Pairs = ()

    @property
    def version(self) -> bool:
        """Whether a version is asked for, so that releases which are not in force count too."""
        return any(name == "version" or (name == "url" and "|" in value) for name, value in self.pairs)

    def matches(self, resource: Resource) -> bool:
        """Whether the resource has all that is asked for: repeated parameters all, values with commas between them any."""
        return all(any(_equal(resource, name, value) for value in COMMA.split(values)) for name, values in self.pairs)

    def page(self, found: Sequence[Resource]) -> Sequence[Resource]:
        """The part of what was found that is on this page, in the view that was asked for."""
        if self.view.count:
            return ()
        return [self.view.of(one) for one in self._page(found)]

    @property
    def size(self) -> int:
        """How many a page has at most."""
        return MOST_FOUND if self.count is None else min(self.count, MOST_FOUND)

    def _page(self, found: Sequence[Resource]) -> Sequence[Resource]:
        return found[self.offset : self.offset + self.size]

    def links(self, address: str, total: int) -> dict[str, str]:
        """The address of this search with the parameters that were used, and of its next page where there is one."""
        after = self.offset + self.size
        following = {"next": self._link(address, after)} if self.size and not self.view.count and after < total else {}
        return {"self": self._link(address, self.offset)} | following

    def _link(self, address: str, offset: int) -> str:
        page = [(COUNT, str(self.count))] if self.count is not None else []
        told = [*self.pairs, *self.shape, *page, *([(OFFSET, str(offset))] if offset else [])]
        return f"{address}?{urlencode(told)}" if told else address


def query(parameters: Iterable[tuple[str, str]], *, strict: bool) -> Query:
    """The query of a request. A parameter that is not known is left out, or refused where the client is `strict` (3.1.1.2.1).

    WrongShape for a modifier, since none is supported, and for a count that is none.
    """
    sent = [(name, value) for name, value in parameters if value]
    for name, _ in sent:
        _require_known(name, strict=strict)
    pairs = tuple(pair for pair in sent if pair[0] in ELEMENTS)
    if sum(len(COMMA.split(value)) for _, value in pairs) > MOST_VALUES:
        raise _refused(f"A search compares at most {MOST_VALUES} values. Search for fewer at a time.")
    counts = {name: _number(name, value) for name, value in sent if name in PAGING}
    shape = {name: value for name, value in sent if name in views.NAMES}
    return Query(pairs, counts.get(COUNT), counts.get(OFFSET, 0), views.view(shape), tuple(shape.items()))


def _require_known(name: str, *, strict: bool) -> None:
    base, _, modifier = name.partition(":")
    if modifier and base in ELEMENTS:
        raise _refused(f"{base} takes no modifier here. Search without it.")
    if strict and name not in KNOWN:
        raise _refused(f"A parameter is not known here. Known are {', '.join((*ELEMENTS, COUNT, *views.NAMES))}.")


def _number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < len(str(2**31))):
        raise _refused(f"{name} is not a whole number of this size. Send one from 0.")
    return int(value)


def _refused(text: str) -> WrongShape:
    return WrongShape(text, more=(Diagnostic("error", "not-supported", text),))


def _equal(resource: Resource, name: str, value: str) -> bool:
    """A name by its beginning, in either case; a code without the system that may stand before it; a canonical with or without its version."""
    wanted, found = ESCAPED.sub(r"\1", value), str(resource.get(ELEMENTS[name], ""))
    if name == "name":
        return found.casefold().startswith(wanted.casefold())
    if name == "url":
        return wanted in (found, f"{found}|{resource.get('version', '')}")
    return found == (wanted.rpartition("|")[2] if name in ("version", "status") else wanted)
