"""The explanation of one decision: a page for people, the assessment for programs. Its address is its only key, and it expires."""

import flask

from cds.web import bodies, logs, pages
from cds.web.uses import Uses


def routes(use: Uses) -> flask.Blueprint:
    """`GET /decisions/{decisionId}`."""
    blueprint = flask.Blueprint("decisions", __name__)

    @blueprint.get("/decisions/<decision_id>")
    def decision(decision_id: str) -> flask.Response:
        mimetype = bodies.preferred(bodies.PAGE, bodies.JSON)
        document = use.explain(decision_id)
        logs.name_decision(decision_id)
        if mimetype == bodies.PAGE:
            page = flask.render_template("decision.html", decision=document, **pages.views(document))
            response = flask.Response(page, mimetype=bodies.PAGE)
        else:
            response = bodies.sent(document)
        response.headers["Vary"] = "Accept"
        return response

    return blueprint
