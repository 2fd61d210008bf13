"""Rows D: what is asked for in advance, what is fetched when it did not come, and what is never taken for a "no"."""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.conformance.rows import scenes
from tests.conformance.rows.scenes import Json, Scene
from tests.conformance.rows.target import TOKEN, Target, grant, said

TOKENS = re.compile(r"\{\{(.*?)\}\}")
USERS = {"userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId"}
FIELD = re.compile(r"context\.[A-Za-z]+")
PLAIN = {
    "patient-view": {"userId", "patientId", "encounterId"},
    "encounter-start": {"userId", "patientId", "encounterId"},
    "order-select": {"userId", "patientId", "encounterId"},
    "order-sign": {"userId", "patientId", "encounterId"},
}
"""The fields at the root of each context that hold one plain value."""
READ = re.compile(r"[A-Z][A-Za-z]+/\{\{[^{}]+\}\}")
SEARCH = re.compile(r"(?P<kind>[A-Z][A-Za-z]+)\?(?P<query>[^?]+)")
SORTS = re.compile(r"-?[a-z-]+")
FAILED: Json = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def templates(target: Target) -> list[tuple[Json, str]]:
    """Every template with the service that asks it."""
    found = [(entry, template) for entry in target.services() for template in entry.get("prefetch", {}).values()]
    assert found
    return found


def emergency(target: Target, **changes: Any) -> Json:
    """A call for somebody with a warning sign."""
    return target.request(scenes.scene(scenes.EMERGENCY), **changes)


def asked(target: Target) -> list[str]:
    """What the FHIR server was asked, as a person writes it."""
    return [unquote(one) for one in target.stub.queries]


def filled(template: str, scene: Scene) -> str:
    """The query that a template means for the patient of the scene."""
    return template.replace("{{context.patientId}}", scene.patient)


def critical(cards: list[Json]) -> list[str]:
    """The summaries of the gravest cards."""
    return [card["summary"] for card in cards if card["indicator"] == "critical"]


def test_d1_the_keys_of_discovery_are_those_that_are_read(target: Target) -> None:
    request = emergency(target)
    assert critical(target.call(request).cards)
    renamed = {f"{key}Other": value for key, value in request["prefetch"].items()}
    assert target.call(request | {"prefetch": renamed}).status == 412


def test_d2_every_token_is_delimited_and_names_a_field_or_a_user(target: Target) -> None:
    for _, template in templates(target):
        for token in TOKENS.findall(template):
            assert token in USERS or FIELD.match(token), template
        assert "{" not in TOKENS.sub("", template)
        assert "}" not in TOKENS.sub("", template)


def test_d3_every_token_is_a_plain_field_at_the_root(target: Target) -> None:
    for entry, template in templates(target):
        fields = {token.removeprefix("context.") for token in TOKENS.findall(template) if token.startswith("context.")}
        assert fields <= PLAIN[entry["hook"]], template


def test_d4_no_template_needs_a_date_or_another_one(target: Target) -> None:
    for _, template in templates(target):
        for token in TOKENS.findall(template):
            assert not token.startswith("%"), template
            assert "today()" not in token, template


def test_d4_a_token_that_the_client_left_in_place_is_no_answer(target: Target) -> None:
    request = emergency(target)
    for left in ("{{context.patientId}}", "QuestionnaireResponse?patient={{context.patientId}}"):
        answer = target.call(request | {"prefetch": request["prefetch"] | {"response": left}})
        assert answer.status in (400, 412)


