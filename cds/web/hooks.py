"""Discovery and the services of CDS Hooks."""

import flask

from cds.service.feedback import Meter
from cds.web import bodies, leaving, logs
from cds.web.uses import Document, Uses

EXTENSION = "org.back-pain-cds.decision"


def routes(use: Uses, meter: Meter) -> flask.Blueprint:
    """`GET /cds-services`, `POST /cds-services/{id}` and `POST /cds-services/{id}/feedback`, whose items `meter` counts."""
    blueprint = flask.Blueprint("hooks", __name__)

    @blueprint.get("/cds-services")
    def discover() -> flask.Response:
        return bodies.sent(use.discovery())

    @blueprint.post("/cds-services/<service_id>")
    def answer(service_id: str) -> flask.Response:
        given = use.answer(service_id, bodies.received(), logs.trace())
        logs.name_service(service_id)
        return with_cards(given)

    @blueprint.post("/cds-services/<service_id>/feedback")
    def feedback(service_id: str) -> flask.Response:
        given = use.feedback(service_id, bodies.received(), meter)
        logs.name_service(service_id)
        return bodies.sent(given)

    return blueprint


def with_cards(given: Document) -> flask.Response:
    """The cards as the response; the decision they belong to goes on the log line."""
    named = {card["extension"][EXTENSION]["decisionId"] for card in given["cards"]}
    leaving.made_of(named)
    for decision in named:
        logs.name_decision(decision)
    return bodies.sent(given)
