"""The table of rules: each is told by a case, and what is told keeps to the table."""

import pytest

from cds.fhir.validation import response as validation
from cds.fhir.validation import rules
from cds.foundation.errors import Diagnostic
from tests.fhir.validation import forms, structure_cases, value_cases
from tests.fhir.validation.cases import Case, told

CASES = [*structure_cases.CASES, *value_cases.CASES]
OUTSIDE = {"enteredInError"}
"""Has no case, because it is about the status; `test_a_response_entered_in_error_is_told_and_refused` has it."""
STATUSES = ["in-progress", "stopped", "completed", "amended"]


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} == rules.RULES.keys() - OUTSIDE


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_a_case_is_as_severe_as_the_table_says(case: Case) -> None:
    rule = rules.RULES[case.rule]
    assert (case.completed, case.in_progress) == (rule.finished, rule.unfinished)


def test_what_refuses_is_told_as_an_error_whatever_it_was() -> None:
    for rule in rules.RULES.values():
        found = rules.broken(rule.code, "completed", "text", "place")
        assert validation.refusals(found) == ([Diagnostic("error", rule.issue, "text", "place", rule.code)] if rule.refuses else [])


def test_a_breach_of_the_standard_itself_refuses_and_a_warning_of_it_does_not() -> None:
    error, warning = (Diagnostic(severity, "value", "text") for severity in ("error", "warning"))
    assert validation.refusals([error, warning]) == [error]


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_is_finished_must_be_complete(status: str) -> None:
    finished = status in rules.FINISHED
    assert rules.RULES["required"].severity(status) == ("error" if finished else "warning")
    assert bool(rules.broken("notEnabled", status, "", "")) is finished


@pytest.mark.parametrize("status", [None, 5, "done"])
def test_a_status_that_cannot_be_read_asks_for_all(status: object) -> None:
    assert rules.RULES["required"].severity(status) == "error"


def test_a_response_entered_in_error_is_told_and_refused() -> None:
    found = Case("", forms.FORM, {}, forms.sent(*forms.WHOLE), "").problems(status="entered-in-error")
    assert told(found) == [("enteredInError", "QuestionnaireResponse.status", "warning")]
    assert told(validation.refusals(found)) == [("enteredInError", "QuestionnaireResponse.status", "error")]
