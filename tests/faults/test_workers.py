"""A worker that dies while the database server is away: the others go on, and the next one waits for the server."""

import http.client
import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cds.audit.keys import keymaking
from cds.foundation.settings import Settings
from cds.hooks.cards import EXTENSION
from cds.service import application, ledgers
from examples import servers
from examples.servers import ServerFailed
from tests.audit.servers import Server
from tests.benchmarks import body
from tests.faults.conftest import Measured

CALLS = 30
ATTEMPTS = 1_200
PAUSE_SECONDS = 0.05
LISTENING = "0A"
"""TCP_LISTEN in /proc/net/tcp."""
WAITS = "a worker waits for the ledger"


def workers_of(pid: int) -> set[int]:
    """The processes that the server has started, by id."""
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()}


def wait_until(true: Callable[[], bool]) -> None:
    """Asks until it is so, and leaves the processors to the others in between; fails rather than ask for ever."""
    never = threading.Event()
    assert any(true() or never.wait(PAUSE_SECONDS) for _ in range(ATTEMPTS))


def listeners(address: str) -> int:
    """How many sockets of this machine listen at the port; each worker has its own."""
    port = f":{urlsplit(address).port:04X}"
    lines = (line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:])
    return sum(1 for line in lines if line[1].endswith(port) and line[3] == LISTENING)


def settings(server: Server, folder: Path) -> Settings:
    """Those of a ledger in a new database, with its keys."""
    keymaking.make(folder / "keys" / "keys.toml")
    beside = {f"audit_{name}": folder / name for name in ("spool", "heads")}
    return Settings(audit_url=server.fresh(), audit_keys=folder / "keys" / "keys.toml", **beside)  # type: ignore[arg-type]


def where(told: Settings) -> dict[str, str]:
    """The same in the words of the environment."""
    return {f"CDS_{name.upper()}": str(getattr(told, name)) for name in ("audit_url", "audit_keys", "audit_spool", "audit_heads")}


def kept(told: Settings) -> list[str]:
    """The ids of the decisions in the ledger, after what waited was brought to it."""
    with ledgers.for_service(told, application.now) as ledger:
        ledger.ready()
        return [one.entry_id for one in ledger.records() if one.kind == "decision"]


def decided(address: str) -> str:
    """The id of a decision that was answered, on a connection of its own."""
    caller = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    caller.request("POST", "/cds-services/low-back-pain", body.encoded(body.hook_request()), {"Content-Type": "application/json"})
    answer = caller.getresponse()
    document = json.loads(answer.read())
    caller.close()
    assert answer.status == 200, document
    return str(document["cards"][0]["extension"][EXTENSION]["decisionId"])


def test_a_worker_that_dies_while_the_server_is_away_stops_nobody_and_loses_nothing(server: Server, tmp_path: Path, measured: Measured) -> None:
    told = settings(server, tmp_path)
    log = tmp_path / "server.log"
    with servers.service(tmp_path, CDS_WORKERS="2", CDS_STRANGER_RATE_LIMIT="100000", **where(told)) as service:
        answered = [decided(service.address)]
        server.stop()
        first, other = sorted(workers_of(service.pid))
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: WAITS in log.read_text(encoding="utf-8"))
        answered += [decided(service.address) for _ in range(CALLS)]
        server.start()
        wait_until(lambda: listeners(service.address) == 2)
        os.kill(other, signal.SIGKILL)
        wait_until(lambda: other not in workers_of(service.pid))
        answered += [decided(service.address) for _ in range(CALLS)]
    assert sorted(kept(told)) == sorted(answered)
    assert len(answered) == 1 + 2 * CALLS
    measured(kills=2, answered=len(answered), lost=0, doubled=0)


def test_a_worker_that_waits_ends_when_it_is_told_to(server: Server, tmp_path: Path, measured: Measured) -> None:
    with servers.service(tmp_path, CDS_WORKERS="2", **where(settings(server, tmp_path))) as service:
        server.stop()
        os.kill(min(workers_of(service.pid)), signal.SIGKILL)
        wait_until(lambda: WAITS in (tmp_path / "server.log").read_text(encoding="utf-8"))
    assert "refused to gracefully stop" not in (tmp_path / "server.log").read_text(encoding="utf-8")
    measured(told_to_end=1, ended=1)


def test_a_service_that_never_had_its_server_is_refused_at_the_start(server: Server, tmp_path: Path, measured: Measured) -> None:
    told = settings(server, tmp_path)
    server.stop()
    with pytest.raises(ServerFailed, match="cannot be reached"), servers.service(tmp_path, **where(told)):
        pytest.fail("it was started")
    measured(started=0)
