"""Headers of every response: nothing loads from elsewhere, is framed or is kept by a cache that should not.

Only the pages of the form run a script, the one that the policy names, and send a form, to this service alone. They tell this service,
and no other, where they come from: without a referrer a browser would send their forms with the origin `null`.
"""

import base64
import hashlib
from functools import partial
from http import HTTPStatus

import flask


def install(app: flask.Flask, *, style: str, form: tuple[str, str], secure: bool) -> None:
    """Sets the headers; `style` is the only style a page may have, `form` the style and the script of the form, `secure` keeps callers with https."""
    fixed = {
        "X-Content-Type-Options": "nosniff",
        **({"Strict-Transport-Security": "max-age=31536000"} if secure else {}),
    }
    plain = _policy(style)
    filled_in = _policy(form[0], f"script-src {_digest(form[1])}; form-action 'self'")
    app.after_request(partial(_with_headers, fixed=fixed, plain=plain, filled_in=filled_in))


def _policy(style: str, more: str = "form-action 'none'") -> str:
    return f"default-src 'none'; style-src {_digest(style)}; base-uri 'none'; frame-ancestors 'none'; {more}"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _with_headers(response: flask.Response, *, fixed: dict[str, str], plain: str, filled_in: str) -> flask.Response:
    response.headers.update(fixed)
    is_form = flask.request.blueprint == "form"
    response.headers["Content-Security-Policy"] = filled_in if is_form else plain
    response.headers["Referrer-Policy"] = "same-origin" if is_form else "no-referrer"
    response.headers["Cache-Control"] = "no-cache" if _may_be_kept(response) else "no-store"
    return response


def _may_be_kept(response: flask.Response) -> bool:
    """Discovery and the knowledge may be kept and asked for again; answers, explanations, states and errors may not, nor what a token opened."""
    read = flask.request.method in ("GET", "HEAD") and response.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
    return read and flask.request.blueprint in ("hooks", "fhir", "releases") and "Authorization" not in flask.request.headers
