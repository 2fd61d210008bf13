"""The route of feedback: what is taken, what each error answers, and what the log keeps (rows A1, A5, G1 and I3)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.foundation import errors
from cds.service.feedback import Meter
from cds.web.limits import Limits
from tests.web.conftest import Lines
from tests.web.doors import SIGNED, Porter, guarded

Client = Callable[..., FlaskClient]
CANARY = "canary-7731"
FEEDBACK = "/cds-services/a-service/feedback"
KEPT = {"received": 1, "items": [{"index": 0, "status": "recorded", "card": "u-1"}]}


def raising(error: Exception) -> Callable[..., Any]:
    """A use case that fails."""

    def use(*_: Any) -> Any:
        raise error

    return use


def test_feedback_is_handed_on_as_it_came_and_its_fate_is_told(client: Client, log: Lines) -> None:
    seen: list[tuple[str, bytes]] = []

    def feedback(service_id: str, body: bytes, _: Meter) -> dict[str, Any]:
        seen.append((service_id, body))
        return KEPT

    response = client(feedback=feedback).post(FEEDBACK, data=b'{"feedback": []}', content_type="application/json")
    assert (response.status_code, response.mimetype, response.get_json()) == (200, "application/json", KEPT)
    assert response.headers["Cache-Control"] == "no-store"
    assert seen == [("a-service", b'{"feedback": []}')]
    assert "a-service" in str(log.written)


def test_each_item_counts_for_the_client_who_sent_them(log: Lines) -> None:
    porter, room = Porter(), list[int]()

    def feedback(_: str, body: bytes, meter: Meter) -> dict[str, Any]:
        meter.charge(len(json.loads(body)["feedback"]))
        room.append(meter.room(2))
        return KEPT

    guard = guarded(porter, log, theirs={"feedback": feedback}, limits=Limits(client=5))
    statuses = [guard.post(FEEDBACK, json={"feedback": [1] * number}, headers=SIGNED).status_code for number in (1, 0, 4, 1)]
    assert statuses == [200, 200, 200, 429]
    assert room == [1] * 3
    assert porter.counted["apart:A hospital"] == 6


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("No such service."), 404),
        (errors.NotJson("Not JSON."), 400),
        (errors.TooLarge("Too many."), 413),
        (errors.LedgerUnavailable("Not now."), 503),
    ],
)
def test_each_meaning_has_its_status(client: Client, error: errors.CdsError, status: int) -> None:
    response = client(feedback=raising(error)).post(FEEDBACK, json={"feedback": [{"card": CANARY}]})
    assert (response.status_code, response.get_json()["resourceType"]) == (status, "OperationOutcome")
    assert ("Retry-After" in response.headers) == (status == 503)
    assert CANARY not in response.text


def test_every_bad_item_has_an_issue_with_its_place(client: Client) -> None:
    told = tuple(errors.Diagnostic("error", "structure", f"Item {index} is wrong.", f"feedback[{index}]") for index in (0, 7))
    response = client(feedback=raising(errors.WrongShape("Some are wrong.", more=told))).post(FEEDBACK, json={})
    assert response.status_code == 400
    assert [issue["expression"] for issue in json.loads(response.data)["issue"]] == [["feedback[0]"], ["feedback[7]"]]


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_feedback_is_only_posted(client: Client, method: str) -> None:
    response = getattr(client(), method)(FEEDBACK)
    assert (response.status_code, "POST" in response.headers["Allow"]) == (405, True)


def test_feedback_in_another_type_is_refused(client: Client) -> None:
    assert client().post(FEEDBACK, data="card=1", content_type="application/x-www-form-urlencoded").status_code == 415


def test_feedback_over_the_limit_is_refused(client: Client) -> None:
    assert client(body_limit=10).post(FEEDBACK, json={"feedback": [CANARY]}).status_code == 413
