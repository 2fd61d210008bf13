"""One call of the hook: what is refused, which response counts, and what is said when there is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cds.foundation.errors import CdsError, DataMissing, LedgerUnavailable, NotFound, NotJson, NotProcessable, TooLarge, WrongShape
from cds.service import hook
from cds.values.record import RefusalRecord
from tests.service import entries, messages
from tests.service.conftest import Knee
from tests.service.messages import bundle, patient

SORE = "30989003"
SWOLLEN = "202381003"


def ask(knee: Knee, response: Any, *, app: Any = None, **prefetch: Any) -> list[dict[str, Any]]:
    """The cards for a call with this response and these further keys."""
    sent = {"patient": patient(), "response": response} | prefetch
    cards: list[dict[str, Any]] = hook.answer(app or knee.app, "sore-knee", messages.body(messages.hook(sent)))["cards"]
    return cards


def record(knee: Knee) -> Any:
    """The newest record of the ledger."""
    assert knee.app.ledger
    return entries.newest(knee.app).record


def refused(knee: Knee, kind: type[CdsError], message: Any, *, kept: tuple[str, ...] = ()) -> CdsError:
    """The error of a call; no decision was recorded, and refusals of these causes."""
    with pytest.raises(kind) as caught:
        hook.answer(knee.app, "sore-knee", message if isinstance(message, bytes) else messages.body(message))
    assert knee.app.ledger
    records = [one.entry for one in knee.app.ledger.records()]
    assert [one.cause for one in records if isinstance(one, RefusalRecord)] == list(kept)
    assert len(records) == len(kept)
    return caught.value


def test_discovery_offers_the_service_under_the_name_of_its_content(knee: Knee) -> None:
    (entry,) = hook.discovery(knee.app)["services"]
    assert (entry["id"], entry["hook"], entry["title"], entry["description"]) == (
        "sore-knee", "patient-view", "Sore knee", "Says how urgent a sore knee is.",
    )  # fmt: skip
    assert set(entry["prefetch"]) == {"patient", "response", "conditions", "temperature"}


def test_a_filled_in_form_becomes_cards_and_a_record(knee: Knee) -> None:
    (card,) = ask(knee, knee.response({"locked": "yes"}), conditions=None, temperature=None)
    assert card["summary"] == "Urgent: fits a warning sign, within 48 hours."
    assert [one["actions"][0]["resource"]["subject"] for one in card["suggestions"]] == [{"reference": "Patient/p-1"}] * 2
    kept = record(knee)
    assert kept.decision_id == card["extension"]["org.back-pain-cds.decision"]["decisionId"]
    assert (kept.channel, kept.hook_instance, kept.outcome) == ("hook:sore-knee", "8f8f4f3c-1111-4222-8333-444455556666", "cards")
    assert kept.assessment["cards"] == [card]


def test_a_service_that_is_not_offered_is_not_found(knee: Knee) -> None:
    with pytest.raises(NotFound, match="GET /cds-services"):
        hook.answer(knee.app, "low-back-pain", b"{}")


@pytest.mark.parametrize(
    ("message", "kind"), [(b"", NotJson), (b'{"a": NaN}', NotJson), (b"[]", WrongShape), (b"{}", WrongShape), (b" " * 20_000_000, TooLarge)]
)
def test_a_body_that_is_no_call_is_refused(knee: Knee, message: bytes, kind: type[CdsError]) -> None:
    refused(knee, kind, message)


@pytest.mark.parametrize("keys", [["patient"], ["response"], ["patient", "response"]])
def test_every_required_key_that_lacks_is_named_with_what_to_do(knee: Knee, keys: list[str]) -> None:
    sent = {key: value for key, value in {"patient": patient(), "response": None}.items() if key not in keys}
    error = refused(knee, DataMissing, messages.hook(sent))
    assert error.text == f"The prefetch lacks {', '.join(keys)}. Send it as discovery asks; of the response send null when there is none."
    assert [one.expression for one in error.diagnostics()] == [f"prefetch.{key}" for key in keys]


@pytest.mark.parametrize("sent", [None, {"resourceType": "OperationOutcome", "issue": []}, {}])
def test_without_the_patient_nothing_is_decided(knee: Knee, sent: Any) -> None:
    assert refused(knee, DataMissing, messages.hook({"patient": sent, "response": None})).expression == "prefetch.patient"


@pytest.mark.parametrize("sent", [patient(id="p-2"), {"resourceType": "Patient"}, {"resourceType": "Person", "id": "p-1"}])
def test_another_patient_is_refused_and_the_ledger_keeps_that_it_happened(knee: Knee, sent: Any) -> None:
    refused(knee, NotProcessable, messages.hook({"patient": sent, "response": None}), kept=("other patient",))
    assert knee.app.ledger
    (stored,) = knee.app.ledger.records()
    assert b"p-2" not in stored.body


def test_a_patient_mismatch_that_cannot_be_recorded_is_not_told_as_one(knee: Knee) -> None:
    assert knee.app.ledger
    knee.app.ledger.close()
    with pytest.raises(LedgerUnavailable):
        hook.answer(knee.app, "sore-knee", messages.body(messages.hook({"patient": patient(id="p-2"), "response": None})))


STU3: dict[str, Any] = {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": {"reference": "Questionnaire/1"}}


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("response", STU3),
        ("response", bundle(STU3)),
        ("patient", patient(animal={"species": {"text": "Dog"}})),
        ("patient", patient(careProvider=[])),
    ],
)
def test_what_an_answer_needs_in_another_version_of_fhir_is_refused_with_the_reason(knee: Knee, key: str, sent: Any) -> None:
    error = refused(knee, NotProcessable, messages.hook({"patient": patient(), "response": None} | {key: sent}))
    assert (error.expression, "FHIR R4" in error.text) == (f"prefetch.{key}", True)


ODD_USER = "context.userId: not a reference to a Practitioner, PractitionerRole, Patient or RelatedPerson."


@pytest.mark.parametrize(("instance", "user", "noted"), [
    ("8f8f4f3c-1111-4222-8333-444455556666", "Patient/1", ()),
    ("call 17", "PractitionerRole/e-Q.1", ("hookInstance: not a UUID.",)),
    ("8F8F4F3C-1111-4222-8333-444455556666", "17", (ODD_USER,)),
])  # fmt: skip
def test_what_is_odd_and_refuses_nothing_is_noted(knee: Knee, instance: str, user: str, noted: tuple[str, ...]) -> None:
    call = messages.hook({"patient": patient(), "response": None}, hookInstance=instance, context={"userId": user, "patientId": "p-1"})
    hook.answer(knee.app, "sore-knee", messages.body(call))
    assert record(knee).opened.noted == noted


def test_a_form_that_is_not_served_is_linked_to_by_no_card(knee: Knee) -> None:
    closed = replace(knee.app, settings=knee.app.settings.model_copy(update={"form_open": False}))
    (card,) = ask(knee, None, app=closed, conditions=bundle(messages.condition(SORE)))
    assert ["/form/" in link["url"] for link in card["links"]] == [False]


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_response_that_the_client_could_not_get_is_missing_and_never_none(knee: Knee, wrapped: bool) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": []}
    sent = bundle(outcome) if wrapped else outcome
    assert refused(knee, DataMissing, messages.hook({"patient": patient(), "response": sent})).expression == "prefetch.response"


@pytest.mark.parametrize("severity", ["warning", "error"])
def test_an_outcome_beside_the_response_refuses_no_warning_and_reassures_nobody(knee: Knee, severity: str) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "processing"}]}
    beside = {"entry": [{"resource": knee.response({"locked": "yes"})}, {"resource": outcome, "search": {"mode": "outcome"}}]}
    (urgent,) = ask(knee, knee.response({"locked": "yes"}))
    assert urgent["summary"] in [card["summary"] for card in ask(knee, bundle() | beside)]
    ask(knee, bundle(knee.response(), outcome))
    assert record(knee).assessment["triage"]["screen"] == "incomplete"
    ask(knee, bundle(knee.response()))
    assert record(knee).assessment["triage"]["screen"] == "complete"


FAILED: list[Any] = [
    {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]},
    bundle({"resourceType": "OperationOutcome", "issue": []}),
    {"resourceType": "Bundle", "link": [{"relation": "next", "url": "https://example.org"}]},
    {"resourceType": "Parameters"},
    {},
    [],
    "error",
    7,
]


@pytest.mark.parametrize("conditions", FAILED)
def test_without_a_response_and_with_a_record_that_could_not_be_looked_at_the_form_is_offered(knee: Knee, conditions: Any) -> None:
    (card,) = ask(knee, None, conditions=conditions)
    assert card["links"][0]["url"].endswith("/form/sore-knee")
    assert record(knee).assessment["notChecked"][0] == "conditions"
    assert ask(knee, None, temperature=conditions) == []


def test_a_key_that_nobody_sent_or_asked_for_is_no_failure(knee: Knee) -> None:
    assert ask(knee, None) == []
    assert "conditions" in record(knee).assessment["notChecked"]


@pytest.mark.parametrize("odd", [[], "error", 7, False, {}, [{"resourceType": "Condition"}]])
@pytest.mark.parametrize("key", ["conditions", "temperature", "theirs"])
def test_an_optional_key_or_one_that_is_not_ours_refuses_nothing_whatever_it_holds(knee: Knee, key: str, odd: Any) -> None:
    assert ask(knee, knee.response({"locked": "yes"}), **{key: odd})[0]["summary"] == ask(knee, knee.response({"locked": "yes"}))[0]["summary"]
    ask(knee, knee.response(), **{key: odd})
    told = record(knee).assessment
    assert (key in told["notChecked"], bool(told["problems"])) == (key != "theirs", key != "theirs")


def test_a_key_that_is_not_ours_tells_nothing_of_the_patient(knee: Knee) -> None:
    urn = "urn:uuid:22222222-2222-4222-8222-222222222222"
    theirs = {"resourceType": "Bundle", "entry": [{"fullUrl": urn, "resource": patient()}]}
    ask(knee, knee.response(), theirs=theirs, conditions=bundle(messages.condition(SWOLLEN, subject={"reference": urn})))
    assert record(knee).assessment["problems"] == ["conditions[0]: not of this patient; dropped."]


@pytest.mark.parametrize("nothing", [None, bundle()])
def test_without_a_response_the_form_is_offered_to_whom_has_the_complaint_on_record(knee: Knee, nothing: Any) -> None:
    (card,) = ask(knee, nothing, conditions=bundle(messages.condition(SORE)))
    assert card["summary"] == "A sore knee is on record. Offer the form."
    assert "http://127.0.0.1:8080/form/sore-knee" in [link["url"] for link in card["links"]]
    assert "suggestions" not in card
    assert record(knee).outcome == "no response: form offered"


@pytest.mark.parametrize("conditions", [None, bundle(), bundle(messages.condition(SWOLLEN))])
def test_without_a_response_and_without_the_complaint_there_is_no_card_and_a_record(knee: Knee, conditions: Any) -> None:
    assert ask(knee, None, conditions=conditions) == []
    assert (record(knee).outcome, record(knee).assessment["triage"]["screen"]) == ("no response and no trigger on record: no card", "incomplete")


OTHERS: list[dict[str, Any]] = [
    {"status": "entered-in-error"},
    {"subject": {"reference": "Patient/p-2"}},
    {"questionnaire": "https://example.org/fhir/Questionnaire/elbow|1.0.0"},
]
UNREADABLE: list[dict[str, Any]] = [
    {"subject": None},
    {"questionnaire": None},
    {"questionnaire": "https://example.org/fhir/Questionnaire/sore-knee|9.0.0"},
    {"resourceType": "Observation"},
]


@pytest.mark.parametrize("changes", OTHERS)
def test_a_response_that_is_not_this_one_counts_as_never_sent_and_is_recorded(knee: Knee, changes: dict[str, Any]) -> None:
    sent = bundle(knee.response({"locked": "yes"}, **changes))
    assert ask(knee, sent) == []
    assert len(record(knee).opened.skipped) == 1
    (card,) = ask(knee, sent, conditions=bundle(messages.condition(SORE)))
    assert "**Not used**" in card["detail"]


@pytest.mark.parametrize("changes", UNREADABLE)
def test_a_response_that_cannot_be_read_is_asked_again_whatever_is_on_record(knee: Knee, changes: dict[str, Any]) -> None:
    (card,) = ask(knee, bundle(knee.response({"locked": "yes"}, **changes)))
    assert "**Not used**" in card["detail"]
    assert card["links"][0]["url"].endswith("/form/sore-knee")
    assert len(record(knee).opened.skipped) == 1


def at(hours: float) -> str:
    """So many hours before the decision."""
    return (messages.AT - timedelta(hours=hours)).isoformat()


def test_the_newest_response_counts_in_whatever_order_they_were_sent(knee: Knee) -> None:
    old, new = knee.response({"locked": "yes"}, authored=at(5)), knee.response(authored=at(1), id="r-2")
    for sent in ([old, new], [new, old]):
        assert ask(knee, bundle(*sent))[0]["summary"].startswith("Self-care")


def test_the_newest_response_counts_even_if_it_is_unfinished(knee: Knee) -> None:
    finished = knee.response(authored=at(5))
    unfinished = knee.response({"days": None}, authored=at(1), id="r-2", status="in-progress")
    assert ask(knee, bundle(finished, unfinished))[0]["summary"] == "0 questions are open."
    assert record(knee).assessment["triage"]["screen"] == "incomplete"


def test_a_newer_response_in_error_gives_way_to_the_one_before_and_is_told(knee: Knee) -> None:
    wrong = knee.response({"locked": "yes"}, authored=at(1), id="r-2", status="entered-in-error")
    assert ask(knee, bundle(wrong, knee.response(authored=at(5))))[0]["summary"].startswith("Self-care")
    assert record(knee).opened.skipped == tuple(record(knee).assessment["problems"]) != ()


DOUBTS: list[dict[str, Any]] = [
    {},
    {"authored": None},
    {"authored": "2031-01-01T00:00:00Z"},
    {"authored": at(1), "questionnaire": None},
    {"authored": at(9), "subject": None},
]


@pytest.mark.parametrize("changes", DOUBTS)
@pytest.mark.parametrize(("locked", "swelling", "urgency"), [("no", "no", "routine"), ("yes", "no", "urgent")])
def test_beside_another_that_may_be_the_newest_a_response_warns_and_does_not_reassure(
    knee: Knee, changes: dict[str, Any], locked: str, swelling: str, urgency: str
) -> None:
    used = knee.response({"locked": locked, "swelling": swelling}, authored=at(2), status="completed")
    other = knee.response({"locked": locked}, **{"authored": at(2), "id": "r-0", **changes})
    ask(knee, bundle(other, used))
    triage = record(knee).assessment["triage"]
    assert (triage["urgency"], triage["screen"]) == (urgency, "incomplete")
    assert len(record(knee).opened.skipped) == 1
    ask(knee, bundle(used))
    assert record(knee).assessment["triage"]["screen"] == "complete"


def test_an_answer_beside_one_that_cannot_be_read_leaves_the_screen_incomplete(knee: Knee) -> None:
    ask(knee, knee.response({"swelling": ["old", "unsure"]}))
    assert record(knee).assessment["triage"]["screen"] == "incomplete"


def test_an_onset_in_the_future_is_told_and_the_days_are_used(knee: Knee) -> None:
    ask(knee, knee.response({"onset": "2030-07-01"}))
    assert record(knee).assessment["duration"]["days"] == 3
    assert record(knee).assessment["problems"] == ["onset: in the future; counted as unknown."]


def test_unsure_skipped_and_absent_answers_are_unknown(knee: Knee) -> None:
    ask(knee, knee.response({"locked": "unsure", "swelling": None, "doping": "skip"}))
    assert {"locked", "swelling", "doping"} <= set(record(knee).assessment["unknown"])


def test_answers_reassure_as_long_as_the_content_says(knee: Knee) -> None:
    fresh, stale = knee.response(authored=at(48)), knee.response(authored=at(48.001))
    assert ask(knee, fresh)[0]["summary"].startswith("Self-care")
    assert ask(knee, stale)[0]["summary"] == "2 questions are open."


def test_a_no_against_a_yes_on_record_is_a_yes_and_both_are_shown(knee: Knee) -> None:
    hot: dict[str, Any] = {
        "resourceType": "Observation",
        "id": "o-1",
        "status": "final",
        "subject": {"reference": "Patient/p-1"},
        "effectiveDateTime": at(2),
    }
    hot["code"] = {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}
    hot["valueQuantity"] = {"value": 39.5, "system": messages.UCUM, "code": "Cel"}
    (card,) = ask(knee, knee.response(), conditions=bundle(messages.condition(SWOLLEN)), temperature=bundle(hot))
    assert card["summary"] == "Emergency: hot swollen knee."
    assert record(knee).assessment["conflicts"] == [{"name": "swelling", "questionnaire": "no", "ehr": "yes"}]


@pytest.mark.parametrize("key", ["patient", "response"])
def test_a_bad_entry_of_the_record_does_not_break_the_hook(knee: Knee, key: str) -> None:
    odd: Any = {"resourceType": "Bundle", "entry": [None, 5, {"resource": []}, {"resource": {"resourceType": "Condition", "code": "x"}}]}
    assert ask(knee, knee.response(), conditions=odd, temperature=odd, **{f"more-{key}": odd})[0]["summary"].startswith("Self-care")


def test_a_decision_that_cannot_be_recorded_is_not_given(knee: Knee) -> None:
    assert knee.app.ledger
    knee.app.ledger.close()
    with pytest.raises(LedgerUnavailable):
        ask(knee, knee.response())


def test_the_same_call_at_the_same_instant_gives_the_same_answer_but_for_its_ids(knee: Knee) -> None:
    first, second = ask(knee, knee.response()), ask(knee, knee.response())
    assert [card["detail"] for card in first] == [card["detail"] for card in second]
    assert {card["uuid"] for card in first}.isdisjoint(card["uuid"] for card in second)


def test_the_instant_is_that_of_the_clock(knee: Knee) -> None:
    later = knee.at(datetime(2030, 6, 20, 12, tzinfo=UTC))
    assert ask(knee, knee.response(), app=later)[0]["summary"] == "2 questions are open."
    assert record(knee).decided_at == "2030-06-20T12:00:00.000Z"
