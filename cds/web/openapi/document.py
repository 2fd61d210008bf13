"""The table of routes as an OpenAPI 3.1 document."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from cds.web import bodies
from cds.web.callers import Need
from cds.web.openapi import resources, routes, shapes, table
from cds.web.openapi.routes import Route

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
ALLOW = {"Allow": {"description": "The methods of this address.", "schema": {"type": "string"}}}
LOCATION = {"Location": {"description": "Where to go on.", "schema": {"type": "string", "format": "uri-reference"}}}
TAG = {"ETag": {"description": "Changes with the answer; weak.", "schema": {"type": "string", "pattern": '^W/".+"$'}}}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "Entity tags that the caller holds already.",
    "schema": {"type": "string", "pattern": r'^(W/)?"[!-~]*"$'},
}
BARE = {
    "description": "Who calls could not be told. Nothing more is said, whatever the cause.",
    "headers": {"WWW-Authenticate": {"schema": {"const": "Bearer"}}},
}
ASKED: Mapping[Need, tuple[int, ...]] = MappingProxyType(
    {
        Need.TOKEN: (401, 429, 503),
        Need.DISCOVERY: (401, 429, 503),
        Need.KNOWLEDGE: (401, 429, 503),
        Need.COUNTED: (429, 503),
        Need.TURN: (429, 503),
        Need.NONE: (),
    }
)
"""What a caller may be answered who has not what a route needs, or calls too often; 503 where calls cannot be counted, as nobody is let in then."""
ALWAYS = (
    HTTPStatus.FORBIDDEN.value,
    HTTPStatus.METHOD_NOT_ALLOWED.value,
    HTTPStatus.REQUEST_URI_TOO_LONG.value,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE.value,
    HTTPStatus.INTERNAL_SERVER_ERROR.value,
)
"""Forbidden is a call that did not come to the proxy by https in production, or that a page or a name of others led here in development."""


@dataclass(frozen=True)
class Facing:
    """What of the settings a caller must know: the public address, whether clients are registered, and what is open where they are."""

    address: str = ""
    closed: bool = True
    discovery_open: bool = False
    form_open: bool = True


GUARDED = Facing()
"""A service with registered clients, and with all that can be called."""


def document(version: str, facing: Facing = GUARDED) -> dict[str, Any]:
    """The document; `version` is that of the software."""
    paths: dict[str, Any] = {}
    for route in table.ROUTES:
        if facing.form_open or not _is_form(route):
            paths.setdefault(route.path, {}).update(_operations(route, facing))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Back Pain CDS", "version": version, "description": DESCRIPTION},
        **({"servers": [{"url": facing.address}]} if facing.address else {}),
        "paths": paths,
        "components": {
            **({"securitySchemes": {TOKEN: SCHEME}} if facing.closed else {}),
            "schemas": shapes.all_of_them() | dict(resources.ALL),
        },
    }


def _is_form(route: Route) -> bool:
    return route.path.startswith(table.FORM)


def _operations(route: Route, facing: Facing) -> dict[str, Any]:
    """That of the route, and HEAD beside GET: the same without a body."""
    found = _operation(route, facing)
    if route.method != "get":
        return {route.method: found}
    answers = {status: {key: part for key, part in one.items() if key != "content"} for status, one in found["responses"].items()}
    return {
        "get": found,
        "head": found | {"operationId": f"{route.id}Head", "summary": f"As GET, without a body. {route.text}", "responses": answers},
    }


def _operation(route: Route, facing: Facing) -> dict[str, Any]:
    body = {"requestBody": {"required": True, "content": _content(route.body)}} if route.body else {}
    parameters = [*route.parameters, *([IF_NONE_MATCH] if _is_tagged(route) else [])]
    said = {"operationId": route.id, "summary": route.text, "security": _security(route.need, facing)}
    return said | ({"parameters": parameters} if parameters else {}) | body | {"responses": _responses(route, facing)}


def _security(need: Need, facing: Facing) -> list[dict[str, list[str]]]:
    """Nothing, a token, or a token that may be left out."""
    if not facing.closed or need not in (Need.TOKEN, Need.DISCOVERY, Need.KNOWLEDGE):
        return []
    needed = need is Need.TOKEN or (need is Need.DISCOVERY and not facing.discovery_open)
    return [{TOKEN: []}] if needed else [{TOKEN: []}, {}]


def _is_tagged(route: Route) -> bool:
    return HTTPStatus.NOT_MODIFIED in route.also


def _responses(route: Route, facing: Facing) -> dict[str, Any]:
    """200, the other answers that hold the same or nothing, and the errors, which browsers get as a page; so do people at the form."""
    page = table.PAGE if route.method == "get" or _is_form(route) else {}
    error = {"content": _content({bodies.JSON: OUTCOME} | ({bodies.FHIR_JSON: OUTCOME} if route.path.startswith("/fhir") else {}) | page)}
    tag = {"headers": TAG} if _is_tagged(route) else {}
    found: dict[str, Any] = {"200": {"description": _phrase(200), "content": _content(route.answer), **tag}}
    for status in route.also:
        found[str(status)] = {"description": _phrase(status)} | ({} if status in EMPTY else {"content": _content(route.answer)}) | _headers(status)
    for status in sorted({*route.errors, *ALWAYS, *(ASKED[route.need] if facing.closed else ())}):
        found[str(status)] = (
            BARE if status == HTTPStatus.UNAUTHORIZED else {"description": TOLD.get(status, _phrase(status)), **error, **_headers(status)}
        )
    return found


EMPTY = (HTTPStatus.NOT_MODIFIED, HTTPStatus.SEE_OTHER)
"""Answers without a body."""
TOLD: Mapping[int, str] = MappingProxyType({HTTPStatus.METHOD_NOT_ALLOWED: "What any other method is answered with at this address."})
HEADERS: Mapping[int, dict[str, Any]] = MappingProxyType(
    {
        HTTPStatus.NOT_MODIFIED: TAG,
        HTTPStatus.SEE_OTHER: LOCATION,
        HTTPStatus.METHOD_NOT_ALLOWED: ALLOW,
        HTTPStatus.TOO_MANY_REQUESTS: RETRY,
        HTTPStatus.SERVICE_UNAVAILABLE: RETRY,
    }
)


def _headers(status: int) -> dict[str, Any]:
    return {"headers": HEADERS[status]} if status in HEADERS else {}


def _content(answer: routes.Answer) -> dict[str, Any]:
    return {mimetype: {"schema": schema} for mimetype, schema in answer.items()}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
