"""Browsers that call from pages of other origins (CDS Hooks, Cross-Origin Resource Sharing): by exact origin, and without a sign for any other.

The form is for its own pages alone, so nothing of this is said there.
"""

from collections.abc import Callable
from http import HTTPStatus

import flask

PREFLIGHT = "Access-Control-Request-Method"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
METHODS = ("GET", "HEAD", "POST")
HEADERS = "authorization, content-type, accept, if-none-match, prefer"
EXPOSED = "ETag, Retry-After"
SECONDS = "600"
"""How long a browser may keep what a preflight was told."""


def install(app: flask.Flask, allows: Callable[[str], bool]) -> None:
    """Answers preflights, which carry no token, and names the origin on each answer to a page that may call."""

    @app.before_request
    def preflight() -> flask.Response | None:
        asked = flask.request.method == "OPTIONS" and PREFLIGHT in flask.request.headers and "Origin" in flask.request.headers
        if not asked or flask.request.url_rule is None or _is_form():
            return None
        response = flask.Response(status=HTTPStatus.NO_CONTENT)
        del response.headers["Content-Type"]
        if _allowed(allows):
            response.headers["Access-Control-Allow-Methods"] = ", ".join(_methods())
            response.headers["Access-Control-Allow-Headers"] = HEADERS
            response.headers["Access-Control-Max-Age"] = SECONDS
        return response

    @app.after_request
    def named(response: flask.Response) -> flask.Response:
        if _is_form():
            return response
        response.vary.add("Origin")
        if _allowed(allows):
            response.headers[ALLOW_ORIGIN] = flask.request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
        return response


def _is_form() -> bool:
    return flask.request.blueprint == "form"


def _allowed(allows: Callable[[str], bool]) -> bool:
    return "Origin" in flask.request.headers and allows(flask.request.headers["Origin"])


def _methods() -> list[str]:
    """Those of the address, of which a preflight may ask."""
    rule = flask.request.url_rule
    return [method for method in METHODS if rule and rule.methods and method in rule.methods]
