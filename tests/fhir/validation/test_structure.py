"""The rules of structure row by row: what keeps a rule has no problem, what breaks it has that one at its place, by status."""

from typing import Any

import pytest

from cds.fhir import limits
from cds.fhir.validation import structure
from tests.fhir.samples import bound, when
from tests.fhir.validation import forms, structure_cases
from tests.fhir.validation.cases import Case, told
from tests.fhir.validation.forms import Raw, answer, ask, put, sent

named = pytest.mark.parametrize("case", structure_cases.CASES, ids=lambda case: f"{case.rule}: {case.name}")


@named
def test_a_response_that_breaks_one_rule_has_that_problem_alone(case: Case) -> None:
    assert told(case.problems()) == [(case.rule, case.place, case.completed)]


@named
def test_a_response_that_keeps_the_rule_has_no_problem(case: Case) -> None:
    assert told(case.kept()) == []


@named
def test_a_response_in_progress_may_be_incomplete(case: Case) -> None:
    expected = [(case.rule, case.place, case.in_progress)] if case.in_progress else []
    assert told(case.problems(status="in-progress")) == expected


def rules_of(items: list[Raw], *answers: Raw, **more: Any) -> list[tuple[str, str]]:
    """Rule and place of what is told of a completed response to a form of those items."""
    found = Case("", forms.form(*items, **more), {}, sent(*answers), "").problems()
    return [(rule, place.removeprefix("QuestionnaireResponse")) for rule, place, _ in told(found)]


PAIR = ask("g", "group", ask("on", "boolean"), ask("more", required=True, enableWhen=[when("on", "=", answerBoolean=True)]), repeats=True)


def pair(on: bool | None, *more: str) -> Raw:
    return put("g", items=(*([] if on is None else [put("on", on)]), *(put("more", one) for one in more)))


def test_an_instance_of_a_group_does_not_borrow_the_answers_of_another() -> None:
    assert rules_of([PAIR], pair(True, "x"), pair(None)) == []
    assert rules_of([PAIR], pair(True, "x"), pair(None, "x")) == [("notEnabled", ".item[1].item[0]")]
    assert rules_of([PAIR], pair(None, "x"), pair(True, "x")) == [("notEnabled", ".item[0].item[0]")]


def test_what_is_required_is_required_in_every_instance() -> None:
    assert rules_of([PAIR], pair(True), pair(False), pair(True)) == [("required", ".item[0]"), ("required", ".item[2]")]


def test_what_is_required_under_a_question_is_required_under_each_answer_and_without_one_nowhere() -> None:
    items = [ask("q", "string", ask("a", required=True), repeats=True)]
    assert rules_of(items) == []
    assert rules_of(items, put("q", answer("x"), answer("y", put("a", "1")), answer("z"))) == [
        ("required", ".item[0].answer[0]"),
        ("required", ".item[0].answer[2]"),
    ]


def test_two_levels_of_groups_that_repeat_are_told_apart() -> None:
    inner = ask("in", "group", ask("a", required=True, enableWhen=[when("on", "=", answerBoolean=True)]), repeats=True)
    items = [ask("out", "group", ask("on", "boolean"), inner, repeats=True)]
    off, on = (put("out", items=(put("on", value), put("in", items=(put("a", "x"),)), put("in"))) for value in (False, True))
    assert rules_of(items, off, on) == [("notEnabled", ".item[0].item[1].item[0]"), ("required", ".item[1].item[2]")]


def test_an_item_that_an_expression_enables_is_neither_missing_nor_refused() -> None:
    items = [ask("a", required=True, extension=[forms.expression("sdc-questionnaire-enableWhenExpression")])]
    assert rules_of(items) == [("notChecked", "")]
    assert rules_of(items, put("a", "x")) == [("notChecked", ".item[0]")]
    assert rules_of(items, put("a", 5)) == [("invalidAnswerType", ".item[0].answer[0]"), ("notChecked", ".item[0]")]


def test_each_kind_of_expression_of_an_item_is_told_once() -> None:
    extensions = [
        forms.constraint(),
        forms.constraint(),
        forms.expression("targetConstraint"),
        forms.expression("sdc-questionnaire-initialExpression"),
    ]
    assert rules_of([ask("a", extension=extensions)], put("a", "x")) == [("notChecked", ".item[0]")] * 2
    computed = ask("a", _required={"extension": [forms.expression("cqf-expression")]})
    assert rules_of([computed], put("a", "x")) == [("notChecked", ".item[0]")]


def test_an_item_under_one_of_several_answers_is_not_judged_by_the_others() -> None:
    items = [forms.means("by", repeats=True, item=[ask("which", enableWhen=[when("by", "=", answerCoding=forms.code("boat"))])])]
    boat, foot = forms.code("boat"), forms.code("foot")
    assert rules_of(items, put("by", answer(boat, put("which", "x")), answer(foot))) == []
    assert rules_of(items, put("by", answer(boat), answer(foot, put("which", "x")))) == [("notChecked", ".item[0].answer[1].item[0]")]
    assert rules_of(items, put("by", answer(foot, put("which", "x")))) == [("notEnabled", ".item[0].answer[0].item[0]")]


