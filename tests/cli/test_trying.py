"""`cds try` against our own service over loopback and against others, some of which mean harm: what is printed, sent and returned."""

import json
import socket
import stat
import threading
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from cds.cli.main import main
from cds.client.signing import Signer
from cds.foundation.settings import Settings
from cds.service import application
from cds.web.application import create_app
from tests.client import fake
from tests.foundation import server as servers
from tests.foundation.server import Answer, Server, serving

EXAMPLES = Path(__file__).parents[2] / "examples"
RECORD = EXAMPLES / "record"
WRITTEN = "2026-11-22T06:00:00Z"
ISSUER = "https://ehr.example.org"
ESCAPE = "\x1b[2J\x9b1m"

Try = Callable[..., Result]


def attempt(*arguments: str | Path) -> Result:
    """Runs `cds try`."""
    return CliRunner().invoke(main, ["try", *map(str, arguments)])


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new private key and its key set, made by the command."""
    folder = tmp_path_factory.mktemp("keys")
    made = attempt("--new-key", "--key", folder / "key.json", "--issuer", ISSUER, "--write-jwks", folder / "jwks.json")
    assert (made.exit_code, made.stdout) == (0, "")
    return folder


@pytest.fixture(scope="module")
def ours(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Our service on a free port, which lets in the client of `keys` alone."""
    folder = tmp_path_factory.mktemp("ours")
    clients = folder / "clients.toml"
    clients.write_text(f'[[clients]]\nname = "Clinic"\nissuer = "{ISSUER}"\njwks_file = "{keys / "jwks.json"}"\n', encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        app = application.start(Settings(public_url=address, audit_url=f"sqlite:///{folder / 'a.sqlite3'}", clients=clients, log_level="error"))
        server = make_server("127.0.0.1", port, create_app(app), threaded=True, fd=listening.fileno())
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield address
        server.shutdown()
        thread.join()
        server.server_close()
        application.stop(app)


@pytest.fixture
def signed(keys: Path) -> tuple[str, ...]:
    """The options of the client that our service lets in."""
    return ("--issuer", ISSUER, "--key", str(keys / "key.json"))


def test_our_cards_come_as_a_clinician_reads_them(ours: str, signed: tuple[str, ...]) -> None:
    done = attempt(ours, "--data", RECORD, "--written", WRITTEN, *signed)
    assert done.exit_code == 0, done.output
    assert "\n1. [INFO] Routine: " in done.stdout
    assert "Prefetched: " in done.stdout
    assert "{" not in done.stdout
    assert max(len(line) for line in done.stdout.splitlines() if "http" not in line) <= 83


def test_programs_get_the_cards_and_what_was_sent(ours: str, signed: tuple[str, ...]) -> None:
    done = attempt(ours, "--data", EXAMPLES / "requests" / "09-numb-between-the-legs.json", "--json", *signed)
    (service,) = json.loads(done.stdout)["services"]
    assert service["cards"][0]["indicator"] == "critical"
    assert {"patient", "response"} <= set(service["prefetch"]["sent"])
    assert service["prefetch"]["leftOut"] == {}


def test_the_record_of_the_examples_is_one_that_an_ehr_could_have() -> None:
    done = CliRunner().invoke(main, ["validate", str(RECORD / "answers.json")])
    assert done.exit_code == 0, done.output


def test_without_a_key_we_turn_it_away_and_it_says_what_to_do(ours: str) -> None:
    done = attempt(ours, "--data", RECORD)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "--issuer and --key" in done.stderr


def test_feedback_is_given_on_the_cards_by_their_numbers(ours: str, signed: tuple[str, ...]) -> None:
    chosen = ("--data", RECORD, "--written", WRITTEN, "--accept", "1", "--override", "2", "--reason", "other", "--comment", "seen")
    done = attempt(ours, *chosen, "--json", *signed)
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)["feedback"]
    assert [one["outcome"] for one in told["feedback"]] == ["accepted", "overridden"]
    assert told["feedback"][1]["overrideReason"]["userComment"] == "seen"
    assert told["status"] == 200


