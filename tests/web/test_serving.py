"""The server itself: it answers, stops when told and finishes what it has begun; its port may be any free one."""

import http.client
import json
import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cds.foundation.settings import Settings
from cds.service import application, ledgers
from cds.values.record import RefusalRecord
from cds.web import serving
from examples import servers
from tests.tokens import Issuer

EXAMPLE = Path(__file__).parents[2] / "examples" / "requests" / "09-numb-between-the-legs.json"
HEAD = (
    "POST /cds-services/low-back-pain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
    "Expect: 100-continue\r\nConnection: close\r\n\r\n"
)
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What the server sends when it begins to read the body: from then on the request is in flight."""

ATTEMPTS = 100_000


def refuses(port: int) -> bool:
    """Whether nothing listens at the port any more."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return False
    except OSError:
        return True


def wait_until_refused(port: int, *, attempts: int = ATTEMPTS) -> None:
    """Returns when nothing listens any more; fails rather than wait for ever."""
    assert any(refuses(port) for _ in range(attempts))


def lines(folder: Path) -> list[dict[str, object]]:
    """The server's log."""
    return [json.loads(line) for line in (folder / "server.log").read_text(encoding="utf-8").splitlines()]


def test_a_request_in_flight_is_finished_after_the_stop_signal(tmp_path: Path) -> None:
    body = EXAMPLE.read_bytes()
    with servers.service(tmp_path) as server:
        port = urlsplit(server.address).port or 0
        with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
            caller.sendall(HEAD.format(len(body)).encode())
            assert caller.recv(len(GO_ON), socket.MSG_WAITALL) == GO_ON
            caller.sendall(body[:100])
            os.kill(server.pid, signal.SIGTERM)
            wait_until_refused(port)
            caller.sendall(body[100:])
            answer = http.client.HTTPResponse(caller)
            answer.begin()
            assert (answer.status, bool(json.load(answer)["cards"])) == (200, True)
    events = [line["event"] for line in lines(tmp_path)]
    assert (events[0], events[-1], events.count("request")) == ("listening", "stopped", events.count("request"))


def workers_of(pid: int) -> set[int]:
    """The processes that the server has started, by id."""
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()}


def status(address: str) -> int:
    """How the service answers whether it is ready; 0 where nothing listens."""
    caller = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    try:
        caller.request("GET", "/readyz")
        return caller.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        caller.close()


def test_a_worker_that_was_killed_is_replaced_and_the_service_answers_again(tmp_path: Path) -> None:
    with servers.service(tmp_path) as server:
        (first,) = workers_of(server.pid)
        os.kill(first, signal.SIGKILL)
        assert any(first not in workers_of(server.pid) for _ in range(ATTEMPTS))
        assert any(status(server.address) == 200 for _ in range(ATTEMPTS))


def test_the_log_of_a_server_is_json_without_addresses_or_names(tmp_path: Path) -> None:
    with servers.service(tmp_path) as server:
        caller = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=20)
        caller.request("POST", "/cds-services/low-back-pain?who=ex", EXAMPLE.read_bytes(), {"Content-Type": "application/json"})
        assert caller.getresponse().status == 200
        caller.close()
    (line,) = [line for line in lines(tmp_path) if line.get("method") == "POST"]
    assert (line["route"], line["service"], line["status"]) == ("/cds-services/<service_id>", "low-back-pain", 200)
    assert "who" not in json.dumps(line)


def test_any_free_port_can_be_asked_for() -> None:
    with socket.create_server(("127.0.0.1", serving.usable_port("127.0.0.1", 0))) as bound:
        assert serving.usable_port("127.0.0.1", 0) != bound.getsockname()[1]


def test_a_port_that_is_taken_is_refused_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(serving.CannotListen, match="taken"):
        serving.usable_port("127.0.0.1", taken.getsockname()[1])


def test_an_address_of_another_machine_is_refused_in_words() -> None:
    with pytest.raises(serving.CannotListen):
        serving.usable_port("203.0.113.9", 0)


@pytest.mark.parametrize("part", ["formatters", "handlers", "loggers"])
def test_the_lines_of_the_server_library_are_json_too(part: str) -> None:
    assert serving.json_lines()[part]


def test_a_worker_that_is_told_to_stop_notes_whom_it_turned_away_since_its_last_notes(tmp_path: Path) -> None:
    clients = Issuer("A hospital").write(tmp_path / "clients")
    with servers.service(tmp_path, CDS_CLIENTS=str(clients)) as server:
        for _ in range(5):
            caller = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=20)
            caller.request("GET", "/cds-services")
            assert caller.getresponse().status == 401
            caller.close()
    with ledgers.for_reading(Settings(audit_url=f"sqlite:///{tmp_path / 'audit.sqlite3'}"), application.now) as kept:
        noted = [row.entry.count for row in kept.records() if isinstance(row.entry, RefusalRecord)]
    assert sum(noted) == 5
