"""What all checks of one response share: its status, the resources that it contains, what they may spend, and what was told before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.fhir import concepts, limits
from cds.fhir.limits import Budget
from cds.fhir.validation.patterns import Patterns


@dataclass(frozen=True)
class Context:
    """`contained` are the types of the contained resources by their ids; `comparisons` are those that items and conditions may still take."""

    status: object
    contained: Mapping[str, str]
    patterns: Patterns = field(default_factory=Patterns)
    comparisons: Budget = field(default_factory=lambda: Budget(limits.MAX_COMPARISONS))
    _told: set[tuple[str, str]] = field(default_factory=set)

    def first(self, link_id: str, what: str) -> bool:
        """True the first time that it is asked of an item."""
        key = (link_id, what)
        new = key not in self._told
        self._told.add(key)
        return new


def of(response: Mapping[str, Any]) -> Context:
    """Of a response that the R4 models accepted."""
    held = concepts.objects(response.get("contained"))
    types = {concepts.text(one.get("id")): concepts.text(one.get("resourceType")) for one in held}
    return Context(response.get("status"), {name: kind for name, kind in types.items() if name and kind})
