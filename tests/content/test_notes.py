"""The draft release against the clinical notes of `../shared`: ids, codes, words and sources, compared by a machine.

The conditions of the rows are for a reader who did not enter them to compare; ids alone show nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import cds
from cds.releases import documents, loading
from cds.releases.documents import Documents
from cds.values.release import Release

DRAFT = Path(cds.__file__).parent / "content" / "low-back-pain" / "draft"
ENTERED = ("D1-M.", "D2.", "D3.", "D4.", "T.", "D5.", "D9.", "D10.", "D13.")
RANKS = {"1.": ("emergency", "4"), "2.": ("urgent", "3"), "3.": ("routine", "2")}
ROW_ID = re.compile(r"[A-Z]+-\d+[a-z]?")
ADDED = re.compile(r"D0-.*|SUS-.*|[A-Z]+-\d+\.[acnw]\d+|W-name|R-review|A-7")
CLAIM = re.compile(r"S\d-\d+")
ORIGINS = {"s": "article", "g": "guideline", "s+g": "article+guideline", "x": "expert"}
MARKS = {"V": "verified", "u": "unverified", "": "certain"}
SCT = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
EXTENSION = "http://hl7.org/fhir/StructureDefinition/"

Cells = tuple[str, ...]
Tables = Mapping[str, Mapping[str, Cells]]
Raw = Mapping[str, Any]


@pytest.fixture(scope="module")
def release() -> Release:
    return loading.draft(DRAFT, name="low-back-pain")


@pytest.fixture(scope="module")
def authored() -> Documents:
    return documents.authored(DRAFT)


@pytest.fixture(scope="module")
def entered(authored: Documents) -> list[Raw]:
    return [rule for table in authored.tables.values() for rule in table.value["rules"]]


@pytest.fixture(scope="module")
def tables(shared: Path) -> Tables:
    return sections(shared / "clinical" / "decision-tables.md")


@pytest.fixture(scope="module")
def red_flags(shared: Path) -> Tables:
    return sections(shared / "clinical" / "red-flags.md")


@pytest.fixture(scope="module")
def items(shared: Path) -> Any:
    return json.loads((shared / "clinical" / "items.json").read_text(encoding="utf-8"))


def sections(path: Path) -> dict[str, dict[str, Cells]]:
    """The rows of a page of notes by the first word of their heading (`D9.`) and by id."""
    found: dict[str, dict[str, Cells]] = {}
    heading = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("#").split()[0]
        elif line.startswith("| ") and heading:
            first, *rest = (cell.strip() for cell in line.strip().strip("|").split("|"))
            found.setdefault(heading, {})[first] = tuple(rest)
    return found


def identified(rows: Mapping[str, Cells]) -> dict[str, Cells]:
    return {name: cells for name, cells in rows.items() if ROW_ID.fullmatch(name)}


def in_entered(tables: Tables) -> dict[str, Cells]:
    return {name: cells for section in ENTERED for name, cells in identified(tables[section]).items()}


def stem(identifier: str) -> str:
    """The notes' id of a row that was split: F-10 of F-10.1, U-01 of U-01."""
    return re.sub(r"\.\d+$", "", identifier)


def by_stem(entered: list[Raw], name: str) -> list[Raw]:
    return [rule for rule in entered if stem(rule["id"]) == name]


def listed(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(",") if word.strip()]


def test_every_row_of_the_notes_is_in_the_release(entered: list[Raw], tables: Tables, red_flags: Tables) -> None:
    wanted = set(in_entered(tables)).union(*(identified(red_flags[section]) for section in RANKS))
    assert sorted(wanted - {stem(rule["id"]) for rule in entered}) == []


def test_every_row_of_the_release_is_in_the_notes(entered: list[Raw], tables: Tables, red_flags: Tables) -> None:
    known = {name for rows in (*tables.values(), *red_flags.values()) for name in rows}
    added = {rule["id"] for rule in entered if not ADDED.fullmatch(rule["id"])}
    assert sorted(name for name in added if stem(name) not in known) == []


def test_the_rows_of_each_table_stand_in_the_order_of_the_notes(entered: list[Raw], tables: Tables) -> None:
    for section in ENTERED:
        order = list(identified(tables[section]))
        stems = dict.fromkeys(stem(rule["id"]) for rule in entered)
        assert [name for name in stems if name in order] == order, section


def test_each_red_flag_has_the_urgency_of_its_section_and_its_suspect(authored: Documents, red_flags: Tables) -> None:
    rows = [(name, section, cells) for section in RANKS for name, cells in identified(red_flags[section]).items()]
    noted = [(name, *RANKS[section], re.findall(r"`([^`]+)`", cells[1])[0]) for name, section, cells in rows]
    rules = authored.tables["red-flags"].value["rules"]
    assert [(rule["id"], *(rule["then"][name] for name in ("urgency", "rank", "suspect"))) for rule in rules] == noted


def test_each_row_has_the_claims_and_evidence_of_its_reference_column(shared: Path, entered: list[Raw], tables: Tables) -> None:
    (placed,) = sections(shared / "clinical" / "claim-rows.md").values()
    for name, cells in in_entered(tables).items():
        for rule in by_stem(entered, name):
            wanted = set(CLAIM.findall(" ".join((cells[-1], *placed.get(name, ())))))
            assert wanted <= set(rule["claims"]), rule["id"]
            assert set(re.findall(r"\bE\d\d\b", cells[-1])) <= set(rule["evidence"]), rule["id"]


