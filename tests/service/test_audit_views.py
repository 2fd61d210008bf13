"""The ledger as FHIR for an auditor: only of the own client and tenant, by role, recorded before it is answered, page by page."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.fhir import audit_codes
from cds.foundation.errors import Forbidden, NotFound, WrongShape
from cds.service import audit_views, deciding
from cds.service.application import Application
from cds.values.client import Caller
from cds.values.record import ActionRecord, RefusalRecord
from tests.fhir import entries, oracle
from tests.service import audited, messages


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with entries of two tenants and another client: numbers 1 to 6."""
    with audited.opened(tmp_path) as opened:
        opened.append_all(
            [
                audited.decision(1, 1, facts={"fever": {"value": "yes", "source": "ehr", "of": "Observation/o-1"}}),
                audited.decision(2, 2, patient="Patient/8"),
                audited.decision(3, 3, tenant="south"),
                audited.decision(4, 4, client="other", tenant=""),
                audited.feedback(1, 1, "overridden", reason="not-now"),
                entries.action("erasure", detail={"subject": "ab" * 32, "keys": 0, "decisions": 0}),
            ]
        )
        yield opened


@pytest.fixture
def app(knees_loaded: Application, log: Ledger) -> Application:
    """The service as the auditor of the north sees it."""
    return audited.seen_by(knees_loaded, log)


def found(app: Application, *pairs: tuple[str, str], kind: str = "AuditEvent") -> list[str]:
    """The ids that a search finds, on its one page."""
    bundle = audit_views.search(app, kind, pairs, True)
    oracle.model(bundle)
    assert (oracle.problems(bundle), [link["relation"] for link in bundle["link"]]) == ([], ["self"])
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


def test_an_auditor_sees_what_was_recorded_of_the_own_client_and_tenant_newest_first(app: Application) -> None:
    assert found(app) == ["6", "5", "2", "1"]
    assert found(app, kind="Provenance") == ["2", "1"]
    south = audited.seen_by(app, app.require_ledger(), Caller("spec", "south"))
    assert [one for one in found(south) if int(one) < 7] == ["3"]


def test_who_has_not_the_role_is_refused_and_the_refusal_is_recorded(app: Application, log: Ledger) -> None:
    for kind in ("AuditEvent", "Provenance"):
        with pytest.raises(Forbidden):
            audit_views.search(audited.seen_by(app, log, roles=("exporter", "eraser")), kind, [], False)
        with pytest.raises(Forbidden):
            audit_views.read(audited.seen_by(app, log, roles=()), kind, "1")
    refusals = [stored.public for stored in log.records(Search(kinds=("refusal",)))]
    assert [one.route for one in refusals if isinstance(one, RefusalRecord)] == ["/fhir/AuditEvent"] * 2 + ["/fhir/Provenance"] * 2


def test_each_reading_is_recorded_with_what_was_asked_for_and_never_with_the_patient(app: Application, log: Ledger) -> None:
    audit_views.search(app, "AuditEvent", [("patient", f"Patient/{messages.CANARY}"), ("date", "ge2030-05"), ("subtype", "decision")], False)
    audit_views.read(app, "Provenance", "1")
    made = [stored.public for stored in log.records(Search(kinds=("action",), after=6))]
    searched, read = (one for one in made if isinstance(one, ActionRecord))
    subject = log.subject("spec", "north", f"Patient/{messages.CANARY}")
    assert searched.detail == {
        "what": "search of AuditEvent",
        "filter": {"since": "2030-05-01T00:00:00Z", "subject": subject, "kinds": ["decision"]},
        "count": 0,
    }
    assert read.detail == {"what": "Provenance 1", "filter": {"decision": audited.decision(1).decision_id}, "count": 1}
    assert [(one.actor, one.role, one.tenant) for one in (searched, read)] == [("client:spec", "auditor", "north")] * 2
    assert all(messages.CANARY.encode() not in stored.body for stored in log.records())


