"""Bodies in and out: JSON only, read up to the limit whether its length was announced or not."""

import json
from typing import Any

import flask
from werkzeug.exceptions import NotAcceptable, RequestEntityTooLarge, UnsupportedMediaType

from cds.foundation import canonical

JSON = "application/json"
FHIR_JSON = "application/fhir+json"
PAGE = "text/html"
CHARSETS = ("", "utf-8", "utf8", "us-ascii")
CUT = "MAX_CONTENT_LENGTH"


def limit(app: flask.Flask, size: int) -> None:
    """Bodies of at most `size` bytes. Werkzeug cuts a body of unannounced length at its maximum without a word, so that is one byte more."""
    app.config[CUT] = size + 1


def received() -> bytes:
    """The request's body.

    Raises UnsupportedMediaType for all but JSON in UTF-8, and RequestEntityTooLarge over the limit of the application:
    by Content-Length before anything is read, without it as soon as the limit is passed.
    """
    charset = flask.request.mimetype_params.get("charset", "").lower()
    if flask.request.mimetype not in (JSON, FHIR_JSON) or charset not in CHARSETS:
        raise UnsupportedMediaType
    body = flask.request.get_data(cache=False)
    if len(body) >= flask.current_app.config[CUT]:
        raise RequestEntityTooLarge
    return body


def require_acceptable(mimetype: str) -> None:
    """Raises NotAcceptable when the caller takes only other types than the one we have."""
    accepted = flask.request.accept_mimetypes
    if accepted and not accepted.quality(mimetype):
        raise NotAcceptable


def prefers_page(*, by_default: bool) -> bool:
    """Whether the caller would rather have a page than JSON; `by_default` decides for a caller who takes either."""
    offers = (PAGE, JSON) if by_default else (JSON, PAGE)
    return flask.request.accept_mimetypes.best_match(offers, default=offers[0]) == PAGE


def sent(document: Any, *, status: int = 200, mimetype: str = JSON) -> flask.Response:
    """The document as a JSON response; exact decimals go out as numbers."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=canonical.plain)
    return flask.Response(text, status=status, mimetype=mimetype)
