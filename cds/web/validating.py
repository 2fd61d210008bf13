"""A response checked and not decided on: `$validate`, and the form receiver of SDC."""

import flask

from cds.web import bodies, negotiation
from cds.web.uses import Uses


def routes(use: Uses) -> flask.Blueprint:
    """`POST /fhir/QuestionnaireResponse/$validate` and `POST /fhir/Questionnaire/$process-response`."""
    blueprint = flask.Blueprint("validating", __name__, url_prefix="/fhir")

    @blueprint.post("/QuestionnaireResponse/$validate")
    def validate() -> flask.Response:
        mimetype = negotiation.fhir()
        query = tuple(flask.request.args.items(multi=True))
        return bodies.sent(use.validate(bodies.received(), query), mimetype=mimetype)

    @blueprint.post("/Questionnaire/$process-response")
    def process_response() -> flask.Response:
        mimetype = negotiation.fhir()
        return bodies.sent(use.process_response(bodies.received()), mimetype=mimetype)

    return blueprint
