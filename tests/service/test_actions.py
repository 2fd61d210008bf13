"""What is done with the service is a record of the ledger: what is served, who read, exported and erased, and only who may."""

import hashlib
import io
import json
import os
import pwd
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cds.audit.tree import checkpoints
from cds.foundation.errors import Erased, Forbidden, LedgerUnavailable, NotFound, WrongShape
from cds.foundation.settings import Settings
from cds.service import actions as actors
from cds.service import activations, application, audit_views, erasures, evaluate, explain, exporting, feedback
from cds.service.application import Application
from cds.values.client import Caller
from cds.values.record import ActionRecord, FeedbackRecord, RefusalRecord
from tests.service import entries, messages
from tests.service.conftest import Knee
from tests.tokens import Issuer

HOSPITAL = Caller("A hospital", "north")
OTHERS = Caller("Another hospital", "north")
WARD = Caller("A hospital", "south")
ALL = ("auditor", "exporter", "eraser")


def of(app: Application, caller: Caller = HOSPITAL, *roles: Any) -> Application:
    """The application as it answers that caller, who has these roles."""
    registered = {"https://a-hospital.example.org": Issuer("A hospital").client()}
    return replace(app, caller=caller, roles=roles, clients=registered)


def decided(app: Application, knee: Knee, **answers: str) -> dict[str, Any]:
    """The first card of a decision."""
    card: dict[str, Any] = evaluate.submit(app, messages.body(knee.response({"locked": "yes"} | answers)))["cards"][0]
    return card


def named(card: Mapping[str, Any]) -> str:
    """The decision of a card."""
    return str(card["extension"]["org.back-pain-cds.decision"]["decisionId"])


def actions(app: Application) -> list[tuple[str, str, str]]:
    """What was done, by whom and by which role, in the order in which it was."""
    found = [stored.public for stored in app.require_ledger().records()]
    return [(one.action, one.actor, one.role) for one in found if isinstance(one, ActionRecord)]


def refused(app: Application) -> list[tuple[str, str, str]]:
    """The causes, clients and routes of refusals."""
    found = [stored.public for stored in app.require_ledger().records()]
    return [(one.cause, one.client, one.route) for one in found if isinstance(one, RefusalRecord)]


# Roles.


def calls(app: Application) -> dict[str, Any]:
    """Each thing that needs a role, by the role."""
    return {
        "auditor": lambda: audit_views.search(app, "AuditEvent", [], False),
        "exporter": lambda: exporting.export(app, "nobody"),
        "eraser": lambda: erasures.take(app, b'{"patient": "Patient/p-1"}'),
    }


@pytest.mark.parametrize("role", ALL)
def test_a_client_without_the_role_is_refused_and_that_is_recorded(knee: Knee, role: str) -> None:
    others = [one for one in ALL if one != role]
    with pytest.raises(Forbidden, match=role):
        calls(of(knee.app, HOSPITAL, *others))[role]()
    assert [(cause, client) for cause, client, _ in refused(knee.app)] == [("no role for this", "A hospital")]
    assert actions(knee.app) == []


@pytest.mark.parametrize("role", ALL)
def test_without_registered_clients_nobody_has_a_role(knee: Knee, role: str) -> None:
    with pytest.raises(Forbidden, match="CDS_CLIENTS"):
        calls(knee.app)[role]()


def test_the_roles_of_a_client_are_those_of_its_entry(tmp_path: Path, knee_content: Path) -> None:
    file = Issuer("A hospital").write(tmp_path, Issuer("B hospital"), roles=["exporter"])
    app = application.start(Settings(content=knee_content, clients=file), audited=False, clock=lambda: messages.AT)
    assert [application.of_client(app, client).roles for client in app.clients.values()] == [("exporter",), ()]


# Who runs a command.


def test_the_user_of_a_command_is_the_one_that_the_system_knows_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "dr.innocent")
    assert actors.of_user() == f"user:{pwd.getpwuid(os.getuid()).pw_name}" != "user:dr.innocent"


def test_a_user_without_a_name_is_told_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 64_999)
    assert actors.of_user() == "user:64999"


# Exporting.


def test_a_decision_is_exported_sealed_with_its_proof_and_the_verifier(knee: Knee) -> None:
    app = of(knee.app, HOSPITAL, "exporter")
    packed = zipfile.ZipFile(io.BytesIO(exporting.export(app, named(decided(app, knee)))))
    assert {"record.json", "sealed.bin", "release.json", "proof.json", "head.checkpoint", "verify.py"} <= set(packed.namelist())
    assert "opened.json" not in packed.namelist()
    manifest = json.loads(packed.read("release.json"))["files"]
    there = [name.removeprefix("release/") for name in packed.namelist() if name.startswith("release/")]
    assert {f"sha256:{hashlib.sha256(packed.read(f'release/{name}')).hexdigest()}" for name in there} == {manifest[name] for name in there}
    assert {"CHANGES.md", "decisions", "facts.yaml", "cards.yaml"} <= {name.partition("/")[0] for name in there}
    assert not any(name.startswith("valuesets/") for name in there)
    assert "\nrelease/decisions/" in packed.read("README.txt").decode()
    assert actions(knee.app) == [("export", "client:A hospital", "exporter")]


def test_facts_are_opened_for_who_is_auditor_too(knee: Knee) -> None:
    name = named(decided(of(knee.app), knee))
    with pytest.raises(Forbidden, match="auditor"):
        exporting.export(of(knee.app, HOSPITAL, "exporter"), name, facts=True)
    packed = zipfile.ZipFile(io.BytesIO(exporting.export(of(knee.app, HOSPITAL, "exporter", "auditor"), name, facts=True)))
    assert b"K-1" in packed.read("opened.json")


