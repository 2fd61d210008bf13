"""Why a rule matched or not: every cell of every alternative, for any rule of any decision."""

import pytest

from cds.dmn import evaluation
from cds.dmn.evaluation import CellResult
from cds.dmn.feel import parser
from cds.foundation.errors import NotFound
from tests.dmn.models import model, rule, table

ROWS = (
    rule("R-1", "{trend: worse, pain: '>= 7'}", "{urgency: urgent}"),
    rule("R-2", "[{trend: better}, {signs: cough, pain: '> 1'}]", "{urgency: routine}"),
    rule("R-3", "{}", "{urgency: none}"),
)
TRIAGE = model(table("triage", "FIRST", "urgency", *ROWS))


def test_each_cell_of_a_rule_that_does_not_match_is_told_with_what_it_saw() -> None:
    reason = evaluation.explain(TRIAGE, {"trend": "worse", "pain": 6}, "R-1")
    assert (reason.decision, reason.truth, reason.given, reason.rules) == ("triage", False, False, ("R-3",))
    assert [(cell.input, cell.value, cell.truth) for cell in reason.alternatives[0]] == [("trend", "worse", True), ("pain", 6, False)]


def test_each_alternative_is_told_and_an_unknown_is_neither_true_nor_false() -> None:
    reason = evaluation.explain(TRIAGE, {"trend": "same", "pain": 3}, "R-2")
    assert reason.truth is None
    assert [[cell.truth for cell in cells] for cells in reason.alternatives] == [[False], [None, True]]


def test_a_rule_that_the_hit_policy_passed_over_matches_and_was_not_given() -> None:
    reason = evaluation.explain(TRIAGE, {"trend": "better"}, "R-3")
    assert (reason.truth, reason.given, reason.rules, reason.alternatives) == (True, False, ("R-2",), ((),))


def test_the_tests_of_a_cell_are_told() -> None:
    reason = evaluation.explain(TRIAGE, {"trend": "worse"}, "R-1")
    assert reason.alternatives[0][1] == CellResult("pain", parser.unary_tests(">= 7"), None, None)


def test_a_rule_is_explained_through_the_decisions_that_it_reads() -> None:
    reader = table("by-rule", "FIRST", "urgency", rule("X-1", "{triage.rules: R-3}", "{urgency: none}"), inputs="triage.rules")
    reason = evaluation.explain(model(reader, table("triage", "FIRST", "urgency", *ROWS)), {}, "X-1")
    assert (reason.truth, reason.alternatives[0][0].value) == (True, ("R-3",))


def test_a_rule_that_no_table_has_is_not_found() -> None:
    with pytest.raises(NotFound):
        evaluation.explain(TRIAGE, {}, "R-9")
    with pytest.raises(NotFound):
        evaluation.why(TRIAGE.decision("triage"), {"trend": None, "pain": None, "signs": None}, "R-9")
