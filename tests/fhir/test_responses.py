"""Which response a hook uses."""

from typing import Any

import pytest

from cds.fhir import references, responses
from cds.fhir.references import Subject
from cds.foundation.errors import DataMissing, NotProcessable
from tests.fhir import samples
from tests.fhir.samples import CANARY, PATIENT, URL, bundle, response

WHO = Subject(PATIENT, frozenset({"urn:uuid:11111111-1111-1111-1111-111111111111"}))


def select(sent: object) -> tuple[str | None, tuple[str, ...]]:
    found = selection(sent)
    return (found.response or {}).get("id"), found.skipped


def selection(sent: object) -> responses.Selection:
    return responses.select(sent, subject=WHO, canonical=URL, versions=("1.0.0",), latest=samples.AT)


def test_null_and_an_empty_bundle_hold_no_response() -> None:
    assert select(None) == (None, ())
    assert select(bundle()) == (None, ())


def test_a_bare_response_is_used() -> None:
    assert select(response()) == ("r1", ())


def test_the_newest_is_used_whatever_the_order() -> None:
    old = response(id="old", authored="2026-03-09T23:00:00Z")
    new = response(id="new", authored="2026-03-09T23:30:00-02:00")
    undated = response(id="undated", authored=None)
    assert select(bundle(old, new, undated)) == select(bundle(undated, new, old)) == ("new", ())


def test_a_date_in_the_future_does_not_make_a_response_the_newest() -> None:
    now = response(id="now", authored="2026-03-09T23:00:00Z")
    wrong = response(id="wrong", authored="2031-01-01T00:00:00Z")
    assert select(bundle(wrong, now)) == ("now", ())


def test_an_unfinished_response_is_used_when_it_is_the_newest() -> None:
    assert select(bundle(response(id="old", authored="2026-01-01"), response(id="new", status="in-progress")))[0] == "new"


def test_of_two_from_one_instant_the_unfinished_one_is_used() -> None:
    pair = (response(id="b"), response(id="a", status="in-progress"))
    assert select(bundle(*pair))[0] == select(bundle(*reversed(pair)))[0] == "a"


@pytest.mark.parametrize(
    "reference",
    ["Patient/p1", "p1", "https://ehr.example.org/fhir/Patient/p1", "Patient/p1/_history/3", "urn:uuid:11111111-1111-1111-1111-111111111111"],
)
def test_a_reference_to_the_patient_in_any_form_is_this_patient(reference: str) -> None:
    assert select(response(subject={"reference": reference})) == ("r1", ())


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"subject": {"reference": f"Patient/{CANARY}"}}, "subject"),
        ({"subject": {"reference": "Group/p1"}}, "subject"),
        ({"subject": {"identifier": {"value": PATIENT}}}, "subject"),
        ({"subject": {"reference": {"reference": PATIENT}}}, "subject"),
        ({"subject": None}, "subject"),
        ({"questionnaire": f"https://example.org/{CANARY}"}, "questionnaire"),
        ({"questionnaire": None}, "questionnaire"),
        ({"questionnaire": [URL]}, "questionnaire"),
        ({"questionnaire": f"{URL}|{CANARY}"}, "version"),
        ({"status": "entered-in-error"}, "error"),
        ({"resourceType": "Patient"}, "not a QuestionnaireResponse"),
        ({"resourceType": None}, "not a QuestionnaireResponse"),
    ],
)
def test_another_response_is_skipped_and_told_without_its_values(changed: dict[str, Any], reason: str) -> None:
    good = response(id="good", authored="2020-01-01")
    chosen, skipped = select(bundle(response(**changed), good))
    assert (chosen, len(skipped)) == ("good", 1)
    assert skipped[0].startswith("response[0]: ") and reason in skipped[0]
    assert CANARY not in skipped[0]


def test_a_canonical_without_a_version_is_this_questionnaire() -> None:
    assert select(response(questionnaire=URL)) == ("r1", ())


@pytest.mark.parametrize("rubbish", [None, 5, "x", [], {}, {"resource": 5}, {"resource": None}])
def test_rubbish_in_a_bundle_is_skipped(rubbish: object) -> None:
    sent = {"resourceType": "Bundle", "entry": [rubbish, {"resource": response()}]}
    assert select(sent) == ("r1", ("response[0]: not a QuestionnaireResponse; skipped.",))


@pytest.mark.parametrize("sent", ["x", 5, [], {}, {"resourceType": "Bundle", "entry": "x"}])
def test_what_is_no_response_and_no_bundle_is_not_read_as_none(sent: object) -> None:
    with pytest.raises(DataMissing, match="neither a QuestionnaireResponse nor a Bundle"):
        select(sent)


@pytest.mark.parametrize(
    ("changed", "unreadable"),
    [
        ({"status": "entered-in-error"}, False),
        ({"questionnaire": "https://example.org/other"}, False),
        ({"subject": {"reference": "Patient/other"}}, False),
        ({"questionnaire": None}, True),
        ({"questionnaire": f"{URL}|9.9"}, True),
        ({"subject": {"identifier": {"value": PATIENT}}}, True),
        ({"resourceType": "Patient"}, True),
    ],
)
def test_only_settled_reasons_make_a_response_count_as_never_sent(changed: dict[str, Any], unreadable: bool) -> None:
    found = selection(bundle(response(**changed)))
    assert (found.response, found.unreadable) == (None, unreadable)


def test_further_pages_are_told() -> None:
    paged = bundle(response()) | {"link": [{"relation": "self", "url": "x"}, {"relation": "next", "url": "y"}]}
    assert select(paged) == ("r1", ("response: further pages were not read.",))


@pytest.mark.parametrize("sent", [samples.OUTCOME, bundle(response(), samples.OUTCOME)])
def test_an_operation_outcome_means_that_the_data_are_missing(sent: object) -> None:
    with pytest.raises(DataMissing) as caught:
        select(sent)
    assert caught.value.expression == "prefetch.response"


def test_a_submission_is_a_response_alone_or_in_a_bundle() -> None:
    assert responses.submitted(response())["id"] == "r1"
    assert responses.submitted(bundle({"resourceType": "Patient", "id": PATIENT}, response()))["id"] == "r1"


@pytest.mark.parametrize("sent", [bundle(), bundle(response(), response()), {"resourceType": "Patient"}, {}])
def test_a_submission_without_exactly_one_response_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(NotProcessable):
        responses.submitted(sent)


def test_the_patient_of_a_bundle_is_known_by_its_full_url() -> None:
    entry = {"fullUrl": "urn:uuid:22222222-2222-2222-2222-222222222222", "resource": {"resourceType": "Patient", "id": "p9"}}
    sent = {"resourceType": "Bundle", "entry": [entry]}
    for named in ("p9", "Patient/p9", "", entry["fullUrl"]):
        who = references.subject(str(named), sent)
        assert who.id == "p9"
        assert who.owns({"reference": entry["fullUrl"]})
        assert who.owns({"reference": "Patient/p9"})
        assert not who.owns({"reference": "Patient/p1"})


def test_without_a_patient_named_two_patients_are_nobody() -> None:
    who = references.subject("", bundle({"resourceType": "Patient", "id": "a"}, {"resourceType": "Patient", "id": "b"}))
    assert not who.owns({"reference": "Patient/a"})
    assert not who.owns({"reference": "Patient/"})
