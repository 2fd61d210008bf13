"""Cards and discovery on the wire, held to the schemas and to the rows F3 to F23, B3 to B6 and A2 of the conformance table."""

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.dmn.model import DecisionModel
from cds.facts import FactDefinitions
from cds.foundation import schemas
from cds.hooks import cards, discovery
from cds.values.assessment import Card, Link, Proposal, Suggestion
from cds.values.profile import ClientProfile, Translation
from cds.values.release import CardContent, Coding, Release

UUID = "0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11"
DIGEST = "sha256:" + "0" * 64
DECISION = {"decisionId": "d-1", "release": "a-release 1.0.0", "digest": DIGEST}
CODING = Coding("https://example.org/codes", "A1", "A code")
PROPOSAL = Proposal(CODING, "See somebody", "urgent", 24, CODING, "Because", ("X-1",))
RESOURCE = {"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "subject": {"reference": "Patient/1"}, "note": []}
CARD = Card(UUID, "what-to-do", "See today", "Do this.", "warning", "A product 1.0.0", CODING, (), ("X-1",), (Link("Why", "explanation"),))


def blank(kind: Any) -> Any:
    """The empty value of a field's type: what these tests do not look at."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return kind(**{field.name: blank(field.type) for field in dataclasses.fields(kind)})
    return {Mapping: {}, tuple: (), str: ""}[get_origin(kind) or kind]


REASONS = (CODING,)
WORDS = {"title": "A title", "description": "What it does", "hook": "patient-view"}
CONTENT: CardContent = dataclasses.replace(blank(CardContent), override_reasons=REASONS, **WORDS)


OUTLET = cards.Outlet("https://cds.example.org/", "a-form")


def rendered(
    card: Card, resources: dict[str, dict[str, Any]] | None = None, content: CardContent = CONTENT, outlet: cards.Outlet = OUTLET
) -> dict[str, Any]:
    return cards.render(card, resources or {}, decision=DECISION, content=content, outlet=outlet)


def offering(*labels: str) -> Card:
    offers = tuple(Suggestion(f"0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f{number:02}", label, PROPOSAL) for number, label in enumerate(labels))
    return dataclasses.replace(CARD, suggestions=offers)


def hollow(value: Any) -> Iterator[Any]:
    """Every null, empty text, empty list and empty object of a CDS element; FHIR resources are not ours to judge."""
    if value in (None, "", [], {}):
        yield value
    elif isinstance(value, dict):
        yield from (found for key, item in value.items() if key != "resource" for found in hollow(item))
    elif isinstance(value, list):
        yield from (found for item in value for found in hollow(item))


def conforms(card: dict[str, Any]) -> bool:
    return schemas.problems("cards-sent", {"cards": [card]}) == [] and list(hollow(card)) == []


def test_a_card_conforms_and_links_to_the_explanation_of_its_decision() -> None:
    card = rendered(CARD)
    assert conforms(card)
    assert card["links"] == [{"label": "Why", "url": "https://cds.example.org/decisions/d-1", "type": "absolute"}]
    assert card["extension"] == {"org.back-pain-cds.decision": DECISION | {"rules": ["X-1"]}}


def test_the_source_of_a_card_links_to_what_its_release_rests_on() -> None:
    assert rendered(CARD)["source"]["url"] == f"https://cds.example.org/releases/{DECISION['release'].replace(' ', '/')}"


def test_a_card_that_offers_the_form_links_to_the_questionnaire() -> None:
    card = rendered(dataclasses.replace(CARD, links=(Link("Fill in", "form"), *CARD.links), rules=()))
    assert conforms(card)
    assert [link["url"].removeprefix("https://cds.example.org") for link in card["links"]] == ["/form/a-form", "/decisions/d-1"]


def test_a_card_of_a_decision_that_was_not_recorded_links_to_no_explanation() -> None:
    card = rendered(CARD, outlet=dataclasses.replace(OUTLET, recorded=False))
    assert conforms(card)
    assert "links" not in card
    assert "url" not in card["source"]


def test_a_suggestion_creates_one_resource_and_alternatives_are_suggestions_of_their_own() -> None:
    card = offering("Refer", "Image")
    on_wire = rendered(card, {offer.uuid: RESOURCE for offer in card.suggestions})
    assert conforms(on_wire)
    assert on_wire["selectionBehavior"] == "any"
    assert [offer["actions"] for offer in on_wire["suggestions"]] == [
        [{"type": "create", "description": label, "resource": RESOURCE}] for label in ("Refer", "Image")
    ]


def test_a_suggestion_without_a_draft_is_not_made() -> None:
    assert not {"suggestions", "selectionBehavior"} & set(rendered(offering("Refer")))


def test_no_selection_behavior_stands_without_suggestions() -> None:
    assert not {"suggestions", "selectionBehavior"} & set(rendered(CARD))


def test_elements_without_a_value_are_left_out() -> None:
    bare = rendered(dataclasses.replace(CARD, detail="", rules=(), links=()), content=dataclasses.replace(CONTENT, override_reasons=()))
    assert conforms(bare)
    assert not {"detail", "overrideReasons", "links"} & set(bare)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_a_summary_is_shorter_than_140_by_either_count(text: str) -> None:
    short = cards.shortened(text)
    assert len(short) < 140
    assert len(short.encode("utf-16-le")) // 2 < 140
    assert short == text or short.endswith("…")


def test_a_summary_is_cut_at_a_word() -> None:
    assert cards.shortened("word " * 40) == ("word " * 27).strip() + "…"


def test_a_summary_of_139_characters_stays_whole() -> None:
    assert cards.shortened("x" * 139) == "x" * 139
    assert len(cards.shortened("x" * 140)) == 139


@pytest.mark.parametrize("broken", [{"indicator": "fatal"}, {"summary": "x" * 140}, {"systemActions": []}, {"selectionBehavior": "any"}])
def test_the_schema_refuses_what_the_standard_refuses(broken: dict[str, Any]) -> None:
    assert not conforms(rendered(CARD) | broken)


def test_the_schema_refuses_an_action_without_description() -> None:
    card = offering("Refer")
    on_wire = rendered(card, {card.suggestions[0].uuid: RESOURCE})
    del on_wire["suggestions"][0]["actions"][0]["description"]
    assert not conforms(on_wire)


def release(usage: str, prefetch: dict[str, str]) -> Release:
    facts = FactDefinitions({}, timedelta(hours=72), timedelta(minutes=10), prefetch, (), "")
    content = dataclasses.replace(CONTENT, usage=usage)
    return Release("a-form", "1.0.0", DIGEST, "active", False, facts, DecisionModel("m", {}, ()), content, {}, {}, {}, {})


def entry_of(offered: Release) -> dict[str, Any]:
    ((name, service),) = discovery.services(offered).items()
    return discovery.entry(offered, name, service)


def test_a_discovery_entry_conforms_and_carries_the_prefetch_of_the_release() -> None:
    entry = entry_of(release("Needs a response.", {"patient": "Patient/{{context.patientId}}"}))
    assert schemas.problems("services-sent", {"services": [entry]}) == []
    assert (entry["id"], entry["hook"], entry["version"]) == ("a-form", "patient-view", "3.0.0")
    assert entry["prefetch"] == {"patient": "Patient/{{context.patientId}}"}


def test_a_discovery_entry_leaves_out_what_it_has_not() -> None:
    assert set(entry_of(release("", {}))) == {"hook", "title", "description", "id", "version", "hookVersion"}


def graded(*indicators: str) -> list[Card]:
    return [dataclasses.replace(CARD, id=str(number), indicator=one) for number, one in enumerate(indicators)]


def test_a_client_is_sent_its_number_of_cards_in_their_order() -> None:
    assert [card.id for card in cards.kept(graded("warning", "info", "info"), ClientProfile(limit=2))] == ["0", "1"]
    assert [card.id for card in cards.kept(graded("warning", "info", "info"), ClientProfile())] == ["0", "1", "2"]
    assert [card.id for card in cards.kept(graded("info", "warning", "info", "warning"), ClientProfile(limit=1))] == ["1", "3"]


@given(st.lists(st.sampled_from(["info", "warning", "critical"]), max_size=6), st.integers(1, 6))
def test_no_limit_leaves_out_a_critical_or_a_warning_card_or_a_card_that_has_room(indicators: list[str], limit: int) -> None:
    given_ = graded(*indicators)
    sent = cards.kept(given_, ClientProfile(limit=limit))
    grave = [card for card in given_ if card.indicator != "info"]
    assert [card for card in sent if card.indicator != "info"] == grave
    assert len(sent) == max(min(limit, len(given_)), len(grave))
    assert sent == [card for card in given_ if card in sent]


def test_a_client_of_plain_text_gets_no_marks() -> None:
    card = dataclasses.replace(CARD, detail="**Do this**\n\n- Go \\* now.")
    assert rendered(card, outlet=outlet(plain=True))["detail"] == "Do this\n- Go * now."


def test_a_client_gets_the_links_that_it_shows() -> None:
    card = dataclasses.replace(CARD, links=(Link("Fill in", "form"), *CARD.links))
    assert [link["label"] for link in rendered(card, outlet=outlet(links=frozenset({"form"})))["links"]] == ["Fill in"]
    assert "links" not in rendered(card, outlet=outlet(links=frozenset()))


def test_suggestions_are_chosen_from_as_the_client_can() -> None:
    card = offering("Refer")
    chosen = rendered(card, {card.suggestions[0].uuid: RESOURCE}, outlet=outlet(selection="at-most-one"))
    assert (chosen["selectionBehavior"], conforms(chosen)) == ("at-most-one", True)


def test_a_topic_has_the_code_of_the_client() -> None:
    theirs = Translation((Coding("urn:oid:1.2.3", "T1", "Theirs"),), instead=False)
    card = rendered(CARD, outlet=outlet(codings={(CODING.system, CODING.code): theirs}))
    assert card["source"]["topic"] == {"system": "urn:oid:1.2.3", "code": "T1", "display": "Theirs"}


def outlet(**profile: Any) -> cards.Outlet:
    return dataclasses.replace(OUTLET, profile=ClientProfile(**profile))
