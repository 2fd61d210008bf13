"""Claims of articles: each fault planted once in a small release, and found once."""

from pathlib import Path

import pytest

from cds.dmn.feel import ast
from cds.dmn.model import Rule, Source
from cds.foundation import schemas
from cds.releases import checking, claims, documents, loading
from tests.releases import knees

CLAIM = "  - {id: S1-02, concept: rest, stance: ADOPT, evidence: [E01]}\n"
ON_RULE = "claims: [S1-02]"
SEEN = "A claim that the rule answers in its own words."


def told(draft: Path) -> list[tuple[str, str]]:
    """What the check says of claims."""
    sources = documents.authored(draft)
    release = loading.draft(draft, name=knees.NAME, documents=sources)
    return [(one.expression, one.text) for one in claims.findings(release, sources, sealed=False)]


def stance(draft: Path, word: str, *, named: bool = True) -> None:
    """Adds the claim S1-03 with a stance, on the rule K-1 (display RECOMMEND) or on none."""
    knees.edit(draft / "evidence.yaml", CLAIM, f"{CLAIM}  - {{id: S1-03, concept: ice, stance: {word}, evidence: [E01]}}\n")
    if named:
        knees.edit(draft / "decisions" / "signs.yaml", ON_RULE, "claims: [S1-02, S1-03]")


def listed(draft: Path, text: str) -> None:
    """Adds a list to the evidence."""
    path = draft / "evidence.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}{text}\n", encoding="utf-8")


def excluded(claim: str) -> str:
    return f"{{claim: {claim}, reason: It speaks of causes alone.}}"


def test_every_claim_that_stands_on_a_rule_is_accounted_for(draft: Path) -> None:
    assert told(draft) == []


@pytest.mark.parametrize("word", sorted(set(claims.AGREEING) - {"EXCLUDE_COMMERCIAL"}))
def test_a_claim_without_a_place_is_found(draft: Path, word: str) -> None:
    stance(draft, word, named=False)
    text = f"The claim S1-03 ({word}) is in no rule. Name it on the rule that says or answers it, or exclude it with a reason."
    assert told(draft) == [("evidence.yaml", text)]


@pytest.mark.parametrize("word", claims.LEFT_OUT)
def test_a_claim_that_may_be_left_out_is_left_out_with_a_reason(draft: Path, word: str) -> None:
    stance(draft, word, named=False)
    listed(draft, f"exclusions: [{excluded('S1-03')}]")
    assert told(draft) == []


@pytest.mark.parametrize("word", sorted(set(claims.AGREEING) - set(claims.LEFT_OUT)))
def test_any_other_claim_may_not_be_left_out(draft: Path, word: str) -> None:
    stance(draft, word, named=False)
    listed(draft, f"exclusions: [{excluded('S1-03')}]")
    text = f"The claim S1-03 is excluded, but its stance is {word}. Only EXCLUDE_COMMERCIAL and INFO_ONLY may be left out."
    assert told(draft) == [("evidence.yaml", text)]


def test_a_claim_is_not_both_on_a_rule_and_left_out(draft: Path) -> None:
    knees.edit(draft / "evidence.yaml", "stance: ADOPT,", "stance: INFO_ONLY,")
    listed(draft, f"exclusions: [{excluded('S1-02')}]\nanswers: [{{claim: S1-02, rules: [K-1], reason: {SEEN}}}]")
    assert told(draft) == [("evidence.yaml", "The claim S1-02 is excluded but stands on K-1. Take it from one of the two.")]


def test_a_claim_is_left_out_once_and_is_a_claim(draft: Path) -> None:
    stance(draft, "INFO_ONLY", named=False)
    other = "{claim: S1-03, reason: It speaks of mechanisms alone.}"
    listed(draft, f"exclusions: [{excluded('S1-03')}, {other}, {excluded('S1-09')}]")
    assert [text for _, text in told(draft)] == [
        "The claim S1-03 is excluded twice.",
        "The claim S1-09 is excluded but is not in the list of claims.",
    ]


