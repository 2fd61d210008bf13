"""Rows G: what clinicians did with the cards."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cds.values.record import FeedbackRecord
from tests.conformance.rows import scenes
from tests.conformance.rows.scenes import Json
from tests.conformance.rows.served import Served
from tests.conformance.rows.target import MAIN, Target

FEEDBACK = f"/cds-services/{MAIN}/feedback"
REASON = {"code": "other", "system": "https://back-pain-cds.example/fhir/CodeSystem/override-reasons"}


def stamp(*, minutes_ago: float = 0) -> str:
    """An instant in UTC as RFC 3339 has it."""
    return (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def item(uuid: str, /, **changes: Any) -> Json:
    """A card that was overridden without a word, but for the changes; None takes an element away."""
    whole = {"card": uuid, "outcome": "overridden", "outcomeTimestamp": stamp()}
    return {name: value for name, value in (whole | changes).items() if value is not None}


def given(target: Target) -> Json:
    """A card that was just sent, with a suggestion."""
    return next(card for card in target.told(scenes.EMERGENCY).cards if card.get("suggestions"))


def taken(card: Json, **changes: Any) -> Json:
    """The card's first suggestion was accepted."""
    return item(card["uuid"], outcome="accepted", acceptedSuggestions=[{"id": card["suggestions"][0]["uuid"]}], **changes)


def kept(served: Served, card: str) -> list[FeedbackRecord]:
    """What the ledger has on the card."""
    entries = (row.entry for _, row in served.ledger.about([card]))
    return [entry for entry in entries if isinstance(entry, FeedbackRecord)]


def test_g1_every_service_takes_feedback_and_no_other_address_does(target: Target) -> None:
    for entry in target.services():
        assert target.feedback([item(given(target)["uuid"])], entry["id"]).status == 200
    assert target.feedback([], "nobody-offers-this").status == 404


def test_g2_the_body_is_an_object_with_a_list(target: Target) -> None:
    wrongs: list[Any] = [{}, {"feedback": {}}, {"feedback": None}, {"feedback": "none"}, [], [item(given(target)["uuid"])]]
    for wrong in wrongs:
        assert target.post(FEEDBACK, wrong).status == 400, wrong
    assert target.feedback([]).status == 200


def test_g3_an_item_has_its_card_outcome_and_instant(target: Target) -> None:
    card = given(target)["uuid"]
    assert target.feedback([item(card)]).status == 200
    wrongs: list[Json] = [
        {"card": None},
        {"card": ""},
        {"outcome": None},
        {"outcome": "maybe"},
        {"outcome": "Accepted"},
        {"outcomeTimestamp": None},
        {"outcomeTimestamp": "yesterday"},
        {"outcomeTimestamp": "2026-11-22"},
        {"outcomeTimestamp": 1795000000},
    ]
    for wrong in wrongs:
        answer = target.feedback([item(card, **wrong)])
        assert answer.status == 400, wrong
        assert answer.json["resourceType"] == "OperationOutcome"


def test_g4_an_accepted_card_says_which_suggestions(target: Target) -> None:
    card = given(target)
    assert target.feedback([taken(card)]).status == 200
    wrongs: list[Any] = [None, [], [{}], [{"id": ""}], "all", [card["suggestions"][0]["uuid"]]]
    for wrong in wrongs:
        assert target.feedback([item(card["uuid"], outcome="accepted", acceptedSuggestions=wrong)]).status == 400, wrong


def test_g4_a_suggestion_that_the_card_did_not_have_is_kept_and_marked(served: Served) -> None:
    card, other = given(served.target), scenes.fresh()
    assert served.target.feedback([item(card["uuid"], outcome="accepted", acceptedSuggestions=[{"id": other}])]).status == 200
    (record,) = kept(served, card["uuid"])
    assert record.accepted == record.unknown_suggestions == (other,)


