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
ORDER: dict[str, Any] = {"type": "create", "description": "Orders it", "resource": {"resourceType": "ServiceRequest"}}
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


def test_a_token_that_we_do_not_take_says_what_to_look_at(ours: str, tmp_path: Path) -> None:
    made = attempt("--new-key", "--key", tmp_path / "key.json", "--issuer", "https://stranger.example.org")
    done = attempt(ours, "--data", RECORD, "--issuer", "https://stranger.example.org", "--key", tmp_path / "key.json")
    assert (made.exit_code, done.exit_code) == (0, 1)
    assert "give --issuer and --key" not in done.stderr
    assert [word for word in ("registered", "--issuer", "--tenant", "address", "clock") if word not in done.stderr] == []


ORDERED = [("order-select", "lumbar-mri", "MRI of the lumbar spine"), ("order-sign", "ibuprofen", "Anti-inflammatory medicine (NSAID)")]


@pytest.mark.parametrize(("hook", "order", "named"), ORDERED)
def test_our_hooks_of_orders_speak_of_the_order(ours: str, signed: tuple[str, ...], hook: str, order: str, named: str) -> None:
    orders = EXAMPLES / "orders" / f"{order}.json"
    done = attempt(ours, "--data", RECORD, "--written", WRITTEN, "--hook", hook, "--orders", orders, *signed)
    assert done.exit_code == 0, done.output
    assert f"low-back-pain-{hook} ({hook})" in done.stdout
    assert "\n1. [WARNING] " in done.stdout
    assert f"- {named}\n" in done.stdout


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


def test_each_action_of_a_suggestion_is_told() -> None:
    card = {
        **fake.CARD,
        "suggestions": [
            {"label": "Swap", "uuid": "s", "actions": [ORDER, {"type": "delete", "description": "Drops it", "resourceId": "ServiceRequest/9"}]}
        ],
    }
    with serving(fake.service(answer={"cards": [card]})) as server:
        done = attempt(server.url, "--data", RECORD)
    assert done.exit_code == 0, done.output
    told = [line.strip() for line in done.stdout.splitlines()]
    start = told.index("+ Suggested: Swap")
    assert told[start + 1 : start + 3] == ["- create ServiceRequest: Orders it", "- delete ServiceRequest/9: Drops it"]


@pytest.mark.parametrize("extra", [(), ("--json",)])
@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"cards": [{**fake.CARD, "indicator": "zzz"}]}, "indicator"),
        ({"cards": [fake.CARD, "See a doctor"]}, "list `cards` of objects"),
        ({"cards": [{**fake.CARD, "links": [{"label": "x", "type": "absolute", "url": "javascript:alert(1)"}]}]}, "link"),
        ({"cards": [{**fake.CARD, "links": [{"label": "x", "type": "absolute", "url": "javascript://x/%0aalert(1)"}]}]}, "link"),
        ({"cards": [{**fake.CARD, "links": "x"}]}, "links"),
        ({"cards": [{**fake.CARD, "detail": 5}]}, "detail"),
        ({"cards": [{**fake.CARD, "suggestions": [{"label": "x", "actions": [{"type": "create", "resource": {}}]}]}]}, "description"),
        ({"cards": [], "systemActions": [{**ORDER, "description": None}]}, "description"),
        ({"cards": [], "systemActions": [{**ORDER, "type": "print"}]}, "type"),
        ({"cards": [], "systemActions": ["x"]}, "systemActions"),
        ({"cards": [{**fake.CARD, "summary": "s" * 140}]}, "summary"),
    ],
)
def test_what_is_no_card_of_cds_hooks_is_a_finding(answer: Any, word: str, extra: tuple[str, ...]) -> None:
    with serving(fake.service(answer=answer)) as server:
        done = attempt(server.url, "--data", RECORD, *extra)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert word in done.stderr
    if extra:
        assert word in " ".join(json.loads(done.stdout)["services"][0]["faults"])


def test_of_system_actions_three_point_zero_alone_wants_no_description() -> None:
    answer = {"cards": [], "systemActions": [{name: value for name, value in ORDER.items() if name != "description"}]}
    with serving(fake.service(services=[{**fake.SERVICES[0], "version": "3.0.0"}], answer=answer)) as server:
        assert attempt(server.url, "--data", RECORD).exit_code == 0


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


def test_both_keys_of_a_client_are_written_to_be_registered(keys: Path, tmp_path: Path) -> None:
    second, both = tmp_path / "second.json", tmp_path / "both.json"
    made = attempt("--new-key", "--key", second, "--alg", "RS384", "--issuer", ISSUER)
    done = attempt("--key", keys / "key.json", "--second-key", second, "--issuer", ISSUER, "--write-jwks", both)
    assert (made.exit_code, done.exit_code) == (0, 0), done.output
    written = json.loads(both.read_text(encoding="utf-8"))["keys"]
    assert [(one["alg"], "d" in one) for one in written] == [("ES384", False), ("RS384", False)]
    assert [one["kid"] for one in written if one["kid"] not in done.stderr] == []


def test_a_check_says_what_to_add_to_judge_more(ours: str, signed: tuple[str, ...], other: Server) -> None:
    bare, more = attempt(ours, "--check", *signed), attempt(ours, "--check", "--data", RECORD, "--written", WRITTEN, "--origin", ISSUER, *signed)
    last = bare.stdout.splitlines()[-1]
    assert [option for option in ("--data", "--second-key", "--origin", "--stub-port") if option not in last] == []
    assert "--issuer and --key" not in last
    last = more.stdout.splitlines()[-1]
    assert [option for option in ("--second-key", "--stub-port") if option not in last] == []
    assert [option for option in ("--data", "--origin") if option in last] == []
    assert "--issuer and --key" in attempt(other.url, "--check").stdout.splitlines()[-1]


def test_a_check_names_the_services_that_it_could_not_call(ours: str, signed: tuple[str, ...]) -> None:
    alone = attempt(ours, "--check", "--data", RECORD, "--written", WRITTEN, *signed)
    assert [hook for hook in ("encounter-start", "order-select", "order-sign") if f"low-back-pain-{hook}" not in alone.stdout] == []
    whole = attempt(ours, "--check", "--data", RECORD, "--written", WRITTEN, "--encounter", "e", "--orders", EXAMPLES / "orders", *signed)
    assert "Not called" not in whole.stdout


def test_a_check_is_by_the_version_that_is_asked_for(other: Server) -> None:
    rows = [json.loads(attempt(other.url, "--check", "--json", *more).stdout)["rows"] for more in ((), ("--standard", "3.0"))]
    assert [next(one["verdict"] for one in found if one["row"] == "B6") for found in rows] == ["not checked", "failed"]


def test_the_check_of_a_service_prints_a_report_and_fails_on_a_broken_row(ours: str, signed: tuple[str, ...], other: Server) -> None:
    well = attempt(ours, "--check", "--data", RECORD, "--written", WRITTEN, "--json", *signed)
    assert json.loads(well.stdout)["counts"]["failed"] == 0, well.stdout
    assert well.exit_code == 0
    broken = attempt(other.url, "--check")
    assert broken.exit_code == 1
    assert "FAIL" in broken.stdout
