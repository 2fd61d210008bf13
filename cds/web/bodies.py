"""Bodies in and out: JSON only, read up to the limit whether its length was announced or not."""

import json
from typing import Any
from urllib.parse import parse_qsl

import flask
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_accept_header, parse_options_header

from cds.foundation import canonical

JSON = "application/json"
FHIR_JSON = "application/fhir+json"
PAGE = "text/html"
FORM = "application/x-www-form-urlencoded"
FHIR_VERSIONS = ("", "4.0", "4.0.1")
"""What the parameter `fhirVersion` of a type may say (FHIR R4, 3.1.0.1.12)."""
CHARSETS = ("", "utf-8", "utf8", "us-ascii")
CUT = "MAX_CONTENT_LENGTH"
MOST_TYPES = 50
"""So many of the types that a caller accepts are looked at."""
TYPES = "types"


def limit(app: flask.Flask, size: int) -> None:
    """Bodies of at most `size` bytes. Werkzeug cuts a body of unannounced length at its maximum without a word, so that is one byte more."""
    app.config[CUT] = size + 1


def received() -> bytes:
    """The request's body.

    Raises UnsupportedMediaType for all but JSON in UTF-8, and RequestEntityTooLarge over the limit of the application:
    by Content-Length before anything is read, without it as soon as the limit is passed.
    """
    parameters = flask.request.mimetype_params
    known = parameters.get("charset", "").lower() in CHARSETS and parameters.get("fhirversion", "") in FHIR_VERSIONS
    if flask.request.mimetype not in (JSON, FHIR_JSON) or not known:
        raise UnsupportedMediaType
    body = flask.request.get_data(cache=False)
    if len(body) >= flask.current_app.config[CUT]:
        raise RequestEntityTooLarge
    return body


def fields(body: bytes, most: int) -> list[tuple[str, str]]:
    """The fields of a form in their order; ValueError for what is no form in UTF-8, and for more than `most` of them before any is read."""
    return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=most, errors="strict")


def preferred(*offers: str) -> str:
    """The type that the caller likes best, of several alike the first; raises NotAcceptable when the caller takes none of them."""
    accepted = _accepted()
    best = max(offers, key=accepted.quality)
    if _types() and not accepted.quality(best):
        raise NotAcceptable
    return best


def take_any() -> None:
    """Answers the request in hand as if its caller had named no type, so that what it named is not read."""
    setattr(flask.g, TYPES, MIMEAccept())


def _types() -> MIMEAccept:
    """The first of the types in the Accept header, read once a request."""
    if TYPES not in flask.g:
        first = flask.request.headers.get("Accept", "").split(",", MOST_TYPES)[:MOST_TYPES]
        setattr(flask.g, TYPES, parse_accept_header(",".join(first), MIMEAccept))
    types: MIMEAccept = flask.g.get(TYPES)
    return types


def _accepted() -> MIMEAccept:
    """What the caller accepts, without the parameters of a type: a charset changes nothing, and another version of FHIR is another type."""
    stripped = []
    for value, quality in _types():
        mimetype, parameters = parse_options_header(value)
        if parameters.get("fhirversion", "") in FHIR_VERSIONS:
            stripped.append((mimetype, quality))
    return MIMEAccept(stripped)


def prefers_page() -> bool:
    """Whether the caller would rather have an error as a page than as JSON, which is what those get who take neither."""
    accepted = _types()
    return accepted.quality(PAGE) > accepted.quality(JSON)


def sent(document: Any, *, status: int = 200, mimetype: str = JSON) -> flask.Response:
    """The document as a JSON response; exact decimals go out as numbers."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=canonical.plain)
    return flask.Response(text, status=status, mimetype=mimetype)
