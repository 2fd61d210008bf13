"""Which type a caller gets: the `_format` parameter of FHIR first (R4, 3.1.0.1.11), then the Accept header."""

from collections.abc import Mapping
from types import MappingProxyType

import flask
from werkzeug.exceptions import NotAcceptable

from cds.web import bodies

FORMATS: Mapping[str, str] = MappingProxyType(
    {"json": bodies.FHIR_JSON, "text/json": bodies.FHIR_JSON, bodies.JSON: bodies.JSON, bodies.FHIR_JSON: bodies.FHIR_JSON}
)
"""What each value of `_format` asks for; a plus sign may have arrived as a space."""


def chosen(*offers: str) -> str:
    """The offer that the caller wants, of several alike the first; raises NotAcceptable when the caller takes none of them."""
    wanted = flask.request.args.get("_format")
    if wanted is None:
        return bodies.preferred(*offers)
    mimetype = FORMATS.get(wanted.strip().replace(" ", "+").lower(), "")
    if mimetype not in offers:
        raise NotAcceptable
    return mimetype


def fhir() -> str:
    """FHIR's JSON under the name that the caller prefers; raises NotAcceptable for XML and all else."""
    return chosen(bodies.FHIR_JSON, bodies.JSON)
