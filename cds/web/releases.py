"""The source attributes of a release: a page for people, JSON for programs."""

import flask

from cds.web import bodies, negotiation
from cds.web.uses import Uses


def routes(use: Uses) -> flask.Blueprint:
    """`GET /releases/{name}/{version}`, and `GET /source-attributes` for the releases in force."""
    blueprint = flask.Blueprint("releases", __name__)

    @blueprint.get("/releases/<name>/<version>")
    def release(name: str, version: str) -> flask.Response:
        mimetype = bodies.preferred(bodies.PAGE, bodies.JSON)
        document = use.attributes(name, version)
        if mimetype == bodies.PAGE:
            response = flask.Response(flask.render_template("release.html", release=document), mimetype=bodies.PAGE)
        else:
            response = bodies.sent(document)
        return negotiation.tagged(response)

    @blueprint.get("/source-attributes")
    def in_force() -> flask.Response:
        return negotiation.tagged(bodies.sent(use.attributes_in_force()))

    return blueprint
