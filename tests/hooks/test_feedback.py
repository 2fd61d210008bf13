"""Feedback of CDS clients: every shape that the standard allows, what is refused, and that nothing sent comes back (rows G2 to G6)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.foundation.errors import Diagnostic, TooLarge, WrongShape
from cds.hooks import feedback
from cds.hooks.feedback import Batch, Item

CANARY = "canary-7731"
CARD = "0f0f4f3c-1111-4222-8333-444455556666"
AT = "2030-05-06T07:08:09Z"
LATEST = datetime(2030, 6, 1, tzinfo=UTC)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def accepted(**changes: Any) -> dict[str, Any]:
    """A card of which a suggestion was taken."""
    return {"card": CARD, "outcome": "accepted", "acceptedSuggestions": [{"id": "s-1"}], "outcomeTimestamp": AT} | changes


def overridden(**changes: Any) -> dict[str, Any]:
    """A card that was dismissed."""
    return {"card": CARD, "outcome": "overridden", "outcomeTimestamp": AT} | changes


def without(item: dict[str, Any], name: str) -> dict[str, Any]:
    """The item without one member."""
    return {key: value for key, value in item.items() if key != name}


def parse(document: Any, latest: datetime = LATEST) -> Batch:
    """What can be read of a message."""
    return feedback.parse(document, latest=latest)


def read(item: dict[str, Any]) -> Item:
    """The one item of a message."""
    batch = parse({"feedback": [item]})
    assert batch.problems == ()
    return batch.items[0][1]


def refusal(item: Any) -> Diagnostic:
    """What is told of an item that cannot be read, beside one that can."""
    batch = parse({"feedback": [overridden(), item]})
    assert [index for index, _ in batch.items] == [0]
    (problem,) = batch.problems
    assert CANARY not in str(problem)
    assert problem.expression.split(".")[0] == "feedback[1]"
    return problem


def test_what_was_accepted_is_read_once_each_and_in_its_order() -> None:
    item = read(accepted(acceptedSuggestions=[{"id": "b"}, {"id": "a", "more": 1}, {"id": "b"}]))
    assert (item.card, item.outcome, item.accepted, item.reason, item.commented) == (CARD, "accepted", ("b", "a"), None, False)


REASON = {"code": "other", "system": "https://example.org/reasons"}


@pytest.mark.parametrize(
    ("override", "code", "commented"),
    [
        ({}, None, False),
        ({"overrideReason": {"reason": REASON}}, "other", False),
        ({"overrideReason": {"reason": REASON | {"display": "Other"}}}, "other", False),
        ({"overrideReason": {"userComment": CANARY}}, None, True),
        ({"overrideReason": {"reason": REASON, "userComment": CANARY}}, "other", True),
        ({"overrideReason": {"reason": {"code": "other"}}}, "other", False),
        ({"overrideReason": {"reason": {"code": "other", "system": ""}, "userComment": ""}}, "other", False),
        ({"overrideReason": {}}, None, False),
        ({"overrideReason": None}, None, False),
        ({"overrideReason": {"reason": None, "userComment": None}}, None, False),
    ],
)
def test_every_shape_of_a_reason_is_read(override: dict[str, Any], code: str | None, commented: bool) -> None:
    item = read(overridden(**override))
    assert (item.reason.code if item.reason else None, item.commented, item.accepted) == (code, commented, ())
    assert CANARY not in repr(item)


@pytest.mark.parametrize(
    ("sent", "instant"),
    [
        (AT, datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2030-05-06t07:08:09z", datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2030-05-06T07:08:09+00:00", datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2030-05-06T07:08:09-00:00", datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2030-05-06T07:08:09.5Z", datetime(2030, 5, 6, 7, 8, 9, 500_000, tzinfo=UTC)),
        ("2030-05-06T07:08:09.1234567Z", datetime(2030, 5, 6, 7, 8, 9, 123_456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_an_instant_in_utc_is_read_in_every_form_of_rfc_3339(sent: str, instant: datetime) -> None:
    ((_, item),) = parse({"feedback": [overridden(outcomeTimestamp=sent)]}, datetime.max.replace(tzinfo=UTC)).items
    assert item.at == instant


@pytest.mark.parametrize(
    ("item", "code", "place", "text"),
    [
        ({}, "required", "feedback[1].outcome", "feedback[1].outcome is missing. Send it."),
        ({CANARY: CANARY}, "required", "feedback[1].outcome", "feedback[1].outcome is missing. Send it."),
        (without(overridden(), "outcome"), "required", "feedback[1].outcome", "feedback[1].outcome is missing. Send it."),
        (overridden(outcome=CANARY), "structure", "feedback[1].outcome", "Send feedback[1].outcome as accepted or overridden."),
        (without(overridden(), "card"), "required", "feedback[1].card", "feedback[1].card is missing. Send it."),
        (accepted(acceptedSuggestions=[{"id": 5}]), "structure", "feedback[1].acceptedSuggestions[0].id", "as text"),
        (CANARY, "structure", "feedback[1]", "as a JSON object"),
    ],
)
def test_a_fault_is_told_at_the_field_that_has_it(item: Any, code: str, place: str, text: str) -> None:
    problem = refusal(item)
    assert (problem.code, problem.expression) == (code, place)
    assert text in problem.text


@pytest.mark.parametrize(("at", "refused"), [("2030-06-01T00:00:00Z", False), ("2030-06-01T00:00:00.000001Z", True), ("9999-12-31T23:59:60Z", True)])
def test_what_has_not_happened_yet_is_refused_by_itself(at: str, refused: bool) -> None:
    batch = parse({"feedback": [overridden(outcomeTimestamp=at), overridden()]})
    assert [index for index, _ in batch.items] == ([1] if refused else [0, 1])
    assert [one.expression for one in batch.problems] == (["feedback[0].outcomeTimestamp"] if refused else [])


@pytest.mark.parametrize(
    "sent",
    [
        "yesterday", "", None, 1893456000, "2030-05-06", "2030-05-06T07:08Z", "2030-05-06T07:08:09", "2030-05-06T07:08:09+02:00",
        "2030-05-06 07:08:09Z", "2030-13-06T07:08:09Z", "2030-02-30T07:08:09Z", "2030-05-06T25:08:09Z", "2030-05-06T07:08:61Z",
        "0000-01-01T00:00:00Z", "2030-05-06T07:08:09.Z", "2030-05-06T07:08:09Z\n", "٢٠٣٠-05-06T07:08:09Z", "20300506T070809Z", [AT],
    ],
)  # fmt: skip
def test_what_is_no_instant_in_utc_is_refused(sent: Any) -> None:
    assert "outcomeTimestamp as an instant of RFC 3339 in UTC" in refusal(overridden(outcomeTimestamp=sent)).text


@pytest.mark.parametrize("name", ["card", "outcomeTimestamp"])
@pytest.mark.parametrize("item", [accepted(), overridden()], ids=["accepted", "overridden"])
def test_a_missing_member_is_refused_by_name(item: dict[str, Any], name: str) -> None:
    problem = refusal(without(item, name))
    assert (problem.code, problem.text) == ("required", f"feedback[1].{name} is missing. Send it.")


@pytest.mark.parametrize("outcome", ["maybe", "Accepted", CANARY, "", None, 1, ["accepted"]])
def test_another_outcome_is_refused(outcome: Any) -> None:
    assert refusal(accepted(outcome=outcome)).text == "Send feedback[1].outcome as accepted or overridden."


@pytest.mark.parametrize(
    ("suggestions", "place"),
    [
        ([], "acceptedSuggestions"),
        (None, "acceptedSuggestions"),
        ({"id": CANARY}, "acceptedSuggestions"),
        ([CANARY], "acceptedSuggestions[0]"),
        ([{"id": CANARY}, {}], "acceptedSuggestions[1].id"),
        ([{"id": ""}], "acceptedSuggestions[0].id"),
        ([{"id": 7}], "acceptedSuggestions[0].id"),
        ([{"id": CANARY}] * 101, "acceptedSuggestions"),
    ],
)
def test_what_was_accepted_must_be_named(suggestions: Any, place: str) -> None:
    assert f"feedback[1].{place} " in refusal(accepted(acceptedSuggestions=suggestions)).text
    assert "acceptedSuggestions is missing" in refusal(without(accepted(), "acceptedSuggestions")).text


@pytest.mark.parametrize("reason", [CANARY, {"reason": CANARY}, {"reason": {"system": CANARY}}, {"reason": {"code": 7}}, {"userComment": [CANARY]}])
def test_a_reason_of_another_shape_is_refused(reason: Any) -> None:
    assert "feedback[1].overrideReason" in refusal(overridden(overrideReason=reason)).text


@pytest.mark.parametrize("item", [None, CANARY, 7, [], [CANARY]])
def test_an_item_that_is_none_is_refused(item: Any) -> None:
    assert refusal(item).text.startswith("Send feedback[1]")


@pytest.mark.parametrize("document", [{}, {"feedback": None}, {"feedback": {}}, {"feedback": CANARY}, {CANARY: []}])
def test_a_message_without_a_list_of_feedback_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(WrongShape, match="feedback is missing or is no list") as caught:
        parse(document)
    assert CANARY not in str(caught.value)


def test_an_empty_list_is_feedback() -> None:
    assert parse({"feedback": []}) == feedback.Batch((), ())


def test_a_batch_is_read_whole_up_to_its_limit() -> None:
    assert len(parse({"feedback": [accepted()] * feedback.MOST_ITEMS}).items) == feedback.MOST_ITEMS
    with pytest.raises(TooLarge, match="several messages"):
        parse({"feedback": [accepted()] * (feedback.MOST_ITEMS + 1)})


def test_members_that_are_not_known_or_not_needed_change_nothing() -> None:
    more = {"extension": {"org.example": CANARY}, "overrideReason": CANARY, "note": None}
    assert read(accepted(**more)) == read(accepted())
    assert read(overridden(acceptedSuggestions=7, extension=[])) == read(overridden())


def test_the_examples_of_the_standard_are_read(shared: Path) -> None:
    examples = sorted((shared / "data" / "cds-hooks-examples").glob("2[234]-*.json"))
    assert len(examples) == 3
    for example in examples:
        batch = parse(json.loads(example.read_text(encoding="utf-8")))
        assert (len(batch.items), batch.problems) == (1, ())


@given(
    st.lists(ANY_JSON | st.fixed_dictionaries({"card": ANY_JSON, "outcome": st.sampled_from(["accepted", "overridden"]), "overrideReason": ANY_JSON}))
)
def test_every_item_is_read_or_told_of_and_none_is_lost(items: list[Any]) -> None:
    batch = parse({"feedback": items})
    assert sorted([f"feedback[{index}]" for index, _ in batch.items] + [one.expression.partition(".")[0] for one in batch.problems]) == sorted(
        f"feedback[{index}]" for index in range(len(items))
    )


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["Z", "+00:00"]))
def test_an_instant_is_kept_to_the_microsecond(instant: datetime, offset: str) -> None:
    sent = instant.replace(tzinfo=None).isoformat(timespec="microseconds") + offset
    ((_, item),) = parse({"feedback": [overridden(outcomeTimestamp=sent)]}, datetime.max.replace(tzinfo=UTC)).items
    assert item.at == instant
