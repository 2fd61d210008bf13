"""The one table from meaning to HTTP status, and every error as an OperationOutcome (FHIR R4, 2.40; CDS Hooks 3.0 "HTTP Status Codes").

What a caller sent is never repeated, and of a fault of ours only the log knows more.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from traceback import extract_tb

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.sansio.response import Response as AnyResponse

from cds.fhir import outcomes
from cds.foundation import errors
from cds.web import addressed, bodies, heads, negotiation, proxies, unsupported
from cds.web.logs import Log

STATUS: Mapping[type[errors.CdsError], int] = {
    errors.NotJson: 400,
    errors.WrongShape: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    addressed.NotForUs: 403,
    proxies.PlainHttp: 403,
    errors.NotFound: 404,
    errors.Erased: 410,
    errors.DataMissing: 412,
    errors.TooLarge: 413,
    errors.NotProcessable: 422,
    errors.TooManyRequests: 429,
    errors.Overloaded: 503,
    errors.LedgerUnavailable: 503,
}

OWN_FAULT = errors.Diagnostic("fatal", "exception", "The service failed and gave no answer. Nothing was decided. Try again, then tell its operator.")

HTTP: Mapping[int, errors.Diagnostic] = {
    403: errors.Diagnostic(
        "error",
        "forbidden",
        "This came from a page of another site and was not read. Open the form here, with GET /form. Operators: CDS_PUBLIC_URL says where here is.",
    ),
    404: errors.Diagnostic("error", "not-found", "Nothing is served at this address. GET /cds-services lists the services."),
    405: errors.Diagnostic("error", "not-supported", "This address does not take this method. The Allow header names those it takes."),
    406: errors.Diagnostic(
        "error", "not-supported", "The type you accept is not served here. Accept application/json; under /fhir also application/fhir+json."
    ),
    413: errors.Diagnostic("error", "too-long", "The body is larger than this service takes. Send less history."),
    414: errors.Diagnostic(
        "error",
        "too-long",
        f"The query is too long: at most {heads.ADDRESS} characters and {heads.MOST_FIELDS} parameters are taken. "
        "Search for fewer at a time, or by POST to _search.",
    ),
    415: errors.Diagnostic("error", "not-supported", "Send JSON in UTF-8, with Content-Type application/json or application/fhir+json."),
    431: errors.Diagnostic("error", "too-long", f"A header is longer than {heads.HEADER} characters. Send shorter headers."),
}
FHIR_IN_A_BATCH = errors.Diagnostic("error", "not-supported", "In a batch each answer is FHIR. Leave _format out, or send json.")
OTHER = errors.Diagnostic("error", "invalid", "The request is not one that this service can read. Check method, address and headers.")

RETRY_SECONDS = "5"


def status_of(error: errors.CdsError) -> int:
    """The status of the nearest meaning; 500 for an error that no caller can mend."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), HTTPStatus.INTERNAL_SERVER_ERROR)


def install(app: flask.Flask, log: Log) -> None:
    """Answers for our meanings, for Flask's own errors and, last, for whatever else was raised."""
    app.register_error_handler(errors.CdsError, partial(_meaning, log=log))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, partial(_fault, log=log))


def _meaning(error: errors.CdsError, *, log: Log) -> AnyResponse:
    status = status_of(error)
    if status == HTTPStatus.UNAUTHORIZED:
        return _bare()
    response = _fault(error, log=log) if status == HTTPStatus.INTERNAL_SERVER_ERROR else _answer(status, error.diagnostics())
    if isinstance(error, errors.TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _bare() -> flask.Response:
    """What every caller gets who is not let in, whatever the cause and whatever was asked for."""
    response = flask.Response(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    del response.headers["Content-Type"]
    return response


def _http(error: HTTPException) -> AnyResponse:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    response = _answer(status, (_told(status),))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _told(status: int) -> errors.Diagnostic:
    """What an error of HTTP means, at an address of FHIR's in its own words."""
    path = flask.request.path
    special = unsupported.no_address(path) if status == HTTPStatus.NOT_FOUND else None
    if status == HTTPStatus.NOT_ACCEPTABLE and flask.g.get(negotiation.ONLY_FHIR):
        special = FHIR_IN_A_BATCH
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        special = unsupported.no_method(path)
    return special or HTTP.get(status, OTHER if status < HTTPStatus.INTERNAL_SERVER_ERROR else OWN_FAULT)


def _fault(error: Exception, *, log: Log) -> AnyResponse:
    """Logs the kind and the places, not the message: a message may hold what a patient wrote."""
    frames = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    log.error("fault", kind=type(error).__name__, frames=frames)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, (OWN_FAULT,))


def _answer(status: int, diagnostics: Sequence[errors.Diagnostic]) -> flask.Response:
    if (flask.request.method == "GET" or flask.request.blueprint == "form") and bodies.prefers_page():
        page = flask.render_template("error.html", diagnostics=diagnostics)
        response = flask.Response(page, status=status, mimetype=bodies.PAGE)
    else:
        mimetype = negotiation.refusal() if unsupported.is_fhir(flask.request.path) else bodies.JSON
        response = bodies.sent(outcomes.operation_outcome(diagnostics), status=status, mimetype=mimetype)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response
