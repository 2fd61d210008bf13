"""Whether the service lives, whether it can answer, what it runs, and a page that says what it is."""

import flask

from cds.web import bodies, errors
from cds.web.uses import Uses


def routes(use: Uses) -> flask.Blueprint:
    """`GET /`, `/livez`, `/readyz`, `/version`."""
    blueprint = flask.Blueprint("operations", __name__)

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

    return blueprint
