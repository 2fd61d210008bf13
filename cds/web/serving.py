"""The service on granian: workers that each hold their own application, JSON logs, and a stop that lets requests in flight finish."""

import contextlib
import socket
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing.util import Finalize
from typing import Any

import flask
import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from cds.foundation.errors import CdsError
from cds.foundation.settings import Settings
from cds.service import activations, application, keys
from cds.web import heads, logs, uses, waiting
from cds.web.application import create_app

HEADER_TIMEOUT_MS = 10_000
STOP_TIMEOUT_S = 30
"""How long a request in flight may take to finish after SIGTERM; then its worker is killed."""

BACKPRESSURE = 128
"""Requests a worker holds at once, half of them in threads that wait for slow bodies; more wait in the backlog of the socket."""


class CannotListen(CdsError):
    """The address or the port cannot be had."""


def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT. Raises our errors when the application cannot start, before any socket is bound."""
    require_startable(settings)
    port = usable_port(settings.host, settings.port)
    server = Server(
        "cds.web.serving",
        address=settings.host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS, max_buffer_size=heads.SERVER),
        websockets=False,
        backpressure=BACKPRESSURE,
        workers_kill_timeout=STOP_TIMEOUT_S,
        respawn_failed_workers=True,
        log_level=LogLevels.error,
        log_dictconfig=dict(json_lines()),
    )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{port}"
    log = logs.lines(settings.log_level)
    server.on_startup(lambda: log.info("listening", url=url, workers=settings.workers))
    server.on_shutdown(lambda: log.info("stopped", url=url))
    server.serve(target_loader=partial(worker, settings.model_copy(update={"port": port})), wrap_loader=False)


def require_startable(settings: Settings) -> None:
    """Raises for whatever would stop a worker from starting, its clients with their profiles, releases and files of keys included."""
    app = application.start(settings)
    try:
        keys.check_files(app.clients.values())
        uses.of_clients(app, uses.stores(app))
    finally:
        application.stop(app)


def worker(settings: Settings) -> flask.Flask:
    """The application of one worker; runs in the worker's process, and ends with it. Waits while the ledger is away: the others go on."""
    with waiting.ending():
        return waiting.for_ledger(partial(_begun, settings), logs.lines(settings.log_level))


def _begun(settings: Settings) -> flask.Flask:
    """The application, ended again where it cannot begin whole."""
    with contextlib.ExitStack() as stack:
        app = application.start(settings)
        stack.callback(application.stop, app)
        activations.note(app)
        made = create_app(app, lambda stop: _also(stack, stop))
        _at_end(stack.pop_all().close)
    return made


def _also(stack: contextlib.ExitStack, stop: Callable[[], None]) -> None:
    stack.callback(stop)


def _at_end(stop: Callable[[], None]) -> None:
    """Calls it when this process was told to end and has answered. A worker is a child of multiprocessing, which runs no `atexit`."""
    Finalize(None, stop, exitpriority=0)


def usable_port(host: str, port: int) -> int:
    """The port, or one that is free for 0. Raises CannotListen while it can still be told in words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as probe:
            usable: int = probe.getsockname()[1]
            return usable
    except OSError as error:
        raise CannotListen("Nothing can listen there: the port is taken or the address is not of this machine. Choose another.") from error


def json_lines() -> Mapping[str, Any]:
    """granian's own lines in the form of ours, on stderr."""
    processors = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ]
    return {
        "formatters": {"json": {"()": structlog.stdlib.ProcessorFormatter, "processors": processors}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
    }
