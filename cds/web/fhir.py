"""FHIR operations and reads: a response submitted directly, and the released Questionnaire."""

import flask

from cds.web import bodies, hooks
from cds.web.uses import Uses


def routes(use: Uses) -> flask.Blueprint:
    """`POST /fhir/QuestionnaireResponse/$evaluate` and `GET /fhir/Questionnaire/{id}`."""
    blueprint = flask.Blueprint("fhir", __name__, url_prefix="/fhir")

    @blueprint.post("/QuestionnaireResponse/$evaluate")
    def evaluate() -> flask.Response:
        bodies.require_acceptable(bodies.JSON)
        return hooks.with_cards(use.submit(bodies.received()))

    @blueprint.get("/Questionnaire/<name>")
    def questionnaire(name: str) -> flask.Response:
        return bodies.sent(use.questionnaire(name), mimetype=bodies.FHIR_JSON)

    return blueprint
