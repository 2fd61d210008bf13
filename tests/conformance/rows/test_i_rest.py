"""Rows I: browsers, time, versions, extensions, and the record behind a card."""

import json
import re
from typing import Any

from tests.conformance.rows import scenes, stub
from tests.conformance.rows.scenes import Json
from tests.conformance.rows.served import EHR, Served
from tests.conformance.rows.target import MAIN, ORIGIN, Answer, Target, said

SERVICE = f"/cds-services/{MAIN}"
ALLOW = "access-control-allow-origin"
HOOKS = {"patient-view", "encounter-start", "encounter-discharge", "order-select", "order-sign", "order-dispatch", "appointment-book"}
REVERSE_DNS = re.compile(r"[a-z]{2,}(\.[A-Za-z0-9-]+){2,}")
OTHERS = ("https://evil.example.org", "null", ORIGIN + ".evil.example.org", ORIGIN.replace("https", "http"), ORIGIN + ":8443", ORIGIN + "/")


def preflight(target: Target, origin: str, path: str = SERVICE, method: str = "POST") -> Answer:
    """What a browser asks before it calls; it has no token then."""
    wanted = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,content-type"}
    return target.send("OPTIONS", path, headers={"Origin": origin, **wanted})


def from_page(target: Target, origin: str, request: Json) -> Answer:
    """A call that a page of this origin makes."""
    return target.post(SERVICE, request, headers={"Origin": origin, **target.signed(SERVICE)})


def test_i1_a_page_of_a_listed_origin_may_call(target: Target) -> None:
    for path, method in ((SERVICE, "POST"), (f"{SERVICE}/feedback", "POST"), ("/cds-services", "GET")):
        asked = preflight(target, ORIGIN, path, method)
        assert 200 <= asked.status < 300
        assert asked.headers[ALLOW] == ORIGIN
        assert {"authorization", "content-type"} <= {one.strip().lower() for one in asked.headers["access-control-allow-headers"].split(",")}
        assert method in asked.headers["access-control-allow-methods"]
    answer = from_page(target, ORIGIN, target.request(scenes.scene(scenes.EMERGENCY)))
    assert answer.cards
    assert answer.headers[ALLOW] == ORIGIN


def test_i1_a_page_of_another_origin_may_not(target: Target) -> None:
    for origin in OTHERS:
        assert ALLOW not in preflight(target, origin).headers, origin
        assert ALLOW not in from_page(target, origin, {}).headers, origin


def test_i1_a_page_of_a_listed_origin_can_read_why_it_was_refused(target: Target) -> None:
    assert from_page(target, ORIGIN, {}).headers[ALLOW] == ORIGIN
    refused = target.post(SERVICE, {}, headers={"Origin": ORIGIN})
    assert (refused.status, refused.headers[ALLOW]) == (401, ORIGIN)


def test_i2_a_server_that_never_answers_is_given_up(target: Target) -> None:
    scene = scenes.scene(scenes.EMERGENCY)
    with target.stub.playing(stub.silent) as waiting:
        answer = target.call(target.handed(scene))
        assert answer.status == 412
        assert waiting.asked
        assert waiting.is_holding


def test_i3_no_answer_is_stored_on_the_way(target: Target) -> None:
    whole = target.request(scenes.scene(scenes.EMERGENCY))
    for answer in (target.call(whole), target.call(whole | {"prefetch": {}}), target.feedback([])):
        assert "no-store" in answer.headers["cache-control"]


def test_i3_new_answers_give_new_cards(target: Target) -> None:
    scene = scenes.scene(scenes.EMERGENCY)
    request = target.request(scene)
    calm = scenes.scene(scenes.SELF_CARE).newest("QuestionnaireResponse") | {"subject": {"reference": f"Patient/{scene.patient}"}}
    first = said(target.call(request))
    assert said(target.call(request)) == first
    assert said(target.call(request | {"prefetch": request["prefetch"] | {"response": calm}})) != first
    assert said(target.call(request)) == first


def test_i4_every_hook_is_one_of_the_library(target: Target) -> None:
    assert [one["hook"] for one in target.services() if one["hook"] not in HOOKS and not REVERSE_DNS.fullmatch(one["hook"])] == []


def test_i5_an_extension_is_an_object_under_keys_of_reverse_dns(target: Target) -> None:
    documents = [target.get("/cds-services").json, *(target.told(name).json for name in (scenes.EMERGENCY, scenes.PROPOSING, scenes.OFFERED))]
    found = [one["extension"] for document in documents for one in parts(document) if "extension" in one]
    assert found
    for extension in found:
        assert type(extension) is dict
        assert [key for key in extension if not REVERSE_DNS.fullmatch(key)] == []


def test_i5_a_card_is_whole_without_its_extension(target: Target) -> None:
    for card in target.told(scenes.EMERGENCY).cards:
        bare = {name: value for name, value in card.items() if name != "extension"}
        assert {"uuid", "summary", "detail", "indicator", "source"} <= bare.keys()
        assert "extension" not in json.dumps(bare)


def parts(value: Any) -> list[Json]:
    """Every object of a document outside FHIR resources and extensions."""
    if isinstance(value, list):
        return [found for one in value for found in parts(one)]
    if not isinstance(value, dict):
        return []
    return [value, *(found for name, one in value.items() if name not in ("resource", "extension") for found in parts(one))]


def test_i6_the_uuid_of_a_card_leads_to_its_record(served: Served) -> None:
    request = served.target.request(scenes.scene(scenes.EMERGENCY))
    for card in served.target.call(request).cards:
        ((_, row),) = served.ledger.about([card["uuid"]])
        record = row.record
        assert (record.channel, record.hook_instance, record.client) == (f"hook:{MAIN}", request["hookInstance"], EHR)
        release = record.assessment["release"]
        assert (release["name"], release["version"]) == (MAIN, served.app.releases[MAIN].version)
        assert release["digest"] == served.app.releases[MAIN].digest
        (kept,) = [one for one in record.assessment["cards"] if one["uuid"] == card["uuid"]]
        assert kept["extension"]["org.back-pain-cds.decision"]["rules"]
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", record.request_digest)
    assert served.ledger.verify().faults == ()
