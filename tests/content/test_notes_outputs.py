"""What the rows of the draft give, against the clinical notes of `../shared`: codes both ways, displays, levels, texts and their numbers."""

import re
from pathlib import Path

import pytest

from cds.values.release import Release
from tests.content import notes
from tests.content.conftest import DRAFT
from tests.content.notes import LEVELS, Raw, Tables, by_stem, identified, listed, stem

ALSO: dict[str, set[str]] = {
    "ASK_MISSING": {"U-07"},
    "MATERNITY_NOW": {"F-01"},
    "NR_OPIOID": {"N-31"},
    "NR_ORAL_STEROID": {"N-32"},
    "POSTURE_INFO": {"X-posture"},
    "SHOES_INFO": {"X-new-shoes"},
}
"""Rows that give a code beside those that the list of codes names, by what the notes say of the row itself."""

LEVELLED = "NSAID_"
SPECIAL = {"N-10": "NSAID_AVOID_UNTIL_CONFIRMED", "N-24": "NSAID_AVOID_UNTIL_CONFIRMED", "N-12": "NSAID_CONTRAINDICATED_DUPLICATE"}
SAFER = {"X-nsaid", "C-20"}
"""Rows that show the level of D7; where it is unknown they show something else."""

EXCLUDED = {"X-manipulation": "NOT_RECOMMENDED"}
"""Rows with exclusions that stand elsewhere in the notes, and what is shown where one of them holds."""


@pytest.fixture(scope="module")
def given(entered: list[Raw]) -> dict[str, set[str]]:
    """The rows of the notes that give each code."""
    found: dict[str, set[str]] = {}
    for rule in entered:
        for code in listed(rule["then"].get("codes", "")):
            found.setdefault(code.strip("\"'"), set()).add(stem(rule["id"]))
    return found


@pytest.fixture(scope="module")
def noted(shared: Path) -> dict[str, set[str]]:
    return notes.givers(shared / "clinical" / "recommendation-codes.md")


def test_every_code_of_the_notes_is_given_by_the_rows_that_the_notes_name(given: dict[str, set[str]], noted: dict[str, set[str]]) -> None:
    wrong = {}
    for code, rows in noted.items():
        starts = tuple(row for row in rows if row.endswith("-"))
        held = given.get(code, set())
        others = {row for row in held - ALSO.get(code, set()) - rows if not (starts and row.startswith(starts))}
        missing = set() if starts or code.startswith(LEVELLED) else rows - held
        if not held or others or missing:
            wrong[code] = (sorted(held), sorted(rows))
    assert wrong == {}


def test_every_code_that_the_notes_do_not_list_is_named_as_added(release: Release, noted: dict[str, set[str]]) -> None:
    told = (DRAFT / "CHANGES.md").read_text(encoding="utf-8")
    assert sorted(code for code in release.cards.recommendations.keys() - noted.keys() if code not in told) == []


def test_every_code_of_the_notes_is_in_the_list_of_the_release(release: Release, noted: dict[str, set[str]]) -> None:
    assert sorted(noted.keys() - release.cards.recommendations.keys()) == []


def shown(entered: list[Raw], name: str) -> set[str]:
    """The displays of the rules that a row became."""
    return {rule["then"]["display"] for rule in by_stem(entered, name)}


def test_each_self_care_item_and_each_treatment_has_the_display_of_the_notes(entered: list[Raw], tables: Tables) -> None:
    column = {"D6.": 4, "D12.": 0}
    for section, place in column.items():
        for name, cells in identified(tables[section]).items():
            displays = shown(entered, name) - {EXCLUDED.get(name)}
            assert notes.displays(cells[place]) == (displays & set(LEVELS) if name in SAFER else displays), name


def test_each_contributing_factor_has_the_display_of_the_notes(entered: list[Raw], tables: Tables) -> None:
    for name, (_, advice, _) in identified(tables["D11."]).items():
        said = re.match(r"([A-Z_]{4,})\b", advice)
        assert shown(entered, name) == {said[1] if said else "INFO"}, name


def test_each_row_on_anti_inflammatory_pills_has_the_level_and_code_of_the_notes(entered: list[Raw], tables: Tables) -> None:
    rows = {name: cells[1].split()[0] for name, cells in identified(tables["D7."]).items() if cells[1].split()[0] in LEVELS}
    assert len(rows) == 30
    for name, level in rows.items():
        for rule in by_stem(entered, name):
            codes = rule["then"]["codes"]
            assert (rule["then"]["level"], codes) == (level, SPECIAL.get(name, LEVELLED + level)), rule["id"]


