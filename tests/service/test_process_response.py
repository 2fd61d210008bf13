"""$process-response: a finished response must conform, another may be incomplete; nothing is stored and nothing is decided."""

from typing import Any

import pytest

from cds.foundation.errors import CdsError, NotProcessable, WrongShape
from cds.service import process_response, questionnaires
from tests.service import messages
from tests.service.conftest import Knee
from tests.service.messages import CANARY


def processed(knee: Knee, sent: Any) -> list[tuple[str, str]]:
    """Severity and code of what is told of a response that is accepted; nothing was recorded."""
    outcome = process_response.process(questionnaires.library(knee.app), messages.body(sent))
    assert knee.app.ledger
    assert list(knee.app.ledger.records()) == []
    assert CANARY not in str(outcome)
    return [(issue["severity"], issue["code"]) for issue in outcome["issue"]]


def refused(knee: Knee, sent: Any, kind: type[CdsError] = NotProcessable) -> list[tuple[str, str]]:
    """Severity and rule or code of what is told of one that is not."""
    with pytest.raises(kind) as caught:
        processed(knee, sent)
    found = caught.value.diagnostics()
    assert CANARY not in str(caught.value) + str(found)
    return [(one.severity, one.rule or one.code) for one in found]


def test_a_finished_response_that_conforms_is_accepted(knee: Knee) -> None:
    assert processed(knee, knee.response()) == [("information", "informational")]


def test_a_finished_response_without_a_required_answer_is_not(knee: Knee) -> None:
    assert refused(knee, knee.response({"swelling": None})) == [("error", "required"), ("information", "informational")]


@pytest.mark.parametrize("status", ["in-progress", "stopped"])
def test_an_unfinished_response_may_be_incomplete(knee: Knee, status: str) -> None:
    assert processed(knee, knee.response({"swelling": None}, status=status)) == [("warning", "required"), ("information", "informational")]


def test_an_unfinished_response_must_be_of_the_right_types(knee: Knee) -> None:
    response = knee.response(status="in-progress")
    response["item"][0]["item"][0]["answer"] = [{"valueString": CANARY}]
    assert ("error", "invalidAnswerType") in refused(knee, response)


def test_a_refusal_says_where_an_emergency_is_seen_all_the_same(knee: Knee) -> None:
    with pytest.raises(NotProcessable) as caught:
        processed(knee, knee.response({"swelling": None, "locked": "yes"}))
    assert "$evaluate" in caught.value.diagnostics()[-1].text


@pytest.mark.parametrize("name", process_response.NAMES)
def test_the_parameter_has_the_name_of_sdc_3_or_of_sdc_2(knee: Knee, name: str) -> None:
    sent = {"resourceType": "Parameters", "parameter": [{"name": name, "resource": knee.response()}]}
    assert processed(knee, sent) == [("information", "informational")]


def test_another_parameter_is_told(knee: Knee) -> None:
    parts = [{"name": "in", "resource": knee.response()}, {"name": CANARY, "valueString": CANARY}]
    assert processed(knee, {"resourceType": "Parameters", "parameter": parts})[0] == ("warning", "not-supported")


def test_parameters_without_a_response_are_refused(knee: Knee) -> None:
    assert refused(knee, {"resourceType": "Parameters", "parameter": [{"name": CANARY}]}, WrongShape) == [("error", "structure")]


@pytest.mark.parametrize(
    "sent", [{}, {"resourceType": "Patient"}, {"resourceType": "QuestionnaireResponse", "questionnaire": CANARY, "status": "completed"}]
)
def test_what_is_no_response_to_a_questionnaire_held_here_is_not_accepted(knee: Knee, sent: Any) -> None:
    assert refused(knee, sent)[0][0] == "error"
