"""The file of clients: what of it is taken, and what is refused when the service starts."""

from pathlib import Path
from typing import Any

import pytest

from cds.service import clients
from cds.service.clients import BadClients
from tests.tokens import ABSENT, Issuer

GENERAL = Issuer("General Hospital")
PLAIN = Issuer("Plain Hospital", "RS384")
CANARY = "canary-7f3a"
WHOLE: dict[str, Any] = {
    "jwks_url": "https://ehr.example.org/jwks.json",
    "tenants": ["main", "north"],
    "fhir_server": "https://ehr.example.org/fhir",
    "origins": ["https://ehr.example.org", "https://ehr.example.org:8443"],
    "profile": "spec",
    "release": "1.0.0",
    "lenient_feedback": True,
}


def faults(file: Path, **more: Any) -> list[str]:
    """The places where the file is wrong."""
    with pytest.raises(BadClients) as caught:
        clients.load(file, **more)
    found = caught.value.diagnostics()
    assert CANARY not in "".join(one.text for one in found)
    return [one.expression.removeprefix("clients.toml: ").removeprefix("clients.0.") for one in found]


def test_a_whole_entry_is_read_as_it_was_written(tmp_path: Path) -> None:
    (client,) = clients.load(GENERAL.write(tmp_path, **WHOLE), versions=["1.0.0"]).values()
    assert client == GENERAL.client(**(WHOLE | {key: tuple(WHOLE[key]) for key in ("tenants", "origins")} | {"jwks_file": None}))


def test_files_are_named_from_the_folder_of_the_file_of_clients(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes((Path(clients.__file__).parent.parent / "profiles" / "spec.toml").read_bytes())
    found = clients.load(GENERAL.write(tmp_path, profile="own.toml"))[GENERAL.iss]
    assert found.jwks_file == str(tmp_path / "General Hospital.json")
    assert found.profile == str(tmp_path / "own.toml")


def test_clients_are_found_by_their_issuer(tmp_path: Path) -> None:
    assert set(clients.load(GENERAL.write(tmp_path, PLAIN))) == {GENERAL.iss, PLAIN.iss}


@pytest.mark.parametrize("key", ["name", "issuer"])
def test_two_clients_of_one_name_or_issuer_are_refused(tmp_path: Path, key: str) -> None:
    same = {"name": PLAIN.name} if key == "name" else {"issuer": PLAIN.iss}
    assert faults(GENERAL.write(tmp_path, PLAIN, **same)) == [key, f"clients.1.{key}"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key set by http": ({"jwks_url": f"http://{CANARY}.example.org/jwks.json"}, "jwks_url"),
    "a key set on loopback": ({"jwks_url": "https://127.0.0.1/jwks.json"}, "jwks_url"),
    "a key set on a private address": ({"jwks_url": "https://10.0.0.1/jwks.json"}, "jwks_url"),
    "a key set with user information": ({"jwks_url": f"https://{CANARY}@ehr.example.org/jwks.json"}, "jwks_url"),
    "a server by http": ({"fhir_server": f"http://{CANARY}.example.org/fhir"}, "fhir_server"),
    "a server with a query": ({"fhir_server": "https://ehr.example.org/fhir?a=b"}, "fhir_server"),
    "a server with a fragment": ({"fhir_server": "https://ehr.example.org/fhir#b"}, "fhir_server"),
    "a server in octal": ({"fhir_server": "https://0177.0.0.1/fhir"}, "fhir_server"),
    "a server on a link-local address": ({"fhir_server": "https://169.254.169.254/fhir"}, "fhir_server"),
    "an origin in large letters": ({"origins": ["https://EHR.example.org"]}, "origins.0"),
    "an origin with its usual port": ({"origins": ["https://ok.example.org", "https://ehr.example.org:443"]}, "origins.1"),
    "an origin with a star": ({"origins": ["https://*.example.org"]}, "origins.0"),
    "an origin that is null": ({"origins": ["null"]}, "origins.0"),
    "an origin with a path": ({"origins": ["https://ehr.example.org/"]}, "origins.0"),
    "a profile that is none": ({"profile": CANARY}, "profile"),
    "a release that is none": ({"release": "9.9.9"}, "release"),
    "no name": ({"name": ABSENT}, "clients.0"),
    "a name that could be read as another": ({"name": "General\u200bHospital"}, "name"),
    "an empty issuer": ({"issuer": ""}, "issuer"),
    "no tenants in the list": ({"tenants": []}, "tenants"),
    "a key that is misspelt": ({"tenant": ["main"]}, "clients.0"),
    "text for a truth": ({"lenient_feedback": "yes"}, "lenient_feedback"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_entry_is_refused_by_its_key_and_without_its_value(tmp_path: Path, name: str) -> None:
    changes, key = WRONG[name]
    assert faults(GENERAL.write(tmp_path, **changes), versions=["1.0.0"]) == [key]


def test_keys_must_be_in_one_place(tmp_path: Path) -> None:
    assert faults(GENERAL.write(tmp_path, jwks_url=WHOLE["jwks_url"], jwks_file="keys.json")) == ["clients.0"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/here", "http://localhost/here", "https://localhost/here", "https://[::1]:8443/here"])
def test_in_development_servers_may_be_on_this_machine(tmp_path: Path, url: str) -> None:
    file = GENERAL.write(tmp_path, jwks_url=url, fhir_server=url)
    assert clients.load(file, development=True)[GENERAL.iss].fhir_server == url
    assert faults(file) == ["jwks_url", "fhir_server"]


@pytest.mark.parametrize("url", ["https://10.0.0.1/here", "https://169.254.169.254/here", "https://0x7f.1/here", "ftp://127.0.0.1/here"])
def test_in_development_they_may_be_nowhere_else_that_is_not_public(tmp_path: Path, url: str) -> None:
    assert faults(GENERAL.write(tmp_path, fhir_server=url), development=True) == ["fhir_server"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("silent = true", "proposals"),
        ('[proposals]\nallowed = []\nkind = "Task"\n', "own.toml: proposals.kind"),
        (f'[proposals]\nallowed = ["{CANARY}"]\n', "own.toml: proposals.allowed.0"),
        ("[proposals", "own.toml is not TOML"),
    ],
)
def test_a_fault_in_a_clients_profile_is_told_by_its_file_and_key(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(BadClients) as caught:
        clients.load(GENERAL.write(tmp_path, profile="own.toml"))
    (told,) = caught.value.diagnostics()
    assert told.expression == "clients.toml: clients.0.profile"
    assert "names a file that is wrong: " in told.text
    assert place in told.text
    assert CANARY not in told.text
    assert ".." not in told.text


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    file = GENERAL.write(tmp_path, PLAIN, fhir_server="https://10.0.0.1/", profile=CANARY, name=PLAIN.name)
    assert faults(file) == ["name", "clients.1.name", "fhir_server", "profile"]


@pytest.mark.parametrize("content", [None, b"[[clients", b"\xff", b"", b"clients = []", b"clients = 5", b"a = 1"])
def test_what_is_no_file_of_clients_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "clients.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadClients):
        clients.load(file)
