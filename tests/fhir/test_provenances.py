"""A decision as a Provenance: valid, by pseudonym, with the sources only where it was opened, and with the way back to the ledger."""

import json
from typing import Any

import pytest

from cds.fhir import audit_codes, provenances
from cds.fhir.validation import models
from cds.values.record import AuditRecord
from tests.fhir import entries, oracle

DECISIONS = [one for one in entries.ENTRIES if isinstance(one, AuditRecord)]


def told(record: AuditRecord, *, opened: bool = True) -> dict[str, Any]:
    return provenances.provenance(record, entries.POSITION, address=entries.ADDRESS, opened=opened)


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("record", DECISIONS)
def test_every_provenance_is_valid_by_our_validation_by_the_models_and_by_the_json_schema(record: AuditRecord, opened: bool) -> None:
    found = told(record, opened=opened)
    assert models.problems(found, "Provenance") == []
    oracle.model(found)
    assert oracle.problems(found) == []


def test_the_json_schema_refuses_a_provenance_that_is_none() -> None:
    wrongs: list[dict[str, Any]] = [{"target": None}, {"agent": [{}]}, {"entity": [{"role": "cause", "what": {"display": "x"}}]}]
    for wrong in wrongs:
        assert oracle.problems(told(entries.decision()) | wrong) != []


def test_the_answer_and_each_proposal_have_their_identifiers() -> None:
    found = told(entries.decision(private=entries.private()))["target"]
    assert [(one["type"], one["identifier"]["value"]) for one in found] == [
        ("GuidanceResponse", f"urn:uuid:{entries.DECISION}"),
        ("ServiceRequest", f"urn:uuid:{entries.OFFER}"),
    ]


def test_a_resource_that_gave_several_facts_is_a_source_once_and_only_where_it_is_opened() -> None:
    record = entries.decision(private=entries.private())
    for opened, wanted in ((True, ["Observation/o-1"]), (False, [])):
        sources = [one["what"].get("reference") for one in told(record, opened=opened)["entity"] if one["role"] == "source"]
        assert [one for one in sources if one] == wanted


def test_what_is_not_opened_is_told_as_what_was_erased() -> None:
    assert told(entries.decision(private=entries.private()), opened=False) == told(entries.decision(), opened=True)


def test_the_patient_is_a_pseudonym() -> None:
    found = told(entries.decision(private=entries.private()))
    assert entries.CANARY not in json.dumps(found)
    assert audit_codes.patient(entries.SUBJECT) in [one["what"] for one in found["entity"]]


def test_the_release_is_the_policy_and_what_it_derives_from_by_an_address_that_can_be_read() -> None:
    found = told(entries.decision())
    address = "https://cds.example.org/fhir/Library/low-back-pain/_history/1.0.0"
    (logic,) = [one["what"] for one in found["entity"] if one["role"] == "derivation"]
    assert (found["policy"], logic["reference"], logic["identifier"]["value"]) == ([address], address, "sha256:" + "cd" * 32)


def test_the_software_put_it_together_and_the_client_gave_what_it_is_made_of() -> None:
    agents = {one["type"]["coding"][0]["code"]: one["who"] for one in told(entries.decision())["agent"]}
    assert agents["assembler"]["display"] == "Back Pain CDS 0.1.0"
    assert agents["informant"]["identifier"]["value"] == "spec|north"


def test_a_reader_finds_the_way_back_to_the_ledger() -> None:
    found = told(entries.decision())
    assert (found["id"], found["entity"][-1]["what"]["identifier"]["value"]) == ("17", "log-1#17")
    assert found["entity"][-1]["what"]["display"] == f"leaf {'ab' * 32}"
