"""$populate of a released form: which form, for whom, from what; and what the answer may be used for."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from cds.facts import Facts, merge
from cds.fhir import answers, items, record
from cds.foundation.errors import CdsError, NotFound, NotProcessable, WrongShape
from cds.service import populate, questionnaires, validate
from cds.service.application import Application
from tests.fhir import oracle
from tests.service import messages
from tests.service.conftest import Knee
from tests.service.messages import AT, CANARY, bundle, condition, patient

SWOLLEN = "202381003"
URN = "urn:uuid:0b0e7d6a-64d1-4b0b-9d3c-2f6f5b2b9d11"
RECORD = bundle(patient(), condition(SWOLLEN))
SUBJECT = {"name": "subject", "valueReference": {"reference": "Patient/p-1"}}


def parameters(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(parts)}


def context(*contents: dict[str, Any], name: str = "patient") -> dict[str, Any]:
    named = {"name": "name", "valueString": name}
    return {"name": "context", "part": [named, *({"name": "content", "resource": one} for one in contents)]}


def named(knee: Knee, **value: Any) -> dict[str, Any]:
    return {"name": "questionnaire"} | (value or {"valueCanonical": f"{knee.form['url']}|{knee.form['version']}"})


def asked(knee: Knee, body: Any, name: str = "") -> dict[str, Any]:
    """The parameters of the answer by name; nothing was recorded, and nothing that the caller made up is repeated."""
    made = populate.populate(knee.app, messages.body(body), name)
    assert knee.app.ledger
    assert list(knee.app.ledger.records()) == []
    assert CANARY not in str(made)
    assert made["resourceType"] == "Parameters"
    return {one["name"]: one["resource"] for one in made["parameter"]}


def values(made: Mapping[str, Any]) -> dict[str, Any]:
    found = items.collect(made["response"]).values()
    return {link_id: one.get("code") if isinstance(one, dict) else one for link_id, (one,) in found.items()}


def told(made: Mapping[str, Any]) -> str:
    return " ".join(issue["diagnostics"] for issue in made["issues"]["issue"])


def refused(knee: Knee, body: Any, name: str = "", kind: type[CdsError] = NotProcessable) -> list[str]:
    with pytest.raises(kind) as caught:
        asked(knee, body, name)
    assert CANARY not in str(caught.value.diagnostics())
    return [one.code for one in caught.value.diagnostics()]


FILLED = {"age": 35, "sex": "female", "swelling": "yes"}


def test_parameters_of_sdc_are_understood(knee: Knee) -> None:
    made = asked(knee, parameters(named(knee), SUBJECT, context(RECORD)))
    assert values(made) == FILLED
    assert made["response"]["subject"] == {"reference": "Patient/p-1"}
    assert made["issues"]["resourceType"] == "OperationOutcome"


def test_a_questionnaire_is_named_in_every_way_of_sdc(knee: Knee) -> None:
    url = knee.form["url"]
    ways = (
        {"name": "questionnaire", "valueUri": url},
        {"name": "canonical", "valueUri": f"{url}|{knee.form['version']}"},
        {"name": "questionnaireRef", "valueReference": {"reference": f"Questionnaire/{knee.form['id']}"}},
        {"name": "questionnaire", "resource": knee.form},
    )
    for way in ways:
        assert values(asked(knee, parameters(way, SUBJECT, context(RECORD)))) == FILLED


def test_a_questionnaire_that_is_sent_is_not_read_and_it_is_told(knee: Knee) -> None:
    changed = {**knee.form, "item": []}
    made = asked(knee, parameters(named(knee, resource=changed), SUBJECT, context(RECORD)))
    assert values(made) == FILLED
    assert populate.WHOLE in told(made)


def test_the_address_may_name_the_questionnaire_and_a_bundle_be_all(knee: Knee) -> None:
    assert values(asked(knee, RECORD, knee.form["id"])) == FILLED
    assert refused(knee, RECORD, CANARY, NotFound) == ["not-found"]


def test_an_address_and_a_parameter_that_name_two_forms_are_refused(knee: Knee) -> None:
    identity, url = knee.form["id"], knee.form["url"]
    for same in (url, f"{url}|{knee.form['version']}"):
        assert values(asked(knee, parameters(named(knee, valueCanonical=same), SUBJECT, context(RECORD)), identity)) == FILLED
    for other in (f"https://example.org/{CANARY}", f"{url}|{CANARY}"):
        assert refused(knee, parameters(named(knee, valueCanonical=other), SUBJECT, context(RECORD)), identity) == ["not-supported"]


def test_content_comes_in_one_bundle_or_resource_by_resource(knee: Knee) -> None:
    one_by_one = parameters(named(knee), SUBJECT, context(patient()), context(condition(SWOLLEN), name=CANARY))
    assert values(asked(knee, one_by_one)) == FILLED
    older = parameters(named(knee), SUBJECT, {"name": "content", "resource": RECORD}, {"name": CANARY, "valueString": CANARY})
    made = asked(knee, older)
    assert values(made) == FILLED
    assert "A parameter that $populate does not have was left out." in told(made)


def test_content_that_must_be_fetched_is_told_as_not_used(knee: Knee) -> None:
    pointing = {"name": "content", "valueReference": {"reference": f"Patient/{CANARY}"}}
    made = asked(knee, parameters(named(knee), SUBJECT, {"name": "context", "part": [pointing]}, {"name": "local", "valueBoolean": True}))
    assert values(made) == {}
    assert "is not fetched" in told(made) and "No record is held here" in told(made)


def test_the_person_at_the_screen_is_not_taken_for_the_patient(knee: Knee) -> None:
    parent = context(patient(id="p-2", birthDate="1960-01-01"), name="user")
    made = asked(knee, parameters(named(knee), SUBJECT, context(RECORD), parent))
    assert values(made) == FILLED
    assert "The context of the user is not read" in told(made)


def test_without_a_subject_the_one_patient_is_meant(knee: Knee) -> None:
    assert asked(knee, parameters(named(knee), context(RECORD)))["response"]["subject"] == {"reference": "Patient/p-1"}
    entries = [{"fullUrl": URN, "resource": patient(id=None)}, {"resource": condition(SWOLLEN, subject={"reference": URN})}]
    made = asked(knee, {"resourceType": "Bundle", "type": "collection", "entry": entries}, knee.form["id"])
    assert made["response"]["subject"] == {"reference": URN}
    assert values(made) == FILLED


def test_what_names_no_released_form_or_no_patient_is_refused_with_the_reason(knee: Knee) -> None:
    url = knee.form["url"]
    assert refused(knee, parameters(SUBJECT, context(RECORD))) == ["required"]
    assert refused(knee, parameters(named(knee, valueCanonical=f"https://example.org/{CANARY}"), SUBJECT)) == ["not-supported"]
    assert refused(knee, parameters(named(knee, valueCanonical=f"{url}|{CANARY}"), SUBJECT)) == ["not-supported"]
    assert refused(knee, parameters(named(knee, valueInteger=5), SUBJECT)) == ["processing"]
    assert refused(knee, parameters(named(knee), named(knee), SUBJECT)) == ["processing"]
    assert refused(knee, parameters(named(knee))) == ["required"]
    assert refused(knee, parameters(named(knee), {"name": "subject", "valueReference": {"display": CANARY}})) == ["processing"]
    assert refused(knee, parameters(named(knee), {"name": "subject", "valueReference": {"reference": f"{CANARY} !"}})) == ["required"]
    assert refused(knee, parameters(named(knee), SUBJECT, context(patient(id="p-2")))) == ["processing"]
    assert refused(knee, {"resourceType": CANARY}, "", WrongShape) == ["structure"]


@pytest.mark.parametrize("odd", [None, 5, "x", {"a": 1}, [None, 5, {"name": 7, "part": [{"name": ["x"], "resource": 4}]}, {"name": ["x"]}]])
def test_parameters_that_are_none_are_refused_as_far_as_they_name_nothing(knee: Knee, odd: Any) -> None:
    assert refused(knee, {"resourceType": "Parameters", "parameter": odd}) == ["required"]


@pytest.mark.parametrize("odd", [None, 5, {"a": 1}, [None, 5, {"resource": 4}, {"resource": {"resourceType": ["x"]}}]])
def test_a_bundle_that_cannot_be_read_fills_in_nothing_and_says_so(knee: Knee, odd: Any) -> None:
    made = asked(knee, parameters(named(knee), SUBJECT, context({"resourceType": "Bundle", "entry": odd})))
    assert values(made) == {}
    assert "Not checked: conditions." in told(made)


def test_further_pages_leave_the_record_unchecked(knee: Knee) -> None:
    paged = RECORD | {"link": [{"relation": "next", "url": f"https://example.org/{CANARY}"}]}
    made = asked(knee, parameters(named(knee), SUBJECT, context(paged)))
    assert values(made) == FILLED
    assert "more pages exist than were sent" in told(made)
    assert "Not checked: conditions." in told(asked(knee, parameters(named(knee), SUBJECT, context(RECORD | {"total": 50}))))


def test_the_answer_is_the_same_each_time(knee: Knee) -> None:
    body = parameters(named(knee), SUBJECT, context(RECORD))
    assert asked(knee, body) == asked(knee, copy.deepcopy(body))


def test_the_response_passes_our_own_check_and_the_answer_the_schema_of_hl7(knee: Knee) -> None:
    body = messages.body(parameters(named(knee), SUBJECT, context(RECORD)))
    made = populate.populate(knee.app, body)
    outcome = validate.validate(questionnaires.library(knee.app), messages.body(made["parameter"][0]["resource"]))
    assert {issue["severity"] for issue in outcome["issue"]} <= {"warning", "information"}
    assert oracle.accepts(made, "Parameters")


def known(app: Application, response: Mapping[str, Any] | None) -> Facts:
    """What is known of the patient of `RECORD` with that response, or with none."""
    (release,) = app.releases.values()
    found = record.read({"bundle": RECORD}, release.facts, release.value_sets, subject="p-1", at=AT)
    said = answers.read(response or {"status": "in-progress"}, app.forms[release.name], release.facts, at=AT)
    return merge(release.facts, said, found, at=AT)


def test_the_filled_in_form_changes_no_fact_of_the_record(knee: Knee) -> None:
    response = asked(knee, parameters(named(knee), SUBJECT, context(RECORD)))["response"]
    alone, together = known(knee.app, None), known(knee.app, response)
    assert {name: fact.value for name, fact in together.known.items()} == {name: fact.value for name, fact in alone.known.items()}
    assert together.conflicts == () and together.problems == alone.problems
