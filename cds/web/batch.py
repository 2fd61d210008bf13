"""Batch (FHIR R4, 3.1.0.11): several reads, searches and operations in one Bundle, each answered as its own call would be."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

import flask
from werkzeug.test import create_environ

from cds.fhir import outcomes
from cds.foundation import strict_json
from cds.foundation.errors import Diagnostic, NotProcessable, TooLarge, WrongShape
from cds.web import bodies, callers, heads, negotiation
from cds.web.uses import Document

MOST_ENTRIES = 50
MOST_BYTES = 20_000_000
"""Of all answers together: once they have more, the entries that are left are refused."""
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH")
OUTER = ("Prefer",)
"""What an entry has of the request around it, beside who calls: its token is checked once, for all entries."""

NO_REQUEST = Diagnostic(
    "error",
    "structure",
    f"An entry needs `request` with `method` and `url`: an address relative to the base, such as Questionnaire?status=active, "
    f"of at most {heads.ADDRESS} characters. A batch within a batch is not taken.",
)
TOO_COSTLY = Diagnostic(
    "error", "too-costly", "The answers before this one are as much as one batch is answered with. Send this entry again, in another batch."
)


def routes() -> flask.Blueprint:
    """`POST /fhir`, with a slash behind it too."""
    blueprint = flask.Blueprint("batch", __name__)

    @blueprint.post("/fhir", strict_slashes=False)
    def batch() -> flask.Response:
        mimetype = negotiation.fhir()
        entries = _entries(bodies.received())
        answers = _answers(entries)
        held = {"entry": answers} if answers else {}
        return bodies.sent({"resourceType": "Bundle", "type": "batch-response", **held}, mimetype=mimetype)

    return blueprint


def _entries(body: bytes) -> list[Any]:
    """The entries of a batch; our errors for all else, before any entry is answered."""
    bundle = strict_json.load_object(body, limit=len(body))
    if bundle.get("resourceType") != "Bundle" or not isinstance(bundle.get("entry", []), list):
        raise WrongShape("The body is no Bundle with a list of entries. Send a Bundle of type batch.", expression="Bundle")
    if bundle.get("type") != "batch":
        text = "Only a Bundle of type batch is taken. Nothing here is stored, so that there is nothing for a transaction to hold together."
        raise NotProcessable(text, more=(Diagnostic("error", "not-supported", text, "Bundle.type"),))
    entries = list(bundle.get("entry", []))
    if len(entries) > MOST_ENTRIES:
        raise TooLarge(f"The Bundle has {len(entries)} entries; at most {MOST_ENTRIES} are taken. Send several.", expression="Bundle.entry")
    return entries


def _answers(entries: Iterable[Any]) -> list[Document]:
    """The entries of the answer. Once they are too large together the others are not called any more."""
    answers: list[Document] = []
    size = 0
    for entry in entries:
        if size > MOST_BYTES:
            answers.append(_refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_COSTLY))
        else:
            answer, more = _answer(entry)
            answers.append(answer)
            size += more
    return answers


def _answer(entry: Any) -> tuple[Document, int]:
    """The entry of the answer, which is what the call of its own gives, by the application itself; and how many bytes that had."""
    request = entry.get("request") if isinstance(entry, Mapping) else None
    body = "".join(_text(entry["resource"])).encode() if isinstance(entry, Mapping) and "resource" in entry else b""
    call = _call(request, body) if isinstance(request, Mapping) else None
    if call is None:
        return _refused(HTTPStatus.BAD_REQUEST, NO_REQUEST), 0
    app, caller = flask.current_app, callers.current()
    # A context of its own for each: what one entry puts on its line of the log must not stand on another's.
    with app.app_context(), app.request_context(call):
        setattr(flask.g, negotiation.ONLY_FHIR, True)
        callers.inherit(caller)
        response = app.full_dispatch_request()
        return _told(response), len(response.get_data())


def _refused(status: HTTPStatus, why: Diagnostic) -> Document:
    return {"response": {"status": _status(status), "outcome": outcomes.operation_outcome((why,))}}


def _call(request: Mapping[str, Any], body: bytes) -> dict[str, Any] | None:
    """The WSGI environment of an entry's own call; None where it names no method and no address in ASCII of a length that is taken."""
    method, url = request.get("method"), request.get("url")
    if not (isinstance(url, str) and url.isascii() and len(url) <= heads.ADDRESS and url.partition("?")[0] and method in METHODS):
        return None
    path, _, query = url.partition("?")
    outer = {f"HTTP_{name.upper()}": value for name in OUTER if (value := flask.request.headers.get(name)) is not None}
    conditional = {"HTTP_IF_NONE_MATCH": tag} if isinstance(tag := request.get("ifNoneMatch"), str) else {}
    return {
        **create_environ(),
        **outer,
        **conditional,
        "REMOTE_ADDR": flask.request.remote_addr or "",
        "REQUEST_METHOD": method,
        "PATH_INFO": f"/fhir/{unquote_to_bytes(path).decode('latin-1')}",
        "QUERY_STRING": query,
        "HTTP_ACCEPT": bodies.FHIR_JSON,
        "CONTENT_TYPE": bodies.FHIR_JSON,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


def _text(value: Any) -> Iterator[str]:
    """The JSON of a value that was read strictly, every number as exact as it came."""
    if isinstance(value, Mapping):
        for number, (name, member) in enumerate(value.items()):
            yield f"{',' if number else '{'}{json.dumps(name)}:"
            yield from _text(member)
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield "," if number else "["
            yield from _text(member)
        yield "]" if value else "[]"
    else:
        yield str(value) if isinstance(value, Decimal) else json.dumps(value)


def _told(response: flask.Response) -> Document:
    """A response as the entry of a batch-response: an outcome that refuses stands in `response.outcome`, all else in `resource`."""
    bare = flask.request.method == "HEAD" or response.status_code == HTTPStatus.NOT_MODIFIED
    document = None if bare else json.loads(response.get_data())
    tag = {"etag": response.headers["ETag"]} if "ETag" in response.headers else {}
    told: Document = {"response": {"status": _status(response.status_code), **tag}}
    if document is None:
        return told
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        told["response"]["outcome"] = document
        return told
    return {"resource": document, **told}


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"