def test_d5_every_template_is_a_query_that_clients_are_asked_to_know(target: Target) -> None:
    for _, template in templates(target):
        if READ.fullmatch(template):
            continue
        search = SEARCH.fullmatch(template)
        assert search, template
        pairs = parse_qsl(search["query"], strict_parsing=True)
        assert len({name for name, _ in pairs}) == len(pairs), f"a parameter stands twice: {template}"
        for name, value in pairs:
            bare, _, modifier = name.partition(":")
            assert modifier in ("", "in"), template
            assert not bare.startswith(("_has", "_include", "_revinclude")), template
            assert "." not in bare, template
            if bare == "date":
                assert value[:2] not in ("ne", "sa", "eb", "ap"), template
            if bare == "_count":
                assert value.isdigit(), template
            if bare == "_sort":
                assert all(SORTS.fullmatch(one) for one in value.split(",")), template


def test_d6_each_key_that_is_missing_is_fetched_and_nothing_else(target: Target) -> None:
    scene = scenes.scene(scenes.EMERGENCY)
    request = emergency(target, fhirServer=target.stub.url, fhirAuthorization=grant())
    offered = target.entry()["prefetch"]
    whole = said(target.call(request))
    for missing, template in offered.items():
        with target.stub.holding(scene.resources):
            sent = {key: value for key, value in request["prefetch"].items() if key != missing}
            answer = target.call(request | {"prefetch": sent})
            assert asked(target) == [filled(template, scene)]
            assert target.stub.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
        assert said(answer) == whole


def test_d7_needed_data_that_cannot_be_had_is_412(target: Target) -> None:
    for missing in ("patient", "response"):
        sent = {key: value for key, value in emergency(target)["prefetch"].items() if key != missing}
        assert target.call(emergency(target, prefetch=sent)).status == 412


def test_d7_a_server_that_refuses_or_fails_is_412(target: Target) -> None:
    scene = scenes.scene(scenes.EMERGENCY)
    for status in (401, 403, 404, 410, 500, 503):
        with target.stub.holding(scene.resources, lambda path, status=status: status if "/Patient/" in path else None):  # type: ignore[misc]
            assert target.call(target.handed(scene)).status == 412, status
            assert target.stub.asked


def test_d7_a_server_that_nobody_registered_is_412_and_not_asked(target: Target) -> None:
    with target.keys.holding(scenes.scene(scenes.EMERGENCY).resources):
        assert target.call(target.handed(scenes.scene(scenes.EMERGENCY), fhirServer=target.keys.url)).status == 412
        assert target.keys.queries == []


def test_d7_data_that_need_not_be_had_may_lack(target: Target) -> None:
    request = emergency(target)
    needed = {key: request["prefetch"][key] for key in ("patient", "response")}
    assert critical(target.call(request | {"prefetch": needed}).cards)


def test_d8_null_and_an_empty_bundle_say_the_same_and_nothing_is_fetched(target: Target) -> None:
    request = emergency(target, fhirServer=target.stub.url, fhirAuthorization=grant())
    empty = {"resourceType": "Bundle", "type": "searchset"}
    answers = []
    with target.stub.holding(scenes.scene(scenes.EMERGENCY).resources):
        for nothing in (None, empty, empty | {"total": 0}):
            sent = {key: value if key in ("patient", "response") else nothing for key, value in request["prefetch"].items()}
            answers.append(said(target.call(request | {"prefetch": sent})))
        assert target.stub.asked == []
    assert answers[0] == answers[1] == answers[2]


def test_d8_no_response_is_no_response_however_it_is_said(target: Target) -> None:
    request = target.request(scenes.scene(scenes.OFFERED))
    answers = [
        target.call(request | {"prefetch": request["prefetch"] | {"response": none}})
        for none in (None, {"resourceType": "Bundle", "type": "searchset"})
    ]
    assert said(answers[0]) == said(answers[1]) != []


def test_d9_an_outcome_in_place_of_needed_data_is_412_and_is_not_fetched_again(target: Target) -> None:
    request = emergency(target, fhirServer=target.stub.url, fhirAuthorization=grant())
    wrapped = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": FAILED, "search": {"mode": "outcome"}}]}
    with target.stub.holding(scenes.scene(scenes.EMERGENCY).resources):
        for failed in (FAILED, wrapped):
            assert target.call(request | {"prefetch": request["prefetch"] | {"response": failed}}).status == 412
        assert target.stub.asked == []