def test_data_of_a_fhir_server_are_prefetched_or_left_to_the_service(keys: Path) -> None:
    token = keys / "token"
    token.write_text("canary-3301\n", encoding="ascii")
    patient = {"resourceType": "Patient", "id": "p"}
    with serving(servers.resource(patient)) as fhir, serving(fake.service()) as server:
        chosen = (server.url, "--fhir", fhir.url, "--fhir-token-file", token, "--patient", "p")
        done, handed = attempt(*chosen), attempt(*chosen, "--no-prefetch")
    assert (done.exit_code, handed.exit_code) == (0, 0), done.output + handed.output
    assert [asked.headers["Authorization"] for asked in fhir.asked] == ["Bearer canary-3301"]
    prefetched, left = (json.loads(asked.body) for asked in server.asked if asked.method == "POST")
    assert (prefetched["prefetch"], "fhirServer" in prefetched) == ({"who": patient}, False)
    assert ("prefetch" in left, left["fhirServer"], left["fhirAuthorization"]["access_token"]) == (False, fhir.url, "canary-3301")
    assert "canary-3301" not in done.output + handed.output


@pytest.fixture
def other() -> Iterator[Server]:
    """A service of another house."""
    with serving(fake.service(answer={**fake.ANSWER, "systemActions": fake.ACTIONS})) as started:
        yield started


def test_a_service_of_two_point_zero_is_played_all_the_same(other: Server) -> None:
    done = attempt(f"{other.url}/cds-services/", "--data", RECORD)
    assert done.exit_code == 0, done.output
    assert "greeter (patient-view)" in done.stdout
    assert "Open the app (a SMART app): https://app.example/launch" in done.stdout
    assert "! Done without asking: update ServiceRequest: Adds a code" in done.stdout
    assert json.loads(other.asked[1].body)["prefetch"]["who"]["id"] == "ines"


def test_every_service_of_a_hook_is_called(other: Server, tmp_path: Path) -> None:
    more = tmp_path / "context.json"
    more.write_text('{"place": "hall"}', encoding="utf-8")
    done = attempt(other.url, "--data", RECORD, "--hook", "org.example.kiosk", "--context", more, "--override", "3")
    assert done.exit_code == 0, done.output
    calls = [asked for asked in other.asked if asked.method == "POST"]
    assert [asked.target.rpartition("cds-services/")[2] for asked in calls] == [
        "kiosk",
        "second%20kiosk%2F%C3%A4",
        "second%20kiosk%2F%C3%A4/feedback",
    ]
    assert json.loads(calls[0].body)["context"]["place"] == "hall"


def test_orders_are_sent_as_drafts(other: Server) -> None:
    done = attempt(other.url, "--data", RECORD, "--hook", "order-sign", "--orders", EXAMPLES / "orders")
    assert done.exit_code == 0, done.output
    drafts = json.loads(other.asked[1].body)["context"]["draftOrders"]
    assert {entry["resource"]["id"] for entry in drafts["entry"]} == {"ibuprofen", "lumbar-mri"}


@pytest.mark.parametrize("extra", [(), ("--json",)])
@pytest.mark.parametrize(
    "answer",
    [
        fake.service(answer={"cards": [{"summary": ESCAPE, "detail": ESCAPE, "source": {"label": ESCAPE}, "links": [{"url": ESCAPE}]}]}),
        fake.service(services=[{"id": ESCAPE, "hook": "patient-view", "prefetch": {ESCAPE: "Patient/x", f"a{ESCAPE}": "{{"}}]),
        fake.service(answer={"cards": [], "systemActions": [{"type": ESCAPE, "description": ESCAPE}]}),
        fake.service(services=[{"id": ESCAPE, "hook": ESCAPE}, {"id": "b", "hook": "c"}]),
        fake.outcome(400, ESCAPE),
    ],
    ids=["card", "discovery", "actions", "no such service", "outcome"],
)
def test_no_service_commands_the_terminal(answer: Answer, extra: tuple[str, ...]) -> None:
    with serving(answer) as server:
        done = attempt(server.url, "--data", RECORD, *extra)
    assert [one for one in done.output if unicodedata.category(one) == "Cc" and one not in "\n\t"] == []
    assert isinstance(done.exception, SystemExit | None)


