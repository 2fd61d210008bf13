"""Every kind of entry is a valid AuditEvent, follows the pattern that it names, leads back to the ledger, and says nothing of what is sealed."""

import json
from typing import Any

import pytest

from cds.fhir import audit_codes, audit_events
from cds.fhir.audit_codes import Position
from cds.fhir.validation import models
from cds.values.record import Entry
from tests.fhir import entries, oracle

SENT, FETCHED, DELETED = ("110153", "110152"), ("110152", "110153"), ("110150", "custodian")
PATTERNS = {
    "Create": ("rest", {"create"}, "C", SENT),
    "Read": ("rest", {"read"}, "R", FETCHED),
    "Delete": ("rest", {"delete"}, "D", DELETED),
    "PrivacyDisclosure.Source": ("110106", {"disclose"}, "R", FETCHED),
}
"""By pattern of IHE: type, subtype, action, and the types of client and server, as they stand in version 1.1.4."""


def event(entry: Entry, position: Position = entries.POSITION) -> dict[str, Any]:
    return audit_events.audit_event(entry, position, address=entries.ADDRESS)


def entity(told: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in told["entity"] if one["type"]["code"] == kind]


def pattern(told: dict[str, Any]) -> str:
    return "".join(one.removeprefix(audit_events.PATTERNS) for one in told["meta"].get("profile", ()))


@pytest.mark.parametrize("entry", entries.ENTRIES, ids=lambda one: type(one).__name__)
def test_every_entry_is_valid_by_our_validation_by_the_models_and_by_the_json_schema(entry: Entry) -> None:
    told = event(entry)
    assert models.problems(told, "AuditEvent") == []
    oracle.model(told)
    assert oracle.problems(told) == []


def test_the_json_schema_refuses_an_event_that_is_none() -> None:
    for wrong in ({"action": "X"}, {"outcome": "1"}, {"agent": None}, {"recorded": "yesterday"}):
        assert oracle.problems(event(entries.decision()) | wrong) != []


@pytest.mark.parametrize("entry", entries.ENTRIES, ids=lambda one: type(one).__name__)
def test_an_event_has_what_the_pattern_wants_that_it_names(entry: Entry) -> None:
    told = event(entry)
    name = pattern(told)
    if not name:
        return
    kind, subtypes, action, parties = PATTERNS[name.removeprefix("Patient")]
    assert told["type"]["code"] == kind
    assert subtypes <= {one["code"] for one in told["subtype"]}
    assert (told["action"], told["outcome"]) == (action, "0")
    for code in parties:
        (party,) = [one for one in told["agent"] if one.get("type", {}).get("coding", [{}])[0].get("code") == code]
        assert party["who"] and party["network"] and "media" not in party
    assert len(entity(told, "1")) == (1 if "Patient" in name or "Privacy" in name else 0)
    (data,) = entity(told, "2")
    assert data["what"]
    assert data["role"]["code"] in ("3", "4", "20")


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (entries.decision(), "PatientCreate"),
        (entries.decision(private=entries.private(patient="")), "Create"),
        (entries.feedback(), "Create"),
        (entries.refusal(), ""),
        (entries.action("sign-in"), ""),
        (entries.action("reading", detail={"filter": {"decision": "d-1", "subject": entries.SUBJECT}}), "PatientRead"),
        (entries.action("reading", detail={"filter": {"decision": "d-1"}}), "Read"),
        (entries.action("reading", detail={"filter": {"subject": entries.SUBJECT}}), ""),
        (entries.action("reading", actor="user:ada", detail={"filter": {"decision": "d-1"}}), ""),
        (entries.action("export", detail={"filter": {"decision": "d-1", "subject": entries.SUBJECT}}), "PrivacyDisclosure.Source"),
        (entries.action("export", detail={"count": 12}), ""),
        (entries.action("erasure", detail={"subject": entries.SUBJECT}), "PatientDelete"),
    ],
)
def test_a_pattern_is_named_only_where_all_that_it_wants_is_known(entry: Entry, wanted: str) -> None:
    assert pattern(event(entry)) == wanted


def test_a_patient_is_a_pseudonym_and_never_the_reference_or_a_name() -> None:
    told = event(entries.decision(private=entries.private()))
    (who,) = entity(told, "1")
    assert who["what"] == {"type": "Patient", "identifier": {"system": audit_codes.PATIENTS, "value": entries.SUBJECT}}
    assert entries.CANARY not in json.dumps(told)


