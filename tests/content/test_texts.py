"""What people read: patients at grade 6, clinicians without claims that a questionnaire cannot make, nobody a mark-up."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from cds.assessment import assessing
from cds.facts import FactDefinition
from cds.foundation.settings import PACKAGED_CONTENT
from cds.releases import catalogue, documents, loading, texts
from cds.releases.documents import Documents
from cds.values.release import Release
from tests.content import readability, strategies, wordings
from tests.content.strategies import Story, Vocabulary
from tests.content.wordings import WORDINGS, Wording

FOLDERS = sorted([*PACKAGED_CONTENT.glob(f"*/{catalogue.DRAFT}"), *(path.parent for path in PACKAGED_CONTENT.glob("*/*/manifest.json"))])
GRADE = 6
HIGHEST = 8
HARDER = {
    "X-paracetamol": "names the medicine in both its names",
    "preg-warning": "one short list of three signs",
    "hx-nsaid-allergy": "names the medicines that are meant",
    "ibp-family": "names the illness that is meant",
}
"""Texts for patients above the highest grade, and why no plainer words are used."""
UNTRIED = " No trial supports this dose."
"""What is added to a dose of the articles that the notes say is untested."""
SYLLABLES = {
    "a": 1,
    "the": 1,
    "numb": 1,
    "hurts": 1,
    "changed": 1,
    "needed": 2,
    "table": 2,
    "legs": 1,
    "emergency": 4,
    "clinician": 3,
    "ibuprofen": 4,
    "back": 1,
}
Told = dict[str, str]
"""Texts by where they stand."""


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def folder(request: pytest.FixtureRequest) -> Path:
    """A draft or a sealed release."""
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def sources(folder: Path) -> Documents:
    """What is authored, with the English texts in their places."""
    return texts.worded(documents.authored(folder), loading.form(folder), documents.ENGLISH)[0]


@pytest.fixture(scope="module")
def on_cards(sources: Documents) -> Told:
    """Every text of the cards."""
    cards = {name: part for name, part in sources.cards.value.items() if name not in ("terminology", "assessment")}
    cards["reason"] = cards["reason"]["display"]
    shown = [entry.get("label", "") for entry in sources.facts.value.get("shown", ())]
    graded = {entry["key"]: [entry["topic"], entry["certainty"], entry["strength"]] for entry in sources.evidence.value["evidence"]}
    return dict(written({**cards, "shown": shown, "evidence": graded}))


@pytest.fixture(scope="module")
def for_patients(sources: Documents) -> Told:
    """Every text of a card that is for the patient."""
    cards = sources.cards.value
    said: Told = {rule: text["patient"] for rule, text in cards["texts"].items() if "patient" in text}
    return {**said, **cards.get("sentences", {})}


@pytest.fixture(scope="module")
def questions(folder: Path) -> Told:
    """Every text of the questionnaire that a patient reads, by linkId."""
    return dict(asked(loading.form(folder)))


@pytest.fixture(scope="module")
def told(on_cards: Told, questions: Told, sources: Documents, folder: Path) -> Told:
    """Every text of a release: of cards and form, the labels of facts and the reasons of rules."""
    labels = {entry["name"]: [entry[part] for part in ("label", "denied") if part in entry] for entry in sources.facts.value["facts"]}
    reasons = {rule["id"]: rule["because"] for table in sources.tables.values() for rule in table.value["rules"]}
    options = dict(answers(loading.form(folder)))
    return on_cards | dict(written({"question": questions, "answer": options, "label": labels, "reason": reasons}))


def asked(item: Any) -> Iterator[tuple[str, str]]:
    """The texts of an item and of those inside it; groups are headings."""
    for child in item.get("item", ()):
        if child["type"] != "group":
            yield child["linkId"], child["text"]
        yield from asked(child)


def answers(item: Any) -> Iterator[tuple[str, list[str]]]:
    """The words of the answers that an item and those inside it offer."""
    for child in item.get("item", ()):
        yield child["linkId"], [option["valueCoding"]["display"] for option in child.get("answerOption", ()) if "valueCoding" in option]
        yield from answers(child)


def written(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a document with its place."""
    if isinstance(value, str):
        yield place, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from written(part, f"{place} {name}".strip())


@pytest.mark.parametrize(("word", "count"), SYLLABLES.items())
def test_syllables_are_counted_about_right(word: str, count: int) -> None:
    assert readability.syllables(word) == count


def test_plain_words_have_a_low_grade_and_long_ones_a_high_one() -> None:
    assert readability.grade("Go to bed. Have a rest.") < 1
    assert readability.grade("Immediate neurological evaluation is recommended following progressive deterioration.") > 15


def test_patients_read_the_texts_for_them_at_grade_6(for_patients: Told) -> None:
    grades = {rule: readability.grade(text) for rule, text in for_patients.items()}
    assert len(grades) > 5
    assert fmean(grades.values()) <= GRADE, sorted(grades.items(), key=lambda one: -one[1])[:5]


