"""Which type a caller gets: the `_format` parameter of FHIR first (R4, 3.1.0.1.11), then the Accept header; and reads that a cache may keep."""

from collections.abc import Mapping
from types import MappingProxyType

import flask
from werkzeug.exceptions import NotAcceptable

from cds.web import bodies
from cds.web.uses import Document

FORMATS: Mapping[str, str] = MappingProxyType(
    {"json": bodies.FHIR_JSON, "text/json": bodies.FHIR_JSON, bodies.JSON: bodies.JSON, bodies.FHIR_JSON: bodies.FHIR_JSON}
)
"""What each value of `_format` asks for; a plus sign may have arrived as a space."""
ONLY_FHIR = "only_fhir"
"""Set in `flask.g` for a call whose answer stands in a resource of FHIR, and so is one."""


def chosen(*offers: str, asked: str | None = None) -> str:
    """The offer that the caller wants, of several alike the first; raises NotAcceptable when the caller takes none of them.

    `asked` is a `_format` that stood elsewhere than in the address.
    """
    offers = (bodies.FHIR_JSON,) if flask.g.get(ONLY_FHIR) else offers
    wanted = flask.request.args.get("_format", asked)
    if wanted is None:
        return bodies.preferred(*offers)
    mimetype = FORMATS.get(wanted.partition(";")[0].strip().replace(" ", "+").lower(), "")
    if mimetype not in offers:
        raise NotAcceptable
    return mimetype


def fhir(asked: str | None = None) -> str:
    """FHIR's JSON under the name that the caller prefers; raises NotAcceptable for XML and all else."""
    return chosen(bodies.FHIR_JSON, bodies.JSON, asked=asked)


def refusal() -> str:
    """The name of FHIR's JSON for an error, which those get too who take neither."""
    try:
        return fhir()
    except NotAcceptable:
        return bodies.FHIR_JSON


def read(resource: Document, mimetype: str) -> flask.Response:
    """A resource that was read, with its version as a weak entity tag (3.1.0.4.1), or one of its content where it has no version.

    304 without a body for a caller who holds it already (`If-None-Match`, 3.1.0.5.2).
    """
    return tagged(bodies.sent(resource, mimetype=mimetype), resource.get("meta", {}).get("versionId", ""))


def tagged(response: flask.Response, version: str = "") -> flask.Response:
    """The response with a weak entity tag of its version, or of its content; 304 without a body for a caller who holds it already."""
    response.headers["Vary"] = "Accept"
    if version:
        response.set_etag(version, weak=True)
    else:
        response.add_etag(weak=True)
    response.make_conditional(flask.request)
    return response
