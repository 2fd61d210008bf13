"""Each route: what it does, takes and answers."""

from functools import partial

from cds.fhir import capability
from cds.fhir.knowledge import searching, views
from cds.web import bodies
from cds.web.callers import Need
from cds.web.openapi import audit_table, resources, shapes
from cds.web.openapi.routes import FORMAT, NAME, READ_ERRORS, TAKEN, Answer, Route, fhir_of, json_of, placed
from cds.web.openapi.shapes import Schema

Known = partial(Route, need=Need.KNOWLEDGE)
"""A route of the knowledge."""


PAGE: Answer = {bodies.PAGE: {"type": "string"}}
OUTCOME = fhir_of(shapes.reference("OperationOutcome"))
ARTIFACT = fhir_of(resources.either(*capability.KINDS))
SEARCHSET = fhir_of(shapes.reference("searchset"))

KIND = placed("path", "kind", {"enum": list(capability.KINDS)})
NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": 2_000_000_000}
TERMS: dict[str, Schema] = {
    **{key: {"type": "string"} for key in searching.ELEMENTS},
    **dict.fromkeys(searching.PAGING, NUMBER),
    views.SUMMARY: {"enum": list(views.KINDS)},
    views.ELEMENTS: {"type": "string"},
}
QUERY = (*(placed("query", name, schema) for name, schema in TERMS.items()), FORMAT)
TERMS_AS_FORM: Answer = {bodies.FORM: {"type": "object", "properties": TERMS}}

RESPONSE = fhir_of(shapes.resource("QuestionnaireResponse", "Parameters"))
SUBMISSION = fhir_of(shapes.resource("QuestionnaireResponse", "Bundle", "Parameters"))
POPULATED = fhir_of(shapes.reference("populate-answer"))
RECORD = fhir_of(shapes.reference("populate-request"))
GUIDANCE: Answer = {bodies.JSON: shapes.reference("cards-sent"), bodies.FHIR_JSON: shapes.reference("guidance")}

SERVICE_ID = placed("path", "service_id", shapes.TEXT)
HOOKS = (
    Route(
        "get",
        "/cds-services",
        "discover",
        "The services, their hooks and prefetch templates.",
        json_of("services-sent"),
        need=Need.DISCOVERY,
    ),
    Route(
        "post",
        "/cds-services/{service_id}",
        "call",
        "A call of a hook, answered with cards.",
        json_of("cards-sent"),
        (*TAKEN, 404, 412, 422, 503),
        (SERVICE_ID,),
        fhir_of(shapes.reference("cds-hooks-request")),
        need=Need.TOKEN,
    ),
    Route(
        "post",
        "/cds-services/{service_id}/feedback",
        "feedback",
        "What was done with cards; each item is told apart, by its place.",
        json_of("feedback-kept"),
        (*TAKEN, 404, 503),
        (SERVICE_ID,),
        fhir_of(shapes.reference("cds-hooks-feedback")),
        need=Need.TOKEN,
    ),
)

KNOWLEDGE = (
    Known(
        "get",
        "/fhir/metadata",
        "metadata",
        "What the service can do in FHIR.",
        fhir_of(shapes.reference("CapabilityStatement")),
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
        (KIND, NAME, placed("path", "version", shapes.FHIR_ID), FORMAT),
        also=(304,),
    ),
)

OPERATIONS = (
    Route(
        "post",
        "/fhir",
        "batch",
        "Several requests, each answered on its own.",
        fhir_of(shapes.reference("batch-response")),
        (*TAKEN, 406, 422),
        (FORMAT,),
        fhir_of(shapes.reference("batch")),
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
FORM_NAME = placed("path", "name", shapes.TEXT)
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
        PAGE | json_of("assessment"),
        (*READ_ERRORS, 410),
        (placed("path", "decision_id", shapes.TEXT),),
        need=Need.COUNTED,
    ),
    Known(
        "get",
        "/releases/{name}/{version}",
        "release",
        "What a release rests on.",
        PAGE | json_of("attributes"),
        READ_ERRORS,
        (placed("path", "name", shapes.TEXT), placed("path", "version", shapes.TEXT)),
        also=(304,),
    ),
    Known("get", "/source-attributes", "sourceAttributes", "The same of every release in force.", json_of("attributes-in-force"), also=(304,)),
    Route("get", "/livez", "alive", "The process lives.", json_of("alive")),
    Route("get", "/readyz", "ready", "Whether a decision could be recorded now; 503 where not.", json_of("readiness"), also=(503,)),
    Route("get", "/version", "version", "What the service runs.", json_of("versions"), need=Need.COUNTED),
    Route("get", "/openapi.json", "openapi", "This document.", json_of("openapi"), need=Need.COUNTED),
)

ROUTES = (*HOOKS, *KNOWLEDGE, *OPERATIONS, *FILLING, *audit_table.AUDIT, *FORMS, *PAGES)