def test_patients_read_the_questions_at_grade_6(questions: Told) -> None:
    grades = {name: readability.grade(text) for name, text in questions.items()}
    assert len(grades) > 5
    assert fmean(grades.values()) <= GRADE, sorted(grades.items(), key=lambda one: -one[1])[:5]


def test_no_single_text_for_patients_is_much_harder_but_those_that_are_named(for_patients: Told, questions: Told) -> None:
    assert hard(for_patients | questions) - HARDER.keys() == set()


def test_every_text_that_is_named_as_harder_is() -> None:
    release = max((path for path in FOLDERS if path.parent.name == "low-back-pain"), key=lambda path: path.name)
    document = texts.worded(documents.authored(release), loading.form(release), documents.ENGLISH)[0].cards.value
    said = {rule: text["patient"] for rule, text in document["texts"].items() if "patient" in text} | dict(asked(loading.form(release)))
    assert HARDER.keys() - hard(said) == set()


def hard(said: Told) -> set[str]:
    """The texts above the highest grade."""
    return {name for name, text in said.items() if readability.grade(text) > HIGHEST}


@pytest.mark.parametrize("wording", [*WORDINGS, wordings.PRIVATE], ids=lambda one: one.name)
def test_a_fault_of_wording_is_seen_and_what_looks_like_one_is_not(wording: Wording) -> None:
    assert [text for text in wording.bad if not wording.seen(text)] == []
    assert [text for text in wording.good if wording.seen(text)] == []


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda one: one.name)
def test_no_text_has_a_fault_of_wording(wording: Wording, told: Told) -> None:
    assert len(told) > 500
    assert {place: text for place, text in told.items() if wording.seen(text)} == {}


def test_no_text_of_a_card_speaks_of_what_is_private(on_cards: Told) -> None:
    assert {place: text for place, text in on_cards.items() if wordings.PRIVATE.seen(text)} == {}


def test_the_safety_net_is_the_text_of_the_notes_word_for_word(folder: Path, for_patients: Told, shared: Path) -> None:
    notes = (shared / "clinical" / "decision-tables.md").read_text(encoding="utf-8")
    if folder.parent.name == "low-back-pain":
        assert for_patients["U-01"].rstrip(".") in notes


def test_what_is_told_about_running_is_the_text_of_the_notes_word_for_word(for_patients: Told, shared: Path) -> None:
    notes = (shared / "clinical" / "decision-tables.md").read_text(encoding="utf-8")
    running = {rule: text.removesuffix(UNTRIED).rstrip(".") for rule, text in for_patients.items() if re.fullmatch(r"R-\d+", rule)}
    assert {rule: text for rule, text in running.items() if text not in notes} == {}


def private(release: Release) -> dict[str, FactDefinition]:
    """The facts that are never printed."""
    return {name: fact for name, fact in release.facts.facts.items() if fact.sensitive}


def private_stories(vocabulary: Vocabulary) -> Iterator[Story]:
    """Each base with each private answer, and every case in which one counts."""
    for name, fact in private(vocabulary.release).items():
        yield from (Story({**known, name: value}) for known in vocabulary.bases.values() for value in fact.allowed)
        yield from (Story(known) for known in vocabulary.starts if known.get(name, fact.worst[-1]) != fact.worst[-1])


def printed(release: Release, story: Story, labels: Collection[str]) -> list[str]:
    """The lines of cards and note that name what is private."""
    answer = assessing.assess(release, strategies.merged(release, story), decision_id="b5a1", at=strategies.AT, engine="1")
    lines = [line for text in (answer.note, *(f"{card.summary}\n{card.detail}" for card in answer.cards)) for line in text.split("\n")]
    return [line for line in lines if wordings.PRIVATE.seen(line) or any(label in line for label in labels)]


def test_no_card_and_no_note_prints_a_private_answer(vocabulary: Vocabulary) -> None:
    labels = [fact.label for fact in private(vocabulary.release).values()]
    stories = list(private_stories(vocabulary))
    assert len(stories) >= 2 * len(labels)
    assert [line for story in stories for line in printed(vocabulary.release, story, labels)] == []


def test_a_private_answer_would_be_seen(vocabulary: Vocabulary) -> None:
    kept = private(vocabulary.release)
    told = {name: replace(fact, sensitive=False) for name, fact in vocabulary.release.facts.facts.items()}
    release = replace(vocabulary.release, facts=replace(vocabulary.release.facts, facts=told))
    labels = [fact.label for fact in kept.values()]
    assert not kept or [line for story in private_stories(vocabulary) for line in printed(release, story, labels)]


def test_private_answers_are_those_that_the_notes_keep_from_cards(vocabulary: Vocabulary) -> None:
    if vocabulary.release.name == "low-back-pain":
        assert {"rf-sexual", "hx-ivdu"} <= private(vocabulary.release).keys()
