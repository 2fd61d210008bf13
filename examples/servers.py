"""Starts an HTTP server as a process of its own on a free port, and stops it by SIGTERM."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVE = (sys.executable, "-c", "from cds.cli.main import main; main()", "serve")
READY_WITHIN = 60.0
STOPPED_WITHIN = 30.0


class ServerFailed(Exception):
    """The server did not become ready, or did not stop cleanly; the text holds its log."""


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and its process."""

    address: str
    pid: int


@contextmanager
def service(folder: Path, **settings: str) -> Iterator[Server]:
    """`cds serve` with a ledger of its own in `folder`; `settings` are more of its environment."""
    with server(SERVE, folder=folder, ready="/readyz", **settings) as started:
        yield started


@contextmanager
def server(command: Sequence[str], *, folder: Path, ready: str, **settings: str) -> Iterator[Server]:
    """`command --port N`, once GET `ready` answers 200; the log stays in `folder`. Raises ServerFailed."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"CDS_AUDIT_URL": f"sqlite:///{folder / 'audit.sqlite3'}", "CDS_PUBLIC_URL": address} | settings
    log = folder / "server.log"
    with log.open("wb") as out, subprocess.Popen((*command, "--port", str(port)), stdout=out, stderr=out, env=environment) as process:
        try:
            _wait_until_ready(process, address + ready, log)
            yield Server(address, process.pid)
        finally:
            code = _stopped(process)
    if code:
        raise ServerFailed(f"The server stopped with exit code {code}:\n{log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not _ready(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(f"The server did not become ready:\n{log.read_text(errors='replace')}")
        time.sleep(0.1)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _stopped(process: subprocess.Popen[bytes]) -> int:
    process.terminate()
    try:
        return process.wait(timeout=STOPPED_WITHIN)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise ServerFailed("The server did not stop on SIGTERM.") from error
