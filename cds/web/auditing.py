"""The ledger for those who have a role in it: read as FHIR, one decision exported, a patient erased."""

from typing import Any

import flask

from cds.fhir import audit_searching
from cds.foundation.errors import WrongShape
from cds.web import bodies, fhir, logs, negotiation
from cds.web.uses import Uses

EVENT, PROVENANCE = audit_searching.KINDS
ZIP = "application/zip"
FACTS = "facts"
OPEN = "open"


def routes(use: Uses) -> flask.Blueprint:
    """`GET /fhir/AuditEvent`, `GET /fhir/Provenance`, each by its id too; `GET /audit/decisions/{id}.zip`; `POST /audit/erasures`."""
    blueprint = flask.Blueprint("auditing", __name__)

    @blueprint.get(f"/fhir/{EVENT}", defaults={"kind": EVENT})
    @blueprint.get(f"/fhir/{PROVENANCE}", defaults={"kind": PROVENANCE})
    def search(kind: str) -> flask.Response:
        mimetype = negotiation.fhir()
        return _fresh(use.audit_search(kind, fhir.of_address(), fhir.is_strict()), mimetype)

    @blueprint.get(f"/fhir/{EVENT}/<id:name>", defaults={"kind": EVENT})
    @blueprint.get(f"/fhir/{PROVENANCE}/<id:name>", defaults={"kind": PROVENANCE})
    def read(kind: str, name: str) -> flask.Response:
        mimetype = negotiation.fhir()
        return _fresh(use.audit_read(kind, name), mimetype)

    @blueprint.get("/audit/decisions/<decision_id>.zip")
    def export(decision_id: str) -> flask.Response:
        packed = use.export(decision_id, _with_facts())
        logs.name_decision(decision_id)
        response = flask.Response(packed, mimetype=ZIP)
        response.headers["Content-Disposition"] = 'attachment; filename="decision.zip"'
        return response

    @blueprint.post("/audit/erasures")
    def erase() -> flask.Response:
        return bodies.sent(use.erase(bodies.received()))

    return blueprint


def _fresh(resource: dict[str, Any], mimetype: str) -> flask.Response:
    """Never from a cache: each reading is itself recorded."""
    response = bodies.sent(resource, mimetype=mimetype)
    response.headers["Vary"] = "Accept"
    return response


def _with_facts() -> bool:
    asked = flask.request.args.getlist(FACTS)
    if set(flask.request.args) - {FACTS} or asked not in ([], [OPEN]):
        raise WrongShape(f"The only parameter here is {FACTS}={OPEN}, at most once.")
    return asked == [OPEN]
