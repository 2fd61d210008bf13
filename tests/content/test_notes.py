"""The rows of the draft against the clinical notes of `../shared`: ids both ways, order, sources, urgencies; what is no rule is an exception.

The conditions of the rows are for a reader who did not enter them to compare; ids alone show nothing.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cds.releases import exceptions
from cds.releases.documents import Documents
from tests.content import notes
from tests.content.conftest import DRAFT
from tests.content.notes import CLAIM, RANKS, Raw, Tables, by_stem, identified, in_entered, stem

ADDED = re.compile(r"D0-.*|R-return|SUS-.*|[A-Z]+-\d+\.[acnw]\d+|W-name|R-review|A-7|[CK]-given\.\d+|N-most\.\d+|[IN]-none|N-open|WF-\d+")
"""Ids of rules that the notes have no row for: derived facts, words of a card, gates, rows that make a table whole, weak flags."""


@pytest.fixture(scope="module")
def excepted() -> dict[str, Raw]:
    return {entry["row"]: entry for entry in exceptions.read(DRAFT)}


@pytest.fixture(scope="module")
def wanted(tables: Tables, red_flags: Tables) -> dict[str, notes.Cells]:
    """Every row of both pages that must be a rule or an exception."""
    return in_entered(tables) | {name: cells for section in RANKS for name, cells in identified(red_flags[section]).items()}


def test_every_row_of_the_notes_is_in_the_release_or_is_an_exception(
    entered: list[Raw], wanted: dict[str, notes.Cells], excepted: dict[str, Raw]
) -> None:
    assert sorted(wanted.keys() - {stem(rule["id"]) for rule in entered} - excepted.keys()) == []


def test_every_row_of_the_release_is_in_the_notes(entered: list[Raw], tables: Tables, red_flags: Tables) -> None:
    known = {name for rows in (*tables.values(), *red_flags.values()) for name in rows}
    added = {rule["id"] for rule in entered if not ADDED.fullmatch(rule["id"])}
    assert sorted(name for name in added if stem(name) not in known) == []


def test_every_row_that_the_notes_call_retired_is_an_exception_and_no_rule(shared: Path, entered: list[Raw], excepted: dict[str, Raw]) -> None:
    text = (shared / "clinical" / "decision-tables.md").read_text(encoding="utf-8")
    retired = {row for said in re.findall(r"^(.*?) (?:is|are) retired", text, re.MULTILINE) for row in re.findall(r"[A-Z]-\d+", said)}
    assert len(retired) == 3
    assert retired <= excepted.keys()
    assert [row for row in retired if by_stem(entered, row)] == []


def test_every_exception_is_something_that_the_notes_name(shared: Path, excepted: dict[str, Raw]) -> None:
    text = "".join((shared / "clinical" / f"{page}.md").read_text(encoding="utf-8") for page in ("decision-tables", "red-flags"))
    plain = text.replace("`", "")
    assert [row for row in excepted if row not in plain] == []


NO_TREATMENT = ("none",)
"""What can be ticked and is no treatment."""


def test_every_treatment_that_can_be_ticked_has_its_row(shared: Path, tables: Tables) -> None:
    items = json.loads((shared / "clinical" / "items.json").read_text(encoding="utf-8"))
    ticked = {item["linkId"]: item["options"] for group in items["groups"] for item in group["items"] if item["linkId"] in ("tried", "asked-about")}
    for name, options in ticked.items():
        codes = {f"X-{option['code']}" for option in options if option["code"] not in NO_TREATMENT}
        assert codes == set(identified(tables["D12."])), name


def test_the_rows_of_each_table_stand_in_the_order_of_the_notes(authored: Documents, tables: Tables) -> None:
    for section in notes.ENTERED:
        order = list(identified(tables[section]))
        for name, table in authored.tables.items():
            held = [one for one in dict.fromkeys(stem(rule["id"]) for rule in table.value["rules"]) if one in order]
            assert held == sorted(held, key=order.index), f"{section} {name}"


def test_each_red_flag_has_the_urgency_of_its_section_and_its_suspect(authored: Documents, red_flags: Tables) -> None:
    rows = [(name, section, cells) for section in RANKS for name, cells in identified(red_flags[section]).items()]
    noted = [(name, *RANKS[section], re.findall(r"`([^`]+)`", cells[1])[0]) for name, section, cells in rows]
    rules = authored.tables["red-flags"].value["rules"]
    assert [(rule["id"], *(rule["then"][name] for name in ("urgency", "rank", "suspect"))) for rule in rules] == noted


def test_the_weak_flags_are_those_of_the_notes(shared: Path, authored: Documents, excepted: dict[str, Raw]) -> None:
    text = (shared / "clinical" / "red-flags.md").read_text(encoding="utf-8")
    listed = text.split("## 4. Weak flags")[1].splitlines()[1].split('. "')[0]
    flags = [re.sub(r" \(.*", "", flag).strip() for flag in listed.split(";")]
    marked = " ".join(rule["annotation"] for rule in authored.tables["weak-flags"].value["rules"])
    assert len(flags) == 7
    assert [flag for flag in flags if flag not in marked and flag not in excepted] == []


def references(shared: Path) -> set[str]:
    """The ids of every cited source."""
    return {one["id"] for one in json.loads((shared / "clinical" / "references.json").read_text(encoding="utf-8"))}


def test_each_row_has_the_claims_of_its_reference_column(shared: Path, entered: list[Raw], tables: Tables) -> None:
    placed = notes.placed_claims(shared / "clinical" / "claim-rows.md")
    rows = in_entered(tables)
    assert placed.keys() <= rows.keys()
    lacking = {}
    for name, cells in rows.items():
        said = {claim for rule in by_stem(entered, name) for claim in rule["claims"]}
        lacking[name] = sorted((set(CLAIM.findall(cells[-1])) | placed.get(name, set())) - said)
    assert {name: claims for name, claims in lacking.items() if claims} == {}


def test_each_row_has_the_evidence_of_its_reference_column(shared: Path, entered: list[Raw], wanted: dict[str, notes.Cells]) -> None:
    known = references(shared)
    lacking = {}
    for name, cells in wanted.items():
        keys = set(re.findall(r"\bE\d\d\b", cells[-1])) | (set(re.findall(r"\b[A-Z][A-Z0-9_]+\b", cells[-1])) & known)
        lacking[name] = sorted(keys - {key for rule in by_stem(entered, name) for key in rule["evidence"]})
    assert {name: keys for name, keys in lacking.items() if keys} == {}


def test_each_row_has_the_origin_of_its_reference_column(entered: list[Raw], tables: Tables) -> None:
    wrong: dict[str, Any] = {}
    for name, cells in in_entered(tables).items():
        marks = [mark for mark in cells[-1].replace(", x", "").split() if mark in notes.ORIGINS]
        for rule in by_stem(entered, name) if len(marks) == 1 else ():
            if rule["origin"] != notes.ORIGINS[marks[0]]:
                wrong[rule["id"]] = (rule["origin"], marks[0])
    assert wrong == {}


def test_the_claims_named_below_the_referral_table_all_sit_in_it(shared: Path, authored: Documents) -> None:
    text = (shared / "clinical" / "decision-tables.md").read_text(encoding="utf-8")
    named = set(CLAIM.findall(text.split("## D9.")[1].split("\nRefs:")[1].split("\n")[0]))
    assert named <= {claim for rule in authored.tables["referral"].value["rules"] for claim in rule["claims"]}
