"""Hit policies, every match known, and what was unknown (DMN 1.5, 8.2.8)."""

import pytest

from cds.dmn import evaluation
from cds.dmn.evaluation import HitPolicyViolation
from tests.dmn.models import model, rule, table

ROWS = (
    rule("R-1", "{trend: worse}", "{urgency: urgent, rank: '2'}"),
    rule("R-2", "{pain: '>= 7'}", "{urgency: urgent, rank: '3'}"),
    rule("R-3", "{}", "{urgency: routine, rank: '1'}"),
)


def test_first_gives_the_first_rule_that_matches_and_knows_the_others() -> None:
    result = evaluation.evaluate(model(table("triage", "FIRST", "urgency, rank", *ROWS)), {"trend": "worse", "pain": 8}).decisions["triage"]
    assert result.rules == ("R-1",)
    assert [one.rule for one in result.results if one.truth] == ["R-1", "R-2", "R-3"]
    assert result.value == {"urgency": "urgent", "rank": 2}


def test_first_passes_over_a_rule_that_an_unknown_keeps_open() -> None:
    result = evaluation.evaluate(model(table("triage", "FIRST", "urgency, rank", *ROWS)), {"pain": 3}).decisions["triage"]
    assert result.rules == ("R-3",)
    assert [(one.rule, one.unknown) for one in result.undetermined] == [("R-1", ("trend",))]


def test_collect_gives_every_rule_in_order() -> None:
    result = evaluation.evaluate(model(table("triage", "COLLECT", "urgency, rank", *ROWS)), {"trend": "worse", "pain": 8}).decisions["triage"]
    assert result.rules == ("R-1", "R-2", "R-3")
    assert [output["rank"] for output in result.outputs] == [2, 3, 1]


def test_collect_of_nothing_is_an_empty_list() -> None:
    only = table("triage", "COLLECT", "urgency", rule("R-1", "{trend: worse}", "{urgency: urgent}"))
    assert evaluation.evaluate(model(only), {"trend": "better"}).value("triage") == ()


def test_collect_max_gives_the_largest_number() -> None:
    rows = (rule("R-1", "{}", "{rank: '1'}"), rule("R-2", "{pain: '> 1'}", "{rank: '3'}"))
    highest = model(table("highest", "COLLECT MAX", "rank", *rows))
    assert evaluation.evaluate(highest, {"pain": 2}).value("highest") == 3
    assert evaluation.evaluate(highest, {}).value("highest") == 1


def test_collect_max_of_nothing_is_unknown() -> None:
    highest = model(table("highest", "COLLECT MAX", "rank", rule("R-1", "{pain: '> 1'}", "{rank: '1'}")))
    assert evaluation.evaluate(highest, {"pain": 0}).value("highest") is None


def test_unique_refuses_two_matches_by_name() -> None:
    with pytest.raises(HitPolicyViolation, match="R-1, R-3"):
        evaluation.evaluate(model(table("triage", "UNIQUE", "urgency, rank", *ROWS)), {"trend": "worse", "pain": 1})


def test_priority_takes_the_output_that_is_listed_first() -> None:
    rows = (rule("R-1", "{}", "{urgency: urgent}"), rule("R-2", "{trend: worse}", "{urgency: routine}"))
    result = evaluation.evaluate(model(table("triage", "PRIORITY", "urgency", *rows)), {"trend": "worse"})
    assert (result.value("triage"), result.decisions["triage"].rules) == ("routine", ("R-2",))


def test_no_match_gives_an_unknown_and_not_a_default() -> None:
    only = table("triage", "FIRST", "urgency", rule("R-1", "{trend: worse}", "{urgency: urgent}"))
    assert evaluation.evaluate(model(only), {}).value("triage") is None


def test_a_decision_that_must_have_a_value_says_so_when_it_has_none() -> None:
    only = table("certain", "FIRST", "sure", rule("R-1", "{trend: worse}", "{sure: high}"))
    with pytest.raises(HitPolicyViolation, match="must always have one"):
        evaluation.evaluate(model(only), {})


def test_alternatives_match_when_one_of_them_does() -> None:
    either = table("triage", "COLLECT", "urgency", rule("R-1", "[{trend: worse}, {signs: cough}]", "{urgency: urgent}"))
    for known in ({"trend": "worse"}, {"signs": ("cough",)}, {"trend": "better", "signs": ("cough", "sit")}):
        assert evaluation.evaluate(model(either), known).decisions["triage"].rules == ("R-1",)
    result = evaluation.evaluate(model(either), {"trend": "better"}).decisions["triage"]
    assert result.undetermined[0].unknown == ("signs",)


def test_decisions_read_each_other_by_name_output_and_rules() -> None:
    rows = table("triage", "COLLECT", "urgency, rank", *ROWS)
    wiring = "  - {name: highest, type: rank, expression: max(triage.rank)}\n  - {name: fired, type: list of string, expression: triage.rules}\n"
    reader = table(
        "by-rule", "FIRST", "urgency", rule("X-1", "{triage.rules: R-2, highest: '3'}", "{urgency: urgent}"), inputs="triage.rules, highest"
    )
    result = evaluation.evaluate(model(reader, rows, wiring=wiring), {"pain": 9})
    assert result.value("highest") == 3
    assert result.value("fired") == ("R-2", "R-3")
    assert result.value("by-rule") == "urgent"
    assert list(result.decisions) == ["triage", "highest", "by-rule", "fired"]


def test_an_output_may_be_an_expression_over_other_decisions() -> None:
    computed = table("triage", "FIRST", "rank", rule("R-1", "{}", "{rank: 'pain + 1'}"))
    assert evaluation.evaluate(model(computed), {"pain": 2}).value("triage") == 3


@pytest.mark.parametrize("cell", ["see somebody", "'\"see somebody\"'"])
def test_an_output_without_allowed_words_is_text_quoted_or_bare(cell: str) -> None:
    free = table("advice", "FIRST", "advice", rule("R-1", "{}", f"{{advice: {cell}}}"))
    assert evaluation.evaluate(model(free), {}).value("advice") == "see somebody"


def test_the_same_input_gives_the_same_evaluation() -> None:
    trial = model(table("triage", "COLLECT", "urgency, rank", *ROWS))
    assert evaluation.evaluate(trial, {"pain": 8}) == evaluation.evaluate(trial, {"pain": 8})
