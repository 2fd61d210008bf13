"""Lenient reading of a prefetched response."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from cds.facts import Answers
from cds.fhir import answers
from tests.fhir import samples
from tests.fhir.samples import CANARY, coded, item, now, response, run

ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "asked-declined"}]}


def read(*groups: dict[str, Any], **more: Any) -> Answers:
    return answers.read(response(*groups, **more), samples.FORM, samples.DEFINITIONS, at=samples.AT)


def fever(*given: dict[str, Any]) -> Answers:
    return read(now(item("fever", *given)))


def quantity(value: object, code: str | None = "km", **more: Any) -> dict[str, Any]:
    return {"valueQuantity": {"value": value} | ({"code": code} if code else {}) | more}


def test_typed_answers_become_values() -> None:
    said = read(now(item("age", {"valueInteger": 34}), item("fever", coded("no"))), run(item("worse", coded("cough"), coded("sit"))))
    assert said.values == {"age": 34, "fever": "no", "worse": ("sit", "cough")}
    assert (said.status, said.authored, said.problems) == ("completed", datetime(2026, 3, 10, 8, tzinfo=UTC), ())


def test_items_at_the_wrong_level_are_found() -> None:
    assert read(item("fever", coded("yes")), run(item("bladder", coded("old")))).values == {"fever": "yes", "bladder": "old"}
    nested = item("age", {"valueInteger": 5, "item": [item("fever", coded("yes"))]})
    assert read(now(nested)).values == {"age": 5, "fever": "yes"}


@pytest.mark.parametrize("answer", [coded("unsure"), coded("skip"), {"_valueCoding": ABSENT}, ABSENT, {"valueCoding": ABSENT}])
def test_an_answer_that_says_unknown_is_unknown_without_a_problem(answer: dict[str, Any]) -> None:
    said = fever(answer)
    assert (said.values, said.problems) == ({}, ())


def test_an_item_without_an_answer_is_unknown() -> None:
    assert fever().values == {}
    assert read(now(item("fever") | {"answer": []})).values == {}


def test_an_answer_without_a_system_is_accepted() -> None:
    assert fever({"valueCoding": {"code": "yes"}}).values == {"fever": "yes"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (coded("yes", system=CANARY), "another code system"),
        (coded("yes", system={"x": CANARY}), "another code system"),
        (coded(CANARY), "not one of the options"),
        ({"valueString": CANARY}, "wrong type"),
        ({"valueBoolean": True}, "wrong type"),
        ({"valueCoding": CANARY}, "wrong type"),
        ({"valueCoding": {"code": [CANARY]}}, "wrong type"),
        ({"valueCoding": None}, "wrong type"),
        (coded("yes") | {"valueString": "x"}, "wrong type"),
        ({}, "without a value"),
        ({"valueCoding": {"display": CANARY}}, "without a value"),
    ],
)
def test_an_unusable_coded_answer_is_unknown_and_told_without_its_value(answer: dict[str, Any], kind: str) -> None:
    said = fever(answer)
    assert said.values == {}
    assert len(said.problems) == 1
    assert said.problems[0].startswith("fever: ") and kind in said.problems[0]
    assert CANARY not in said.problems[0]


@pytest.mark.parametrize("answer", [{"valueCoding": {"display": "Yes"}}, {"valueString": "Yes"}, {"valueString": "  yes "}])
def test_words_that_name_an_option_are_read(answer: dict[str, Any]) -> None:
    said = fever(answer)
    assert (said.values, said.problems) == ({"fever": "yes"}, ())


@pytest.mark.parametrize("answer", [{"valueCoding": {"display": "No"}}, {"valueString": "No"}])
def test_words_alone_never_reassure(answer: dict[str, Any]) -> None:
    said = fever(answer)
    assert said.values == {}
    assert said.problems == ("fever: a reassuring answer in words only, without its code; counted as unknown.",)


def test_words_for_not_sure_say_unknown_without_a_problem() -> None:
    said = fever({"valueCoding": {"display": "Unsure"}})
    assert (said.values, said.problems) == ({}, ())


def test_words_that_name_no_option_are_not_read() -> None:
    assert "wrong type" in fever({"valueString": "Yes, I think"}).problems[0]
    assert "without a value" in fever({"valueCoding": {"display": "Yes, I think"}}).problems[0]


def test_words_beside_a_code_are_passed_over_unless_they_take_a_reassurance_back() -> None:
    assert fever({"valueCoding": coded("yes")["valueCoding"] | {"display": "No"}}).values == {"fever": "yes"}
    assert fever({"valueCoding": coded("no")["valueCoding"] | {"display": "Never had one"}}).values == {"fever": "no"}
    said = fever({"valueCoding": coded("no")["valueCoding"] | {"display": "Yes"}})
    assert (said.values, said.problems) == ({}, ("fever: an answer whose words name another option than its code; counted as unknown.",))


def test_of_several_ticks_in_words_the_exclusive_one_is_not_read() -> None:
    ticked = read(run(item("worse", {"valueString": "Sit"}, {"valueCoding": {"display": "Cough"}})))
    assert ticked.values == {"worse": ("sit", "cough")}
    assert read(run(item("worse", {"valueString": "Nothing"}))).values == {}


@pytest.mark.parametrize("value", [Decimal("5.0"), 5.0, "5", True, None, [5]])
def test_what_is_not_an_integer_is_of_the_wrong_type(value: object) -> None:
    said = read(now(item("age", {"valueInteger": value})))
    assert said.values == {}
    assert "wrong type" in said.problems[0]


@pytest.mark.parametrize("value", [-1, 121, 10**30])
def test_a_number_out_of_range_is_unknown(value: int) -> None:
    said = read(now(item("age", {"valueInteger": value})))
    assert said.values == {}
    assert said.problems == ("age: an answer out of its range; counted as unknown.",)


@pytest.mark.parametrize("value", [0, 120])
def test_the_bounds_belong_to_the_range(value: int) -> None:
    assert read(now(item("age", {"valueInteger": value}))).values == {"age": value}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (quantity(Decimal("12.5")), Decimal("12.5")),
        (quantity(10), Decimal(10)),
        (quantity(10, "[mi_i]"), Decimal("16.09344")),
        (quantity(10, None, unit="km"), Decimal(10)),
        (quantity(Decimal("1.23456789012345678")), Decimal("1.23456789012346")),
    ],
)
def test_a_quantity_is_converted_to_the_unit_of_the_fact(answer: dict[str, Any], expected: Decimal) -> None:
    assert read(run(item("distance", answer))).values == {"distance": expected}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (quantity(5, "m"), "unit"),
        (quantity(5, None), "unit"),
        (quantity(5, None, unit="miles"), "unit"),
        (quantity(5, "m", unit="km"), "unit"),
        (quantity(-1), "range"),
        (quantity("5"), "type"),
        (quantity(True), "type"),
        (quantity(5, comparator="<"), "type"),
        ({"valueQuantity": {"code": "km"}}, "without a value"),
        ({"valueDecimal": 5}, "type"),
    ],
)
def test_an_unusable_quantity_is_unknown(answer: dict[str, Any], kind: str) -> None:
    said = read(run(item("distance", answer)))
    assert said.values == {}
    assert kind in said.problems[0]


def test_of_several_answers_the_worst_counts_and_it_is_told() -> None:
    said = read(now(item("bladder", coded("no"), coded("old")), item("bladder", coded("yes"))))
    assert said.values == {"bladder": "yes"}
    assert said.problems == ("bladder: several answers where one is allowed; the worst counts.",)


def test_of_several_numbers_the_highest_counts() -> None:
    assert read(now(item("age", {"valueInteger": 30}, {"valueInteger": 80}))).values == {"age": 80}


@pytest.mark.parametrize("other", [coded("unsure"), {"valueString": CANARY}])
def test_the_best_answer_beside_an_unknown_one_reassures_nobody(other: dict[str, Any]) -> None:
    assert fever(coded("no"), other).values == {}
    assert fever(coded("yes"), other).values == {"fever": "yes"}


def test_an_exclusive_option_beside_another_is_dropped() -> None:
    said = read(run(item("worse", coded("nothing"), coded("sit"))))
    assert said.values == {"worse": ("sit",)}
    assert "exclusive" in said.problems[0]
    assert read(run(item("worse", coded("nothing")))).values == {"worse": ("nothing",)}


def test_nothing_beside_an_unreadable_answer_is_unknown() -> None:
    assert read(run(item("worse", coded("nothing"), coded(CANARY)))).values == {}


def test_an_unreadable_tick_leaves_the_others() -> None:
    said = read(now(item("age", {"valueInteger": 34})), run(item("worse", coded("sit"), coded(CANARY), coded("sit"))))
    assert (said.values, said.status) == ({"age": 34, "worse": ("sit",)}, "in-progress")
    assert len(said.problems) == 2


@pytest.mark.parametrize("other", [coded("unsure"), {"valueString": CANARY}, {}])
@pytest.mark.parametrize(("code", "status"), [("old", "in-progress"), ("yes", "completed")])
def test_beside_an_unknown_answer_the_worst_that_is_known_warns_and_only_the_worst_of_all_is_final(
    other: dict[str, Any], code: str, status: str
) -> None:
    for given in ((coded(code), other), (other, coded(code))):
        said = read(now(item("bladder", *given)))
        assert (said.values, said.status) == ({"bladder": code}, status)
        assert any("counts as in-progress" in problem for problem in said.problems) is (status == "in-progress")


def test_the_highest_number_beside_an_unknown_one_is_used_and_the_response_is_unfinished() -> None:
    said = read(now(item("age", {"valueInteger": 80}, {"valueInteger": "81"})))
    assert (said.values, said.status) == ({"age": 80}, "in-progress")
    assert read(now(item("age", {"valueInteger": 80}, {"valueInteger": 81}))).status == "completed"


def test_an_onset_beside_an_unknown_one_is_used_and_the_response_is_unfinished() -> None:
    said = read(run(item("onset", {"valueDate": "2026-03-01"}, {"valueDate": "2026"})))
    assert (said.onset, said.status) == (date(2026, 3, 1), "in-progress")
    assert read(run(item("onset", {"valueDate": "2026"}))).status == "completed"


def test_an_answer_to_an_item_that_is_not_enabled_is_read() -> None:
    assert read(now(item("sex", coded("male")), item("pregnant", coded("yes")))).values["pregnant"] == "yes"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([{"valueDate": "2026-03-01"}], date(2026, 3, 1)),
        ([{"valueDate": "2026-03-05"}, {"valueDate": "2026-03-01"}], date(2026, 3, 1)),
        ([{"valueDate": "2026-03"}], None),
        ([{"valueDate": "2026-03-11"}], None),
        ([{"valueDate": "2026-03-11"}, {"valueDate": "2026-03-01"}], date(2026, 3, 1)),
        ([{"valueDateTime": "2026-03-01"}], None),
        ([{"valueDate": CANARY}], None),
        ([ABSENT], None),
    ],
)
def test_the_onset_is_the_earliest_full_date(given: list[dict[str, Any]], expected: date | None) -> None:
    said = read(run(item("onset", *given)))
    assert said.onset == expected
    assert not any(CANARY in problem for problem in said.problems)
    assert bool(said.problems) is (given != [ABSENT] and (expected is None or len(given) > 1))


@pytest.mark.parametrize("value", [None, "2026-03", CANARY, 5])
def test_answers_whose_date_cannot_be_read_have_no_age(value: object) -> None:
    assert read(authored=value).authored is None


@pytest.mark.parametrize("status", ["complete", CANARY, None, ["completed"]])
def test_an_unknown_status_counts_as_unfinished(status: object) -> None:
    said = read(status=status)
    assert said.status == "in-progress"
    assert "status" in said.problems[0]


def test_items_that_nobody_asked_for_are_counted_and_not_named() -> None:
    said = read(item(CANARY, coded("yes")), {"text": CANARY}, item=[item(CANARY), {"linkId": 5}, CANARY, None])
    assert said.problems == (
        "3 item(s) without a readable linkId not read.",
        "1 item(s) with a linkId that this questionnaire does not have not read.",
    )


@pytest.mark.parametrize("raw", [{}, "x", 5, {"linkId": "fever", "answer": {"valueCoding": {"code": "yes"}}}])
def test_items_that_are_not_a_list_break_nothing(raw: object) -> None:
    assert isinstance(answers.read(response(item=raw), samples.FORM, samples.DEFINITIONS, at=samples.AT), Answers)


@pytest.mark.parametrize(("authored", "known"), [("2026-03-10T08:00:00Z", False), ("2026-03-11T01:00:00+13:00", True)])
def test_today_is_the_day_where_the_answers_were_given(authored: str, known: bool) -> None:
    said = read(run(item("onset", {"valueDate": "2026-03-11"})), authored=authored)
    assert (said.onset is not None) is known
    assert said.problems == (() if known else ("onset: in the future; counted as unknown.",))


BENT: list[dict[str, Any]] = [
    {"linkId": "age", "answer": {"valueInteger": 5, "item": [item("fever", coded("yes"))]}},
    {"linkId": "age", "answer": [[{"valueInteger": 5, "item": [item("fever", coded("yes"))]}]]},
    {"linkId": "age", "answer": [{"valueInteger": 5, "item": item("fever", coded("yes"))}]},
    {"linkId": "age", "answer": [{"valueInteger": 5, "item": [[item("fever", coded("yes"))]]}]},
]


@pytest.mark.parametrize("bent", BENT, ids=["answer-as-object", "list-in-answer", "item-as-object", "list-in-item"])
def test_a_list_that_is_not_as_fhir_has_it_is_read_and_told(bent: dict[str, Any]) -> None:
    said = read(now(bent))
    assert said.values == {"age": 5, "fever": "yes"}
    assert said.problems == ("1 list(s) of items or answers not as FHIR R4 has them; read all the same.",)


def test_an_emergency_in_a_list_within_the_items_of_the_response_is_read() -> None:
    said = read(item=[[[now(item("fever", coded("yes")))]]])
    assert said.values == {"fever": "yes"}
    assert said.problems[0].startswith("2 list(s)")