def test_each_referral_has_the_codes_and_priority_of_the_notes(entered: list[Raw], tables: Tables) -> None:
    for name, (_, _, code, priority, _) in identified(tables["D9."]).items():
        for rule in by_stem(entered, name):
            other = re.search(r"\((\w+) for ([A-Z]+-\d+)\)", code)
            special = other is not None and rule["when"].get("red-flags.rules") == other[2]
            wanted = [other[1]] if other and special else listed(code.split(" (")[0])
            assert (listed(rule["then"]["codes"]), rule["then"]["priority"]) == (wanted, priority), rule["id"]


def test_each_running_row_has_the_advice_text_and_review_days_of_the_notes(release: Release, entered: list[Raw], tables: Tables) -> None:
    for name, (_, advice, text, days, _) in identified(tables["D5."]).items():
        if days != "-":
            (rule,) = by_stem(entered, name)
            assert (rule["then"]["advice"], rule["then"]["review-days"]) == (advice, days), name
            assert release.cards.texts[name].patient in (text, f"{text} {UNTESTED}"), name


def test_each_duration_band_has_the_bounds_and_labels_of_the_notes(entered: list[Raw], tables: Tables) -> None:
    for name, (days, band, _, label, _) in identified(tables["D2."]).items():
        (rule,) = by_stem(entered, name)
        assert rule["when"]["duration-days"].replace(" ", "") == ("unknown" if days == "unk" else days), name
        assert (rule["then"]["band"], rule["then"].get("guideline-label", "-")) == (band, label), name


def test_the_safety_net_and_the_go_now_texts_are_those_of_the_notes(shared: Path, release: Release, tables: Tables) -> None:
    text = (shared / "clinical" / "decision-tables.md").read_text(encoding="utf-8")
    net = re.findall(r'"([^"]+)"', tables["D10."]["U-01"][-1])
    go_now = re.findall(r'"([^"]+)"', text.split("Go-now text of A-1")[1].split("Suggestions =")[0])
    assert [release.cards.texts["U-01"].patient] == net
    assert [release.cards.texts[f"A-1.{part}"].patient for part in (1, 2, 3)] == go_now


def said(release: Release, name: str) -> str:
    """Everything that cards say of the rules that a row became."""
    texts = (text for rule, text in release.cards.texts.items() if stem(rule) == name)
    return " ".join(f"{text.clinician} {text.patient}" for text in texts)


def test_the_sentences_that_the_notes_quote_for_imaging_stand_in_the_texts(release: Release, tables: Tables) -> None:
    quoted = {name: re.findall(r'"([^"]+)"', cells[1]) for name, cells in identified(tables["D8."]).items()}
    assert [name for name, sentences in quoted.items() if sentences] == ["I-15"]
    for name, sentences in quoted.items():
        assert [one for one in sentences if plain(one) not in plain(said(release, name))] == [], name


def plain(text: str) -> str:
    """A text without what differs from one sentence to the next: case, full stop, the line between two parts."""
    return re.sub(r"[.:;,]", "", text).casefold()


UNTESTED = "No trial supports this dose."

DOSES = {"D6.": 1, "D7.": 2, "D11.": 1, "D12.": 1}
"""Where a table has the words that a card says, from 0 after the id."""


@pytest.mark.parametrize("section", DOSES)
def test_every_number_of_a_dose_or_limit_of_the_notes_stands_in_the_text(release: Release, tables: Tables, section: str) -> None:
    lacking = {}
    for name, cells in identified(tables[section]).items():
        words = re.sub(r"\([A-Z]-\d+[^)]*\)", "", cells[DOSES[section]])
        text = said(release, name)
        lacking[name] = sorted(notes.numbers(words) - notes.numbers(text) - notes.spelled(text))
    assert {name: numbers for name, numbers in lacking.items() if numbers} == {}


def test_a_dose_that_no_trial_supports_is_told_so(release: Release, tables: Tables) -> None:
    article = {name for name, cells in identified(tables["D6."]).items() if "no trial" in cells[4] or "article dose" in cells[4]}
    untested = {name for name, cells in identified(tables["D12."]).items() if "dose" in cells[1]}
    assert article | untested == {"C-05", "C-06", "X-planks", "X-side-stretches-200"}
    told = re.compile(r"no (trial supports|evidence for) th(is|e) dose", re.IGNORECASE)
    assert [name for name in (*article, *untested, "C-07", "C-08", "R-09") if not told.search(said(release, name))] == []