@pytest.mark.parametrize("caller", [OTHERS, WARD])
def test_a_decision_of_another_client_or_tenant_is_as_unknown_as_any(knee: Knee, caller: Caller) -> None:
    name, app = named(decided(of(knee.app), knee)), of(knee.app, caller, *ALL)
    told = []
    for one in (name, "nobody"):
        with pytest.raises(NotFound) as caught:
            exporting.export(app, one)
        told.append(caught.value.diagnostics())
        with pytest.raises(NotFound):
            erasures.take(app, messages.body({"decision": one}))
    assert told[0] == told[1]


# Erasing.


@pytest.mark.parametrize("patient", ["Patient/p-1", "p-1", "https://ehr.example.org/Patient/p-1/_history/3"])
def test_a_patient_is_erased_from_all_decisions_of_the_client_and_from_no_others(knee: Knee, patient: str) -> None:
    app = of(knee.app, HOSPITAL, *ALL)
    names = [named(decided(app, knee)) for _ in range(2)]
    theirs = named(decided(of(knee.app, OTHERS), knee))
    assert erasures.take(app, messages.body({"patient": patient})) == {"erased": 2}
    ledger = knee.app.require_ledger()
    found = [ledger.find(name) for name in (*names, theirs)]
    assert [one.record.private is None for one in found if one] == [True, True, False]
    assert ledger.verify().faults == ()
    assert actions(knee.app) == [("erasure", "client:A hospital", "eraser")]


def test_a_patient_is_erased_by_one_of_the_decisions(knee: Knee) -> None:
    app = of(knee.app, HOSPITAL, *ALL)
    names = [named(decided(app, knee)) for _ in range(2)]
    assert erasures.take(app, messages.body({"decision": names[0]})) == {"erased": 2}
    assert erasures.take(app, messages.body({"decision": names[1]})) == {"erased": 0}


def test_an_erased_decision_is_not_explained_and_not_exported_open(knee: Knee) -> None:
    app = of(knee.app, HOSPITAL, *ALL)
    name = named(decided(app, knee))
    erasures.take(app, messages.body({"decision": name}))
    with pytest.raises(Erased):
        explain.explain(app, name)
    with pytest.raises(Erased):
        exporting.export(app, name, facts=True)
    late = replace(app, clock=lambda: messages.AT + timedelta(days=9))
    with pytest.raises(NotFound):
        explain.explain(late, name)


def test_feedback_on_a_card_of_an_erased_decision_is_joined_without_rules(knee: Knee) -> None:
    app = of(knee.app, HOSPITAL, *ALL)
    card = decided(app, knee)
    erasures.take(app, messages.body({"decision": named(card)}))
    item = {"card": card["uuid"], "outcome": "accepted", "acceptedSuggestions": [{"id": "x"}], "outcomeTimestamp": "2030-06-15T12:30:00Z"}
    (told,) = feedback.take(app, "sore-knee", messages.body({"feedback": [item]}))["items"]
    kept = entries.newest(app).entry
    assert isinstance(kept, FeedbackRecord)
    assert (told["status"], kept.decision_id, kept.release, kept.rules) == ("recorded", named(card), "sore-knee 1.0.0", ())
    assert kept.unknown_suggestions == ()


@pytest.mark.parametrize("body", [{}, {"patient": ""}, {"patient": 7}, {"patient": "p", "decision": "d"}, {"patient": "p" * 3000}, {"other": "x"}])
def test_what_names_no_patient_erases_nobody_and_is_not_repeated(knee: Knee, body: dict[str, Any]) -> None:
    with pytest.raises(WrongShape, match="Patient/7"):
        erasures.take(of(knee.app, HOSPITAL, "eraser"), messages.body(body))
    assert actions(knee.app) == []


# Reading.


def test_a_reading_is_recorded_before_it_is_answered(knee: Knee) -> None:
    app = of(knee.app, HOSPITAL, "auditor")
    decided(app, knee)
    audit_views.search(app, "AuditEvent", [], False)
    assert actions(app) == [("reading", "client:A hospital", "auditor")]
    app.require_ledger().close()
    with pytest.raises(LedgerUnavailable):
        audit_views.search(app, "AuditEvent", [], False)


# What is served.


def test_what_is_served_is_recorded_once_however_many_workers_and_starts_there_are(knee: Knee) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: activations.note(knee.app), range(8)))
    assert actions(knee.app) == [("activation", "service", "")]
    told = entries.newest(knee.app).public
    assert isinstance(told, ActionRecord)
    (release,) = told.detail["releases"]
    assert (release["name"], release["version"], release["selected"]) == ("sore-knee", "1.0.0", "in force")


def test_another_way_of_choosing_the_same_release_is_recorded_and_so_is_the_way_back(knee: Knee) -> None:
    pinned = replace(knee.app, selected=application.BY_SETTING)
    for app in (knee.app, pinned, pinned, knee.app):
        activations.note(app)
    assert len(actions(knee.app)) == 3


def test_without_a_ledger_nothing_is_activated(knees_loaded: Application) -> None:
    activations.note(replace(knees_loaded, ledger=None))


def test_what_is_exported_is_checked_by_the_program_in_it(knee: Knee, tmp_path: Path) -> None:
    app = of(knee.app, HOSPITAL, "exporter", "auditor")
    packed = exporting.export(app, named(decided(app, knee)), facts=True)
    (tmp_path / "decision.zip").write_bytes(packed)
    (tmp_path / "verify.py").write_bytes(zipfile.ZipFile(io.BytesIO(packed)).read("verify.py"))
    ledger = app.require_ledger()
    key = ledger.ring.verifiers[-1].text(checkpoints.origin_of(ledger.log_id))
    command = [sys.executable, "-I", "verify.py", "decision.zip", "--key", key]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
