"""Which response a hook uses."""

from typing import Any

import pytest

from cds.fhir import concepts, limits, references, responses
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
    assert select(bundle(old, new)) == select(bundle(new, old)) == ("new", ())
    assert select(bundle(old, new, undated))[0] == select(bundle(undated, new, old))[0] == "new"


def test_a_date_in_the_future_does_not_make_a_response_the_newest() -> None:
    now = response(id="now", authored="2026-03-09T23:00:00Z")
    wrong = response(id="wrong", authored="2031-01-01T00:00:00Z")
    assert select(bundle(wrong, now))[0] == "now"


def test_an_unfinished_response_is_used_when_it_is_the_newest() -> None:
    assert select(bundle(response(id="old", authored="2026-01-01"), response(id="new", status="in-progress")))[0] == "new"


def test_of_two_from_one_instant_the_unfinished_one_is_used() -> None:
    pair = (response(id="b"), response(id="a", status="in-progress"))
    assert select(bundle(*pair))[0] == select(bundle(*reversed(pair)))[0] == "a"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "as new"),
        ({"authored": "2026-03-10T10:00:00+02:00"}, "as new"),
        ({"authored": "2026-03-10T08:00:00Z", "meta": {"lastUpdated": "2026-03-01T00:00:00Z"}}, "as new"),
        ({"authored": "2026-03-10"}, "as new"),
        ({"authored": None}, "age"),
        ({"authored": "2026-03"}, "age"),
        ({"authored": "2026-03-10T07:00:00"}, "age"),
        ({"authored": CANARY}, "age"),
        ({"authored": "2031-01-01T00:00:00Z"}, "age"),
        ({"authored": None, "questionnaire": None}, "questionnaire"),
        ({"authored": "2026-03-09", "subject": None}, "subject"),
        ({"resourceType": "Parameters"}, "not a QuestionnaireResponse"),
    ],
)
def test_another_response_that_may_be_the_newest_is_told_and_leaves_the_selection_doubtful(changed: dict[str, Any], reason: str) -> None:
    chosen = response(id="chosen", status="in-progress", meta={"lastUpdated": "2026-03-10T09:00:00Z"})
    other = response(id="a", **changed)
    for sent in (bundle(chosen, other), bundle(other, chosen)):
        found = selection(sent)
        assert (concepts.mapping(found.response).get("id"), found.doubtful, len(found.skipped)) == ("chosen", True, 1)
        assert reason in found.skipped[0] and CANARY not in found.skipped[0]


@pytest.mark.parametrize("authored", ["2026-03-10T07:59:59Z", "2026-03-09", "2020-01-01"])
def test_an_older_response_leaves_no_doubt_and_no_word(authored: str) -> None:
    assert selection(bundle(response(), response(id="r2", authored=authored))) == responses.Selection(response())


def test_of_two_whose_age_cannot_be_told_one_is_used_and_the_other_is_told() -> None:
    found = selection(bundle(response(authored=None), response(id="r2", authored="2031-01-01T00:00:00Z")))
    assert found.response and found.doubtful
    assert len(found.skipped) == 1


def test_one_response_alone_leaves_no_doubt_whatever_its_age() -> None:
    assert not selection(response(authored=None)).doubtful


def test_what_is_skipped_is_told_up_to_a_bound() -> None:
    found = selection(bundle(*[response(questionnaire=None)] * (limits.MAX_PROBLEMS + 7)))
    assert len(found.skipped) == limits.MAX_PROBLEMS + 1
    assert found.skipped[-1] == "7 more faults are not listed."


TICK = samples.coded("yes")


@pytest.mark.parametrize(
    ("item", "read"),
    [
        ([samples.item("fever", TICK)] * limits.MAX_ITEMS, True),
        ([samples.item("fever", TICK)] * (limits.MAX_ITEMS + 1), False),
        ([samples.item("fever", *[TICK] * limits.MAX_ANSWERS)], True),
        ([samples.item("fever", *[TICK] * limits.MAX_ANSWERS), samples.item("fever", TICK)], False),
    ],
    ids=["items", "too-many-items", "answers", "too-many-answers"],
)
def test_a_response_of_more_items_or_answers_than_are_read_counts_as_unreadable(item: list[dict[str, Any]], read: bool) -> None:
    found = selection(response(item=item))
    assert (found.response is not None, found.doubtful) == (read, not read)


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
    ("changed", "doubtful"),
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
def test_only_settled_reasons_make_a_response_count_as_never_sent(changed: dict[str, Any], doubtful: bool) -> None:
    found = selection(bundle(response(**changed)))
    assert (found.response, found.doubtful) == (None, doubtful)


