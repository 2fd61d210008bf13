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
    preferred(mimetype)


def preferred(*offers: str) -> str:
    """The type that the caller likes best, of several alike the first; raises NotAcceptable when the caller takes none of them."""
    accepted = flask.request.accept_mimetypes
    best = max(offers, key=accepted.quality)
    if accepted and not accepted.quality(best):
        raise NotAcceptable
    return best


def prefers_page() -> bool:
    """Whether the caller would rather have an error as a page than as JSON, which is what those get who take neither."""
    accepted = flask.request.accept_mimetypes
    return accepted.quality(PAGE) > accepted.quality(JSON)


def sent(document: Any, *, status: int = 200, mimetype: str = JSON) -> flask.Response:
    """The document as a JSON response; exact decimals go out as numbers."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=canonical.plain)
    return flask.Response(text, status=status, mimetype=mimetype)
