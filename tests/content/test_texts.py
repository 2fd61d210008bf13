"""What people read: patients at grade 6, clinicians without claims that a questionnaire cannot make, nobody a mark-up."""

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from cds.foundation import yaml
from cds.foundation.settings import PACKAGED_CONTENT
from cds.releases import catalogue, loading
from tests.content import readability

FOLDERS = sorted([*PACKAGED_CONTENT.glob(f"*/{catalogue.DRAFT}"), *(path.parent for path in PACKAGED_CONTENT.glob("*/*/manifest.json"))])
GRADE = 6
CLAIMS = re.compile(r"\byou have (?:a |an |got )?(?!had|any|been|done|ever)\w+|out of place|\bslipped\b", re.IGNORECASE)
MARK_UP = re.compile(r"@|https?:|www\.|<[a-zA-Z/!]|&[a-z]+;|\*\*|\]\(")
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


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def folder(request: pytest.FixtureRequest) -> Path:
    """A draft or a sealed release."""
    path: Path = request.param
    return path


def cards(folder: Path) -> Any:
    """What cards say, as written."""
    return yaml.parse((folder / "cards.yaml").read_text(encoding="utf-8"), name="cards.yaml").value


def patient_texts(folder: Path) -> dict[str, str]:
    """Every text for the patient, by rule."""
    return {rule: text["patient"] for rule, text in cards(folder)["texts"].items() if "patient" in text}


def questions(folder: Path) -> dict[str, str]:
    """Every text of the questionnaire that a patient reads, by linkId."""
    return dict(asked(loading.json_file(folder / "questionnaire.json", folder)))


def asked(item: Any) -> Iterator[tuple[str, str]]:
    """The texts of an item and of those inside it; groups are headings."""
    for child in item.get("item", ()):
        if child["type"] != "group":
            yield child["linkId"], child["text"]
        yield from asked(child)


def written(value: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from written(item)


@pytest.fixture(scope="module")
def told(folder: Path) -> list[str]:
    """Every text that a card or the form can show: of the cards, the form and the reasons of the rules."""
    return list(shown(folder))


def shown(folder: Path) -> Iterator[str]:
    """The texts of one release."""
    document = cards(folder)
    yield from written({name: part for name, part in document.items() if name not in ("terminology", "reason")})
    yield from questions(folder).values()
    release = loading.draft(folder, name=folder.parent.name)
    yield from (rule.source.because for rule in release.model.rules().values())


@pytest.mark.parametrize(("word", "count"), SYLLABLES.items())
def test_syllables_are_counted_about_right(word: str, count: int) -> None:
    assert readability.syllables(word) == count


def test_plain_words_have_a_low_grade_and_long_ones_a_high_one() -> None:
    assert readability.grade("Go to bed. Have a rest.") < 1
    assert readability.grade("Immediate neurological evaluation is recommended following progressive deterioration.") > 15


def test_patients_read_the_texts_for_them_at_grade_6(folder: Path) -> None:
    grades = {rule: readability.grade(text) for rule, text in patient_texts(folder).items()}
    assert len(grades) > 5
    assert fmean(grades.values()) <= GRADE, sorted(grades.items(), key=lambda one: -one[1])[:5]


def test_patients_read_the_questions_at_grade_6(folder: Path) -> None:
    grades = {name: readability.grade(text) for name, text in questions(folder).items()}
    assert len(grades) > 5
    assert fmean(grades.values()) <= GRADE, sorted(grades.items(), key=lambda one: -one[1])[:5]


def test_no_text_claims_what_a_questionnaire_cannot_know(folder: Path, told: list[str]) -> None:
    assert [text for text in told if CLAIMS.search(text) and text not in questions(folder).values()] == []


def test_no_text_holds_an_address_or_mark_up(told: list[str]) -> None:
    assert [text for text in told if MARK_UP.search(text)] == []


def test_every_text_is_a_clean_line(told: list[str]) -> None:
    assert [text for text in told if text != text.strip() or "\n" in text or "  " in text] == []


def test_the_safety_net_is_the_text_of_the_notes_word_for_word(folder: Path, shared: Path) -> None:
    notes = (shared / "clinical" / "decision-tables.md").read_text(encoding="utf-8")
    texts = patient_texts(folder)
    if folder.parent.name == "low-back-pain":
        assert texts["U-01"].rstrip(".") in notes


def test_what_is_told_about_running_is_the_text_of_the_notes_word_for_word(folder: Path, shared: Path) -> None:
    notes = (shared / "clinical" / "decision-tables.md").read_text(encoding="utf-8")
    running = {rule: text for rule, text in patient_texts(folder).items() if re.fullmatch(r"R-\d+", rule)}
    assert {rule: text for rule, text in running.items() if text.rstrip(".") not in notes} == {}