def test_a_reading_is_found_by_the_next_search(app: Application) -> None:
    audit_views.read(app, "AuditEvent", "1")
    assert found(app, ("subtype", "reading")) == ["7"]


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ([("patient", "Patient/7")], ["1"]),
        ([("patient", "7")], ["1"]),
        ([("patient", "https://ehr.example.org/fhir/Patient/8")], ["2"]),
        ([("patient", "7,8")], ["2", "1"]),
        ([("patient", "7"), ("patient", "8")], []),
        ([("patient", "9")], []),
        ([("patient:identifier", "ab" * 32)], ["6"]),
        ([("date", "2030-05-03")], ["2"]),
        ([("date", "ge2030-05-03"), ("date", "lt2030-05-04")], ["2"]),
        ([("date", "2030-05-02T07:08:09.5Z")], ["1"]),
        ([("date", "gt2030-05-02T07:08:09.4Z"), ("date", "lt2030-05-02T07:08:09.6Z")], ["1"]),
        ([("subtype", "decision")], ["2", "1"]),
        ([("subtype", "feedback")], ["5"]),
        ([("type", "rest"), ("action", "D")], ["6"]),
        ([("_id", "1,5,4")], ["5", "1"]),
        ([("entity:identifier", audited.card(1))], ["5"]),
        ([("outcome", "4")], []),
    ],
)
def test_a_search_finds_what_it_asks_for(app: Application, pairs: list[tuple[str, str]], wanted: list[str]) -> None:
    assert found(app, *pairs) == wanted


def test_a_patient_is_found_by_reference_and_by_pseudonym_alike_in_both_views(app: Application, log: Ledger) -> None:
    pseudonym = f"{audit_codes.PATIENTS}|{log.subject('spec', 'north', 'Patient/7')}"
    for pair in (("patient", "Patient/7"), ("patient:identifier", pseudonym)):
        assert found(app, pair, ("subtype", "decision")) == found(app, pair, kind="Provenance") == ["1"]


def test_who_looked_for_a_patient_is_found_by_the_patient(app: Application) -> None:
    audit_views.search(app, "Provenance", [("patient", "Patient/8")], False)
    assert found(app, ("patient", "Patient/8")) == ["7", "2"]


def test_a_patient_with_an_identifier_is_found_by_it(app: Application, log: Ledger) -> None:
    log.append(audited.decision(9, 9, patient="urn:oid:1.2|x-1"))
    assert found(app, ("patient:identifier", "urn:oid:1.2|x-1")) == ["7"]


def test_two_identifiers_that_differ_in_where_the_bar_stands_are_two_patients(app: Application, log: Ledger) -> None:
    log.append(audited.decision(9, 9, patient=deciding.patient_identified("a|b", "c")))
    log.append(audited.decision(10, 10, patient=deciding.patient_identified("a", "b|c")))
    assert found(app, ("patient:identifier", r"a\|b|c")) == ["7"]
    assert found(app, ("patient:identifier", r"a|b\|c")) == ["8"]


def test_the_pages_of_a_search_have_everything_once_whatever_is_added_meanwhile(app: Application, log: Ledger) -> None:
    log.append_all([audited.decision(number, number) for number in range(10, 20)])
    seen: list[str] = []
    pairs = [("subtype", "decision"), ("_count", "5")]
    while pairs:
        bundle = audit_views.search(app, "AuditEvent", pairs, False)
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
        following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
        pairs = parse_qsl(urlsplit(following[0]).query) if following else []
        log.append(audited.decision(100 + len(seen), 100 + len(seen)))
    assert seen == [*map(str, range(16, 6, -1)), "2", "1"]


def test_a_full_last_page_has_no_next_and_a_count_of_none_has_nothing(app: Application) -> None:
    bundle = audit_views.search(app, "AuditEvent", [("_count", "4")], False)
    assert ([link["relation"] for link in bundle["link"]], len(bundle["entry"])) == (["self"], 4)
    assert "entry" not in audit_views.search(app, "AuditEvent", [("_count", "0")], False)


