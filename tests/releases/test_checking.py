"""Each fault planted once in a small release, and found once, with its place."""

from pathlib import Path

import pytest

from cds.releases import checking, loading
from tests.releases import knees

Plant = tuple[str, str, str, str, str]
PLANTED: list[Plant] = [
    ("decisions/signs.yaml", "[KNEE2020]", "[E99]", "K-2", "The evidence key E99 is in neither list of evidence.yaml."),
    (
        "evidence.yaml",
        "refs: [KNEE2020]",
        "refs: [KNEE2099]",
        "evidence.yaml",
        "The evidence E01 rests on KNEE2099, which is no reference of evidence.yaml.",
    ),
    ("decisions/signs.yaml", "claims: [S1-02]", "claims: [S1-02, S9-99]", "K-1", "The claim S9-99 is not in evidence.yaml."),
    ("decisions/signs.yaml", "[KNEE2020]", "[]", "K-2", "The origin is guideline but no evidence or claim is named."),
    (
        "decisions/signs.yaml",
        "codes: SEE_SOON",
        "codes: 'SEE_SOON, SEE_LATE'",
        "K-1",
        "The recommendation code SEE_LATE is not listed in cards.yaml.",
    ),
    ("decisions/advice.yaml", "{codes: KNEE_REVIEW, review", "{review", "cards.yaml", "No rule gives the recommendation code KNEE_REVIEW."),
    (
        "cards.yaml",
        "  F-2: {clinician: Physiotherapist within 4 weeks.}\n",
        "",
        "F-2",
        "The rule gives a recommendation but no text says it.",
    ),
    ("cards.yaml", "  F-2: {", "  F-9: {clinician: Go.}\n  F-2: {", "cards.yaml", "A text is for the rule F-9, which is in no table."),
    ("cards.yaml", "from: [gaps]", "from: [gaps, holes]", "cards.yaml", "The card missing shows the decision holes, which does not exist."),
    ("cards.yaml", "facts: [locked, swelling]", "facts: [locked, elbow]", "cards.yaml", "A cluster names the fact elbow, which does not exist."),
    ("facts.yaml", "{value-set: swelling,", "{value-set: elbow,", "facts.yaml", "The value set elbow has no file in valuesets/."),
    (
        "facts.yaml",
        "reads: {value-set: body-temperature,",
        "reads: {value-set: elbow,",
        "facts.yaml",
        "The value set elbow has no file in valuesets/.",
    ),
    ("facts.yaml", "trigger: knee-pain", "trigger: elbow", "facts.yaml", "The value set elbow has no file in valuesets/."),
    (
        "facts.yaml",
        "facts:\n",
        "shown:\n  - {name: elbow, label: elbow, value-set: elbow, resource: Condition}\nfacts:\n",
        "facts.yaml",
        "The value set elbow has no file in valuesets/.",
    ),
    (
        "cards.yaml",
        "cards-without-content: [imaging]",
        "cards-without-content: []",
        "cards.yaml",
        "The decision assembly names the card imaging, which does not exist.",
    ),
    (
        "decisions/signs.yaml",
        "rank: '3', within: '168'",
        "rank: '1', within: '168'",
        "K-3",
        "The rule must give an urgency and the rank that this urgency has everywhere.",
    ),
    (
        "decisions/signs.yaml",
        "urgency: urgent, rank: '3', within: '168'",
        "rank: '3', within: '168'",
        "K-3",
        "The rule must give an urgency and the rank that this urgency has everywhere.",
    ),
    (
        "cards.yaml",
        "  referral: referral\n",
        "  referral: letters\n",
        "cards.yaml",
        "The assessment names letters, which is no decision and no fact.",
    ),
    ("cards.yaml", "  assembly: assembly\n", "  assembly: piles\n", "cards.yaml", "The assessment names piles, which is no decision and no fact."),
    (
        "cards.yaml",
        "ranked: [signs, gaps, course]",
        "ranked: [signs, gaps, curse]",
        "cards.yaml",
        "The assessment names curse, which is no decision and no fact.",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "place", "text"), PLANTED, ids=[f"{plant[3]}-{index}" for index, plant in enumerate(PLANTED)])
def test_a_planted_fault_is_the_one_finding(draft: Path, file: str, old: str, new: str, place: str, text: str) -> None:
    knees.edit(draft / file, old, new)
    found = checking.check(draft)
    assert [(one.text, one.expression) for one in found if one.text == text] == [(text, place)]
    assert all(one.severity == "error" for one in found)
    assert len(found) == 1


def test_a_release_without_faults_has_no_findings(draft: Path) -> None:
    assert checking.check(draft) == []


def test_two_urgencies_of_one_rank_are_found(draft: Path) -> None:
    knees.edit(draft / "decisions" / "course.yaml", "{urgency: self-care, rank: '1'}", "{urgency: self-care, rank: '2'}")
    assert ("Two urgencies have the same rank.", "decisions") in [(one.text, one.expression) for one in checking.check(draft)]


def test_codes_are_known_by_the_rule_that_gives_them(draft: Path) -> None:
    given = checking.codes_by_rule(loading.draft(draft, name="sore-knee"))
    assert given["F-3"] == ("KNEE_SURGEON", "KNEE_PHYSIO")
    assert "K-2" not in given


