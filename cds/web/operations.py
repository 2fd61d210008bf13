"""Whether the service lives, whether it can answer, what it runs, and what it is: a page for people, a document for programs."""

from functools import lru_cache

import flask

from cds.web import bodies, errors
from cds.web.openapi import document
from cds.web.uses import Uses

FACING = "FACING"
"""The configuration that holds what of the settings the OpenAPI document tells."""


def routes(use: Uses) -> flask.Blueprint:
    """`GET /`, `/livez`, `/readyz`, `/version`, `/openapi.json`."""
    blueprint = flask.Blueprint("operations", __name__)
    described = lru_cache(1)(document.document)

    @blueprint.get("/")
    def home() -> str:
        return flask.render_template("home.html", services=use.discovery()["services"], versions=use.versions())

    @blueprint.get("/livez")
    def alive() -> flask.Response:
        return bodies.sent({"alive": True})

    @blueprint.get("/readyz")
    def ready() -> flask.Response:
        found = use.readiness()
        response = bodies.sent(found, status=200 if found["ready"] else 503)
        if not found["ready"]:
            response.headers["Retry-After"] = errors.RETRY_SECONDS
        return response

    @blueprint.get("/version")
    def version() -> flask.Response:
        return bodies.sent(use.versions())

    @blueprint.get("/openapi.json")
    def openapi() -> flask.Response:
        return bodies.sent(described(use.versions()["software"], flask.current_app.config[FACING]))

    return blueprint
