"""Answers to items that the other answers do not enable: a worry is kept, and reassures nobody."""

from typing import Any

import pytest

from cds.facts import Answers
from tests.fhir.samples import coded, item, now, run
from tests.fhir.test_answers import read

UNASKED = "answered although the other answers do not ask for it; the response counts as in-progress."


def of_sex_and_age(sex: str | None, age: int | None, *more: dict[str, Any]) -> Answers:
    who = [item("age", {"valueInteger": age})] if age is not None else []
    return read(now(*who, *([item("sex", coded(sex))] if sex else []), *more))


@pytest.mark.parametrize(("sex", "age"), [("male", 34), ("female", 70), ("female", 11), ("female", None), (None, None)])
def test_a_worry_that_the_other_answers_do_not_ask_for_is_kept_and_reassures_nobody(sex: str | None, age: int | None) -> None:
    said = of_sex_and_age(sex, age, item("pregnant", coded("yes")))
    assert (said.values["pregnant"], said.status, said.problems) == ("yes", "in-progress", (f"pregnant: {UNASKED}",))


@pytest.mark.parametrize(("sex", "age", "answer"), [("male", 34, "no"), ("male", 34, "unsure"), ("female", 34, "yes"), ("female", 34, "no")])
def test_an_answer_that_is_asked_for_or_reassures_contradicts_nothing(sex: str, age: int, answer: str) -> None:
    said = of_sex_and_age(sex, age, item("pregnant", coded(answer)))
    assert (said.status, said.problems) == ("completed", ())


@pytest.mark.parametrize(("ticks", "status"), [(("sit",), "in-progress"), (("nothing",), "completed")])
def test_a_worry_in_a_group_that_is_not_asked_contradicts_the_other_answers(ticks: tuple[str, ...], status: str) -> None:
    said = read(now(item("age", {"valueInteger": 100})), run(item("worse", *map(coded, ticks))))
    assert (said.values["worse"], said.status, len(said.problems)) == (ticks, status, status == "in-progress")


def test_a_number_that_is_not_asked_for_says_nothing_against_the_rest() -> None:
    said = read(now(item("age", {"valueInteger": 100})), run(item("days", {"valueInteger": 5})))
    assert (said.values["days"], said.status, said.problems) == (5, "completed", ())
