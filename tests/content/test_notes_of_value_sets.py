"""The value sets of the draft against the rows of the clinical notes that they are made from, code by code and mark by mark."""

import importlib.util
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cds.foundation import yaml
from cds.releases import icd

DRAFT = Path(__file__).parents[2] / "cds" / "content" / "low-back-pain" / "draft"
MARKS = {"V": "verified", "u": "unverified", "": "certain"}
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SCT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NOT_MADE = {"drug-use"}
"""Sensitive: its row says that it is shown to no one and sets nothing, so there is nothing that could read it."""
LEFT_OUT = {"hysterectomy": {"Z90.712"}}
"""Against the row, on the safe side: the uterus remains, so pregnancy stays possible."""
ASPIRIN = "aspirin"
ENTITY_WITHOUT_CODE = ("DXA T-score LOINC u", "HLA-B27 LOINC u")
SPLIT = {"aspirin <=325 mg/d", "acetylsalicylic acid", "aspirin >325 mg/d"}
"""What the rows of antiplatelets and NSAIDs say of aspirin by its daily dose; it is a value set of its own."""

Rows = Mapping[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def conditions(shared: Path) -> Rows:
    return rows(shared, "### Conditions and observations")


@pytest.fixture(scope="module")
def medicines(shared: Path) -> Rows:
    return rows(shared, "### Medicines")


def rows(shared: Path, heading: str) -> dict[str, tuple[str, ...]]:
    """The rows of one table of the page of red flags by their first cell, without what stands there in brackets."""
    text = (shared / "clinical" / "red-flags.md").read_text(encoding="utf-8").split(heading)[1].split("\n### ")[0]
    table = [line.strip("| \n").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {first.split(" (")[0].strip(): tuple(cell.strip() for cell in rest) for first, *rest in table[1:]}


@cache
def sources() -> list[Mapping[str, Any]]:
    text = (DRAFT / "valuesets" / "sources.yaml").read_text(encoding="utf-8")
    entries: list[Mapping[str, Any]] = yaml.parse(text, name="sources.yaml").value["value-sets"]
    return entries


@cache
def ordered() -> set[str]:
    """The value sets by which orders alone are known: no fact is made of them."""
    cards = yaml.parse((DRAFT / "cards.yaml").read_text(encoding="utf-8"), name="cards.yaml").value
    checked = {one["value-set"] for check in cards["orders"] for one in check["sets"]}
    return (checked - {"nsaids", ASPIRIN}) | {entry["ordered-as"] for entry in cards["recommendations"] if "ordered-as" in entry}


def names() -> set[str]:
    return {entry["id"] for entry in sources()}


def of_row(row: str) -> list[str]:
    """The value sets that say that they come from that row."""
    return [entry["id"] for entry in sources() if row in entry.get("row", entry["id"]).split(", ")]


@cache
def resource(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((DRAFT / "valuesets" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def marked(name: str, system: str) -> dict[str, str]:
    """The codes of one system in a value set that came from the notes, each with its mark."""
    includes = resource(name).get("compose", {}).get("include", ())
    mine = [include for include in includes if include["system"] == system and "notes" in origin(include)]
    return {concept["code"]: include["extension"][0]["valueCode"] for include in mine for concept in include["concept"]}


def origin(include: Mapping[str, Any]) -> str:
    return str(include["extension"][1]["valueString"]).casefold()


def listed(cell: str) -> list[str]:
    """The parts of a cell that commas divide, outside brackets."""
    return [part.strip() for part in re.split(r",(?![^(]*\))", cell) if part.strip() not in ("", "-")]


def noted(cell: str, pattern: str) -> dict[str, str]:
    """The codes of a cell that look like the pattern, with the mark that stands before the next comma."""
    text = re.sub(r"\bNot \d+.*", "", cell)
    return {code: MARKS[mark] for code, mark in re.findall(rf"(?<![\w.-])({pattern})\b[^,;]*?(?: (V|u)\b)?(?= \(|[,;.]|$| shown| or )", text)}


def patterns(cell: str) -> list[str]:
    """The ICD-10-CM patterns of a cell: an abbreviated list is written out, an explanation dropped."""
    found: list[str] = []
    for part in listed(re.sub(r" \((?!not )[^)]*\)| active", "", cell)):
        stem, *more = part.split("/")
        found += [stem, *(stem.partition(".")[0] + one for one in more)]
    return found


def covers(pattern: str, code: str) -> bool:
    """Whether a pattern of the notes takes a code: `M80.*`, `C00-C96 (not C44)`, `Z85.* (not Z85.828)`, `E08-E11*`, `R50.9`."""
    said, _, without = pattern.partition(" (not ")
    low, _, high = said.rstrip("*").rstrip(".").partition("-")
    if without and code.startswith(without.rstrip(")")):
        return False
    if high:
        return low <= code[: len(low)] <= high
    return code.startswith(low) if said.endswith("*") else code == low


def taken(cell: str, codes: list[str]) -> set[str]:
    """The codes that a cell takes; what one pattern leaves out no other pattern of the cell brings back."""
    said = patterns(cell)
    without = [pattern.partition(" (not ")[2].rstrip(")") for pattern in said if " (not " in pattern]
    found = {code for code in codes if any(covers(pattern, code) for pattern in said)}
    return {code for code in found if not any(code.startswith(left_out) for left_out in without)}


def test_every_row_is_a_value_set_or_is_left_out_with_a_reason(conditions: Rows, medicines: Rows) -> None:
    assert len(conditions) > 40 and len(medicines) > 12
    assert [row for row in (*conditions, *medicines) if not of_row(row) and row not in NOT_MADE] == []
    assert names() & NOT_MADE == set()


def test_every_value_set_comes_from_a_row(conditions: Rows, medicines: Rows, shared: Path) -> None:
    facts = conditions.keys() | medicines.keys()
    tables = (shared / "clinical" / "decision-tables.md").read_text(encoding="utf-8")
    known = {True: set(re.findall(r"^\| ([A-Z]+-\d+) \|", tables, re.MULTILINE)), False: facts}
    assert [entry["id"] for entry in sources() if not set(entry.get("row", entry["id"]).split(", ")) <= known[entry["id"] in ordered()]] == []


def test_the_codes_of_orders_are_in_no_row_and_so_are_unverified() -> None:
    assert {mark for entry in sources() if entry["id"] in ordered() for mark in (codes["mark"] for codes in entry["codes"])} == {"unverified"}


def test_every_snomed_code_and_its_mark_is_that_of_the_notes(conditions: Rows) -> None:
    for row in conditions.keys() & names():
        cell = conditions[row][2]
        wanted = {} if cell.startswith("answer") else noted(cell, r"\d{6,}")
        assert marked(row, SCT) == wanted, row


def test_every_icd_code_is_taken_by_a_pattern_of_the_notes_and_every_pattern_takes_one(conditions: Rows) -> None:
    for row in conditions.keys() & names():
        codes, said = marked(row, ICD), patterns(conditions[row][1])
        assert set(codes.values()) <= {"verified"}, row
        assert set(codes) == taken(conditions[row][1], list(codes)), row
        assert [pattern for pattern in said if not any(covers(pattern, code) for code in codes)] == [], row


def test_every_code_that_a_pattern_of_the_notes_takes_is_in_the_value_set(conditions: Rows) -> None:
    if importlib.util.find_spec("simple_icd_10_cm") is None:
        pytest.skip("the extra `authoring` is not installed")
    for row in conditions.keys() & names():
        near = list(icd.expanded(sorted({f"{pattern[0]}*" for pattern in patterns(conditions[row][1])}), (), place=row))
        assert set(marked(row, ICD)) == taken(conditions[row][1], near) - LEFT_OUT.get(row, set()), row


def test_every_measurement_of_a_row_is_in_a_value_set_of_that_row_with_its_mark(conditions: Rows) -> None:
    for row, cells in conditions.items():
        wanted = noted(" ".join(cells[3:]), r"\d{4,5}-\d|\d{3}-\d")
        assert wanted or "LOINC" not in cells[-1] or cells[-1].endswith(ENTITY_WITHOUT_CODE), row
        held = {code: mark for name in of_row(row) for code, mark in marked(name, LOINC).items()}
        assert held == wanted, row


def test_the_names_and_codes_of_each_medicine_are_those_of_the_notes(medicines: Rows) -> None:
    for row, cells in medicines.items():
        said = [one for one in listed(cells[1].split(";")[0])]
        plain = {re.sub(r" \d+( V)?$", "", one) for one in said}
        assert set(ingredients(row)) == plain - SPLIT, row
        coded = {match[1]: match[2] for match in (re.search(r" (\d+)( V)?$", one) for one in said if not one.startswith(ASPIRIN)) if match}
        assert marked(row, RXNORM) == {code: "verified" if mark else "from-memory" for code, mark in coded.items()}, row


def test_aspirin_is_a_value_set_of_its_own_since_its_daily_dose_decides(medicines: Rows) -> None:
    said = [one for row in ("antiplatelets", "nsaids") for one in listed(medicines[row][1].split(";")[0])]
    assert set(of_row("antiplatelets")) & set(of_row("nsaids")) == {ASPIRIN}
    assert {re.sub(r" \d+$", "", one) for one in said if "aspirin" in one or "acetyl" in one} == SPLIT
    assert set(ingredients(ASPIRIN)) == {"aspirin", "acetylsalicylic acid"}
    assert marked(ASPIRIN, RXNORM) == {one.rsplit(" ", 1)[1]: "from-memory" for one in said if re.search(r"aspirin .* \d{4}$", one)}


def test_the_diagnosis_code_of_a_row_of_medicines_is_in_its_value_set(medicines: Rows) -> None:
    for row, cells in medicines.items():
        wanted = {code: "verified" for code in re.findall(r"\b[A-Z]\d\d\.\d+\b", cells[1])}
        assert marked(row, ICD) == wanted, row


def test_the_words_beside_which_a_name_does_not_count_are_those_of_the_notes(shared: Path, medicines: Rows) -> None:
    text = (shared / "clinical" / "red-flags.md").read_text(encoding="utf-8")
    said = re.search(r"Products for the skin[^(]*\(([^)]*) in the text\) do not match (.*?);", text)
    assert said
    words, sets = re.findall(r'"([^"]+)"', said[1]), set(re.findall(r"`([^`]+)`", said[2]))
    for row in medicines:
        excluded = resource(row).get("compose", {}).get("exclude", ())
        assert [concept["code"] for one in excluded for concept in one["concept"]] == (words if row in sets else []), row


def ingredients(name: str) -> list[str]:
    includes = resource(name)["compose"]["include"]
    return [concept["code"] for include in includes if include["system"].endswith("/ingredient-name") for concept in include["concept"]]
