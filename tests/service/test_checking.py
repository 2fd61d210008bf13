"""What `cds serve --check` looks at: what holds, what does not with its remedy, and that nothing is left behind."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cds.audit import ledger
from cds.audit.place import beside
from cds.audit.stores import store
from cds.audit.writing import appending
from cds.audit.writing.spool import Spool
from cds.foundation.settings import BadSettings, Settings
from cds.service import application, checking, evaluate
from cds.service.findings import REMEDIES, Finding
from tests.audit import keyfiles, samples
from tests.foundation import server
from tests.service import messages
from tests.service.conftest import Knee
from tests.tokens import Issuer

HOSPITAL = Issuer("A hospital")


Look = Callable[..., dict[str, Finding]]


@pytest.fixture
def look(knee_content: Path, tmp_path: Path) -> Look:
    """Looks at settings with a ledger in a folder and the content of the invented condition; the findings by what they are of."""

    def at(folder: Path = tmp_path, *, clock: Callable[[], datetime] = lambda: messages.AT, **chosen: Any) -> dict[str, Finding]:
        held: dict[str, Any] = {"audit_url": f"sqlite:///{folder / 'audit.sqlite3'}", "content": knee_content} | chosen
        return {one.what: one for one in checking.check(Settings(**held), clock=clock)}

    return at


def test_without_clients_all_is_well_on_this_machine(look: Look) -> None:
    found = look()
    assert {what: one.state for what, one in found.items()} == {
        "configuration": "ok",
        "public URL": "not checked",
        "content": "ok",
        "clients": "not checked",
        "ledger keys": "ok",
        "ledger": "ok",
        "spool": "ok",
        "heads": "ok",
    }
    assert "sore-knee 1.0.0" in found["content"].found


def test_a_client_is_looked_at_with_its_profile_its_keys_its_server_and_its_clock(look: Look, tmp_path: Path) -> None:
    with server.serving(server.resource(HOSPITAL.jwks, media="application/json")) as stub:
        file = HOSPITAL.write(tmp_path, jwks_url=f"{stub.url}/jwks", fhir_server=stub.url)
        found = look(clients=file, clock=application.now, release="1.0.0")
    assert {one.state for one in found.values()} == {"ok", "not checked"}
    assert {what for what, one in found.items() if one.client} == {"profile", "keys", "FHIR server", "clock"}
    assert [(one.method, one.target) for one in stub.asked] == [("GET", "/fhir/jwks"), ("HEAD", "/fhir/metadata"), ("HEAD", "/fhir/jwks")]


@pytest.mark.parametrize(("seconds", "state"), [(-40, "warning"), (-20, "ok"), (0, "ok"), (20, "ok"), (40, "warning")])
def test_a_clock_that_is_more_than_thirty_seconds_off_is_a_finding(look: Look, tmp_path: Path, seconds: int, state: str) -> None:
    with server.serving(server.resource({})) as stub:
        file = HOSPITAL.write(tmp_path, fhir_server=stub.url)
        assert look(clients=file, clock=lambda: application.now() + timedelta(seconds=seconds), release="1.0.0")["clock"].state == state


@pytest.mark.parametrize(
    ("chosen", "what"),
    [
        ({"host": "0.0.0.0"}, "configuration"),
        ({"mode": "production", "host": "0.0.0.0"}, "public URL"),
        ({"host": "0.0.0.0"}, "public URL"),
        ({"release": "9.9.9"}, "content"),
        ({"profile": "nobody"}, "content"),
        ({"content": Path("nowhere")}, "content"),
        ({"clients": Path("nowhere.toml")}, "clients"),
        ({"audit_url": "sqlite:///:memory:"}, "ledger"),
        ({"audit_url": "mysql://canary"}, "ledger"),
    ],
)
def test_what_does_not_hold_is_told_with_its_remedy(look: Look, chosen: dict[str, Any], what: str) -> None:
    found = look(**chosen)[what]
    assert (found.state, found.remedy) == ("failed", REMEDIES[what])
    assert "canary" not in found.found


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"jwks_url": "http://127.0.0.1:9/jwks"}, "keys"),
        ({"jwks_url": "https://nowhere.invalid/jwks"}, "keys"),
        ({"fhir_server": "https://nowhere.invalid/fhir"}, "FHIR server"),
        ({"fhir_server": "http://127.0.0.1:9/fhir"}, "FHIR server"),
    ],
)
def test_what_a_clients_server_lacks_is_told_by_its_name_and_stops_nobody(look: Look, tmp_path: Path, changes: dict[str, Any], what: str) -> None:
    found = look(clients=HOSPITAL.write(tmp_path, **changes), release="1.0.0")
    assert (found[what].state, found[what].client, found[what].remedy) == ("warning", "A hospital", REMEDIES[what])
    assert not checking.failed(tuple(found.values()))


@pytest.mark.parametrize("status", [200, 401, 404, 500])
def test_a_server_that_answers_is_there_whatever_it_answers(look: Look, tmp_path: Path, status: int) -> None:
    with server.serving(server.resource({}, status=status)) as stub:
        assert look(clients=HOSPITAL.write(tmp_path, fhir_server=stub.url), release="1.0.0")["FHIR server"].state == "ok"
    first = stub.asked[0]
    assert (first.target, "Authorization" in first.headers) == ("/fhir/metadata", False)


def test_a_key_set_without_a_key_to_use_is_a_finding(look: Look, tmp_path: Path) -> None:
    with server.serving(server.resource({"keys": []}, media="application/json")) as stub:
        found = look(clients=HOSPITAL.write(tmp_path, jwks_url=f"{stub.url}/jwks"))
    assert found["keys"].state == "warning"


def test_a_file_of_keys_without_a_key_to_use_is_ours_to_mend(look: Look, tmp_path: Path) -> None:
    file = HOSPITAL.write(tmp_path)
    (tmp_path / "A hospital.json").write_text('{"keys": []}')
    found = look(clients=file)
    assert (found["keys"].state, checking.failed(tuple(found.values()))) == ("failed", True)


def test_all_that_is_not_well_names_a_remedy(look: Look, tmp_path: Path) -> None:
    every = [
        *look().values(),
        *look(release="9.9.9", clients=HOSPITAL.write(tmp_path)).values(),
        *look(clients=HOSPITAL.write(tmp_path)).values(),
        *checking.unreadable(BadSettings("No.")),
    ]
    assert {one.state for one in every} == {"ok", "failed", "not checked"}
    assert [one.what for one in every if bool(one.remedy) is (one.state == "ok")] == []


def test_a_profile_that_fits_no_release_of_the_client_is_a_finding(look: Look, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[proposals]\nallowed = ["ServiceRequest"]\nkind = "ServiceRequest"\nkinds = { nothing = "ServiceRequest" }\n')
    found = look(clients=HOSPITAL.write(tmp_path, profile="own.toml"))
    assert (found["profile"].state, found["profile"].client) == ("failed", "A hospital")


def test_nothing_is_made_where_there_is_no_ledger_yet(look: Look, tmp_path: Path) -> None:
    assert look(tmp_path / "not" / "there")["ledger"].state == "ok"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_is_where_a_ledger_will_be(look: Look, tmp_path: Path, database: str) -> None:
    found = look(audit_url=database, audit_spool=tmp_path / "spool", audit_heads=tmp_path / "heads", audit_keys=None)
    assert {found[what].state for what in ("ledger", "spool")} == {"ok"}
    assert "none is in the database yet" in found["ledger"].found


def test_keys_that_are_not_those_of_the_ledger_are_told_once_with_what_to_do(look: Look, tmp_path: Path) -> None:
    with ledger.open_ledger(beside(f"sqlite:///{tmp_path / 'audit.sqlite3'}", make_keys=True), lambda: messages.AT) as opened:
        opened.append(samples.record("d-1"))
    found = look(audit_keys=keyfiles.write(tmp_path, "seal-2", "pseudonym-2", "sign-2"))
    assert (found["ledger keys"].state, found["ledger"].state, found["ledger"].remedy) == ("ok", "failed", REMEDIES["ledger keys"])


def test_no_keys_are_made_and_nobody_says_so_for_a_ledger_whose_keys_are_gone(look: Look, tmp_path: Path) -> None:
    place = beside(f"sqlite:///{tmp_path / 'audit.sqlite3'}", make_keys=True)
    with ledger.open_ledger(place, lambda: messages.AT) as opened:
        opened.append(samples.record("d-1"))
    place.keys.parent.rename(tmp_path / "aside")
    assert (look()["ledger keys"].state, place.keys.exists()) == ("failed", False)


def test_a_folder_that_cannot_hold_a_ledger_is_a_finding(look: Look, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert look(tmp_path / "file")["ledger"].state == "failed"


def test_nothing_is_added_to_a_ledger_that_is_there(knee: Knee) -> None:
    evaluate.submit(knee.app, messages.body(knee.response()))
    before = list(knee.app.ledger.records()) if knee.app.ledger else []
    found = {one.what: one for one in checking.check(knee.app.settings, clock=lambda: messages.AT)}
    assert found["ledger"].state == "ok"
    assert knee.app.ledger
    assert list(knee.app.ledger.records()) == before != []


def test_what_waits_in_the_spool_is_counted_and_left_where_it_is(look: Look, tmp_path: Path) -> None:
    place = replace(beside(f"sqlite:///{tmp_path / 'audit.sqlite3'}"), make_keys=True)
    with ledger.open_ledger(place, lambda: messages.AT) as opened:
        orphan = Spool(place.spool / opened.log_id)
        orphan.add([appending.spooled(appending.prepared([samples.record(f"waits-{number}")], opened.ring), opened.ring) for number in range(3)])
    orphan.close()
    held = {path: path.read_bytes() for path in place.spool.rglob("*.spool")}
    found = look()
    assert (found["ledger"].state, found["spool"].state) == ("ok", "warning")
    assert found["spool"].found.startswith("3 records wait")
    assert {path: path.read_bytes() for path in place.spool.rglob("*.spool")} == held != {}
    assert "still empty" in found["ledger"].found


def test_a_spool_on_a_disk_without_room_is_a_finding(look: Look) -> None:
    assert look(audit_spool=Path("/proc/spool"))["spool"].state == "failed"


@pytest.mark.parametrize("change", ["body = CAST('{}' AS BLOB)", "at = '2030'", "sealed = x'00'", "subject = 'nobody'"])
def test_a_newest_record_that_was_changed_is_a_finding(knee: Knee, change: str) -> None:
    evaluate.submit(knee.app, messages.body(knee.response()))
    path = store.path_of(knee.app.settings.audit_url)
    connection = sqlite3.connect(path)
    connection.execute(f"UPDATE entries SET {change}")
    connection.commit()
    connection.close()
    found = {one.what: one for one in checking.check(knee.app.settings, clock=lambda: messages.AT)}
    assert found["ledger"].state == "failed"


def test_settings_that_cannot_be_read_leave_nothing_to_look_at() -> None:
    found = checking.unreadable(BadSettings("No.", expression="CDS_PORT"))
    assert [one.state for one in found] == ["failed", *["not checked"] * (len(REMEDIES) - 1)]
    assert checking.failed(found)


def test_a_setting_that_has_no_name_is_told_without_an_empty_one() -> None:
    assert checking.unreadable(BadSettings("No."))[0].found == "No."


def test_the_report_for_programs_says_all_of_it(look: Look) -> None:
    told = checking.plain(tuple(look(release="9.9.9").values()))
    assert told["ok"] is False
    assert {"what", "state", "found", "remedy"} <= set(next(one for one in told["checks"] if one["what"] == "content"))