def test_a_question_in_a_wrong_place_decides_nothing() -> None:
    items = [ask("g", "group", ask("on", "boolean")), ask("a", required=True, enableWhen=[when("on", "=", answerBoolean=True)])]
    assert rules_of(items, put("on", True)) == [("wrongLevel", ".item[0]")]
    assert rules_of(items, put("on", False), put("a", "x")) == [("wrongLevel", ".item[0]")]


def test_a_group_left_out_that_neither_repeats_nor_is_required_counts_as_there() -> None:
    asked = ask("a", required=True)
    assert rules_of([ask("g", "group", asked)]) == [("required", "")]
    assert rules_of([ask("g", "group", asked, repeats=True)]) == []
    assert rules_of([ask("g", "group", asked, required=True)]) == [("required", "")]
    assert rules_of([ask("g", "group", ask("h", "group", asked, enableWhen=[when("b", "exists", answerBoolean=True)]), ask("b"))]) == []


def test_a_display_or_a_group_of_displays_cannot_be_missing() -> None:
    assert rules_of([ask("d", "display"), ask("g", "group", ask("e", "display"), required=True)]) == []


def test_an_item_is_enabled_only_in_what_is_enabled() -> None:
    inner = ask("in", "group", ask("a", required=True))
    items = [ask("on", "boolean"), ask("out", "group", inner, enableWhen=[when("on", "=", answerBoolean=True)])]
    held = put("out", items=(put("in", items=(put("a", "x"),)),))
    assert rules_of(items, put("on", False)) == []
    assert rules_of(items, put("on", False), held) == [("notEnabled", ".item[1]")]
    assert rules_of(items, put("on", False), put("out", items=(put("in"),))) == []
    assert rules_of(items, put("on", True), held) == []
    assert rules_of(items, put("on", True)) == [("required", "")]


@pytest.mark.parametrize(("count", "expected"), [(1, ["minCount"]), (2, []), (3, []), (4, ["maxCount"])])
def test_a_count_at_its_limit_is_within_it(count: int, expected: list[str]) -> None:
    limits = [bound("questionnaire-minOccurs", 2), bound("questionnaire-maxOccurs", 3)]
    questions, groups = ask("q", "integer", repeats=True, extension=limits), ask("g", "group", ask("a"), repeats=True, extension=limits)
    assert [rule for rule, _ in rules_of([questions], put("q", *range(count)))] == expected
    assert [rule for rule, _ in rules_of([groups], *[put("g", items=(put("a", "x"),))] * count)] == expected


def test_a_reason_for_no_answer_is_no_answer_to_a_condition_nor_to_what_is_required() -> None:
    reason = {"_valueBoolean": {"extension": [{"url": f"{forms.CORE}data-absent-reason", "valueCode": "asked-declined"}]}}
    items = [ask("on", "boolean", required=True), ask("a", enableWhen=[when("on", "exists", answerBoolean=True)])]
    assert rules_of(items, put("on", reason), put("a", "x")) == [("required", ".item[0]"), ("notEnabled", ".item[1]")]


def test_a_text_may_be_left_out_and_may_be_one_of_the_translations() -> None:
    translation = {"url": f"{forms.CORE}translation", "extension": [{"url": "lang", "valueCode": "de"}, {"url": "content", "valueString": "Wer?"}]}
    items = [ask("a", _text={"extension": [translation]})]
    for text in ("Text of a", " Text of a\n", "Wer?"):
        assert rules_of(items, put("a", "x", text=text)) == []
    assert rules_of(items, put("a", "x", text="Who?")) == [("textDiffers", ".item[0].text")]
    assert rules_of([{"linkId": "a", "type": "string"}], put("a", "x", text="Who?")) == []


def test_the_items_of_what_is_not_in_the_form_are_not_told_as_well() -> None:
    assert rules_of([PAIR], put("other", items=(pair(True), put("another", "x")))) == [("invalidLinkId", ".item[0]")]


def test_an_answer_to_an_abstract_question_is_refused() -> None:
    assert rules_of([ask("a", "question", ask("b"))], put("a", "x")) == [("invalidAnswerType", ".item[0].answer[0]")]


