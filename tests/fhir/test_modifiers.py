"""Answers with a modifier that nobody understands, on themselves or on what they stand in (FHIR R4, Extensibility)."""

from typing import Any

import pytest

from tests.fhir.samples import coded, item, now
from tests.fhir.test_answers import read

MODIFIER = {"modifierExtension": [{"url": "https://example.org/turned", "valueBoolean": True}]}
TURNED = "an answer with a modifier that is not understood; it never reassures, and the response counts as in-progress."
WITH_MODIFIERS = {
    "answer": lambda link_id, answer: now(item(link_id, answer | MODIFIER)),
    "item": lambda link_id, answer: now(item(link_id, answer, **MODIFIER)),
    "group": lambda link_id, answer: now(item(link_id, answer)) | MODIFIER,
    "answer around": lambda link_id, answer: now(item("sex", coded("female") | MODIFIER | {"item": [item(link_id, answer)]})),
}


@pytest.mark.parametrize("where", WITH_MODIFIERS)
@pytest.mark.parametrize(("code", "value"), [("no", None), ("old", "old"), ("yes", "yes"), ("unsure", None)])
def test_an_answer_with_a_modifier_never_reassures_and_a_worry_is_kept(where: str, code: str, value: str | None) -> None:
    said = read(WITH_MODIFIERS[where]("bladder", coded(code)))
    assert (said.values.get("bladder"), said.status) == (value, "in-progress")
    assert f"bladder: {TURNED}" in said.problems


@pytest.mark.parametrize(("link_id", "answer"), [("age", {"valueInteger": 34}), ("worse", coded("nothing")), ("onset", {"valueDate": "2026-03-01"})])
def test_a_number_a_day_and_an_exclusive_option_with_a_modifier_are_unknown(link_id: str, answer: dict[str, Any]) -> None:
    said = read(now(item(link_id, answer | MODIFIER)))
    assert (said.values, said.onset, said.status, said.problems) == ({}, None, "in-progress", (f"{link_id}: {TURNED}",))


def test_a_modifier_touches_nothing_beside_it() -> None:
    said = read(now(item("fever", coded("no"), **MODIFIER), item("bladder", coded("no"))))
    assert (said.values, said.status) == ({"bladder": "no"}, "in-progress")


@pytest.mark.parametrize("nothing", [[], None, {}])
def test_a_list_of_no_modifiers_is_none(nothing: object) -> None:
    assert read(now(item("fever", coded("no") | {"modifierExtension": nothing}))).values == {"fever": "no"}
