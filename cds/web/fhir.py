"""The released knowledge, and what the service can do, read and searched as FHIR R4."""

import flask
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.routing import BaseConverter

from cds.foundation.errors import WrongShape
from cds.service.knowledge import KINDS
from cds.web import bodies, heads, negotiation
from cds.web.uses import Uses

KIND = f"<any({', '.join(KINDS)}):kind>"
STRICT = "handling=strict"
MOST_BYTES = 65_536
"""Of a search that is sent as a form."""
UNREADABLE = f"Send the parameters as a form in UTF-8, at most {heads.MOST_FIELDS} of them."


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
        return negotiation.read(use.artifacts(kind, of_address(), is_strict()), mimetype)

    @blueprint.post(f"/{KIND}/_search")
    def search_by_post(kind: str) -> flask.Response:
        sent = _of_form()
        mimetype = negotiation.fhir(next((value for name, value in sent if name == "_format"), None))
        return bodies.sent(use.artifacts(kind, [*of_address(), *sent], is_strict()), mimetype=mimetype)

    @blueprint.get(f"/{KIND}/<id:name>", defaults={"version": None})
    @blueprint.get(f"/{KIND}/<id:name>/_history/<id:version>")
    def read(kind: str, name: str, version: str | None) -> flask.Response:
        mimetype = negotiation.fhir()
        return negotiation.read(use.artifact(kind, name, version), mimetype)

    return blueprint


def _of_form() -> list[tuple[str, str]]:
    """The parameters in the body. UnsupportedMediaType for a body of another type, RequestEntityTooLarge and WrongShape for one too long."""
    if flask.request.mimetype not in ("", bodies.FORM):
        raise UnsupportedMediaType
    if not flask.request.mimetype:
        return []
    most = min(MOST_BYTES + 1, flask.current_app.config[bodies.CUT])
    flask.request.max_content_length = most
    body = flask.request.get_data(cache=False)
    if len(body) >= most:
        raise RequestEntityTooLarge
    try:
        return bodies.fields(body, heads.MOST_FIELDS)
    except ValueError as error:
        raise WrongShape(UNREADABLE) from error


def of_address() -> list[tuple[str, str]]:
    """The parameters of a search in the address, in their order."""
    return list(flask.request.args.items(multi=True))


def is_strict() -> bool:
    """Whether the client wants an error for what is not known (3.1.1.2.1)."""
    return STRICT in flask.request.headers.get("Prefer", "").replace(" ", "")
