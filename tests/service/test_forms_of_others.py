"""Responses as other renderers write them: what is wrong is understood, or refused with the reason, and an emergency is seen in either case."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from cds.foundation.errors import NotProcessable
from cds.service import evaluate, hook, questionnaires, validate
from tests.releases import knees
from tests.service import messages
from tests.service.conftest import Knee
from tests.service.messages import CANARY, UCUM

WARNS = "Urgent: fits a warning sign, within 48 hours."
OPEN = "One question is open."
Response = dict[str, Any]
Change = Callable[[Response], None]


def item(response: Response, link_id: str, items: Any = None) -> dict[str, Any]:
    """The item of that linkId, wherever it stands."""
    waiting = list(items if items is not None else response["item"])
    while waiting:
        one: dict[str, Any] = waiting.pop()
        if one["linkId"] == link_id:
            return one
        waiting += one.get("item", [])
    raise LookupError(link_id)


def answered(link_id: str, **value: Any) -> Change:
    """Puts another answer in place of the one that is there."""

    def change(response: Response) -> None:
        item(response, link_id)["answer"] = [value]

    return change


def removed(*link_ids: str) -> Change:
    def change(response: Response) -> None:
        for group in response["item"]:
            group["item"] = [one for one in group["item"] if one["linkId"] not in link_ids]

    return change


def reworded(response: Response) -> None:
    item(response, "locked")["text"] = "Does it lock?"


def emptied(response: Response) -> None:
    """As renderers do that write every item, answered or not."""
    response["item"][0]["item"].append({"linkId": "doping", "text": "Doping"})


def decorated(response: Response) -> None:
    extension = {"url": "https://example.org/rendered-with", "valueString": CANARY}
    response["extension"] = [extension]
    response["meta"] = {"profile": ["http://hl7.org/fhir/4.0/StructureDefinition/QuestionnaireResponse"], "tag": [{"code": "renderer 1.0"}]}
    item(response, "locked")["extension"] = [extension]
    item(response, "locked")["answer"][0]["extension"] = [extension]
    item(response, "locked")["answer"][0]["valueCoding"]["extension"] = [extension]


def unversioned(response: Response) -> None:
    response["questionnaire"] = response["questionnaire"].partition("|")[0]


def flattened(response: Response) -> None:
    """Without the groups."""
    response["item"] = [one for group in response["item"] for one in group["item"]]


def nested(response: Response) -> None:
    """The groups in a group of the renderer's own."""
    response["item"] = [{"linkId": CANARY, "item": response["item"]}]


def reordered(response: Response) -> None:
    response["item"][0]["item"].reverse()


def sick(knee: Knee) -> Response:
    """A finished response of a patient whose knee is locked, the warning sign of the invented condition."""
    return knee.response({"locked": "yes", "distance": (10, "km")})


UNDERSTOOD: dict[str, Change] = {
    "required answers missing": removed("age", "sex", "swelling"),
    "other words beside a code": lambda response: item(response, "locked")["answer"][0]["valueCoding"].update(display="Ja"),
    "another text of the question": reworded,
    "an item without an answer": emptied,
    "extensions everywhere": decorated,
    "no version of the questionnaire": unversioned,
    "a unit with words and code": answered("distance", valueQuantity={"value": 10, "unit": "kilometres", "system": UCUM, "code": "km"}),
}
REFUSED: dict[str, tuple[Change, str]] = {
    "a coding of words alone": (answered("locked", valueCoding={"display": "Yes"}), "invalidAnswerOption"),
    "a coding without a system": (answered("locked", valueCoding={"code": "yes"}), "invalidAnswerOption"),
    "text in place of a coding": (answered("locked", valueString="Yes"), "invalidAnswerType"),
    "a unit in words alone": (answered("distance", valueQuantity={"value": 10, "unit": "km"}), "invalidUnit"),
    "a unit without its system": (answered("distance", valueQuantity={"value": 10, "code": "km"}), "invariant"),
    "items without their groups": (flattened, "wrongLevel"),
    "items in a group that is not of the form": (nested, "invalidLinkId"),
}


def written(knee: Knee, change: Change) -> Response:
    response = copy.deepcopy(sick(knee))
    change(response)
    return response


def checked(knee: Knee, response: Response) -> set[tuple[str, str]]:
    """Severity of what `$validate` tells, and its rule; of a breach of R4 itself the code of the issue."""
    outcome = validate.validate(questionnaires.library(knee.app), messages.body(response))
    assert CANARY not in str(outcome)
    return {(issue["severity"], issue.get("details", {"coding": [issue]})["coding"][0]["code"]) for issue in outcome["issue"]}


def submitted(knee: Knee, response: Response) -> list[str]:
    """The summaries of the cards for the response."""
    return [card["summary"] for card in evaluate.submit(knee.app, messages.body(response))["cards"]]


def prefetched(knee: Knee, response: Response) -> list[str]:
    """The summaries of the cards of a hook that brings the response in its prefetch."""
    sent = messages.hook({"patient": messages.patient(), "response": response})
    cards = hook.answer(knee.app, knees.NAME, messages.body(sent))["cards"]
    assert CANARY not in str(cards)
    return [card["summary"] for card in cards]


def test_the_response_as_our_own_form_writes_it_has_no_fault(knee: Knee) -> None:
    assert {severity for severity, _ in checked(knee, sick(knee))} <= {"warning", "information"}
    assert prefetched(knee, sick(knee)) == submitted(knee, sick(knee)) == [WARNS]


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_what_others_write_is_understood(knee: Knee, name: str) -> None:
    response = written(knee, UNDERSTOOD[name])
    assert WARNS in submitted(knee, response)
    assert WARNS in prefetched(knee, response)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_is_refused_with_the_reason(knee: Knee, name: str) -> None:
    change, rule = REFUSED[name]
    response = written(knee, change)
    assert ("error", rule) in checked(knee, response)
    with pytest.raises(NotProcessable) as caught:
        evaluate.submit(knee.app, messages.body(response))
    assert rule in {one.rule or one.code for one in caught.value.diagnostics()}
    assert CANARY not in str(caught.value.diagnostics())


@pytest.mark.parametrize("name", REFUSED)
def test_in_a_prefetch_the_emergency_is_seen_all_the_same(knee: Knee, name: str) -> None:
    change, _ = REFUSED[name]
    assert WARNS in prefetched(knee, written(knee, change))


def test_items_in_another_order_are_an_error_of_the_check_and_stop_no_evaluation(knee: Knee) -> None:
    response = written(knee, reordered)
    assert ("error", "wrongOrder") in checked(knee, response)
    assert submitted(knee, response) == [WARNS]


def test_a_completed_status_is_not_trusted(knee: Knee) -> None:
    skipped = knee.response({"swelling": None})
    assert skipped["status"] == "completed"
    assert ("error", "required") in checked(knee, skipped)
    assert OPEN in submitted(knee, skipped)
    assert OPEN not in submitted(knee, knee.response())


@pytest.mark.parametrize("words", [{"valueString": "No"}, {"valueCoding": {"display": "No"}}])
def test_a_denial_in_words_alone_reassures_nobody(knee: Knee, words: dict[str, Any]) -> None:
    response = copy.deepcopy(knee.response())
    answered("locked", **words)(response)
    assert prefetched(knee, response) == prefetched(knee, knee.response({"locked": None}))
    assert OPEN in prefetched(knee, response)
