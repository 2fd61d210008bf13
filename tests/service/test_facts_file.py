"""Facts typed in by hand: each kind of value that cannot be used is named, never repeated."""

from decimal import Decimal
from typing import Any

import pytest

from cds.facts import Facts
from cds.foundation.errors import NotProcessable, WrongShape
from cds.service import facts_file
from tests.service import messages
from tests.service.conftest import Knee


def read(knee: Knee, facts: Any) -> Facts:
    """The facts of a file."""
    return facts_file.read({"facts": facts}, knee.app.releases["sore-knee"].facts, at=messages.AT)


WRONG = [
    ("locked", "perhaps", "string yes, no"),
    ("locked", True, "string yes, no"),
    ("locked", ["yes"], "string yes, no"),
    ("locked", {"yes": 1}, "string yes, no"),
    ("age", "35", "integer from 0 to 120"),
    ("age", True, "integer from 0 to 120"),
    ("age", Decimal("35.5"), "integer from 0 to 120"),
    ("age", -1, "integer from 0 to 120"),
    ("age", 121, "integer from 0 to 120"),
    ("distance", "5", "number from 0 to 500"),
    ("distance", Decimal("500.1"), "number from 0 to 500"),
    ("distance", False, "number from 0 to 500"),
    ("temperature", "38", "number"),
    ("side", "left", "list of string left, right, none"),
    ("side", ["left", "up"], "list of string left, right, none"),
    ("side", [5], "list of string left, right, none"),
    ("response-status", "done", "string completed, in-progress"),
    ("conflicts", ["locked"], "list of string"),
]


@pytest.mark.parametrize(("name", "value", "expected"), WRONG)
def test_a_value_that_the_fact_does_not_have_is_named_with_what_is_expected(knee: Knee, name: str, value: Any, expected: str) -> None:
    with pytest.raises(NotProcessable) as caught:
        read(knee, {name: value})
    (one,) = caught.value.diagnostics()
    assert (one.expression, one.text) == (f"facts.{name}", f"The value is not one of this fact. Expected: {expected}; null for unknown.")


@pytest.mark.parametrize(("name", "value"), [("age", 0), ("age", 120), ("distance", 0), ("distance", 500), ("distance", Decimal("500.0"))])
def test_a_value_at_its_bound_is_used(knee: Knee, name: str, value: Any) -> None:
    assert read(knee, {name: value}).values()[name] == value


def test_every_wrong_fact_is_told_and_none_is_repeated(knee: Knee) -> None:
    with pytest.raises(NotProcessable) as caught:
        read(knee, {"locked": messages.CANARY, messages.CANARY: "yes", "side": [messages.CANARY]})
    assert [one.expression for one in caught.value.diagnostics()] == ["facts.locked", "facts", "facts.side"]
    assert messages.CANARY not in str(caught.value.diagnostics())


@pytest.mark.parametrize("facts", [None, [], "locked", 5])
def test_facts_are_an_object(knee: Knee, facts: Any) -> None:
    with pytest.raises(WrongShape, match="not an object"):
        read(knee, facts)


def test_null_is_unknown_and_so_is_what_was_left_out(knee: Knee) -> None:
    found = read(knee, {"locked": None})
    assert {"locked", "swelling", "age"} <= set(found.unknown)


def test_an_exclusive_option_beside_another_is_dropped_and_said_so(knee: Knee) -> None:
    found = read(knee, {"side": ["none", "right", "left", "right"]})
    assert (found.values()["side"], found.problems) == (
        ("left", "right"),
        ("side: an exclusive option beside another answer; the exclusive one is dropped.",),
    )


def test_an_exclusive_option_alone_is_an_answer_and_no_option_at_all_is_none(knee: Knee) -> None:
    assert [read(knee, {"side": side}).values()["side"] for side in (["none"], ["none", "none"], [])] == [("none",), ("none",), None]


def test_answers_and_what_only_the_record_has_are_facts_of_their_own_source(knee: Knee) -> None:
    found = read(knee, {"locked": "no", "age": 35, "distance": Decimal("5.5"), "side": ["left"], "temperature": 38})
    assert found.values() | {"conflicts": ()} == found.values()
    assert {name: (one.value, one.source) for name, one in found.known.items() if name not in ("conflicts", "response-status")} == {
        "locked": ("no", "questionnaire"),
        "age": (35, "questionnaire"),
        "distance": (Decimal("5.5"), "questionnaire"),
        "side": (("left",), "questionnaire"),
        "temperature": (38, "ehr"),
    }
    assert found.stale is False


def test_the_state_of_the_response_may_be_said_and_gates_work(knee: Knee) -> None:
    found = read(knee, {"response-status": "in-progress", "knee-sore": "no"}).values()
    assert (found["response-status"], found["brace"]) == ("in-progress", "no")
