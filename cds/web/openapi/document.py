"""The table of routes as an OpenAPI 3.1 document."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from cds.web import bodies
from cds.web.callers import Need
from cds.web.openapi import shapes, table
from cds.web.openapi.table import Route

DESCRIPTION = (
    "Decision support for runners with low back pain: CDS Hooks and FHIR R4. Not a medical device, not reviewed by a clinician, not for use in care. "
    "Every error is a FHIR OperationOutcome that says where and what to do, and repeats nothing of what was sent."
)
OUTCOME = shapes.reference("OperationOutcome")
TOKEN = "clientToken"
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": (
        "A JSON Web Token as CDS Hooks has it (Trusting CDS Clients), signed with ES384 or RS384 by a registered client, for the exact address that "
        "is called, and used once. Asked for where clients are registered; a service in development that has none asks nobody."
    ),
}
RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
BARE = {
    "description": "Who calls could not be told. Nothing more is said, whatever the cause.",
    "headers": {"WWW-Authenticate": {"schema": {"const": "Bearer"}}},
}
SECURITY: Mapping[Need, list[dict[str, list[str]]]] = MappingProxyType(
    {Need.TOKEN: [{TOKEN: []}], Need.DISCOVERY: [{TOKEN: []}, {}], Need.COUNTED: [], Need.NONE: []}
)
ASKED: Mapping[Need, tuple[int, ...]] = MappingProxyType(
    {Need.TOKEN: (401, 429, 503), Need.DISCOVERY: (401, 429, 503), Need.COUNTED: (429, 503), Need.NONE: ()}
)
"""What a caller may be answered who has not what a route needs, or calls too often; 503 where calls cannot be counted, as nobody is let in then."""
ALWAYS = (HTTPStatus.FORBIDDEN.value, HTTPStatus.INTERNAL_SERVER_ERROR.value)
"""Forbidden is, in production, a call that came to the proxy by http."""


def document(version: str) -> dict[str, Any]:
    """The document; `version` is that of the software."""
    paths: dict[str, Any] = {}
    for route in table.ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Back Pain CDS", "version": version, "description": DESCRIPTION},
        "paths": paths,
        "components": {"securitySchemes": {TOKEN: SCHEME}, "schemas": shapes.all_of_them()},
    }


def _operation(route: Route) -> dict[str, Any]:
    body = {"requestBody": {"required": True, "content": _content(route.body)}} if route.body else {}
    parameters = {"parameters": list(route.parameters)} if route.parameters else {}
    return {"operationId": route.id, "summary": route.text, "security": SECURITY[route.need]} | parameters | body | {"responses": _responses(route)}


def _responses(route: Route) -> dict[str, Any]:
    """200, the other answers that hold the same or nothing, and the errors, which browsers get as a page; so do people at the form."""
    page = table.PAGE if route.method == "get" or route.path.startswith(table.FORM) else {}
    error = {"content": _content({bodies.JSON: OUTCOME} | ({bodies.FHIR_JSON: OUTCOME} if route.path.startswith("/fhir") else {}) | page)}
    found: dict[str, Any] = {"200": {"description": _phrase(200), "content": _content(route.answer)}}
    for status in route.also:
        empty = status in (HTTPStatus.NOT_MODIFIED, HTTPStatus.SEE_OTHER)
        found[str(status)] = {"description": _phrase(status)} | ({} if empty else {"content": _content(route.answer)})
    for status in sorted({*route.errors, *ALWAYS, *ASKED[route.need]}):
        retry = {"headers": RETRY} if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) else {}
        found[str(status)] = BARE if status == HTTPStatus.UNAUTHORIZED else {"description": _phrase(status), **error, **retry}
    return found


def _content(answer: table.Answer) -> dict[str, Any]:
    return {mimetype: {"schema": schema} for mimetype, schema in answer.items()}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
