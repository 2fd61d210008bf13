"""The merge of answers and record, cell by cell: unknown stays unknown, a yes is never lost, a no never invented."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds import facts
from cds.facts import Answers, Conflict, Fact, Gate, Record, RecordFact, Shown, Value
from tests.merging import AT, DEFINED, DEFINITIONS, FRESH, RECORDED, merged, value

# The merge rule: answer by record.

CELLS = [
    ("yes", None, "yes", "questionnaire", 0),
    ("no", None, "no", "questionnaire", 0),
    (None, None, None, "", 0),
    ("yes", RECORDED, "yes", "questionnaire", 0),
    ("no", RECORDED, "yes", "ehr", 1),
    (None, RECORDED, "yes", "ehr", 0),
]


@pytest.mark.parametrize(("answer", "recorded", "result", "source", "conflicts"), CELLS)
def test_an_answer_and_the_record_give_the_cell_of_the_notes(
    answer: str | None, recorded: RecordFact | None, result: str | None, source: str, conflicts: int
) -> None:
    found = merged({"cancer": answer} if answer else {}, {"cancer": recorded} if recorded else {})
    assert value("cancer", found) == result
    assert (found.known["cancer"].source if result else "") == source
    assert len(found.conflicts) == conflicts


def test_a_conflict_keeps_what_both_said_and_is_itself_a_fact() -> None:
    found = merged({"cancer": "no", "fever": "no"}, {"cancer": RECORDED, "fever": RECORDED})
    assert found.conflicts == (Conflict("fever", "no", "yes"), Conflict("cancer", "no", "yes"))
    assert found.known["conflicts"] == Fact(("fever", "cancer"), "derived", "merge")


def test_without_a_conflict_the_list_of_conflicts_is_known_and_empty() -> None:
    assert merged().values()["conflicts"] == ()


def test_an_answer_keeps_its_item_and_day_and_the_record_its_reference() -> None:
    found = merged({"fever": "yes"}, {"cancer": RECORDED})
    assert found.known["fever"] == Fact("yes", "questionnaire", "fever", "2030-06-15")
    assert found.known["cancer"] == Fact("yes", "ehr", "Condition/1", "2030-01-02", "by name")


def test_a_reading_of_the_record_is_a_fact_of_its_own() -> None:
    found = merged({}, {"temperature": RecordFact(Decimal("38.2"), "Observation/1", "2030-06-15")})
    assert (value("temperature", found), value("fever", found)) == (Decimal("38.2"), None)


def test_problems_and_unchecked_keys_of_both_sides_are_kept() -> None:
    answers, record = Answers(authored=FRESH, problems=("a: odd.",)), Record(not_checked=("conditions",), problems=("b: odd.",))
    found = facts.merge(DEFINITIONS, answers, record, at=AT)
    assert (found.problems, found.not_checked) == (("a: odd.", "b: odd."), ("conditions",))


# Age and sex.


def test_the_age_of_the_record_wins_without_a_conflict() -> None:
    found = merged({"age": 30}, {"age": RecordFact(31, "Patient/1")})
    assert (found.known["age"], found.conflicts) == (Fact(31, "ehr", "Patient/1"), ())


def test_the_sex_that_was_answered_wins_without_a_conflict() -> None:
    found = merged({"sex": "female"}, {"sex": RecordFact("male", "Patient/1")})
    assert (value("sex", found), found.known["sex"].source, found.conflicts) == ("female", "questionnaire", ())


def test_age_and_sex_of_the_record_are_used_where_nothing_was_answered() -> None:
    found = merged({}, {"age": RecordFact(31, "Patient/1"), "sex": RecordFact("male", "Patient/1")})
    assert (value("age", found), value("sex", found)) == (31, "male")


# Gates.

GATES: list[tuple[dict[str, Value], str | None]] = [
    ({"sex": "male"}, "no"),
    ({"sex": "female", "age": 11}, "no"),
    ({"sex": "female", "age": 12}, None),
    ({"sex": "female", "age": 55}, None),
    ({"sex": "female", "age": 56}, "no"),
    ({"sex": "female"}, None),
    ({"age": 30}, None),
    ({}, None),
    ({"sex": "male", "pregnant": "yes"}, "yes"),
    ({"sex": "male", "pregnant": "no"}, "no"),
]


@pytest.mark.parametrize(("said", "result"), GATES)
def test_an_item_that_cannot_apply_gets_its_value_and_a_given_yes_stays(said: dict[str, Value], result: str | None) -> None:
    assert value("pregnant", merged(said)) == result


def test_a_value_by_a_gate_says_that_nobody_answered_it() -> None:
    assert merged({"sex": "male"}).known["pregnant"] == Fact("no", "derived", "sex", note="not applicable")


def test_a_yes_of_the_record_wins_over_not_applicable() -> None:
    found = merged({"sex": "male"}, {"pregnant": RECORDED})
    assert (value("pregnant", found), found.conflicts) == ("yes", ())


def test_gates_work_in_a_chain() -> None:
    assert value("preg-warning", merged({"sex": "male"})) == "no"
    assert value("preg-warning", merged({"sex": "female", "age": 30})) is None
    assert value("preg-warning", merged({"sex": "female", "pregnant": "no"})) == "no"
    assert value("preg-warning", merged({"sex": "male", "pregnant": "yes"})) is None


@pytest.mark.parametrize(("given_value", "closed"), [(None, False), (11, True), (12, False), (Decimal("55.5"), True), ("male", False)])
def test_a_gate_with_bounds_closes_only_for_a_known_number_beyond_them(given_value: Value | None, closed: bool) -> None:
    assert Gate("age", below=Decimal(12), above=Decimal(55)).closed(given_value) is closed


# The state of the response.


@pytest.mark.parametrize(
    ("status", "state"),
    [("completed", "completed"), ("amended", "completed"), ("in-progress", "in-progress"), ("stopped", "in-progress"), ("odd", "in-progress")],
)
def test_only_a_finished_response_counts_as_completed(status: str, state: str) -> None:
    assert value("response-status", merged(status=status)) == state


# What always holds.

ANSWERED = st.fixed_dictionaries(
    {},
    optional={one.name: st.sampled_from(one.allowed) for one in DEFINED if one.allowed and one.link_id}
    | {"age": st.integers(0, 120), "days": st.integers(0, 99)},
)
ON_RECORD = st.sets(st.sampled_from(["fever", "cancer", "pregnant"])).map(lambda names: dict.fromkeys(names, RECORDED))
AUTHORED = st.none() | st.integers(-20, 120).map(lambda hours: AT - timedelta(hours=hours))


@given(ANSWERED, ON_RECORD, AUTHORED)
def test_the_record_never_turns_a_yes_into_anything_else(said: dict[str, Value], recorded: dict[str, RecordFact], authored: datetime | None) -> None:
    found = merged(said, recorded, authored=authored).values()
    assert all(found[name] == "yes" for name in said if said[name] == "yes")


@given(ANSWERED, ON_RECORD, AUTHORED)
def test_what_the_record_does_not_say_changes_nothing(said: dict[str, Value], recorded: dict[str, RecordFact], authored: datetime | None) -> None:
    alone, both = merged(said, authored=authored), merged(said, recorded, authored=authored)
    touched = {*recorded, "preg-warning", "conflicts"}
    assert {name: one for name, one in alone.known.items() if name not in touched} == {n: one for n, one in both.known.items() if n not in touched}


@given(ANSWERED, ON_RECORD, AUTHORED)
def test_every_fact_is_known_or_unknown_and_never_both(said: dict[str, Value], recorded: dict[str, RecordFact], authored: datetime | None) -> None:
    found = merged(said, recorded, authored=authored)
    assert sorted([*found.known, *found.unknown]) == sorted(DEFINITIONS.facts)


@given(ANSWERED, ON_RECORD)
def test_a_no_is_said_by_the_patient_or_by_a_gate_and_by_nobody_else(said: dict[str, Value], recorded: dict[str, RecordFact]) -> None:
    found = merged(said, recorded)
    told = {name for name, one in found.known.items() if one.value == "no" and one.note != "not applicable"}
    assert told <= {name for name, answer in said.items() if answer == "no"}


@given(ANSWERED, AUTHORED)
def test_older_answers_never_say_more_than_fresh_ones(said: dict[str, Value], authored: datetime | None) -> None:
    old, fresh = merged(said, authored=authored), merged(said)
    assert {name for name in old.known if name != "days"} <= set(fresh.known)


def test_what_is_shown_of_the_record_is_handed_on_and_sets_nothing() -> None:
    shown = (Shown("sciatica", None, "", "Condition/1", "", old=False),)
    told = facts.merge(DEFINITIONS, Answers({}, authored=FRESH), Record(shown=shown), at=AT)
    assert (told.shown, told.known) == (shown, merged().known)
