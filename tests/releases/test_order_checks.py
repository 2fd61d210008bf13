"""What is wrong with the services and the checks of orders of a release is found and named."""

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from cds.foundation.settings import PACKAGED_CONTENT
from cds.releases import loading, order_checks
from cds.values.release import CardContent, CardTemplate, HookService, NotJudged, OnlyRows, OrderCheck, OrderedSet, Release

RELEASE = loading.draft(PACKAGED_CONTENT / "low-back-pain" / "draft", name="low-back-pain")
CHECK = RELEASE.cards.orders[0]
SERVICE = RELEASE.cards.services[0]


def told(**changes: Any) -> str:
    """The findings of the draft with changes to its card content."""
    cards: CardContent = dataclasses.replace(RELEASE.cards, **changes)
    release: Release = dataclasses.replace(RELEASE, cards=cards)
    return " ".join(one.text for one in order_checks.findings(release))


def of_check(**changes: Any) -> str:
    """The findings of the draft with changes to its first check."""
    check: OrderCheck = dataclasses.replace(CHECK, **changes)
    return told(orders=(check, *RELEASE.cards.orders[1:]))


def with_section(**changes: Any) -> CardTemplate:
    """The card of the first check, with changes to its first section."""
    first, *others = CHECK.card.sections
    return dataclasses.replace(CHECK.card, sections=(dataclasses.replace(first, **changes), *others))


def with_summary(only: OnlyRows) -> CardTemplate:
    """The card of the first check, its summary said only of these rows."""
    return dataclasses.replace(CHECK.card, summaries=(dataclasses.replace(CHECK.card.summaries[0], only=only),))


def test_the_draft_has_no_finding() -> None:
    assert told() == ""


def test_a_release_without_services_and_checks_has_no_finding() -> None:
    bare = {code: dataclasses.replace(one, ordered_as="") for code, one in RELEASE.cards.recommendations.items()}
    assert told(services=(), orders=(), recommendations=bare) == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sets": (OrderedSet("elbows"),)}, "looks for the value set elbows"),
        ({"sets": (OrderedSet("fever"),)}, "has no words for fever"),
        ({"sets": (dataclasses.replace(CHECK.sets[0], daily_dose_over=Decimal(1)),)}, "asks for a dose and looks at no medicine"),
        ({"rules": {"imaging": ("I-99",)}}, "waits for the rule I-99 of imaging"),
        ({"rules": {"status": ("I-16",)}}, "waits for the rule I-16 of status"),
        ({"not_judged": NotJudged({"status": "incomplete"}, "x", {"imaging": ("I-99",)})}, "waits for the rule I-99 of imaging"),
        ({"read_as": {"I-15": "I-99"}}, "reads the rule I-15 as I-99. Name two rules of one table"),
        ({"read_as": {"I-15": "I-14"}}, "reads the rule I-15 as I-14. Name two rules of one table"),
        ({"not_judged": NotJudged({"status": "finished"}, "x")}, "waits for status to be finished, which it never is"),
        ({"card": with_section(without=("I-99",))}, "names the rule I-99, which is not there"),
        ({"card": with_summary(OnlyRows("imaging", "AVOID", ("I-99",)))}, "names the rule I-99, which is not there"),
        ({"card": with_summary(OnlyRows("status", "AVOID", ("I-16",)))}, "speaks of the rows of status, which is no decision table"),
        ({"when": {"red-flags": ("x",)}}, "depends on red-flags"),
        ({"when": {"status": ("finished",)}}, "waits for status to be finished, which it never is"),
        ({"card": dataclasses.replace(CHECK.card, topic="elbows")}, "has the topic elbows"),
        ({"card": dataclasses.replace(CHECK.card, id="what-to-do")}, "Two cards are called what-to-do"),
    ],
)
def test_what_a_check_names_and_is_not_there_is_found(changes: dict[str, Any], expected: str) -> None:
    assert expected in of_check(**changes)


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ((HookService("order-sign", "x", "x"),), "must be on the hook patient-view"),
        ((SERVICE, SERVICE), "Two services are on the hook patient-view"),
        ((dataclasses.replace(SERVICE, cards=("elbow",)),), "gives the card elbow"),
    ],
)
def test_what_is_wrong_with_a_service_is_found(services: tuple[HookService, ...], expected: str) -> None:
    assert expected in told(services=services)


@pytest.mark.parametrize(
    ("code", "ordered_as", "expected"), [("REFER_PHYSIO", "elbows", "value set elbows"), ("STOP_RUNNING", "fever", "is never proposed")]
)
def test_a_recommendation_is_recognised_by_a_value_set_that_is_there_and_only_where_it_is_proposed(code: str, ordered_as: str, expected: str) -> None:
    changed = {code: dataclasses.replace(RELEASE.cards.recommendations[code], ordered_as=ordered_as)}
    assert expected in told(recommendations={**RELEASE.cards.recommendations, **changed})