def test_one_search_looks_at_so_many_entries_and_says_where_to_go_on(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_views, "LOOKED_AT", 2)
    first = audit_views.search(app, "AuditEvent", [("subtype", "decision,erasure"), ("outcome", "0"), ("_id", "1")], False)
    assert ("entry" in first, first["link"][1]["url"].rpartition("page=")[2]) == (False, "5")
    second = audit_views.search(app, "AuditEvent", [("_id", "1"), ("page", "5")], False)
    assert [entry["resource"]["id"] for entry in second["entry"]] == ["1"]


def test_a_patient_is_found_at_once_however_many_others_there_are(app: Application, log: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append_all([audited.decision(number, number, patient="Patient/8") for number in range(20, 30)])
    monkeypatch.setattr(audit_views, "LOOKED_AT", 4)
    assert found(app, ("patient", "Patient/7")) == ["1"]
    assert found(app, ("patient", "Patient/7"), kind="Provenance") == ["1"]


def test_an_entry_is_read_by_its_number_and_only_by_whom_it_is_of(app: Application) -> None:
    event, source = (audit_views.read(app, kind, "1") for kind in ("AuditEvent", "Provenance"))
    assert (event["resourceType"], source["resourceType"], event["id"], source["id"]) == ("AuditEvent", "Provenance", "1", "1")
    for kind, name in (("AuditEvent", "3"), ("AuditEvent", "4"), ("AuditEvent", "99"), ("AuditEvent", "x"), ("Provenance", "5"), ("Provenance", "4")):
        with pytest.raises(NotFound):
            audit_views.read(app, kind, name)


def test_an_event_has_the_leaf_and_a_root_that_covers_it(app: Application, log: Ledger) -> None:
    state = log.state()
    leaf = next(log.records()).leaf
    pairs = {one["type"]: one["valueString"] for one in audit_views.read(app, "AuditEvent", "1")["entity"][-1]["detail"]}
    assert pairs == {"seq": "1", "leaf": leaf.hex(), "size": "6", "root": state.root.hex()}


def test_sources_are_told_until_the_patient_is_erased(app: Application, log: Ledger) -> None:
    def sources() -> list[str]:
        return [
            one["what"]["reference"]
            for one in audit_views.read(app, "Provenance", "1")["entity"]
            if "Observation" in one["what"].get("reference", "")
        ]

    assert sources() == ["Observation/o-1"]
    log.erase(log.subject("spec", "north", "Patient/7"), entries.action("erasure", action_id="a-2"))
    assert sources() == []


def test_an_auditor_is_told_who_was_shown_a_decision_and_never_whom_it_is_about(app: Application) -> None:
    told = json.dumps([audit_views.search(app, kind, [], False) for kind in ("AuditEvent", "Provenance")])
    assert "Practitioner/9" in told
    assert "Patient/7" not in told


def test_a_proposal_is_found_by_its_identifier_though_it_is_sealed(app: Application, log: Ledger) -> None:
    log.append(audited.decision(9, private=entries.private()))
    assert found(app, ("target:identifier", f"urn:uuid:{entries.OFFER}"), kind="Provenance") == ["7"]


def test_a_damaged_entry_is_told_and_the_others_are_found(app: Application, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "audit.sqlite3")) as connection, connection:
        connection.execute("UPDATE entries SET body = CAST(replace(body, 'routine', 'urgent') AS BLOB) WHERE seq = 2")
    bundle = audit_views.search(app, "AuditEvent", [("subtype", "decision")], False)
    oracle.model(bundle)
    first, last = bundle["entry"]
    assert (first["resource"]["id"], last["search"]["mode"]) == ("1", "outcome")
    assert "Entry 2" in last["resource"]["issue"][0]["diagnostics"]


def test_what_is_not_known_is_refused_to_a_strict_client_and_left_out_for_others(app: Application) -> None:
    pairs: list[Any] = [("altid", "x")]
    assert len(audit_views.search(app, "AuditEvent", pairs, False)["entry"]) == 4
    with pytest.raises(WrongShape):
        audit_views.search(app, "AuditEvent", pairs, True)
