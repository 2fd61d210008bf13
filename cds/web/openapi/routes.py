"""What is said of a route of the service, and the parts that several have."""

from dataclasses import dataclass
from typing import Any

from cds.web import bodies
from cds.web.callers import Need
from cds.web.openapi import shapes
from cds.web.openapi.shapes import Schema

Answer = dict[str, Schema]
"""A schema by content type."""

READ_ERRORS = (404, 406)
TAKEN = (400, 413, 415)
"""What a body may be refused with, whatever is in it."""


@dataclass(frozen=True)
class Route:
    """A route of the service. `also` are answers beside 200, `errors` the statuses that an OperationOutcome comes with.

    `need` is what it asks of its caller where clients are registered; what a caller who has not that is answered with follows from it.
    """

    method: str
    path: str
    id: str
    text: str
    answer: Answer
    errors: tuple[int, ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()
    body: Answer | None = None
    also: tuple[int, ...] = ()
    need: Need = Need.NONE


def json_of(name: str) -> Answer:
    """JSON of that schema."""
    return {bodies.JSON: shapes.reference(name)}


def fhir_of(schema: Schema) -> Answer:
    """FHIR's JSON of that schema, under either name."""
    return {bodies.FHIR_JSON: schema, bodies.JSON: schema}


def placed(place: str, name: str, schema: Schema) -> dict[str, Any]:
    """A parameter of the path or the query."""
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


NAME = placed("path", "name", shapes.FHIR_ID)
FORMAT = placed("query", "_format", {"enum": ["json", "application/json", "application/fhir+json"]})