UNREADABLE = [
    ("facts.yaml", "type: integer, allowed: {min: '0', max: '120'}", "type: whole", "facts.yaml:11"),
    ("facts.yaml", "trigger: knee-pain", "trigger: knee-pain\ntrigger: knee-pain", "facts.yaml:10"),
    ("evidence.yaml", "certainty: moderate", "certainty: [moderate", "evidence.yaml:6"),
    ("decisions/band.yaml", "'[0..9]'", "'[0..]'", "decisions/band.yaml:6"),
    ("decisions/band.yaml", "decision: band", "decision: ribbon", "decisions/band.yaml:1"),
    ("decisions/band.yaml", "inputs: [days]", "inputs: [weeks]", "decisions/band.yaml:3"),
    ("decisions/model.yaml", "count(ask)", "count(ask", "decisions/model.yaml:26"),
    ("questionnaire.json", '"title": "Sore knee",', '"title": "Sore knee"', "questionnaire.json:8"),
    ("valuesets/swelling.json", '"version": "1.0.0",', '"version": "1.0.0"', "valuesets/swelling.json:6"),
]


@pytest.mark.parametrize(("file", "old", "new", "place"), UNREADABLE, ids=[f"{row[0]}-{index}" for index, row in enumerate(UNREADABLE)])
def test_what_cannot_be_read_is_named_by_file_and_line(draft: Path, file: str, old: str, new: str, place: str) -> None:
    knees.edit(draft / file, old, new)
    assert [one.expression for one in checking.check(draft)] == [place]


@pytest.mark.parametrize("rules", ["rules: text", "rules: [text]", "rules: [[text]]", "rules: [{id: R-1, when: text}]"])
def test_a_table_of_another_shape_is_named(draft: Path, rules: str) -> None:
    table = draft / "decisions" / "band.yaml"
    table.write_text(table.read_text(encoding="utf-8").split("rules:")[0] + rules, encoding="utf-8")
    assert {one.expression.split(":")[0] for one in checking.check(draft)} == {"decisions/band.yaml"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("questionnaire.json", '"linkId": "age"', '"linkID": "age"'),
        ("questionnaire.json", '"version": "2.0.0"', '"version": 2'),
        ("decisions/model.yaml", "max: '4'", "max: four"),
    ],
)
def test_a_document_of_another_shape_is_named(draft: Path, file: str, old: str, new: str) -> None:
    knees.edit(draft / file, old, new)
    assert {one.expression.split(":")[0] for one in checking.check(draft)} == {file}


@pytest.mark.parametrize("file", ["facts.yaml", "cards.yaml", "evidence.yaml", "questionnaire.json", "decisions/model.yaml"])
def test_a_file_that_lacks_is_named(draft: Path, file: str) -> None:
    (draft / file).unlink()
    assert [one.expression for one in checking.check(draft)] == [file]


def test_a_table_that_lacks_is_named(draft: Path) -> None:
    (draft / "decisions" / "band.yaml").unlink()
    assert "decisions/band.yaml" in checking.check(draft)[0].text


# Cases.

FAILING = [
    ("values: {final: urgent}", "values: {final: routine}", "A locked knee is urgent: final is urgent, expected routine", "cases/knee.yaml:6"),
    ("rules: [K-1, F-3]", "rules: [K-1, K-2]", "A locked knee is urgent: the rule K-2 did not match", "cases/knee.yaml:6"),
    ("not: [K-1]", "not: [C-1]", "A fresh sore knee without warning signs is cared for at home: the rule C-1 matched", "cases/knee.yaml:2"),
    (
        "highest: '1'",
        "highest: '1.5'",
        "A fresh sore knee without warning signs is cared for at home: highest is 1, expected 1.5",
        "cases/knee.yaml:2",
    ),
    (
        "band: unknown",
        "band: fresh",
        "Of somebody who said nothing the warning signs are asked: band is unknown, expected fresh",
        "cases/knee.yaml:11",
    ),
    (
        "confidence: unknown",
        "confidence: low",
        "Of somebody who said nothing the warning signs are asked: confidence is unknown, expected low",
        "cases/knee.yaml:11",
    ),
]


@pytest.mark.parametrize(("old", "new", "text", "place"), FAILING)
def test_a_case_that_fails_is_named_with_its_line(draft: Path, old: str, new: str, text: str, place: str) -> None:
    knees.edit(draft / "cases" / "knee.yaml", old, new)
    assert [(one.text, one.expression) for one in checking.check(draft)] == [(text, place)]


UNUSABLE = [
    ("base: nothing", "base: someone", "someone", "cases/knee.yaml:11"),
    ("facts: {locked: 'yes'}", "facts: {elbow: 'yes'}", "elbow", "cases/knee.yaml:6"),
    ("facts: {locked: 'yes'}", "facts: {locked: perhaps}", "locked", "cases/knee.yaml:6"),
    ("facts: {locked: 'yes'}", "facts: {days: many}", "days", "cases/knee.yaml:6"),
    ("values: {final: urgent}", "values: {verdict: urgent}", "verdict", "cases/knee.yaml:6"),
]


@pytest.mark.parametrize(("old", "new", "named", "place"), UNUSABLE)
def test_a_case_that_cannot_be_run_is_named_with_its_line(draft: Path, old: str, new: str, named: str, place: str) -> None:
    knees.edit(draft / "cases" / "knee.yaml", old, new)
    found = checking.check(draft)
    assert [(named in one.text, one.expression) for one in found] == [(True, place)]
