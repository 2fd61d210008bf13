"""`$evaluate`: a response submitted directly, answered as cards or, for who asks for FHIR, as a Bundle."""

import flask

from cds.web import bodies, hooks, leaving, logs, negotiation
from cds.web.uses import Uses


def routes(use: Uses) -> flask.Blueprint:
    """`POST /fhir/QuestionnaireResponse/$evaluate`; cards where the caller likes both alike. One decision, whichever is asked for."""
    blueprint = flask.Blueprint("evaluating", __name__, url_prefix="/fhir")

    @blueprint.post("/QuestionnaireResponse/$evaluate")
    def evaluate() -> flask.Response:
        if negotiation.chosen(bodies.JSON, bodies.FHIR_JSON) == bodies.JSON:
            return hooks.with_cards(use.submit(bodies.received(), logs.trace()))
        answer = use.guide(bodies.received(), logs.trace())
        decision = answer["entry"][0]["fullUrl"].removeprefix("urn:uuid:")
        leaving.made_of((decision,))
        logs.name_decision(decision)
        return bodies.sent(answer, mimetype=bodies.FHIR_JSON)

    return blueprint
