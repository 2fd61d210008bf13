"""A form filled in from a record."""

import flask

from cds.web import bodies, negotiation
from cds.web.uses import Uses


def routes(use: Uses) -> flask.Blueprint:
    """`POST /fhir/Questionnaire/$populate` and `POST /fhir/Questionnaire/{id}/$populate`."""
    blueprint = flask.Blueprint("populating", __name__, url_prefix="/fhir/Questionnaire")

    @blueprint.post("/$populate", defaults={"name": ""})
    @blueprint.post("/<id:name>/$populate")
    def populate(name: str) -> flask.Response:
        mimetype = negotiation.fhir()
        return bodies.sent(use.populate(bodies.received(), name), mimetype=mimetype)

    return blueprint