def test_each_row_has_the_origin_of_its_reference_column(entered: list[Raw], tables: Tables) -> None:
    for section in ("D1-M.", "D2.", "D3.", "D4.", "D5."):
        for name, cells in identified(tables[section]).items():
            assert {rule["origin"] for rule in by_stem(entered, name)} == {ORIGINS[cells[-1].split()[-1]]}, name


def test_the_claims_named_below_the_referral_table_all_sit_in_it(shared: Path, authored: Documents) -> None:
    text = (shared / "clinical" / "decision-tables.md").read_text(encoding="utf-8")
    wanted = set(CLAIM.findall(text.split("## D9.")[1].split("\nRefs:")[1].split("\n")[0]))
    assert wanted <= {claim for rule in authored.tables["referral"].value["rules"] for claim in rule["claims"]}


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
            assert (rule["then"]["advice"], rule["then"]["review-days"], release.cards.texts[name].patient) == (advice, days, text), name


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
            assert {source.value_set for source in fact.sources} == set(noted[name]["record"]["valueSets"]), name


def test_every_claim_keeps_its_stance_and_evidence(shared: Path, authored: Documents) -> None:
    claims = json.loads((shared / "clinical" / "claims.json").read_text(encoding="utf-8"))
    held = [[claim[key] for key in ("id", "stance", "evidence", "concept")] for claim in authored.evidence.value["claims"]]
    named = ["commercial product" if re.search(r"\bbranded\b", one["concept"]) else one["concept"] for one in claims]
    assert held == [[one["id"], one["stance"], one["evidence"], concept] for one, concept in zip(claims, named, strict=True)]


def test_no_claim_is_quoted(shared: Path, authored: Documents) -> None:
    quotes = {claim["id"]: claim["quote"] for claim in json.loads((shared / "clinical" / "claims.json").read_text(encoding="utf-8"))}
    assert [claim["id"] for claim in authored.evidence.value["claims"] if quotes[claim["id"]].casefold() in claim["concept"].casefold()] == []


def test_every_evidence_key_and_reference_keeps_its_grades_and_marks(shared: Path, authored: Documents) -> None:
    keys = ("key", "topic", "verdict", "certainty", "strength", "refs")
    noted = json.loads((shared / "clinical" / "evidence.json").read_text(encoding="utf-8"))
    assert [[entry[key] for key in keys] for entry in authored.evidence.value["evidence"]] == [[one[key] for key in keys] for one in noted]
    references = json.loads((shared / "clinical" / "references.json").read_text(encoding="utf-8"))
    for held, one in zip(authored.evidence.value["references"], references, strict=True):
        assert (held["id"], held["citation"]) == (one["id"], one["citation"])
        assert held["locator"] == ("" if " " in one["doi_or_url"] else one["doi_or_url"]), held["id"]
        assert held["verification"].startswith(one["verification"]), held["id"]


def composed(name: str) -> dict[str, dict[str, str]]:
    """The codes of a value set by system, each with the mark of its verification."""
    found: dict[str, dict[str, str]] = {}
    for include in json.loads((DRAFT / "valuesets" / f"{name}.json").read_text(encoding="utf-8")).get("compose", {}).get("include", ()):
        marks = {concept["code"]: include["extension"][0]["valueCode"] for concept in include["concept"]}
        found[include["system"]] = found.get(include["system"], {}) | marks
    return found


def marked(cell: str) -> dict[str, str]:
    """The SNOMED CT codes of a cell of the notes with their marks."""
    text = re.sub(r"\bNot \d+.*", "", cell)
    return {code: MARKS[mark] for code, mark in re.findall(r"\b(\d{6,})\b[^,;]*?(?: (V|u)\b)?(?=[,;.]|$)", text)}


def covers(pattern: str, code: str) -> bool:
    """Whether an ICD-10-CM pattern of the notes takes a code: `M80.*`, `C00-C96`, `Z85.* (not Z85.828)`, `R50.9`."""
    said, _, without = pattern.partition(" (not ")
    low, _, high = said.rstrip("*").rstrip(".").partition("-")
    if without and code.startswith(without.rstrip(")")):
        return False
    if high:
        return low <= code[: len(low)] <= high
    return code.startswith(low) if said.endswith("*") else code == low


def test_the_condition_codes_of_each_value_set_are_those_of_the_notes(release: Release, red_flags: Tables) -> None:
    rows = {name.split(" (")[0]: cells for name, cells in red_flags["Conditions"].items()}
    for name in release.value_sets.keys() & rows.keys():
        codes, patterns = composed(name), [one for one in listed(rows[name][1]) if one != "-"]
        assert codes.get(SCT, {}) == ({} if rows[name][2].startswith("answer") else marked(rows[name][2])), name
        assert [code for code in codes.get(ICD, {}) if not any(covers(pattern, code) for pattern in patterns)] == [], name
        assert [pattern for pattern in patterns if not any(covers(pattern, code) for code in codes[ICD])] == [], name


def test_the_medicines_of_each_value_set_are_those_of_the_notes(release: Release, red_flags: Tables) -> None:
    for name in release.value_sets.keys() & red_flags["Medicines"].keys():
        medicines = listed(red_flags["Medicines"][name][1].split(";")[0])
        noted = {match[1]: match[2] for match in (re.search(r"(\d+)( V)?$", one) for one in medicines) if match}
        assert set(release.value_sets[name].names) == {re.sub(r" \d+( V)?$", "", one) for one in medicines}, name
        codes = composed(name)[RXNORM]
        assert {code: codes.get(code) for code in noted} == {code: "verified" if mark else "from-memory" for code, mark in noted.items()}, name
