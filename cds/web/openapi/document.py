"""The table of routes as an OpenAPI 3.1 document."""

from http import HTTPStatus
from typing import Any

from cds.web import bodies
from cds.web.openapi import shapes, table
from cds.web.openapi.table import Route

DESCRIPTION = (
    "Decision support for runners with low back pain: CDS Hooks and FHIR R4. Not a medical device, not reviewed by a clinician, not for use in care. "
    "Every error is a FHIR OperationOutcome that says where and what to do, and repeats nothing of what was sent."
)
OUTCOME = shapes.reference("OperationOutcome")


def document(version: str) -> dict[str, Any]:
    """The document; `version` is that of the software."""
    paths: dict[str, Any] = {}
    for route in table.ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Back Pain CDS", "version": version, "description": DESCRIPTION},
        "paths": paths,
        "components": {"schemas": shapes.all_of_them()},
    }


def _operation(route: Route) -> dict[str, Any]:
    body = {"requestBody": {"required": True, "content": _content(route.body)}} if route.body else {}
    parameters = {"parameters": list(route.parameters)} if route.parameters else {}
    return {"operationId": route.id, "summary": route.text} | parameters | body | {"responses": _responses(route)}


def _responses(route: Route) -> dict[str, Any]:
    """200, the other answers that hold the same or nothing, and the errors, which browsers get as a page."""
    page = table.PAGE if route.method == "get" else {}
    error = {"content": _content({bodies.JSON: OUTCOME} | ({bodies.FHIR_JSON: OUTCOME} if route.path.startswith("/fhir") else {}) | page)}
    found: dict[str, Any] = {"200": {"description": _phrase(200), "content": _content(route.answer)}}
    for status in route.also:
        empty = status in (HTTPStatus.NOT_MODIFIED, HTTPStatus.SEE_OTHER)
        found[str(status)] = {"description": _phrase(status)} | ({} if empty else {"content": _content(route.answer)})
    for status in (*route.errors, HTTPStatus.INTERNAL_SERVER_ERROR.value):
        found[str(status)] = {"description": _phrase(status), **error}
    return found


def _content(answer: table.Answer) -> dict[str, Any]:
    return {mimetype: {"schema": schema} for mimetype, schema in answer.items()}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
