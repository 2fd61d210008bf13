"""What the tests send: patients of `examples/requests`, with dates of today, as a record from which every template is answered."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from examples import dates
from tests.examples import asking
from tests.service import records

Json = dict[str, Any]

EMERGENCY = "09-numb-between-the-legs"
PROPOSING = "17-inflammatory-with-red-eye"
SELF_CARE = "01-strain-improving-day-9"
INCOMPLETE = "11-core-question-unanswered-with-leg-pain"
OFFERED = "14-no-response-yet"


@dataclass(frozen=True)
class Scene:
    """A patient and what the record has of this patient."""

    patient: str
    resources: tuple[Json, ...]

    def prefetch(self, templates: Mapping[str, str]) -> Json:
        """What a client sends for these templates: a resource, or a Bundle with all that was found."""
        return {key: self.found(template) for key, template in templates.items()}

    def found(self, template: str) -> Json | None:
        """What the record has for one template; None where there is no such resource."""
        return records.found_at(self.resources, template.replace("{{context.patientId}}", self.patient), whole=True) or None

    def without(self, *kinds: str) -> "Scene":
        """The same patient with a record that lacks resources of these types."""
        return Scene(self.patient, tuple(one for one in self.resources if one["resourceType"] not in kinds))

    def adding(self, *resources: Json) -> "Scene":
        """The same patient with more on record."""
        return Scene(self.patient, (*self.resources, *resources))

    def newest(self, kind: str) -> Json:
        """One resource of the type."""
        return next(one for one in self.resources if one["resourceType"] == kind)


@cache
def scene(name: str) -> Scene:
    """The patient of an example, moved to this day."""
    example = next(one for one in asking.examples() if one.name == name)
    moved = dates.moved(example.request, written=example.at, now=datetime.now(UTC))
    return Scene(moved["context"]["patientId"], tuple(_resources(moved["prefetch"])))


def nothing_wrong() -> Scene:
    """A patient with no complaint on record and no answers: nothing is to be said."""
    return scene(OFFERED).without("Condition")


def _resources(prefetch: Mapping[str, Any]) -> Iterator[Json]:
    for value in prefetch.values():
        if value and value["resourceType"] == "Bundle":
            yield from (entry["resource"] for entry in value.get("entry", ()))
        elif value:
            yield value


def fresh() -> str:
    """A hookInstance that was never used."""
    return str(uuid.uuid4())
