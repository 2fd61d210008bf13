"""The form and the facts of the draft against the clinical notes of `../shared`: items, options, bounds, value sets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cds.releases import exceptions
from cds.values.release import Release
from tests.content import notes
from tests.content.conftest import DRAFT

EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
RULES = ".rules"
ADDED = {"conflicts", "hysterectomy", "response-status"}
"""Facts that the notes speak of without a name: what the merge rule finds, what rules a pregnancy out, whether the form is finished."""

BESIDE = {"hx-nsaid-allergy": {"nsaids", "aspirin"}, "nsaid-now": {"aspirin"}, "med-antiplatelet": {"aspirin"}}
"""Value sets that a fact is read from by the words of section 7: aspirin goes by its daily dose, an allergy may be to any of these pills."""


@pytest.fixture(scope="module")
def items(shared: Path) -> Any:
    return json.loads((shared / "clinical" / "items.json").read_text(encoding="utf-8"))


def walk(item: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every item below, in order, with the linkId of its parent."""
    for child in item.get(key, ()):
        yield item.get("linkId", ""), child
        yield from walk(child, key)


def answers(conditions: Any) -> list[tuple[Any, ...]]:
    """The conditions of enableWhen as (question, operator, answer), a coding by its code."""
    found = []
    for one in conditions or ():
        (answer,) = (value for key, value in one.items() if key.startswith("answer"))
        found.append((one["question"], one["operator"], answer["code"] if isinstance(answer, dict) else answer))
    return found


def limits(item: Any) -> dict[str, Any]:
    """The bounds of an item by the name of its FHIR extension."""
    values = {one["url"].removeprefix(EXTENSION): one for one in item.get("extension", ())}
    found = {key: values[name] for key, name in (("min", "minValue"), ("max", "maxValue")) if name in values}
    return {key: next(value for name, value in one.items() if name != "url") for key, one in found.items()}


def test_every_item_of_the_form_is_that_of_the_notes(release: Release, items: Any) -> None:
    noted = [(group["linkId"], item) for group in items["groups"] for item in ({**group, "items": ()}, *group["items"])]
    asked = [(parent or item["linkId"], item) for parent, item in walk(release.questionnaire, "item")]
    assert [(parent, item["linkId"]) for parent, item in asked] == [(group, item["linkId"]) for group, item in noted]
    for (_, item), (_, note) in zip(asked, noted, strict=True):
        name = item["linkId"]
        assert (item["text"], item["type"]) == (note["text"], note["type"]), name
        assert all(bool(item.get(key)) == bool(note.get(key)) for key in ("required", "repeats")), name
        assert answers(item.get("enableWhen")) == answers(note.get("enableWhen")), name
        assert item.get("enableBehavior") == note.get("enableBehavior"), name
        assert limits(item) == {key: note[key] for key in ("min", "max") if note.get(key) is not None}, name


def test_every_option_of_the_form_is_that_of_the_notes(release: Release, items: Any) -> None:
    asked = {item["linkId"]: item for _, item in walk(release.questionnaire, "item")}
    for item in (item for group in items["groups"] for item in group["items"]):
        options = [option["valueCoding"] for option in asked[item["linkId"]].get("answerOption", ())]
        noted = [{"system": items["codeSystem"], "code": option["code"], "display": option["display"]} for option in item.get("options", ())]
        assert options == noted, item["linkId"]


def test_every_fact_has_the_words_bounds_and_value_sets_of_the_notes(release: Release, items: Any) -> None:
    noted = {fact["name"]: fact for fact in items["facts"]}
    for name, fact in release.facts.facts.items():
        if name in noted:
            bounds = [bound if bound is None else int(bound) for bound in (fact.minimum, fact.maximum)]
            plain = bounds if bounds != [None, None] else None
            assert (list(fact.allowed) or plain) == noted[name].get("allowed"), name
            assert (fact.base, fact.link_id or None) == (noted[name]["type"], noted[name].get("linkId")), name
        if fact.sources and name in noted:
            beside = BESIDE.get(name, set())
            assert {source.value_set for source in fact.sources} == beside | set(noted[name]["record"]["valueSets"]), name


def test_every_fact_of_the_notes_is_a_fact_a_decision_or_an_exception(release: Release, tables: notes.Tables) -> None:
    noted = {name.removesuffix(RULES) for name in tables["D0."]} - {"name"}
    assert len(noted) > 120
    excepted = {entry["row"] for entry in exceptions.read(DRAFT)}
    held = release.facts.facts.keys() | {decision.name for decision in release.model.decisions}
    assert sorted(noted - held - excepted) == []


def test_every_fact_of_the_release_is_one_of_the_notes(release: Release, tables: notes.Tables, items: Any) -> None:
    noted = tables["D0."].keys() | {item["linkId"] for group in items["groups"] for item in group["items"]}
    assert sorted(release.facts.facts.keys() - noted - ADDED) == []
