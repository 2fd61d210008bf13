"""The whole service over HTTP: under load and killed with all its workers, or traced while it answers."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from cds.hooks.cards import EXTENSION
from examples import servers
from tests.benchmarks import body

CLIENTS = 4
WORKERS = "2"


def killed_after(most: int, environment: Mapping[str, str], log: Path) -> list[str]:
    """Starts the service, calls it from several threads, kills it when so many decisions were answered; the ids of all that were."""
    answered: list[str] = []
    enough = threading.Event()
    with _service(environment, log) as (port, pid):
        threads = [threading.Thread(target=_call, args=(port, answered, most, enough)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        assert enough.wait(timeout=120), log.read_text(errors="replace")
        os.killpg(pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
    return answered


def traced(tracer: Sequence[str], environment: Mapping[str, str], log: Path, *, in_turn: int, at_once: int) -> list[str]:
    """Starts the service with one worker behind a tracer, calls it so often in turn, then from several threads; the ids that it answered.

    A last call, of no decision, is answered after the tracer has written all of the others down: one thread of the worker sends all answers.
    """
    with _service(environment, log, tracer=tracer, workers="1") as (port, _), ThreadPoolExecutor(CLIENTS) as callers:
        answered = [_decided(port) for _ in range(in_turn)]
        answered += callers.map(_decided, [port] * at_once)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60).close()
    return answered


def _call(port: int, answered: list[str], most: int, enough: threading.Event) -> None:
    """Calls until the service is gone; an answer counts when its last byte has come."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        while True:
            answered.append(_decided(port))
            if len(answered) >= most:
                enough.set()


def _decided(port: int) -> str:
    """The id of the decision that one call over a connection of its own was answered with."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", "/cds-services/low-back-pain", body.encoded(body.hook_request()), {"Content-Type": "application/json"})
        with connection.getresponse() as answer:
            document = json.loads(answer.read())
    assert answer.status == 200, document
    decision: str = document["cards"][0]["extension"][EXTENSION]["decisionId"]
    return decision


@contextmanager
def _service(environment: Mapping[str, str], log: Path, *, tracer: Sequence[str] = (), workers: str = WORKERS) -> Iterator[tuple[int, int]]:
    """Its port and its process, which leads a group of its own."""
    port = _free_port()
    command = (*tracer, *servers.SERVE, "--port", str(port), "--workers", workers)
    told = os.environ | dict(environment) | {"CDS_PUBLIC_URL": f"http://127.0.0.1:{port}", "CDS_STRANGER_RATE_LIMIT": "1000000"}
    with log.open("ab") as out, subprocess.Popen(command, stdout=out, stderr=out, env=told, start_new_session=True) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", process, log)
            yield port, process.pid
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + servers.READY_WITHIN
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
            if answer.status == 200:
                return
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        threading.Event().wait(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