class Counted(str):
    """Text that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def said(letter: str, count: int) -> list[Raw]:
    return [{"valueString": Counted(f"{letter}{number}")} for number in range(count)]


def conditions(count: int, **more: Any) -> list[Raw]:
    """A question that repeats, and a group that repeats whose question has so many conditions on it."""
    asked = [when("a", "=", answerString=Counted(f"x{number}")) for number in range(count)]
    return [ask("a", repeats=True), ask("g", "group", ask("b", enableWhen=asked, **more), repeats=True)]


def test_a_condition_is_compared_with_an_answer_once_however_many_groups_ask() -> None:
    answers, groups = [put("a", *said("y", 50))], [put("g", items=(put("b", "z"),)) for _ in range(30)]
    Counted.compared = 0
    found = list(structure.check(sent(*answers, *groups), forms.form(*conditions(20, enableBehavior="any")), None))
    assert [one.rule for one in found] == ["notEnabled"] * 30
    assert Counted.compared == 20 * 50


def test_no_more_conditions_are_compared_than_decide() -> None:
    answers, groups = [put("a", *said("x", 50))], [put("g", items=(put("b", "z"),))]
    for behavior, decisive in (("all", 51), ("any", 1)):
        Counted.compared = 0
        asked = conditions(20, enableBehavior=behavior)
        asked[1]["item"][0]["enableWhen"].insert(1, when("a", "=", answerString=Counted("nowhere")))
        list(structure.check(sent(*answers, *groups), forms.form(*asked), None))
        assert Counted.compared == decisive


def test_an_item_under_each_of_many_answers_is_not_compared_with_all_of_them_each_time() -> None:
    asked = [when("a", "=", answerString=Counted(f"x{number}")) for number in range(5)]
    asking = forms.form(ask("a", "string", ask("b", enableWhen=asked, enableBehavior="any"), repeats=True))
    answers = [answer(one, put("b", "z")) for one in said("y", 40)]
    Counted.compared = 0
    list(structure.check(sent(put("a", *answers)), asking, None))
    assert Counted.compared <= 2 * 5 * 40


def test_conditions_that_take_too_many_comparisons_are_refused_as_too_long_and_judge_nothing_more() -> None:
    answers, groups = [put("a", *[str(number) for number in range(1_000)])], [put("g", items=(put("b", "z"),))]
    found = list(structure.check(sent(*answers, *groups), forms.form(*conditions(300, enableBehavior="any")), None))
    assert [(one.severity, one.code, one.expression) for one in found] == [("error", "too-long", "QuestionnaireResponse")]
    assert str(limits.MAX_COMPARISONS) in found[0].text


def test_items_that_are_asked_for_in_too_many_groups_are_refused_as_too_long() -> None:
    asked = [ask(f"a{number}", required=True) for number in range(500)]
    found = list(structure.check(sent(*[put("g")] * 450), forms.form(ask("g", "group", *asked, repeats=True)), None))
    assert len(found) <= limits.MAX_COMPARISONS
    assert found[-1].code == "too-long"


@pytest.mark.parametrize("empty", [" ", "\n\t "])
def test_blanks_are_no_answer(empty: str) -> None:
    items = [ask("a", "text", required=True), ask("b", enableWhen=[when("a", "exists", answerBoolean=True)])]
    assert rules_of(items, put("a", empty), put("b", "x")) == [("required", ".item[0]"), ("notEnabled", ".item[1]")]


def test_an_attachment_without_data_and_address_is_no_answer() -> None:
    items = [ask("a", "attachment", required=True)]
    title, whole = ({"valueAttachment": {"title": "x"} | more} for more in ({}, {"url": "https://example.org/a"}))
    assert ("required", ".item[0]") in rules_of(items, put("a", title))
    assert ("required", ".item[0]") not in rules_of(items, put("a", whole))


def test_a_contained_resource_has_a_type() -> None:
    taken = {"url": f"{forms.CORE}questionnaire-referenceResource", "valueCode": "Patient"}
    form = forms.form(ask("a", "reference", extension=[taken]))
    for kind, expected in (("Patient", []), ("Organization", ["invalidRefType"])):
        response = sent(put("a", {"valueReference": {"reference": "#p"}}), contained=[{"resourceType": kind, "id": "p"}])
        assert [rule for rule, _, _ in told(Case("", form, {}, response, "").problems())] == expected


COMPUTED = {"extension": [forms.expression("cqf-calculatedValue") | {"url": f"{forms.CORE}cqf-calculatedValue"}]}


@pytest.mark.parametrize("static", [{}, {"valueInteger": 5}])
def test_a_bound_that_an_expression_gives_is_told_as_not_checked_and_binds_nobody(static: Raw) -> None:
    computed = {"url": f"{forms.CORE}maxValue", "_valueInteger": COMPUTED} | static
    assert rules_of([ask("a", "integer", extension=[computed])], put("a", 9)) == [("notChecked", ".item[0]")]
    assert rules_of([ask("a", "integer", extension=[computed, bound("minValue", 10)])], put("a", 9)) == [
        ("minValue", ".item[0].answer[0]"),
        ("notChecked", ".item[0]"),
    ]


def test_an_element_that_an_expression_gives_asks_for_nothing() -> None:
    asked = ask("a", required=True, maxLength=1, _required=COMPUTED, _maxLength=COMPUTED)
    assert rules_of([asked]) == [("notChecked", "")]
    assert rules_of([asked], put("a", "xyz")) == [("notChecked", ".item[0]")]
    assert rules_of([ask("a", _repeats=COMPUTED)], put("a", "x", "y")) == [("notChecked", ".item[0]")]