def test_nothing_sealed_is_told_but_who_was_shown_it_once_it_is_opened() -> None:
    closed, opened = event(entries.decision()), event(entries.decision(private=entries.private()))
    assert [one["who"] for one in opened["agent"]][2:] == [{"reference": "Practitioner/7"}]
    assert opened | {"agent": opened["agent"][:2]} == closed | {"agent": [closed["agent"][0] | {"requestor": False}, closed["agent"][1]]}


@pytest.mark.parametrize("entry", entries.ENTRIES, ids=lambda one: type(one).__name__)
def test_a_reader_finds_the_way_back_to_the_ledger(entry: Entry) -> None:
    told = event(entry, Position(seq=17, leaf="ab" * 32, log="log-1", size=20, root="cd" * 32))
    last = told["entity"][-1]
    pairs = {one["type"]: one["valueString"] for one in last["detail"]}
    assert (told["id"], pairs) == ("17", {"seq": "17", "leaf": "ab" * 32, "size": "20", "root": "cd" * 32})
    assert last["what"]["identifier"] == {"system": audit_codes.LOGS, "value": "log-1"}


def test_an_event_says_what_the_ledger_calls_its_entry() -> None:
    assert [event(one)["subtype"][-1]["code"] for one in (entries.decision(), entries.feedback(), entries.refusal())] == [
        "decision",
        "feedback",
        "refusal",
    ]
    assert [event(entries.action(kind))["subtype"][-1]["code"] for kind in entries.ACTIONS] == list(entries.ACTIONS)


def test_the_trace_the_hook_and_the_cards_of_a_decision_are_told() -> None:
    (data,) = entity(event(entries.decision()), "2")
    record = entries.decision()
    pairs = {one["type"]: one["valueString"] for one in data["detail"]}
    assert (pairs["trace"], pairs["hookInstance"], pairs["card"]) == (record.trace, record.hook_instance, entries.CARD)
    assert data["what"]["identifier"]["value"] == f"urn:uuid:{entries.DECISION}"


def test_who_was_turned_away_is_a_failure_with_its_cause() -> None:
    told = event(entries.refusal())
    assert (told["outcome"], told["outcomeDesc"], told["type"]["code"]) == ("4", "expired", "110113")


def test_what_was_done_on_the_machine_names_its_user_and_what_the_service_did_nobody() -> None:
    by_user, by_itself = (event(entries.action("erasure", actor=actor, role="")) for actor in ("user:ada", "service"))
    assert [one["who"].get("identifier", {}).get("value") for one in by_user["agent"] if one["requestor"]] == ["ada"]
    assert [one["who"]["display"] for one in by_itself["agent"] if one["requestor"]] == ["Back Pain CDS"]


@pytest.mark.parametrize("entry", entries.ENTRIES, ids=lambda one: type(one).__name__)
def test_exactly_one_agent_asked_for_it(entry: Entry) -> None:
    assert sum(one["requestor"] for one in event(entry)["agent"]) == 1


def test_a_reading_of_several_is_a_search_and_says_what_was_asked_for() -> None:
    told = event(entries.action("reading", detail={"what": "a search", "filter": {"subject": entries.SUBJECT, "kinds": ["decision"]}}))
    pairs = [(one["type"], one["valueString"]) for part in told["entity"] for one in part.get("detail", ())]
    assert (told["action"], told["subtype"][0]["code"], len(entity(told, "1"))) == ("E", "search-type", 1)
    assert {("what", "a search"), ("filter.kinds", "decision")} <= set(pairs)


def test_every_action_of_the_ledger_has_a_shape_of_its_own() -> None:
    assert set(audit_events.ACTIONS) == set(entries.ACTIONS)


def test_each_member_of_a_detail_is_told_with_its_name() -> None:
    told = event(entries.action("activation", actor="service", detail={"releases": [{"name": "a", "version": "1.0.0"}], "engine": "0.1.0"}))
    pairs = [(one["type"], one["valueString"]) for part in told["entity"] for one in part.get("detail", ())]
    assert {("releases.name", "a"), ("releases.version", "1.0.0"), ("engine", "0.1.0")} <= set(pairs)


def test_who_opened_an_explanation_by_its_address_is_nobody_known() -> None:
    told = event(
        entries.action("reading", actor="address", detail={"what": "an explanation by its address", "filter": {"decision": "d-1"}, "times": 2})
    )
    assert [one["who"].get("display") for one in told["agent"] if one["requestor"]] == ["whoever had the address of the explanation"]
    assert "profile" not in told["meta"]