def test_further_pages_are_told() -> None:
    paged = bundle(response()) | {"link": [{"relation": "self", "url": "x"}, {"relation": "next", "url": "y"}]}
    assert select(paged) == ("r1", ("response: further pages were not read.",))
    assert not selection(paged).doubtful


@pytest.mark.parametrize("more", [{"total": 2}, {"link": {"relation": "self"}}, {"link": ["next"]}])
def test_what_was_found_and_not_sent_is_told_like_a_further_page(more: dict[str, Any]) -> None:
    assert select(bundle(response()) | more) == ("r1", ("response: further pages were not read.",))
    assert selection(bundle() | more).doubtful


def test_further_pages_leave_a_doubt_when_this_one_has_nothing_to_use() -> None:
    assert selection(bundle(link=[{"relation": "next", "url": "y"}])).doubtful


def informs(*more: str) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "informational"} for severity in ("information", *more)]}


@pytest.mark.parametrize("others", [[], [response()]])
def test_an_outcome_that_only_informs_is_passed_over_and_told(others: list[dict[str, Any]]) -> None:
    found = selection(bundle(informs(), *others))
    assert (found.response is not None, found.doubtful) == (bool(others), False)
    assert found.skipped == ("response[0]: an OperationOutcome that only informs; skipped.",)


@pytest.mark.parametrize("outcome", [informs("warning"), informs("fatal"), informs("success"), samples.OUTCOME])
def test_a_response_beside_an_outcome_that_may_mean_a_failure_is_used_and_leaves_a_doubt(outcome: dict[str, Any]) -> None:
    entries = [{"resource": outcome, "search": {"mode": "outcome"}}, {"resource": response()}]
    for order in (entries, entries[::-1]):
        found = selection(bundle() | {"entry": order})
        assert (found.response, found.doubtful) == (response(), True)
        assert len(found.skipped) == 1
        assert found.skipped[0].endswith(": an OperationOutcome that tells of more than information; skipped.")


NOTHING_USABLE = [informs(), samples.OUTCOME, *(bundle(informs(severity)) for severity in ("warning", "fatal", "success"))]


@pytest.mark.parametrize("sent", [*NOTHING_USABLE, bundle(response(subject={"reference": "Patient/other"}), informs("warning"))])
def test_an_outcome_with_nothing_to_use_beside_it_means_that_the_data_are_missing(sent: object) -> None:
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


def test_the_same_response_sent_twice_leaves_no_doubt() -> None:
    found = selection(bundle(response(), response()))
    assert (found.response == response(), found.skipped, found.doubtful) == (True, (), False)


MODIFIER = [{"url": "https://example.org/turned", "valueBoolean": True}]
MODIFIED = [{"modifierExtension": MODIFIER}, {"implicitRules": "https://example.org/rules"}, {"_implicitRules": {"extension": []}}]


@pytest.mark.parametrize("changed", MODIFIED)
def test_a_response_with_a_modifier_is_not_used_and_not_forgotten(changed: dict[str, Any]) -> None:
    found = selection(bundle(response(), response(id="turned", authored="2026-03-01", **changed)))
    assert (concepts.mapping(found.response).get("id"), found.doubtful) == ("r1", True)
    assert found.skipped == ("response[1]: with a modifier that is not understood; skipped.",)
    alone = selection(response(**changed))
    assert (alone.response, alone.doubtful) == (None, True)


def test_a_modifier_of_a_bundle_or_of_an_entry_holds_for_the_response_in_it() -> None:
    whole = selection(bundle(response(), implicitRules="https://example.org/rules"))
    assert (whole.response, whole.doubtful) == (None, True)
    entries = [{"resource": response(), "modifierExtension": MODIFIER}, {"resource": response(id="other", status="entered-in-error")}]
    assert selection({"resourceType": "Bundle", "entry": entries}) == responses.Selection(
        None, ("response[0]: with a modifier that is not understood; skipped.", "response[1]: entered in error; skipped."), True
    )


def test_a_contained_patient_may_be_this_one_so_that_the_response_is_not_forgotten() -> None:
    found = selection(response(subject={"reference": "#p"}, contained=[{"resourceType": "Patient", "id": "p"}]))
    assert (found.response, found.doubtful, len(found.skipped)) == (None, True, 1)
