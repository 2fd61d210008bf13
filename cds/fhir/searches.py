"""What a prefetch template asks for, and whether a first page shows that the server heeded it (FHIR R4, Search).

Many servers pass over parameters that they do not know. The first page of "the newest of these codes" is then a page of anything.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cds.fhir import bundles, concepts, dating

Pair = tuple[str, str]
"""A code system and a code."""


@dataclass(frozen=True)
class Search:
    """The resource type (any when empty) and the codes (any when empty) that are asked for."""

    kind: str = ""
    codes: frozenset[Pair] = field(default_factory=frozenset)

    def finds(self, kind: str, codes: tuple[Pair, ...]) -> bool:
        """True when a resource of that type with these codes is one that is asked for."""
        return kind == self.kind and (not self.codes or not self.codes.isdisjoint(codes))


def of(template: str) -> Search:
    """The search of a prefetch template."""
    kind, _, query = template.partition("?")
    return Search(kind.partition("/")[0], frozenset(_tokens(query)))


def enough(page: Mapping[str, Any], search: Search) -> bool:
    """False when a page that is not all shows that the server heeded neither codes nor order: its first results may not be the newest.

    An entry without a readable date says nothing of the order; of partial dates only what is surely out of order does.
    """
    if not bundles.is_partial(page):
        return True
    found = list(bundles.matches(page))
    asked = all(search.finds(concepts.text(one.get("resourceType")), tuple(concepts.codes(one.get("code")))) for one in found)
    return asked and _falls(found)


def _falls(found: list[Mapping[str, Any]]) -> bool:
    spans = [span for one in found if (span := _span(one))]
    return all(later[0] <= earlier[1] for earlier, later in itertools.pairwise(spans))


def _span(resource: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
    """The first and the last instant that the element `date` may mean."""
    period = concepts.mapping(resource.get("effectivePeriod"))
    values = (resource.get("effectiveDateTime"), resource.get("effectiveInstant"), period.get("start"), period.get("end"))
    dates = [when for when in map(dating.read, values) if when]
    return (min(when.earliest for when in dates), max(when.latest for when in dates)) if dates else None


def _tokens(query: str) -> Iterator[Pair]:
    for parameter in query.split("&"):
        name, _, value = parameter.partition("=")
        if name == "code":
            yield from ((system, code) for system, _, code in (token.partition("|") for token in value.split(",")))
