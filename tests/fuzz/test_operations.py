"""Messages of the form that are spoilt, and bytes that are none, at every way in."""

import json

import pytest

from tests.fuzz import cases, judging, messages
from tests.fuzz.serving import Fuzzed

SPOILT, NOISE = 40, 15


@pytest.mark.parametrize("name", cases.WAYS)
def test_a_spoilt_message_is_answered_as_documented_and_not_repeated(fuzzed: Fuzzed, name: str) -> None:
    cases.spoilt(fuzzed, cases.WAYS[name], examples=SPOILT)


@pytest.mark.parametrize("name", cases.WAYS)
def test_bytes_that_are_no_message_are_refused_and_not_repeated(fuzzed: Fuzzed, name: str) -> None:
    cases.noise(fuzzed, cases.WAYS[name], examples=NOISE)


@pytest.mark.parametrize(
    "name", ["evaluate as cards", "evaluate as FHIR", "validate", "process-response", "populate", "hook", "order-select", "order-sign", "feedback"]
)
def test_a_message_that_is_not_spoilt_is_answered(fuzzed: Fuzzed, name: str) -> None:
    answered: list[int] = []
    way = cases.WAYS[name]

    def check(message: messages.Document) -> None:
        path = way.path.format(name=fuzzed.name)
        answered.append(fuzzed.client.post(path, data=json.dumps(message), content_type=way.accept, headers={"Accept": way.accept}).status_code)

    cases.drawn(way.takes(fuzzed.form), check, examples=10)
    # A form receiver refuses a finished response that lacks required answers.
    assert set(answered) == {200} if name != "process-response" else {200, 422} >= set(answered) >= {200}


def test_a_judge_finds_an_echo_and_a_fault(fuzzed: Fuzzed) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "value", "diagnostics": f"Not so: {messages.CANARY}"}]}
    for status, document in ((422, outcome), (500, {**outcome, "issue": []}), (200, {"resourceType": "Patient"})):
        response = fuzzed.flask.response_class(json.dumps(document), status=status)
        with pytest.raises(AssertionError):
            judging.judge(fuzzed, response, "OperationOutcome")  # type: ignore[arg-type]
