"""One JSON line a request, by an allow-list of fields: never a path, a query, a body, a name or an answer."""

import sys
import time
from collections.abc import Mapping, MutableMapping
from functools import partial
from typing import Any, Protocol, TextIO

import flask
import structlog

from cds.foundation import canonical

FIELDS = frozenset(
    {"event", "level", "timestamp", "method", "route", "status", "duration_ms", "decision_digest", "service", "kind", "frames", "url", "workers"}
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LEVELS: Mapping[str, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class Log(Protocol):
    """What writes a line: structlog's logger here, a list of lines in tests."""

    def info(self, event: str, **fields: Any) -> Any:
        """Writes a line of ordinary work."""

    def error(self, event: str, **fields: Any) -> Any:
        """Writes a line of a fault of ours."""


def lines(level: str, stream: TextIO | None = None) -> Log:
    """A log of JSON lines from `level` on; each line is one write, so that workers may share the stream."""
    logger: Log = structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allowed_only,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
    )
    return logger


def install(app: flask.Flask, log: Log) -> None:
    """Writes the line of each request when it has been answered."""
    app.before_request(_start)
    app.after_request(partial(_write, log=log))


def name_decision(decision_id: str) -> None:
    """Puts a digest of the id of a decision on the line of this request: the id alone opens its explanation, and logs travel."""
    flask.g.decision_digest = canonical.mark(decision_id)


def name_service(service_id: str) -> None:
    """Puts a service that exists on the line of this request."""
    flask.g.service = service_id


def trace() -> str:
    """The `traceparent` of the request in hand (W3C Trace Context), as it came; for the ledger, and never for a line of the log."""
    return flask.request.headers.get("traceparent", "")


def _start() -> None:
    flask.g.started = time.perf_counter()


def _write(response: flask.Response, *, log: Log) -> flask.Response:
    rule, now = flask.request.url_rule, time.perf_counter()
    named = {name: flask.g.get(name) for name in ("decision_digest", "service") if name in flask.g}
    log.info(
        "request",
        method=flask.request.method if flask.request.method in METHODS else "other",
        route=rule.rule if rule else "none",
        status=response.status_code,
        duration_ms=round((now - flask.g.get("started", now)) * 1000, 1),
        **named,
    )
    return response


def _allowed_only(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in FIELDS}
