"""The whole service over HTTP, under load, and killed with all its workers."""

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
from collections.abc import Iterator, Mapping
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


def _call(port: int, answered: list[str], most: int, enough: threading.Event) -> None:
    """Calls until the service is gone; an answer counts when its last byte has come."""
    data = body.encoded(body.hook_request())
    with contextlib.suppress(OSError, http.client.HTTPException):
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", "/cds-services/low-back-pain", data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            document = json.loads(answer.read())
            connection.close()
            assert answer.status == 200, document
            answered.append(document["cards"][0]["extension"][EXTENSION]["decisionId"])
            if len(answered) >= most:
                enough.set()


@contextmanager
def _service(environment: Mapping[str, str], log: Path) -> Iterator[tuple[int, int]]:
    """Its port and its process, which leads a group of its own."""
    port = _free_port()
    command = (*servers.SERVE, "--port", str(port), "--workers", WORKERS)
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