@pytest.mark.parametrize("word", [word for word, displays in claims.AGREEING.items() if "RECOMMEND" not in displays])
def test_a_claim_on_a_rule_that_shows_something_else_is_found(draft: Path, word: str) -> None:
    stance(draft, word)
    text = f"The claim S1-03 is {word}, but the rule shows RECOMMEND. Say in `answers` how it answers."
    assert told(draft) == [("K-1", text)]
    listed(draft, f"answers: [{{claim: S1-03, rules: [K-1], reason: {SEEN}}}]")
    assert told(draft) == []


@pytest.mark.parametrize("word", [word for word, displays in claims.AGREEING.items() if "RECOMMEND" in displays])
def test_a_claim_on_a_rule_that_shows_as_much_needs_no_answer(draft: Path, word: str) -> None:
    stance(draft, word)
    assert told(draft) == []


@pytest.mark.parametrize("rule", ["K-1", "K-2", "K-9"])
def test_an_answer_without_a_disagreement_is_found(draft: Path, rule: str) -> None:
    listed(draft, f"answers: [{{claim: S1-02, rules: [{rule}], reason: {SEEN}}}]")
    text = f"The rule {rule} is said to answer the claim S1-02, but it does not name it or shows what the claim says."
    assert told(draft) == [("evidence.yaml", text)]


def test_what_only_articles_say_is_not_recommended(draft: Path) -> None:
    knees.edit(draft / "evidence.yaml", "refs: [KNEE2020]", "refs: []")
    assert told(draft) == [("K-1", "The rule recommends what articles claim, but no reference supports it.")]


def test_talk_of_causes_alone_carries_no_rule(draft: Path) -> None:
    knees.edit(draft / "evidence.yaml", "stance: ADOPT,", "stance: INFO_ONLY,")
    knees.edit(draft / "decisions" / "signs.yaml", ON_RULE, "claims: []")
    knees.edit(draft / "decisions" / "course.yaml", "evidence: []\n    claims: []", "evidence: []\n    claims: [S1-02]")
    assert told(draft) == [("C-2", "The rule rests on claims that are INFO_ONLY alone.")]


def test_the_display_of_a_rule_is_its_own_before_that_of_its_codes(draft: Path) -> None:
    release = loading.draft(draft, name=knees.NAME)
    codes = {"codes": ast.ListOf((ast.Constant("SEE_SOON"),))}
    own = Rule("K-8", ({},), codes | {"display": ast.Constant("OPTION")}, Source())
    assert claims.displays(release, own) == {"OPTION"}
    assert claims.displays(release, Rule("K-8", ({},), codes, Source())) == {"RECOMMEND"}
    assert claims.displays(release, release.model.rules()["K-2"]) == {claims.NONE}


def test_every_stance_of_the_schema_has_its_displays() -> None:
    schema = schemas.validator("evidence").schema
    assert isinstance(schema, dict)
    assert set(claims.AGREEING) == set(schema["$defs"]["claim"]["properties"]["stance"]["enum"])


def test_a_release_that_was_sealed_before_claims_had_to_be_accounted_for_is_left_in_peace(condition: Path) -> None:
    stance(condition / "draft", "ADOPT", named=False)
    sources = documents.authored(condition / "draft")
    release = loading.draft(condition / "draft", name=knees.NAME, documents=sources)
    assert list(claims.findings(release, sources, sealed=True)) == []
    listed(condition / "draft", "exclusions: []")
    sources = documents.authored(condition / "draft")
    assert len(list(claims.findings(release, sources, sealed=True))) == 1


def test_the_check_of_a_draft_tells_what_is_found(draft: Path) -> None:
    stance(draft, "NOT_RECOMMENDED")
    assert [(one.expression, one.severity) for one in checking.check(draft)] == [("K-1", "error")]
