"""Rows B: what discovery says, and that every service it names can be called."""

import re
from collections import Counter
from dataclasses import replace

from cds.hooks import contexts
from cds.web.application import create_app
from tests.conformance.rows import scenes
from tests.conformance.rows.served import Served
from tests.conformance.rows.target import Target, walk

SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
PUBLISHED = {"patient-view": "1.0", "encounter-start": "1.0", "order-select": "1.0", "order-sign": "1.0"}
"""The version that the library gives each hook."""
HREF = re.compile(r'href="(/[^"]*)"')


def test_b1_discovery_answers(target: Target) -> None:
    assert target.get("/cds-services").status == 200
    assert target.send("HEAD", "/cds-services", headers=target.signed("/cds-services")).status == 200


def test_b1_discovery_is_read_and_never_written(target: Target) -> None:
    refused = target.post("/cds-services", {})
    assert refused.status == 405
    assert "GET" in refused.headers["allow"]


def test_b2_discovery_is_an_object_with_a_list_of_services(target: Target) -> None:
    document = target.get("/cds-services").json
    assert type(document) is dict
    assert type(document["services"]) is list
    assert all(type(one) is dict for one in document["services"])


def test_b2_where_none_is_offered_the_list_is_empty(served: Served) -> None:
    bare = create_app(replace(served.app, releases={}, forms={}, clients={})).test_client()
    answer = bare.get("/cds-services")
    assert (answer.status_code, answer.get_json()) == (200, {"services": []})


def test_b3_every_service_has_its_hook_description_and_id(target: Target) -> None:
    assert target.services()
    for entry in target.services():
        assert [name for name in ("hook", "description", "id") if type(entry.get(name)) is not str or not entry[name]] == []


def test_b4_every_service_has_a_title(target: Target) -> None:
    assert [entry["id"] for entry in target.services() if not entry.get("title")] == []


def test_b5_prefetch_maps_keys_to_templates_and_usage_is_text(target: Target) -> None:
    for entry in target.services():
        assert type(entry.get("prefetch", {})) is dict
        assert all(type(template) is str and template for template in entry.get("prefetch", {}).values())
        assert type(entry.get("usageRequirements", "")) is str


def test_b6_the_version_of_the_standard_is_a_semantic_version(target: Target) -> None:
    document = target.get("/cds-services").json
    said = [value for place, value in walk(document) if place.endswith(".version")]
    assert said
    assert [one for one in said if type(one) is not str or not SEMVER.fullmatch(one)] == []


def test_b7_the_version_of_a_hook_is_the_published_one(target: Target) -> None:
    for entry in target.services():
        if "hookVersion" in entry:
            assert entry["hookVersion"] == PUBLISHED[entry["hook"]]


def test_b7_every_hook_that_can_be_answered_has_its_published_version() -> None:
    assert dict(contexts.VERSIONS) == PUBLISHED


def test_b8_every_id_is_offered_once_and_answers_its_own_hook_alone(target: Target) -> None:
    services = target.services()
    assert [name for name, count in Counter(one["id"] for one in services).items() if count > 1] == []
    for entry in services:
        whole = target.request(scenes.scene(scenes.EMERGENCY), entry["id"])
        other = next(hook for hook in PUBLISHED if hook != entry["hook"])
        assert target.call({**whole, "hook": other}, entry["id"]).status == 400


def test_b9_every_service_is_called_at_its_id(target: Target) -> None:
    for entry in target.services():
        answer = target.call(target.request(scenes.scene(scenes.EMERGENCY), entry["id"]), entry["id"])
        assert answer.status == 200, entry["id"]
        assert type(answer.cards) is list


def test_b10_the_start_page_tells_people_what_there_is(target: Target) -> None:
    page = target.send("GET", "/", headers={"Accept": "text/html"})
    assert page.status == 200
    ways = HREF.findall(page.body.decode())
    assert ways
    open_to_all = [way for way in ways if not way.startswith("/cds-services")]
    assert {target.send("GET", way).status for way in open_to_all} == {200}
