"""`cds serve --check`: a line a check, its remedy, and the exit code; and what the service itself refuses."""

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.audit.keys import keymaking
from cds.cli.main import main
from cds.web import serving
from tests.tokens import Issuer

ADDRESS = "https://cds.example.org"


def serve(folder: Path, *arguments: str, **environment: str) -> Result:
    """Runs `cds serve` with a ledger in the folder."""
    ledger = {"CDS_AUDIT_URL": f"sqlite:///{folder / 'audit.sqlite3'}"}
    return CliRunner().invoke(main, ["serve", *arguments], env=ledger | environment)


@pytest.fixture(autouse=True)
def never_listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of this page may bind a port."""

    def refuse(*_: object) -> int:
        raise AssertionError("a port was asked for")

    monkeypatch.setattr(serving, "usable_port", refuse)


def test_a_check_prints_a_line_for_all_that_it_looked_at(tmp_path: Path) -> None:
    clients = Issuer("A hospital").write(tmp_path)
    keymaking.make(tmp_path / "keys.toml")
    production = {"CDS_MODE": "production", "CDS_PUBLIC_URL": ADDRESS, "CDS_HOST": "0.0.0.0", "CDS_AUDIT_KEYS": str(tmp_path / "keys.toml")}
    result = serve(tmp_path / "new", "--check", CDS_CLIENTS=str(clients), **production)
    assert result.exit_code == 0
    lines = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert {line.partition("  ")[0] for line in lines} == {"ok", "not checked"}
    assert [line[13:].partition(":")[0] for line in lines] == [
        *("configuration", "public URL", "content", "clients"),
        *(f"{what} of A hospital" for what in ("profile", "keys", "FHIR server", "clock")),
        *("ledger keys", "ledger", "spool", "heads"),
    ]
    assert not (tmp_path / "new").exists()


def test_a_check_that_fails_says_what_to_do_and_exits_with_1(tmp_path: Path) -> None:
    result = serve(tmp_path, "--check", CDS_MODE="production", CDS_HOST="0.0.0.0")
    assert result.exit_code == 1
    told = result.stdout
    for name in ("CDS_CLIENTS", "CDS_PUBLIC_URL", "CDS_HOST"):
        assert f"failed       configuration: {name}:" in told
    assert "docs/reference/configuration.md" in told


def test_a_check_is_also_for_programs(tmp_path: Path) -> None:
    result = serve(tmp_path, "--check", "--json", CDS_RELEASE="9.9.9")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["ok"]) == (1, False)
    assert [one["what"] for one in told["checks"] if one["state"] == "failed"] == ["content"]


def test_a_setting_that_cannot_be_read_is_a_failed_check(tmp_path: Path) -> None:
    result = serve(tmp_path, "--check", CDS_PORT="canary")
    assert (result.exit_code, "CDS_PORT" in result.stdout, "canary" in result.output) == (1, True, False)


def test_a_name_that_is_no_setting_stands_before_what_is_wrong_with_it(tmp_path: Path) -> None:
    result = serve(tmp_path, "--check", CDS_BOGUS="canary")
    assert result.stdout.startswith("failed       configuration: CDS_BOGUS: No setting has this name.")


def test_servers_of_a_client_that_are_away_are_warnings_and_the_check_exits_with_0(tmp_path: Path) -> None:
    """The unit of examples/deployment runs the check before each start: the outage of one hospital must not keep the others out."""
    away = Issuer("A hospital").write(tmp_path, Issuer("Another"), jwks_url="http://127.0.0.1:9/jwks", fhir_server="http://127.0.0.1:9/fhir")
    result = serve(tmp_path, "--check", CDS_CLIENTS=str(away))
    assert result.exit_code == 0
    warned = [line[13:].partition(":")[0] for line in result.stdout.splitlines() if line.startswith("warning")]
    assert warned == ["keys of A hospital", "FHIR server of A hospital"]


def test_json_is_for_a_check_alone(tmp_path: Path) -> None:
    result = serve(tmp_path, "--json")
    assert (result.exit_code, "--check" in result.output) == (2, True)


@pytest.mark.parametrize("environment", [{"CDS_MODE": "production"}, {"CDS_HOST": "0.0.0.0"}, {"CDS_CLIENTS": "nowhere.toml"}])
def test_the_service_does_not_start_with_what_a_check_would_refuse(tmp_path: Path, environment: dict[str, str]) -> None:
    result = serve(tmp_path, **environment)
    assert result.exit_code == 2
    assert all(f"{name}:" in result.stderr or name == "CDS_MODE" for name in environment)


def test_a_client_without_a_key_to_use_stops_the_start(tmp_path: Path) -> None:
    clients = Issuer("A hospital").write(tmp_path)
    (tmp_path / "A hospital.json").write_text('{"keys": []}')
    result = serve(tmp_path, CDS_CLIENTS=str(clients))
    assert (result.exit_code, "A hospital" in result.stderr) == (2, True)


def test_a_port_that_is_in_use_is_no_matter_for_a_check(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert serve(tmp_path, "--check", "--port", str(taken.getsockname()[1])).exit_code == 0