def test_g5_every_shape_of_a_reason_is_taken(target: Target) -> None:
    card = given(target)["uuid"]
    shapes: tuple[Any, ...] = (
        None,
        {"reason": REASON | {"display": "Other"}},
        {"reason": REASON},
        {"userComment": "We did this last week."},
        {"reason": REASON, "userComment": "We did this last week."},
        {"reason": {"code": "theirs", "system": "https://example.org/reasons"}},
    )
    for shape in shapes:
        assert target.feedback([item(card, overrideReason=shape)]).status == 200, shape


def test_g6_feedback_may_come_again_and_out_of_order(target: Target) -> None:
    card = given(target)
    first, then = taken(card, outcomeTimestamp=stamp(minutes_ago=5)), item(card["uuid"])
    for batch in ([then], [first], [then, first], [first], [then, then]):
        assert target.feedback(batch).status == 200


def test_g6_a_repeat_counts_once_and_a_change_of_mind_is_kept(served: Served) -> None:
    card = given(served.target)
    first, then = taken(card, outcomeTimestamp=stamp(minutes_ago=5)), item(card["uuid"])
    for batch in ([then], [first], [first, then], [first]):
        assert served.target.feedback(batch).status == 200
    events = sorted(kept(served, card["uuid"]), key=lambda one: one.outcome_at)
    assert [one.outcome for one in events] == ["accepted", "overridden"]
    assert [datetime.fromisoformat(one.outcome_at) for one in events] == [datetime.fromisoformat(one["outcomeTimestamp"]) for one in (first, then)]


def test_g6_batches_of_a_thousand_and_late_ones_are_taken(target: Target) -> None:
    cards = [card["uuid"] for name in (scenes.EMERGENCY, scenes.SELF_CARE) for card in target.told(name).cards]
    late = stamp(minutes_ago=60 * 24 * 30)
    batch = [item(cards[number % len(cards)], outcomeTimestamp=late.replace(".", f".{number:03}")[:23] + "Z") for number in range(1000)]
    assert target.feedback(batch).status == 200


def test_g6_what_cannot_be_read_in_a_batch_is_told_and_the_rest_is_kept(served: Served) -> None:
    card = given(served.target)["uuid"]
    answer = served.target.feedback([item(card), item(card, outcome="maybe"), {}])
    assert answer.status == 400
    places = {place for issue in answer.json["issue"] for place in issue["expression"]}
    assert places >= {"feedback[1].outcome", "feedback[2].outcome"}
    assert len(kept(served, card)) == 1


def test_g7_feedback_on_an_unknown_card_is_taken(target: Target) -> None:
    for card in (scenes.fresh(), "not-one-of-ours"):
        assert target.feedback([item(card)]).status == 200


def test_g7_feedback_on_an_unknown_card_is_kept_apart(served: Served) -> None:
    card = scenes.fresh()
    assert served.target.feedback([item(card)]).status == 200
    (record,) = kept(served, card)
    assert (record.decision_id, record.rules) == (None, ())


def test_g8_feedback_needs_a_token_for_its_own_address(target: Target) -> None:
    assert target.post(FEEDBACK, {"feedback": []}, headers={}).status == 401
    assert target.post(FEEDBACK, {"feedback": []}, headers=target.signed(f"/cds-services/{MAIN}")).status == 401
    assert target.post(FEEDBACK, {"feedback": []}, headers=target.signed(FEEDBACK)).status == 200


def test_g8_where_it_is_agreed_a_token_for_the_service_is_taken(target: Target) -> None:
    service = f"{target.base}/cds-services/{MAIN}"
    for audience in (service, f"{service}/feedback"):
        headers = {"Authorization": target.people["lenient"].bearer(audience)}
        assert target.post(FEEDBACK, {"feedback": []}, headers=headers).status == 200
    stricter = {"Authorization": target.people["lenient"].bearer(f"{service}/feedback")}
    assert target.post(f"/cds-services/{MAIN}", {}, headers=stricter).status == 401