def test_d9_an_outcome_in_place_of_other_data_is_told_and_is_no_no(target: Target) -> None:
    request = target.request(scenes.scene(scenes.SELF_CARE))
    nothing = request["prefetch"] | {"conditions": {"resourceType": "Bundle", "type": "searchset"}}
    known = said(target.call(request | {"prefetch": nothing}))
    wrapped = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": FAILED}]}
    for failed in (FAILED, wrapped):
        told = said(target.call(request | {"prefetch": nothing | {"conditions": failed}}))
        assert told != known
        assert len(told) >= len(known)


def test_d9_an_outcome_in_place_of_the_record_is_no_reason_to_be_silent(target: Target) -> None:
    request = target.request(scenes.nothing_wrong())
    assert target.call(request).cards == []
    assert target.call(request | {"prefetch": request["prefetch"] | {"conditions": FAILED}}).cards


def test_d10_the_next_page_is_fetched_with_the_token(target: Target) -> None:
    scene = scenes.scene(scenes.EMERGENCY)
    following = f"{target.stub.url}/Condition?patient={scene.patient}&from=1"
    request = emergency(target, fhirServer=target.stub.url, fhirAuthorization=grant())
    paged = request["prefetch"] | {"conditions": page(following)}
    with target.stub.holding(scene.resources):
        assert critical(target.call(request | {"prefetch": paged}).cards)
        assert [one.headers["Authorization"] for one in target.stub.asked if "from=1" in one.target] == [f"Bearer {TOKEN}"]


def test_d10_a_next_page_of_another_server_is_not_fetched(target: Target) -> None:
    request = emergency(target, fhirServer=target.stub.url, fhirAuthorization=grant())
    with target.stub.holding([]), target.keys.holding([]):
        assert target.call(request | {"prefetch": request["prefetch"] | {"conditions": page(f"{target.keys.url}/Condition?from=1")}}).cards
        assert [one for one in target.keys.asked if "Condition" in one.target] == []
        assert target.stub.asked == []


def test_d10_a_page_that_cannot_be_fetched_is_missed_aloud(target: Target) -> None:
    request = target.request(scenes.scene(scenes.SELF_CARE))
    cut = request["prefetch"] | {"conditions": page(f"{target.stub.url}/Condition?from=1")}
    assert said(target.call(request | {"prefetch": cut})) != said(target.call(request))


def test_d11_data_sent_and_data_fetched_give_the_same_answer(target: Target) -> None:
    for name in (scenes.EMERGENCY, scenes.PROPOSING, scenes.SELF_CARE, scenes.OFFERED):
        with target.stub.holding(scenes.scene(name).resources):
            fetched = target.call(target.handed(scenes.scene(name)))
            assert target.stub.asked
        assert said(fetched) == said(target.told(name))


def test_d12_the_newest_response_that_fits_counts_in_any_order(target: Target) -> None:
    request = emergency(target)
    worried = scenes.scene(scenes.EMERGENCY).newest("QuestionnaireResponse")
    calm = scenes.scene(scenes.SELF_CARE).newest("QuestionnaireResponse") | {"subject": worried["subject"], "id": "calm"}
    older = calm | {"authored": "2020-01-01T10:00:00Z"}
    foreign = calm | {"id": "foreign", "questionnaire": "https://example.org/fhir/Questionnaire/knee", "authored": worried["authored"]}
    void = calm | {"id": "void", "status": "entered-in-error", "authored": worried["authored"]}
    expected = critical(target.call(request).cards)
    assert expected
    for order in ([worried, older, foreign, void], [void, foreign, older, worried]):
        sent = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in order]}
        assert critical(target.call(request | {"prefetch": request["prefetch"] | {"response": sent}}).cards) == expected


def page(following: str) -> Json:
    """The first page of a search, with a link to the next."""
    return {"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": following}]}
