"""The same call over HTTP on granian, beside a route that does nothing on the same server."""

import http.client
import itertools
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from examples import dates, servers, services
from tests.benchmarks import body, timing
from tests.tokens import Issuer

HOOK = "/cds-services/low-back-pain"
NOOP = (sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--no-log", "tests.benchmarks.noop:app")
WARM_UP = 20
MANY = 1000
CLIENT = Issuer("A hospital")
EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "requests").glob("[0-9]*.json"))


@dataclass(frozen=True)
class Served:
    """Latency as a client sees it, and microseconds of CPU that the server's processes used for a request (None off Linux)."""

    requests: int
    latency: timing.Spread
    cpu: float | None


class Measured(Protocol):
    """One of the two servers, measured with a ledger and log in `folder`."""

    def __call__(self, folder: Path, *, rounds: int) -> Served: ...


def hook(folder: Path, *, rounds: int) -> Served:
    """`cds serve`, one worker, its ledger on disk in `folder`."""
    with servers.service(folder) as server:
        return _posted(server, HOOK, _fresh_body(), rounds=rounds)


def varied(folder: Path, *, rounds: int) -> Served:
    """`cds serve` with a registered client: every example in turn, each call under an id and a signed token of its own (row I2)."""
    clients = CLIENT.write(folder)
    with servers.service(folder, CDS_CLIENTS=str(clients), CDS_RATE_LIMIT=str(rounds + MANY)) as server:
        calls = list(_signed(server.address, rounds + WARM_UP))
        connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=30)
        latencies = [_post(connection, *call) for call in calls]
        connection.close()
    return Served(rounds, timing.spread(latencies[WARM_UP:]), None)


def _signed(address: str, number: int) -> Iterator[tuple[str, bytes, str]]:
    asked = [dates.moved(json.loads(file.read_text(encoding="utf-8")), written=body.AT, now=datetime.now(UTC)) for file in EXAMPLES]
    for request in itertools.islice(itertools.cycle(asked), number):
        path = f"/cds-services/{services.of(request)}"
        yield path, body.encoded({**request, "hookInstance": str(uuid.uuid4())}), CLIENT.bearer(address + path)


def noop(folder: Path, *, rounds: int) -> Served:
    """The route that does nothing, one worker, the same body."""
    with servers.server(NOOP, folder=folder, ready="/readyz") as server:
        return _posted(server, "/", _fresh_body(), rounds=rounds)


def _fresh_body() -> bytes:
    return body.encoded(dates.moved(body.hook_request(), written=body.AT, now=datetime.now(UTC)))


def _posted(server: servers.Server, path: str, data: bytes, *, rounds: int) -> Served:
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=30)
    for _ in range(WARM_UP):
        _post(connection, path, data)
    before = _cpu_seconds(server.pid)
    latencies = [_post(connection, path, data) for _ in range(rounds)]
    used = _cpu_seconds(server.pid) - before
    connection.close()
    return Served(rounds, timing.spread(latencies), used / rounds * 1e6 if used else None)


def _post(connection: http.client.HTTPConnection, path: str, data: bytes, authorization: str = "") -> int:
    """Nanoseconds until the whole answer was read; raises ServerFailed when it is not 200."""
    start = time.perf_counter_ns()
    headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
    connection.request("POST", path, data, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != http.client.OK:
        raise servers.ServerFailed(f"{answer.status}: {text.decode(errors='replace')}")
    return time.perf_counter_ns() - start


def _cpu_seconds(pid: int) -> float:
    """User and system time of the process and all that it started (proc(5), fields 14 and 15); 0 where there is no /proc."""
    ticks = sum(sum(map(int, fields[11:13])) for fields in _tree(pid))
    return ticks / os.sysconf("SC_CLK_TCK")


def _tree(pid: int) -> Iterator[Sequence[str]]:
    """The stat fields after the command name of the process and its descendants."""
    stats = {int(path.parent.name): _fields(path) for path in Path("/proc").glob("[0-9]*/stat")}
    wanted = {pid}
    while more := {child for child, fields in stats.items() if fields and int(fields[1]) in wanted} - wanted:
        wanted |= more
    return (stats[process] for process in wanted if process in stats)


def _fields(path: Path) -> Sequence[str]:
    try:
        return path.read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ()
