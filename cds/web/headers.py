"""Headers of every response: nothing of ours runs scripts, loads from elsewhere, is framed or is kept by a cache that should not."""

import base64
import hashlib
from functools import partial
from http import HTTPStatus

import flask


def install(app: flask.Flask, *, style: str, secure: bool) -> None:
    """Sets the headers; `style` is the only style a page may have, `secure` adds that callers must stay with https."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    fixed = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        **({"Strict-Transport-Security": "max-age=31536000"} if secure else {}),
    }
    app.after_request(partial(_with_headers, fixed=fixed))


def _with_headers(response: flask.Response, *, fixed: dict[str, str]) -> flask.Response:
    response.headers.update(fixed)
    response.headers["Cache-Control"] = "no-cache" if _may_be_kept(response) else "no-store"
    return response


def _may_be_kept(response: flask.Response) -> bool:
    """Discovery and the form may be kept and asked for again; answers, explanations, states and errors may not."""
    read = flask.request.method in ("GET", "HEAD") and response.status_code == HTTPStatus.OK
    return read and flask.request.blueprint in ("hooks", "fhir")
