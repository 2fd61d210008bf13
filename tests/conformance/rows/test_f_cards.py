"""Rows F: what a card is made of."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cds.foundation import schemas, yaml
from cds.foundation.settings import Settings
from cds.releases import catalogue
from cds.values.release import Release
from tests.conformance.rows import scenes
from tests.conformance.rows.scenes import Json
from tests.conformance.rows.target import MAIN, Answer, Target
from tests.fhir import oracle

NAMES = (scenes.EMERGENCY, scenes.PROPOSING, scenes.SELF_CARE, scenes.INCOMPLETE, scenes.OFFERED)
HTML = re.compile(r"<[A-Za-z/!?]")
IMAGE = re.compile(r"!\[")
LINK = re.compile(r"\]\(\s*<?([^)\s]*)")
HOSTILE = "<img src=x onerror=alert(1)> ![x](https://evil.example/x.png) [tap](javascript:alert(1)) <iframe src='//evil.example'></iframe> @all"
CATEGORIES = {
    "cds-not-applicable",
    "cds-suboptimal-context",
    "recipient-disagrees-evidence",
    "recipient-concerns-outcomes",
    "does-not-align-preferences",
    "not-convenient-feasible",
}
"""HL7's categories of not following advice (CDS Hooks 3.0 ballot)."""
TOPIC = re.compile(r"[A-Za-z0-9]{1,100}")
RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


def answers(target: Target) -> list[Answer]:
    """What is said of several patients."""
    return [target.told(name) for name in NAMES]


def cards(target: Target) -> list[Json]:
    """Cards of every kind."""
    found = [card for answer in answers(target) for card in answer.cards]
    assert len(found) > len(NAMES)
    return found


def suggestions(target: Target) -> list[Json]:
    """Suggestions of several cards."""
    found = [one for answer in answers(target) for one in answer.suggestions]
    assert found
    return found


def actions(target: Target) -> list[Json]:
    """Actions of several suggestions."""
    return [action for one in suggestions(target) for action in one.get("actions", ())]


def links(target: Target) -> list[Json]:
    """Links of several cards."""
    found = [link for answer in answers(target) for link in answer.links]
    assert found
    return found


def coded(coding: Any) -> bool:
    """Whether this is a Coding with code and system."""
    return type(coding) is dict and all(type(coding.get(name)) is str and coding[name] for name in ("code", "system"))


