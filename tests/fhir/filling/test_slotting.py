"""What repeats: begun as its author has it, one slot more, and one slot less with all that is in the others kept."""

from typing import Any

import pytest

from cds.fhir import questionnaire
from cds.fhir.filling import asking, sheet, slotting
from cds.fhir.filling.fields import Fields
from tests.fhir.filling.forms import ask, by_name, filled, made, options, steps_of, unit
from tests.fhir.samples import bound

LOAVES = {
    "n:loaf": ["3"], "q0:kind": ["rye"], "q1:kind": ["wheat"], "q2:kind": ["rye"], "q2:seeds": ["true"],
    "n2:slice": ["2"], "q2.0:slice": ["2"], "q2.1:slice": ["5"], "q2.1:toasted": ["true"], "q:age": ["7"],
    "shown": ["q:age", "q0:kind", "q1:kind", "q2:kind", "q2:seeds"],
}  # fmt: skip
CODING = {"system": "https://example.org/CodeSystem/bakery", "code": "milk"}


def test_a_slot_is_taken_away_and_those_after_it_move_up() -> None:
    fewer = slotting.taken_away(filled(LOAVES), LOAVES, "n:loaf", 2)
    asked = by_name({name: list(values) for name, values in fewer.items()})
    assert [asked[f"q{slot}:kind"].typed.raw for slot in (0, 1)] == [("rye",), ("rye",)]
    assert (asked["q1:seeds"].typed.raw, asked["q1.1:slice"].typed.raw, asked["q1.1:toasted"].typed.raw) == (("true",), ("5",), ("true",))
    assert "q2:kind" not in asked
    assert set(fewer["shown"]) == {"q:age", "q0:kind", "q1:kind", "q1:seeds"}
    assert fewer["q:age"] == ["7"]


@pytest.mark.parametrize(("counter", "position"), [("n:loaf", 0), ("n:loaf", 4), ("n:none", 1), ("n0:slice", 1)])
def test_a_slot_that_there_is_not_and_the_last_one_cannot_be_taken_away(counter: str, position: int) -> None:
    assert slotting.taken_away(filled(LOAVES), LOAVES, counter, position) == LOAVES


@pytest.mark.parametrize(("wanted", "slots"), [("1", 1), ("2", 2), ("3", 2), ("20", 2)])
@pytest.mark.parametrize("kind", ["group", "string"])
def test_there_are_no_more_slots_than_the_form_allows(wanted: str, slots: int, kind: str) -> None:
    below = [ask("a", "string")] if kind == "group" else []
    raw = made(ask("g", kind, *below, repeats=True, extension=[bound("questionnaire-maxOccurs", 2)]))
    form = questionnaire.index(raw)
    pages = sheet.fill(asking.steps(raw, form), form, {"n:g": [wanted]})
    last = [one for one in pages[0].walk() if one.position][-1]
    assert (last.of, last.may_grow, last.may_go) == (slots, slots < 2, slots > 1)
    if not last.may_grow:
        fields: Fields = {"n:g": [wanted]}
        assert slotting.added(pages, fields, "n:g") == fields


def test_one_more_slot_begins_as_its_author_has_it() -> None:
    raw = made(ask("g", "group", ask("a", "string", initial=[{"valueString": "x"}]), repeats=True))
    form = questionnaire.index(raw)
    steps = asking.steps(raw, form)
    fields = slotting.begun(steps)
    assert fields == {"q0:a": ["x"]}
    assert slotting.added(sheet.fill(steps, form, fields), fields, "n:g") == {"q0:a": ["x"], "q1:a": ["x"], "n:g": ("2",)}


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        (ask("a", "integer", initial=[{"valueInteger": 3}]), {"q:a": ["3"]}),
        (ask("a", "boolean", initial=[{"valueBoolean": False}]), {"q:a": ["false"]}),
        (ask("a", "choice", answerOption=[*options("tea"), {"valueCoding": CODING, "initialSelected": True}]), {"q:a": ["milk"]}),
        (ask("a", "choice", answerOption=options("tea", "milk"), repeats=True, initial=[{"valueCoding": CODING}]), {"q:a": ["milk"]}),
        (ask("a", "open-choice", answerOption=options("tea"), initial=[{"valueString": "Cocoa"}]), {"o:a": ["Cocoa"]}),
        (
            ask("a", "string", repeats=True, initial=[{"valueString": "one"}, {"valueString": "two"}]),
            {"n:a": ["2"], "q0:a": ["one"], "q1:a": ["two"]},
        ),
        (ask("a", "dateTime", initial=[{"valueDateTime": "2026-11-22T10:30:00+02:00"}]), {"q:a": ["2026-11-22 10:30"], "z:a": ["+02:00"]}),
        (ask("a", "dateTime", initial=[{"valueDateTime": "2026-11"}]), {"q:a": ["2026-11"]}),
        (ask("a", "date", initial=[{"valueDate": "2026"}]), {"q:a": ["2026"]}),
        (
            ask("a", "quantity", extension=[unit("cm"), unit("m")], initial=[
                {"valueQuantity": {"value": 3, "system": "http://unitsofmeasure.org", "code": "m"}}
            ]),
            {"q:a": ["3"], "u:a": ["m"]},
        ),
        (ask("a", "quantity", initial=[{"valueQuantity": {"value": 3, "unit": "miles"}}]), {"q:a": ["3"], "u:a": ["miles"]}),
    ],
)  # fmt: skip
def test_what_the_author_filled_in_is_there_at_the_start_and_can_be_read(item: dict[str, Any], fields: dict[str, list[str]]) -> None:
    assert slotting.begun(steps_of(item)) == fields
    form = questionnaire.index(made(item))
    (page,) = sheet.fill(steps_of(item), form, fields)
    assert all(one.typed.values and not one.typed.fault for one in page.walk())


def test_a_time_and_a_quantity_that_the_author_filled_in_mean_what_they_meant() -> None:
    given = [{"valueDateTime": "2026-11-22T10:30:00+02:00"}], [{"valueQuantity": {"value": 3, "unit": "miles"}}]
    raw = made(ask("a", "dateTime", initial=given[0]), ask("b", "quantity", initial=given[1]))
    form = questionnaire.index(raw)
    steps = asking.steps(raw, form)
    (page,) = sheet.fill(steps, form, slotting.begun(steps))
    assert [dict(one.typed.values) for one in page.walk()] == [given[0][0], given[1][0]]
