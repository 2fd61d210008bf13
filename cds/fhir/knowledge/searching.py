"""Search of the artifacts (FHIR R4, 3.1.1): by `_id`, `url`, `version`, `status` and `name`, a page at a time with `_count`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from cds.fhir.knowledge.publication import Resource
from cds.foundation.errors import Diagnostic, WrongShape

ELEMENTS: Mapping[str, str] = MappingProxyType({"_id": "id", "url": "url", "version": "version", "status": "status", "name": "name"})
COUNT = "_count"
OFFSET = "_offset"
PAGING = (COUNT, OFFSET)
COMMA = re.compile(r"(?<!\\),")

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Query:
    """What is searched for: parameters that are known, each as often as it was sent, and the page."""

    pairs: Pairs = ()
    count: int | None = None
    offset: int = 0

    @property
    def version(self) -> bool:
        """Whether a version is asked for, so that releases which are not in force count too."""
        return any(name == "version" for name, _ in self.pairs)

    def matches(self, resource: Resource) -> bool:
        """Whether the resource has all that is asked for: repeated parameters all, values with commas between them any."""
        return all(any(_equal(resource, name, value) for value in COMMA.split(values)) for name, values in self.pairs)

    def page(self, found: Sequence[Resource]) -> Sequence[Resource]:
        """The part of what was found that is on this page."""
        return found[self.offset : None if self.count is None else self.offset + self.count]

    def links(self, address: str, total: int) -> dict[str, str]:
        """The address of this search with the parameters that were used, and of its next page where there is one."""
        after = self.offset + (self.count or 0)
        following = {"next": self._link(address, after)} if self.count and after < total else {}
        return {"self": self._link(address, self.offset)} | following

    def _link(self, address: str, offset: int) -> str:
        page = [(COUNT, str(self.count))] if self.count is not None else []
        told = [*self.pairs, *page, *([(OFFSET, str(offset))] if offset else [])]
        return f"{address}?{urlencode(told)}" if told else address


def query(parameters: Iterable[tuple[str, str]], *, strict: bool) -> Query:
    """The query of a request. A parameter that is not known is left out, or refused where the client is `strict` (3.1.1.2.1).

    WrongShape for a modifier, since none is supported, and for a count that is none.
    """
    sent = [(name, value) for name, value in parameters if value]
    for name, _ in sent:
        base, _, modifier = name.partition(":")
        if modifier and base in ELEMENTS:
            raise _refused(f"{base} takes no modifier here. Search without it.")
        if strict and name not in ELEMENTS and name not in PAGING:
            raise _refused(f"A parameter is not known here. Known are {', '.join((*ELEMENTS, COUNT))}.")
    counts = {name: _number(name, value) for name, value in sent if name in PAGING}
    return Query(tuple(pair for pair in sent if pair[0] in ELEMENTS), counts.get(COUNT), counts.get(OFFSET, 0))


def _number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < len(str(2**31))):
        raise _refused(f"{name} is not a whole number of this size. Send one from 0.")
    return int(value)


def _refused(text: str) -> WrongShape:
    return WrongShape(text, more=(Diagnostic("error", "not-supported", text),))


def _equal(resource: Resource, name: str, value: str) -> bool:
    """A name by its beginning, in either case; a code without the system that may stand before it; all else letter for letter."""
    wanted, found = value.replace("\\,", ","), str(resource.get(ELEMENTS[name], ""))
    if name == "name":
        return found.casefold().startswith(wanted.casefold())
    return found == (wanted.rpartition("|")[2] if name in ("version", "status") else wanted)
