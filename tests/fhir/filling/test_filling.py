"""The form made of a Questionnaire: what each item is asked by, what a field means, what is asked, and what is made of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from cds.fhir import questionnaire
from cds.fhir.filling import asking, carrying, sheet, telling, writing
from cds.fhir.filling.sheet import Asked
from cds.fhir.validation import response as validation
from tests.fhir.filling import strategies
from tests.fhir.filling.forms import CORE, FORM, HIDDEN, QUESTIONNAIRE, STEPS, ask, by_name, filled, made, steps_of
from tests.fhir.samples import when

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ASKED = {below.item.link_id: below for step in STEPS for one in step.questions for below in one.walk()}
Fields = Mapping[str, list[str]]


def written(fields: Fields, **without: int) -> dict[str, Any]:
    return writing.write(filled(fields), FORM, status="completed", authored=AT, without=without).response


def answers(resource: Mapping[str, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in resource.get("item", ()):
        found.setdefault(item["linkId"], []).extend(value for answer in item.get("answer", ()) for name, value in answer.items() if name != "item")
        for holder in (item, *item.get("answer", ())):
            for name, values in answers(holder).items():
                found.setdefault(name, []).extend(values)
    return {name: values for name, values in found.items() if values}


@pytest.mark.parametrize(
    ("link_id", "kind"),
    [
        ("danger", "group"), ("stop", "display"), ("smoke", "radio"), ("name", "line"), ("age", "whole"), ("hunger", "radio"), ("weight", "number"),
        ("long", "quantity"), ("day", "date"), ("moment", "moment"), ("hour", "time"), ("page", "line"), ("wish", "area"), ("with", "check"),
        ("else", "radio"), ("pickup", "radio"), ("picture", "unasked"), ("seeds", "radio"), ("slice", "whole"),
    ],
)  # fmt: skip
def test_each_type_of_item_has_its_control(link_id: str, kind: str) -> None:
    assert ASKED[link_id].kind == kind


def test_a_group_at_the_top_is_a_step_and_loose_items_share_one() -> None:
    assert [(step.title, [one.item.link_id for one in step.questions]) for step in STEPS] == [
        ("Text of danger?", ["danger"]), ("", ["hello", "name"]), ("Text of order?", ["order"]), ("Text of last?", ["last"]),
    ]  # fmt: skip


def test_choices_come_from_the_options_or_the_value_set_in_their_order() -> None:
    assert [(one.key, one.label) for one in ASKED["burnt"].choices] == [("yes", "Yes"), ("no", "No"), ("unsure", "Unsure")]
    assert [(one.key, one.label) for one in ASKED["pickup"].choices] == [("mon", "Monday")]


def test_options_of_one_code_are_told_apart_by_their_system() -> None:
    two = [{"valueCoding": {"system": system, "code": "x"}} for system in ("https://a.example", "https://b.example")]
    raw = QUESTIONNAIRE | {"item": [ask("twice", "choice", answerOption=two)]}
    (question,) = asking.steps(raw, questionnaire.index(raw))[0].questions
    assert [one.key for one in question.choices] == ["https://a.example|x", "https://b.example|x"]


def test_help_is_a_hint_and_the_number_of_an_item_stands_before_its_text() -> None:
    control = {"url": f"{CORE}questionnaire-itemControl", "valueCodeableConcept": {"coding": [{"code": "help"}]}}
    (question,) = steps_of(ask("asked", "string", ask("why", "display", extension=[control]), prefix="1.a"))[0].questions
    assert (question.text, question.hint, question.children) == ("1.a Text of asked?", "Text of why?", ())


def test_hidden_items_and_those_that_are_read_only_are_not_asked_but_keep_what_their_author_gave_them() -> None:
    asked = by_name({"q:hunger": ["3"], "q0:kind": ["rye"], "q:mode": ["b"], "q0:batch": ["1"]})
    assert not any(asked[name].shown for name in ("q:shop", "q:mode", "q0:batch"))
    given = answers(written({"q:hunger": ["3"], "q0:kind": ["rye"], "q:mode": ["b"], "q0:batch": ["1"]}))
    assert (given["mode"][0]["code"], given["batch"]) == ("a", [3])


@pytest.mark.parametrize(
    ("fields", "enabled"),
    [
        ({}, {"q:not-a"}),
        ({"q:hunger": ["3"]}, {"q:in-a"}),
        ({"q0:kind": ["rye"]}, {"q:not-a", "q0:thin", "q:batches"}),
        ({"q0:kind": ["wheat"]}, {"q:not-a"}),
    ],
)
def test_what_depends_on_a_hidden_item_is_asked_by_the_value_of_its_author(fields: Fields, enabled: set[str]) -> None:
    asked = by_name(fields)
    assert {name for name in ("q:in-a", "q:not-a", "q0:thin", "q:batches") if asked[name].enabled} == enabled


def test_hidden_items_that_depend_on_each_other_come_to_an_end() -> None:
    one, two = (
        ask(name, "boolean", initial=[{"valueBoolean": True}], extension=HIDDEN, enableWhen=[when(other, "=", answerBoolean=True)])
        for name, other in (("one", "two"), ("two", "one"))
    )
    raw = made(one, two, ask("last", "string", enableWhen=[when("one", "=", answerBoolean=True)]))
    form = questionnaire.index(raw)
    (page,) = sheet.fill(asking.steps(raw, form), form, {})
    assert [asked.enabled for asked in page.walk()] == [True, True, True]


def test_a_text_with_conditions_on_it_or_on_a_group_around_it_is_a_notice() -> None:
    now = [when("smoke", "=", answerBoolean=True)]
    category = [{"url": f"{CORE}questionnaire-displayCategory", "valueCodeableConcept": {"coding": [{"code": "help"}]}}]
    inner = ask("inner", "group", ask("deep", "display"), ask("plain", "display", extension=category))
    steps = steps_of(ask("smoke", "boolean"), ask("free", "display"), ask("own", "display", enableWhen=now), ask("g", "group", inner, enableWhen=now))
    assert {one.item.link_id for step in steps for top in step.questions for one in top.walk() if one.urgent} == {"own", "deep"}


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ({"q:day": ["2026-11-01"]}, {"q:day": ["2026-11-01"], "q:age": ["7"]}, True),
        ({"q:day": ["2026-11-01"]}, {"q:day": ["2026-11-02"]}, False),
        ({"q:day": ["2026-11-01"]}, {"q:weight": ["10"]}, False),
    ],
)
def test_what_brings_up_a_notice_is_named_by_the_answers_behind_it(before: Fields, after: Fields, same: bool) -> None:
    first, second = (set(by_name(fields)["q:stale"].causes) for fields in (before, after))
    assert all(by_name(fields)["q:stale"].enabled for fields in (before, after))
    assert (second <= first) is same


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({"q:age": [" 7 "]}, [("valueInteger", 7)]),
        ({"q:age": ["7.0"]}, None),
        ({"q:age": ["seven"]}, None),
        ({"q:age": ["7", "8"]}, None),
        ({"q:weight": ["2,5"]}, [("valueDecimal", Decimal("2.5"))]),
        (
            {"q:long": ["3"], "u:long": ["m"]},
            [("valueQuantity", {"value": Decimal(3), "unit": "m", "system": "http://unitsofmeasure.org", "code": "m"})],
        ),
        ({"q:long": ["3"]}, None),
        ({"q:day": ["2026-11-22"]}, [("valueDate", "2026-11-22")]),
        ({"q:day": ["2026/1/3"]}, [("valueDate", "2026-01-03")]),
        ({"q:day": ["20261122"]}, [("valueDate", "2026-11-22")]),
        ({"q:day": ["2026-11"]}, [("valueDate", "2026-11")]),
        ({"q:day": ["2026-02-30"]}, None),
        ({"q:day": ["22.11."]}, None),
        ({"q:moment": ["2026-11-22 9.30"], "z:moment": ["-04:00"]}, [("valueDateTime", "2026-11-22T09:30:00-04:00")]),
        ({"q:moment": ["2026-11 10:30"]}, None),
        ({"q:hour": ["24:00"]}, None),
        ({"q:moment": ["2026-11-22T10:30"], "z:moment": ["+02:00"]}, [("valueDateTime", "2026-11-22T10:30:00+02:00")]),
        ({"q:moment": ["2026-11-22T10:30"], "z:moment": ["east"]}, [("valueDateTime", "2026-11-22T10:30:00Z")]),
        ({"q:hour": ["10:30"]}, [("valueTime", "10:30:00")]),
        ({"q:wish": ["a\r\nb"]}, [("valueString", "a\nb")]),
        ({"q:else": [""], "o:else": ["Cocoa"]}, [("valueString", "Cocoa")]),
        ({"q:else": ["tea"], "o:else": ["Cocoa"]}, None),
        ({"q:smoke": ["perhaps"]}, None),
        ({"q:hunger": ["10"]}, [("valueInteger", 10)]),
        ({"q:name": ["  "]}, []),
    ],
)
def test_a_field_means_what_was_typed_or_cannot_be_read(fields: Fields, values: list[Any] | None) -> None:
    name = next(name for name in fields if name.startswith("q"))
    typed = by_name(fields)[name].typed
    assert (list(typed.values), bool(typed.fault)) == (values or [], values is None)


def test_an_item_is_asked_when_the_answers_enable_it() -> None:
    assert not by_name({})["q:burnt"].shown
    assert by_name({"q:smoke": ["yes"]})["q:burnt"].enabled
    assert not by_name({"q:smoke": ["yes"]})["q:last"].shown


def test_an_answer_that_is_no_longer_asked_for_stays_and_counts() -> None:
    fields = {"q:smoke": ["no"], "q:burnt": ["yes"]}
    burnt = by_name(fields)["q:burnt"]
    assert (burnt.enabled, burnt.shown, burnt.surplus) == (False, True, True)
    assert "burnt" in answers(written(fields))


def test_a_condition_looks_at_the_same_slot_of_a_group_that_repeats() -> None:
    asked = by_name({"n:loaf": ["2"], "q0:kind": ["wheat"], "q1:kind": ["rye"]})
    assert (asked["q0:seeds"].enabled, asked["q1:seeds"].enabled) == (False, True)


def test_a_group_that_repeats_is_an_item_a_slot_and_a_question_an_answer_a_slot() -> None:
    fields = {
        "n:loaf": ["2"],
        "q0:kind": ["wheat"],
        "q1:kind": ["rye"],
        "n1:slice": ["2"],
        "q1.0:slice": ["2"],
        "q1.1:slice": ["5"],
        "q1.1:toasted": ["true"],
    }
    (order,) = (item for item in written(fields)["item"] if item["linkId"] == "order")
    first, second = (item for item in order["item"] if item["linkId"] == "loaf")
    assert [item["linkId"] for item in first["item"]] == ["kind"]
    toasted = {"linkId": "toasted", "text": "Text of toasted?", "answer": [{"valueBoolean": True}]}
    (slices,) = (item for item in second["item"] if item["linkId"] == "slice")
    assert slices["answer"] == [{"valueInteger": 2}, {"valueInteger": 5, "item": [toasted]}]


def test_a_slot_that_nobody_filled_in_is_not_sent_with_what_its_author_gave_it() -> None:
    raw = made(ask("g", "group", ask("fixed", "string", readOnly=True, initial=[{"valueString": "x"}]), ask("asked", "string"), repeats=True))
    form = questionnaire.index(raw)
    pages = sheet.fill(asking.steps(raw, form), form, {"n:g": ["2"], "q1:asked": ["y"]})
    response = writing.write(pages, form, status="completed", authored=AT).response
    assert [[item["linkId"] for item in group["item"]] for group in response["item"]] == [["fixed", "asked"]]


def test_slots_are_bounded() -> None:
    assert max(one.of for one in by_name({"n:loaf": ["999"]}).values()) == 20
    assert by_name({"n:loaf": ["99999999"]})["q0:loaf"].of == 1


def test_a_field_that_excludes_the_others_goes_first_when_both_cannot_stay() -> None:
    fields = {"q:with": ["jam", "none"]}
    assert [one["code"] for one in answers(written(fields, **{"q:with": 1}))["with"]] == ["jam"]
    assert "with" not in answers(written(fields, **{"q:with": 2}))


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"q:age": ["121"]}, "q:age", "from 0 to 120"),
        ({"q0.0:slice": ["0"]}, "q0.0:slice", "not below 1"),
        ({"q:name": ["Bartholomew"]}, "q:name", "at most 8"),
        ({"q:with": ["jam", "none"]}, "q:with", "“None”"),
        ({"q:age": ["old"]}, "q:age", "whole number"),
        ({"q:day": ["11"]}, "q:day", "a day that there is"),
        ({"q:day": ["2026-11"]}, "q:day", "or go on without"),
        ({"q:else": ["tea"], "o:else": ["Cocoa"]}, "q:else", "not both"),
        ({}, "q:age", "go on without"),
    ],
)
def test_a_problem_is_told_beside_its_question_in_words_for_a_person(fields: Fields, name: str, words: str) -> None:
    assert words in told(fields)[name].text


def test_of_what_is_not_asked_nothing_is_missing() -> None:
    assert "q0:seeds" not in told({"q0:kind": ["wheat"]})
    assert "q0:kind" not in told({})
    assert told({"q0:kind": ["rye"]})["q0:seeds"].missing


def told(fields: Fields) -> dict[str, telling.Fault]:
    pages = filled(fields)
    made = writing.write(pages, FORM, status="completed", authored=AT)
    problems = validation.validate(made.response, FORM, at=AT)
    return {fault.asked.name: fault for page in pages for fault in telling.faults(page, made, problems)}


@settings(max_examples=40)
@given(strategies.fields())
def test_whatever_is_sent_every_problem_of_the_response_lies_at_a_question(fields: Fields) -> None:
    made = writing.write(filled(fields), FORM, status="completed", authored=AT)
    for problem in validation.refusals(validation.validate(made.response, FORM, at=AT)):
        assert made.at(problem.expression) is not None


@settings(max_examples=40)
@given(strategies.fields(wrong=False))
def test_what_is_missing_and_what_is_not_asked_is_what_the_validator_says(fields: Fields) -> None:
    unreadable = {name for name, one in by_name(fields).items() if one.typed.fault}
    fields = {name: values for name, values in fields.items() if name not in unreadable}
    pages = filled(fields)
    made = writing.write(pages, FORM, status="completed", authored=AT)
    problems = validation.validate(made.response, FORM, at=AT)
    surplus = {one.name for page in pages for one in page.walk() if one.holds_answer and not one.enabled}
    assert {placed(made, problem.expression).name for problem in problems if problem.rule == "notEnabled"} <= surplus
    missing = [fault for fault in told(fields).values() if fault.missing]
    assert len(missing) == sum(problem.rule == "required" for problem in problems)


def placed(made: writing.Written, path: str) -> Asked:
    found = made.at(path)
    assert found is not None
    return found


@settings(max_examples=40)
@given(strategies.fields())
def test_the_fields_of_a_page_carried_on_give_the_same_form(fields: Fields) -> None:
    pages = filled(fields)
    carried: dict[str, list[str]] = {}
    for name, value in carrying.answers(pages):
        carried.setdefault(name, []).append(value)
    assert [(one.name, one.typed.values, one.typed.raw, one.enabled) for page in filled(carried) for one in page.walk()] == [
        (one.name, one.typed.values, one.typed.raw, one.enabled) for page in pages for one in page.walk()
    ]
