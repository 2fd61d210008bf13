"""The client in twenty lines: it calls with a token that we take, and is as short as it says."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from examples import servers
from tests.examples import asking
from tests.tokens import Issuer

CLIENT = asking.EXAMPLES / "client.py"
ISSUER = "https://ehr.example.org"


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.client", *map(str, arguments)]
    return subprocess.run(command, cwd=asking.EXAMPLES.parent, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("alg", ["ES384", "RS384"])
def test_the_client_calls_with_a_token_and_is_turned_away_without(tmp_path: Path, alg: str) -> None:
    issuer = Issuer("Clinic", alg)
    key, clients = tmp_path / "key.json", tmp_path / "clients.toml"
    key.write_text(json.dumps(issuer.key.as_dict(private=True)), encoding="utf-8")
    (tmp_path / "jwks.json").write_text(json.dumps(issuer.jwks), encoding="utf-8")
    clients.write_text(f'[[clients]]\nname = "Clinic"\nissuer = "{ISSUER}"\njwks_file = "jwks.json"\n', encoding="utf-8")
    request = asking.EXAMPLES / "requests" / "09-numb-between-the-legs.json"
    with servers.service(tmp_path, CDS_CLIENTS=str(clients)) as server:
        url = f"{server.address}/cds-services/low-back-pain"
        signed, bare = _run(url, request, ISSUER, key), _run(url, request)
    assert signed.returncode == 0, signed.stderr
    assert signed.stdout.startswith("critical: Emergency")
    assert bare.returncode == 1
    assert "401" in bare.stderr


@pytest.mark.parametrize("arguments", [[], ["http://127.0.0.1:9"], ["http://127.0.0.1:9", "request.json", ISSUER]])
def test_the_client_says_what_it_must_be_told(arguments: list[str]) -> None:
    told = _run(*arguments)
    assert told.returncode == 1
    assert told.stderr.startswith("usage: ")
    assert "Traceback" not in told.stderr


def test_the_client_has_at_most_twenty_lines_of_code() -> None:
    module = ast.parse(CLIENT.read_text(encoding="utf-8"))
    statements = [node for node in ast.walk(module) if isinstance(node, ast.stmt) and not isinstance(node, ast.Import | ast.ImportFrom)]
    assert len(statements) <= 20
