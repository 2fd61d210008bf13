"""No answer with a decision leaves without the ledger's word: it is stopped, and counted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.foundation.errors import LedgerUnavailable
from cds.service import application, deciding, evaluate, hook
from cds.service.leaving import Leaving
from tests.audit import samples
from tests.service import entries, messages
from tests.service.conftest import Knee


def stopped(leaving: Leaving, *decisions: str) -> None:
    """The answer of these decisions does not leave, and is the first that is counted."""
    with pytest.raises(LedgerUnavailable):
        leaving.leave(decisions)
    assert leaving.unaudited == 1


def test_what_the_ledger_acknowledged_may_leave(knee: Knee) -> None:
    cards = evaluate.submit(knee.app, messages.body(knee.response()))["cards"]
    knee.app.leaving.leave({card["extension"]["org.back-pain-cds.decision"]["decisionId"] for card in cards})
    assert knee.app.leaving.unaudited == 0


def test_an_answer_without_cards_needs_a_record_too(knee: Knee) -> None:
    assert evaluate.submit(knee.app, messages.body(knee.response({"knee-sore": "no"})))["cards"] == []
    knee.app.leaving.leave(())
    assert knee.app.leaving.unaudited == 0
    stopped(knee.app.leaving)


def test_what_was_acknowledged_for_one_request_lets_no_other_leave(knee: Knee) -> None:
    evaluate.submit(knee.app, messages.body(knee.response()))
    knee.app.leaving.begin()
    stopped(knee.app.leaving)


def test_one_decision_that_was_recorded_lets_no_other_leave_beside_it(knee: Knee) -> None:
    (card, *_) = evaluate.submit(knee.app, messages.body(knee.response()))["cards"]
    stopped(knee.app.leaving, card["extension"]["org.back-pain-cds.decision"]["decisionId"], "another")


def test_a_decision_that_another_thread_recorded_lets_nothing_of_this_one_leave(knee: Knee) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(evaluate.submit, knee.app, messages.body(knee.response())).result()
    stopped(knee.app.leaving)


def test_a_record_that_the_ledger_refused_acknowledges_nothing(knee: Knee) -> None:
    leaving, ledger = Leaving(), knee.app.require_ledger()
    ledger.close()
    with pytest.raises(LedgerUnavailable):
        leaving.keep(ledger, samples.record())
    stopped(leaving, "decision-1")


def test_the_count_is_part_of_what_readiness_tells(knee: Knee) -> None:
    stopped(knee.app.leaving, "nobody")
    assert application.readiness(knee.app)["checks"]["audit"]["unauditedAnswers"] == 1


# What the record says of the call.


def test_a_hook_call_is_recorded_with_its_instants_its_hook_its_user_and_its_trace(knee: Knee) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    call = messages.hook({"patient": messages.patient(), "response": knee.response()})
    hook.answer(knee.app, "sore-knee", messages.body(call), trace)
    kept = entries.newest(knee.app).record
    assert (kept.hook, kept.trace, kept.received_at, kept.decided_at) == (
        "patient-view",
        trace,
        "2030-06-15T12:00:00.000Z",
        "2030-06-15T12:00:00.000Z",
    )
    assert (kept.logic.selected, kept.opened.patient, kept.opened.user) == ("in force", "Patient/p-1", call["context"]["userId"])
    assert kept.opened.orders == {}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", ""),
        ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more", ""),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", ""),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", ""),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01", ""),
        ("Mrs Miller", ""),
        ("", ""),
    ],
)
def test_a_trace_is_kept_only_where_it_is_one(sent: str, kept: str) -> None:
    assert deciding.received(messages.AT, "evaluate", b"", sent).trace == kept


@pytest.mark.parametrize(
    ("reference", "kept"),
    [
        ("7", "Patient/7"),
        ("Patient/7", "Patient/7"),
        ("Patient/7/_history/2", "Patient/7"),
        ("https://ehr.example.org/fhir/Patient/7", "Patient/7"),
        ("urn:uuid:0f0f4f3c-1111-4222-8333-444455556666", "urn:uuid:0f0f4f3c-1111-4222-8333-444455556666"),
        ("#p", ""),
        ("Patient?identifier=1", ""),
        ("https://ehr.example.org/mrn|a/Patient/7", ""),
        ("", ""),
    ],
)
def test_one_patient_has_one_name_however_a_client_writes_it(reference: str, kept: str) -> None:
    assert deciding.patient_named(reference) == kept


PART = st.text(st.sampled_from("a|\\"), min_size=1)


@given(st.tuples(PART, PART), st.tuples(PART, PART))
def test_two_identifiers_have_one_name_only_where_they_are_one(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (deciding.patient_identified(*one) == deciding.patient_identified(*other)) == (one == other)


def test_an_identifier_whose_system_has_nothing_to_escape_is_named_as_ever() -> None:
    assert deciding.patient_identified("https://ehr.example.org/mrn", r"1\|7") == r"https://ehr.example.org/mrn|1\|7"
    assert (deciding.patient_identified("", "17"), deciding.patient_identified("urn:oid:1.2", "")) == ("", "")


def test_a_subject_named_by_identifier_alone_is_known_by_that(knee: Knee) -> None:
    response = knee.response()
    response["subject"] = {"identifier": {"system": "https://ehr.example.org/mrn", "value": "17"}}
    evaluate.submit(knee.app, messages.body(response))
    assert entries.newest(knee.app).record.opened.patient == "https://ehr.example.org/mrn|17"


def test_the_reason_stands_in_the_record_where_there_is_no_card(knee: Knee) -> None:
    evaluate.submit(knee.app, messages.body(knee.response({"knee-sore": "no"})))
    kept = entries.newest(knee.app).record
    assert (kept.cards, kept.outcome) == ((), "nothing to say: no card")
