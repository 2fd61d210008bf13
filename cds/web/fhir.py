"""The released knowledge, and what the service can do, read and searched as FHIR R4."""

from collections.abc import Mapping

import flask
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.routing import BaseConverter

from cds.service.knowledge import KINDS
from cds.web import bodies, negotiation
from cds.web.uses import Uses

KIND = f"<any({', '.join(KINDS)}):kind>"
STRICT = "handling=strict"


class Id(BaseConverter):
    """An id of FHIR (R4, 2.24.0.1), so that no operation and no history is taken for the id of a resource."""

    regex = r"[A-Za-z0-9\-.]{1,64}"


def routes(use: Uses) -> flask.Blueprint:
    """`GET /fhir/metadata`; read, vread and search of the types of knowledge."""
    blueprint = flask.Blueprint("fhir", __name__, url_prefix="/fhir")

    @blueprint.get("/metadata")
    def metadata() -> flask.Response:
        mimetype = negotiation.fhir()
        return negotiation.read(use.metadata(), mimetype)

    @blueprint.get(f"/{KIND}")
    def search(kind: str) -> flask.Response:
        mimetype = negotiation.fhir()
        return negotiation.read(use.artifacts(kind, _parameters(), _strict()), mimetype)

    @blueprint.post(f"/{KIND}/_search")
    def search_by_post(kind: str) -> flask.Response:
        mimetype = negotiation.fhir(_form().get("_format"))
        return bodies.sent(use.artifacts(kind, _parameters(), _strict()), mimetype=mimetype)

    @blueprint.get(f"/{KIND}/<id:name>", defaults={"version": None})
    @blueprint.get(f"/{KIND}/<id:name>/_history/<id:version>")
    def read(kind: str, name: str, version: str | None) -> flask.Response:
        mimetype = negotiation.fhir()
        return negotiation.read(use.artifact(kind, name, version), mimetype)

    return blueprint


def _form() -> Mapping[str, str]:
    """What was sent as a form; UnsupportedMediaType for a body of another type."""
    if flask.request.mimetype not in ("", bodies.FORM):
        raise UnsupportedMediaType
    return flask.request.form


def _parameters() -> list[tuple[str, str]]:
    """Those of the address, then those of a form."""
    return [*flask.request.args.items(multi=True), *flask.request.form.items(multi=True)]


def _strict() -> bool:
    """Whether the client wants an error for what is not known (3.1.1.2.1)."""
    return STRICT in flask.request.headers.get("Prefer", "").replace(" ", "")
