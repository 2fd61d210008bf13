"""FHIR operations and reads: a response submitted directly, and the released knowledge, read and searched."""

import flask

from cds.service.knowledge import KINDS
from cds.web import bodies, hooks
from cds.web.uses import Document, Uses

KIND = f"<any({', '.join(KINDS)}):kind>"
STRICT = "handling=strict"


def routes(use: Uses) -> flask.Blueprint:
    """`POST /fhir/QuestionnaireResponse/$evaluate`; read, vread and search of the types of knowledge."""
    blueprint = flask.Blueprint("fhir", __name__, url_prefix="/fhir")

    @blueprint.post("/QuestionnaireResponse/$evaluate")
    def evaluate() -> flask.Response:
        bodies.require_acceptable(bodies.JSON)
        return hooks.with_cards(use.submit(bodies.received()))

    @blueprint.get(f"/{KIND}")
    def search(kind: str) -> flask.Response:
        strict = STRICT in flask.request.headers.get("Prefer", "").replace(" ", "")
        parameters = flask.request.args.items(multi=True)
        return bodies.sent(use.artifacts(kind, parameters, strict), mimetype=bodies.FHIR_JSON)

    @blueprint.get(f"/{KIND}/<name>")
    def read(kind: str, name: str) -> flask.Response:
        return _sent(use.artifact(kind, name, None))

    @blueprint.get(f"/{KIND}/<name>/_history/<version>")
    def vread(kind: str, name: str, version: str) -> flask.Response:
        return _sent(use.artifact(kind, name, version))

    return blueprint


def _sent(resource: Document) -> flask.Response:
    """The resource, with its version as a weak entity tag (FHIR R4, 3.1.0.4.1)."""
    response = bodies.sent(resource, mimetype=bodies.FHIR_JSON)
    response.set_etag(resource["meta"]["versionId"], weak=True)
    return response