def absolute(url: Any) -> bool:
    """Whether this is an http(s) address with a host."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def test_f1_success_is_an_object_with_a_list_of_cards(target: Target) -> None:
    for answer in answers(target):
        assert answer.status == 200
        assert type(answer.json) is dict
        assert type(answer.json["cards"]) is list
        assert all(type(card) is dict for card in answer.json["cards"])


def test_f2_nothing_to_say_is_an_empty_list(target: Target) -> None:
    answer = target.call(target.request(scenes.nothing_wrong()))
    assert answer.status == 200
    assert answer.json["cards"] == []


def test_f2_an_error_is_never_an_empty_list(target: Target) -> None:
    whole = target.request(scenes.scene(scenes.EMERGENCY))
    wrongs: list[Any] = [
        whole | {"prefetch": {}},
        whole | {"context": {}},
        whole | {"prefetch": whole["prefetch"] | {"response": "no resource"}},
        {},
        [],
    ]
    for wrong in wrongs:
        answer = target.post(f"/cds-services/{MAIN}", wrong)
        assert answer.status >= 400
        assert "cards" not in answer.json


def test_f3_the_uuid_of_a_card_is_its_own(target: Target) -> None:
    found = [card["uuid"] for name in (scenes.EMERGENCY, scenes.SELF_CARE, scenes.EMERGENCY) for card in target.told(name).cards]
    assert len(found) == len(set(found)) > 3
    assert all(type(one) is str and len(one) >= 32 for one in found)


def test_f4_a_summary_has_at_most_139_characters(target: Target) -> None:
    for card in cards(target):
        assert type(card["summary"]) is str
        assert 0 < len(card["summary"]) <= 139
        assert len(card["summary"].encode("utf-16-le")) // 2 <= 139


def test_f5_a_detail_has_no_html_no_image_and_links_to_the_web_alone(target: Target) -> None:
    for card in cards(target):
        detail = card.get("detail", "text")
        assert type(detail) is str
        assert not HTML.search(detail)
        assert not IMAGE.search(detail)
        assert all(absolute(url) for url in LINK.findall(detail))


def test_f5_what_a_person_typed_acts_as_no_markup(target: Target) -> None:
    scene = scenes.scene(scenes.SELF_CARE)
    condition = {
        "resourceType": "Condition",
        "id": "typed",
        "subject": {"reference": f"Patient/{scene.patient}"},
        "code": {"text": HOSTILE, "coding": [{"system": "http://snomed.info/sct", "code": "363346000", "display": HOSTILE}]},
    }
    medicine = {
        "resourceType": "MedicationStatement",
        "id": "typed-too",
        "status": "active",
        "subject": {"reference": f"Patient/{scene.patient}"},
        "medicationCodeableConcept": {"text": f"warfarin {HOSTILE}"},
    }
    told = target.call(target.request(scene.adding(condition, medicine)))
    for card in told.cards:
        for text in (card["summary"], card.get("detail", "")):
            assert not HTML.search(text)
            assert not IMAGE.search(text)
            assert "javascript:" not in text
            assert "evil.example" not in text


def test_f6_the_indicator_is_one_of_three(target: Target) -> None:
    assert {card["indicator"] for card in cards(target)} == {"info", "warning", "critical"}


def test_f7_the_source_has_a_label_and_absolute_addresses(target: Target) -> None:
    for card in cards(target):
        source = card["source"]
        assert type(source["label"]) is str
        assert source["label"]
        assert all(absolute(source[name]) for name in ("url", "icon") if name in source)


def test_f7_the_source_leads_to_a_page(target: Target) -> None:
    for url in {card["source"]["url"] for card in cards(target) if "url" in card["source"]}:
        assert target.send("GET", url.removeprefix(target.base), headers={"Accept": "text/html"}).status == 200


def test_f8_a_topic_is_a_coding_that_every_client_can_keep(target: Target) -> None:
    topics = [card["source"]["topic"] for card in cards(target) if "topic" in card["source"]]
    assert topics
    assert all(coded(one) and TOPIC.fullmatch(one["code"]) for one in topics)


def test_f9_a_card_with_suggestions_says_how_to_choose(target: Target) -> None:
    assert suggestions(target)
    for card in cards(target):
        if "suggestions" in card:
            assert card.get("selectionBehavior") in ("any", "at-most-one")


def test_f10_where_one_may_be_chosen_at_most_one_is_recommended(target: Target) -> None:
    for card in cards(target):
        recommended = [one for one in card.get("suggestions", ()) if one.get("isRecommended") is True]
        assert card.get("selectionBehavior") == "any" or len(recommended) <= 1


def test_f11_a_suggestion_has_a_label_and_its_parts_their_types(target: Target) -> None:
    for one in suggestions(target):
        assert type(one["label"]) is str
        assert one["label"]
        assert type(one.get("uuid", "")) is str
        assert type(one.get("isRecommended", False)) is bool
        assert type(one.get("actions", [{}])) is list
        assert one.get("actions", [{}])


def test_f12_each_suggestion_is_one_thing_to_do(target: Target) -> None:
    for one in suggestions(target):
        assert len(one["actions"]) == 1
    many = [card for card in target.told(scenes.PROPOSING).cards if len(card.get("suggestions", ())) > 1]
    assert many, "several things to do are several suggestions"


def test_f13_no_choice_among_actions_is_offered(target: Target) -> None:
    assert [one for one in suggestions(target) if "actionSelectionBehavior" in one] == []


def test_f14_an_action_has_a_type_and_a_description(target: Target) -> None:
    assert actions(target)
    for one in actions(target):
        assert one["type"] in ("create", "update", "delete")
        assert type(one["description"]) is str
        assert one["description"]


def test_f15_what_is_created_or_updated_comes_whole(target: Target) -> None:
    for one in actions(target):
        if one["type"] in ("create", "update"):
            assert oracle.model(one["resource"]) is not None
            assert ("id" in one["resource"]) == (one["type"] == "update")
            assert one["resource"]["subject"]["reference"].startswith("Patient/")


def test_f16_a_deletion_names_a_relative_id_and_brings_nothing(target: Target) -> None:
    for one in actions(target):
        if one["type"] == "delete":
            assert RELATIVE.fullmatch(one["resourceId"])
            assert "resource" not in one


def test_f17_an_override_reason_is_a_coding_with_a_display(target: Target) -> None:
    reasons = [one for card in cards(target) for one in card.get("overrideReasons", ())]
    assert reasons
    assert [one for one in reasons if not coded(one) or type(one.get("display")) is not str or not one["display"]] == []


def test_f17_the_codes_of_reasons_are_kept_from_release_to_release() -> None:
    kept: set[tuple[str, str]] = set()
    for release in releases():
        codes = {(one.system, one.code) for one in release.cards.override_reasons}
        assert kept <= codes, release.version
        kept = codes
    assert kept


def test_f18_every_reason_belongs_to_a_category_of_hl7() -> None:
    for release in releases():
        written = (Settings().content / MAIN / release.version / "cards.yaml").read_text(encoding="utf-8")
        reasons = yaml.parse(written, name="cards.yaml").value["override-reasons"]
        assert {one["code"] for one in reasons} == {one.code for one in release.cards.override_reasons}
        assert {one["category"] for one in reasons} <= CATEGORIES


def test_f19_a_link_has_a_label_an_absolute_url_and_a_type(target: Target) -> None:
    for one in links(target):
        assert type(one["label"]) is str
        assert one["label"]
        assert one["type"] in ("absolute", "smart")
        assert absolute(one["url"])


def test_f19_our_links_lead_to_this_service_alone(target: Target) -> None:
    assert [one["url"] for one in links(target) if not one["url"].startswith(target.base + "/")] == []


def test_f20_only_a_smart_link_has_an_app_context(target: Target) -> None:
    assert [one for one in links(target) if "appContext" in one and one["type"] != "smart"] == []


def test_f21_no_link_starts_by_itself(target: Target) -> None:
    assert [one for one in links(target) if one.get("autolaunchable", False) is not False] == []


def test_f22_nothing_is_done_without_the_clinician(target: Target) -> None:
    assert [answer for answer in answers(target) if "systemActions" in answer.json] == []


def test_f23_the_example_without_an_indicator_is_refused(shared: Path) -> None:
    example = json.loads((shared / "data" / "cds-hooks-examples" / "21-example.json").read_text(encoding="utf-8"))
    assert "indicator" in " ".join(f"{path} {one.text}" for path, one in schemas.problems("cds-hooks-response", example))


def releases() -> list[Release]:
    """Every release that was sealed, the oldest first."""
    content = Settings().content
    return [catalogue.load(content, entry) for entry in catalogue.entries(content, MAIN)]
