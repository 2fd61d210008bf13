"""Each route: what it does, takes and answers."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from cds.fhir import capability
from cds.fhir.knowledge import searching, views
from cds.web import bodies
from cds.web.callers import Need
from cds.web.openapi import resources, shapes
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


Known = partial(Route, need=Need.KNOWLEDGE)
"""A route of the knowledge."""


def _json(name: str) -> Answer:
    return {bodies.JSON: shapes.reference(name)}


def _fhir(schema: Schema) -> Answer:
    return {bodies.FHIR_JSON: schema, bodies.JSON: schema}


def _in(place: str, name: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


PAGE: Answer = {bodies.PAGE: {"type": "string"}}
OUTCOME = _fhir(shapes.reference("OperationOutcome"))
ARTIFACT = _fhir(resources.either(*capability.KINDS))
SEARCHSET = _fhir(shapes.reference("searchset"))

KIND = _in("path", "kind", {"enum": list(capability.KINDS)})
NAME = _in("path", "name", shapes.FHIR_ID)
FORMAT = _in("query", "_format", {"enum": ["json", "application/json", "application/fhir+json"]})
NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": 2_000_000_000}
TERMS: dict[str, Schema] = {
    **{key: {"type": "string"} for key in searching.ELEMENTS},
    **dict.fromkeys(searching.PAGING, NUMBER),
    views.SUMMARY: {"enum": list(views.KINDS)},
    views.ELEMENTS: {"type": "string"},
}
QUERY = (*(_in("query", name, schema) for name, schema in TERMS.items()), FORMAT)
TERMS_AS_FORM: Answer = {bodies.FORM: {"type": "object", "properties": TERMS}}

RESPONSE = _fhir(shapes.resource("QuestionnaireResponse", "Parameters"))
SUBMISSION = _fhir(shapes.resource("QuestionnaireResponse", "Bundle", "Parameters"))
POPULATED = _fhir(shapes.reference("populate-answer"))
RECORD = _fhir(shapes.reference("populate-request"))
GUIDANCE: Answer = {bodies.JSON: shapes.reference("cards-sent"), bodies.FHIR_JSON: shapes.reference("guidance")}

SERVICE_ID = _in("path", "service_id", shapes.TEXT)
HOOKS = (
    Route(
        "get",
        "/cds-services",
        "discover",
        "The services, their hooks and prefetch templates.",
        _json("services-sent"),
        need=Need.DISCOVERY,
    ),
    Route(
        "post",
        "/cds-services/{service_id}",
        "call",
        "A call of a hook, answered with cards.",
        _json("cards-sent"),
        (*TAKEN, 404, 412, 422, 503),
        (SERVICE_ID,),
        _fhir(shapes.reference("cds-hooks-request")),
        need=Need.TOKEN,
    ),
    Route(
        "post",
        "/cds-services/{service_id}/feedback",
        "feedback",
        "What was done with cards; each item is told apart, by its place.",
        _json("feedback-kept"),
        (*TAKEN, 404, 503),
        (SERVICE_ID,),
        _fhir(shapes.reference("cds-hooks-feedback")),
        need=Need.TOKEN,
    ),
)

KNOWLEDGE = (
    Known(
        "get",
        "/fhir/metadata",
        "metadata",
        "What the service can do in FHIR.",
        _fhir(shapes.reference("CapabilityStatement")),
        (406,),
        (FORMAT,),
        also=(304,),
    ),
    Known("get", "/fhir/{kind}", "search", "A search of the knowledge.", SEARCHSET, (400, *READ_ERRORS), (KIND, *QUERY), also=(304,)),
    Known(
        "post",
        "/fhir/{kind}/_search",
        "searchByPost",
        "The same with its parameters as a form.",
        SEARCHSET,
        (*TAKEN, *READ_ERRORS),
        (KIND, *QUERY),
        TERMS_AS_FORM,
    ),
    Known("get", "/fhir/{kind}/{name}", "read", "An artifact of the release in force.", ARTIFACT, READ_ERRORS, (KIND, NAME, FORMAT), also=(304,)),
    Known(
        "get",
        "/fhir/{kind}/{name}/_history/{version}",
        "vread",
        "An artifact of the release of that version.",
        ARTIFACT,
        READ_ERRORS,
        (KIND, NAME, _in("path", "version", shapes.FHIR_ID), FORMAT),
        also=(304,),
    ),
)

OPERATIONS = (
    Route(
        "post",
        "/fhir",
        "batch",
        "Several requests, each answered on its own.",
        _fhir(shapes.reference("batch-response")),
        (*TAKEN, 406, 422),
        (FORMAT,),
        _fhir(shapes.reference("batch")),
        need=Need.TOKEN,
    ),
    Route(
        "post",
        "/fhir/QuestionnaireResponse/$validate",
        "validate",
        "A response checked against its Questionnaire.",
        OUTCOME,
        (*TAKEN, 406),
        (FORMAT,),
        RESPONSE,
        need=Need.TOKEN,
    ),
    Route(
        "post",
        "/fhir/QuestionnaireResponse/$evaluate",
        "evaluate",
        "A response decided on, as cards or as FHIR.",
        GUIDANCE,
        (*TAKEN, 406, 422, 503),
        (FORMAT,),
        SUBMISSION,
        need=Need.TOKEN,
    ),
    Route(
        "post",
        "/fhir/Questionnaire/$process-response",
        "processResponse",
        "A response taken as a form receiver does.",
        OUTCOME,
        (*TAKEN, 406, 422),
        (FORMAT,),
        RESPONSE,
        need=Need.TOKEN,
    ),
)

POPULATE = "/fhir/Questionnaire/$populate"
POPULATE_ONE = "/fhir/Questionnaire/{name}/$populate"
FILLING = (
    Route(
        "post", POPULATE, "populate", "A released form filled in from a record.", POPULATED, (*TAKEN, 406, 422), (FORMAT,), RECORD, need=Need.TOKEN
    ),
    Route(
        "post",
        POPULATE_ONE,
        "populateOne",
        "The same, by the id of the form.",
        POPULATED,
        (*TAKEN, *READ_ERRORS, 422),
        (NAME, FORMAT),
        RECORD,
        need=Need.TOKEN,
    ),
)

FORM = "/form"
FIELDS: Answer = {bodies.FORM: {"type": "object", "additionalProperties": {"type": "string"}}}
FORM_ERRORS = (*TAKEN, 403, 404, 422, 503)
FORM_NAME = _in("path", "name", shapes.TEXT)
FORMS = (
    Route("get", "/form", "forms", "The forms, or the only one.", PAGE, (404,), also=(303,), need=Need.COUNTED),
    Route("get", "/form/{name}", "form", "A form, from its first step.", PAGE, (404,), (FORM_NAME,), need=Need.COUNTED),
    Route(
        "post",
        "/form/{name}",
        "formStep",
        "The next step of a form, or the advice at its end.",
        PAGE,
        FORM_ERRORS,
        (FORM_NAME,),
        FIELDS,
        need=Need.TURN,
    ),
    Route(
        "post",
        "/form/{name}/answers",
        "formAnswers",
        "The answers as a QuestionnaireResponse.",
        {bodies.FHIR_JSON: shapes.reference("QuestionnaireResponse")},
        FORM_ERRORS,
        (FORM_NAME,),
        FIELDS,
        need=Need.COUNTED,
    ),
)

PAGES = (
    Route("get", "/", "home", "What this is, with links.", PAGE, need=Need.COUNTED),
    Route(
        "get",
        "/decisions/{decision_id}",
        "explain",
        "The explanation of one decision.",
        PAGE | _json("assessment"),
        READ_ERRORS,
        (_in("path", "decision_id", shapes.TEXT),),
        need=Need.COUNTED,
    ),
    Known(
        "get",
        "/releases/{name}/{version}",
        "release",
        "What a release rests on.",
        PAGE | _json("attributes"),
        READ_ERRORS,
        (_in("path", "name", shapes.TEXT), _in("path", "version", shapes.TEXT)),
        also=(304,),
    ),
    Known("get", "/source-attributes", "sourceAttributes", "The same of every release in force.", _json("attributes-in-force"), also=(304,)),
    Route("get", "/livez", "alive", "The process lives.", _json("alive")),
    Route("get", "/readyz", "ready", "Whether a decision could be recorded now; 503 where not.", _json("readiness"), also=(503,)),
    Route("get", "/version", "version", "What the service runs.", _json("versions"), need=Need.COUNTED),
    Route("get", "/openapi.json", "openapi", "This document.", _json("openapi"), need=Need.COUNTED),
)

ROUTES = (*HOOKS, *KNOWLEDGE, *OPERATIONS, *FILLING, *FORMS, *PAGES)