@pytest.mark.parametrize("extra", [(), ("--json",)])
def test_no_token_is_printed_not_even_one_that_comes_back(extra: tuple[str, ...], signed: tuple[str, ...]) -> None:
    with serving(fake.echoing) as server:
        done = attempt(server.url, "--data", RECORD, "--override", "1", *extra, *signed)
    tokens = [asked.headers["Authorization"].removeprefix("Bearer ") for asked in server.asked]
    assert len(tokens) == 3
    assert [part for token in tokens for part in token.split(".") if part.strip("_") in done.output] == []


@pytest.mark.parametrize(
    "answer", [servers.resource([]), servers.resource({}, status=302), fake.outcome(500, "x"), fake.service(answer={"cards": None})]
)
def test_a_service_that_does_not_answer_as_one_is_a_finding(answer: Answer) -> None:
    with serving(answer) as server:
        done = attempt(server.url, "--data", RECORD)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")


def test_one_failing_service_hides_no_other(other: Server) -> None:
    def answer(handler: Any, server: Server) -> None:
        (fake.outcome(500, "x") if handler.path.endswith("/kiosk") else fake.service())(handler, server)

    with serving(answer) as server:
        done = attempt(server.url, "--data", RECORD, "--hook", "org.example.kiosk")
    assert done.exit_code == 1
    assert "1. [INFO] Hello" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("ftp://x.example", "--data", RECORD),
        ("http://127.0.0.1:1", "--data", RECORD),
        ("URL",),
        ("URL", "--patient", "p"),
        ("URL", "--data", EXAMPLES / "models"),
        ("URL", "--data", RECORD, "--service", "none"),
        ("URL", "--data", RECORD, "--override", "9"),
        ("URL", "--data", RECORD, "--accept", "x"),
        ("URL", "--data", RECORD, "--accept", "1.9"),
        ("URL", "--data", RECORD, "--issuer", ISSUER),
        ("URL", "--data", RECORD, "--issuer", ISSUER, "--key", EXAMPLES / "demo.py"),
        ("URL", "--data", RECORD, "--key", EXAMPLES / "demo.py"),
        ("URL", "--data", RECORD, "--context", RECORD / "patient.json", "--hook", "encounter-start"),
        ("--new-key", "--issuer", ISSUER),
        ("--write-jwks", "x.json"),
    ],
)
def test_bad_usage_and_bad_input_end_with_two_and_a_reason(arguments: tuple[Any, ...], other: Server) -> None:
    done = attempt(*(other.url if argument == "URL" else argument for argument in arguments))
    assert (done.exit_code, bool(done.stderr)) == (2, True), done.output


def test_a_new_key_is_for_its_owner_alone_and_overwrites_nothing(keys: Path) -> None:
    key = keys / "key.json"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "d" not in json.loads((keys / "jwks.json").read_text(encoding="utf-8"))["keys"][0]
    before = key.read_bytes()
    again = attempt("--new-key", "--key", key, "--issuer", ISSUER)
    assert (again.exit_code, key.read_bytes()) == (2, before)
    assert Signer.read(key, issuer=ISSUER).alg == "ES384"


def test_the_check_of_a_service_prints_a_report_and_fails_on_a_broken_row(ours: str, signed: tuple[str, ...], other: Server) -> None:
    well = attempt(ours, "--check", "--data", RECORD, "--written", WRITTEN, "--json", *signed)
    assert json.loads(well.stdout)["counts"]["failed"] == 0, well.stdout
    assert well.exit_code == 0
    broken = attempt(other.url, "--check")
    assert broken.exit_code == 1
    assert "FAIL" in broken.stdout
