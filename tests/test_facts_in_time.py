"""How old answers may be, and how long the pain has lasted: each bound to the second and to the day."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cds.facts import Fact, Value
from tests.merging import AT, RECORDED, SECOND, merged, value

# Staleness.

AGES = [
    (timedelta(hours=72), False),
    (timedelta(hours=72) + SECOND, True),
    (timedelta(0), False),
    (-timedelta(minutes=10), False),
    (-timedelta(minutes=10) - SECOND, True),
]


@pytest.mark.parametrize(("age", "stale"), AGES)
def test_answers_reassure_for_72_hours_to_the_second_and_not_from_the_future(age: timedelta, stale: bool) -> None:
    found = merged({"fever": "no", "weakness": "none"}, authored=AT - age)
    assert found.stale is stale
    assert (value("fever", found), value("weakness", found)) == ((None, None) if stale else ("no", "none"))


def test_the_offset_of_the_answers_is_no_part_of_their_age() -> None:
    authored = (AT - timedelta(hours=72)).astimezone(timezone(timedelta(hours=-11)))
    assert merged(authored=authored).stale is False


def test_answers_without_a_date_do_not_reassure() -> None:
    found = merged({"fever": "no", "cancer": "no", "lbp-present": "yes"}, authored=None)
    assert (found.stale, value("fever", found), value("lbp-present", found)) == (True, None, "yes")
    assert found.known["cancer"] == Fact("no", "questionnaire", "cancer", "")


def test_of_old_answers_only_the_reassuring_words_are_dropped() -> None:
    said: dict[str, Value] = {"fever": "yes", "weakness": "mild", "cancer": "no", "age": 30, "sex": "female", "lbp-present": "no"}
    found = merged(said, authored=AT - timedelta(days=9))
    assert {name: value(name, found) for name in said} == said


def test_an_old_no_against_a_yes_of_the_record_is_a_yes_without_a_conflict() -> None:
    found = merged({"fever": "no"}, {"fever": RECORDED}, authored=AT - timedelta(days=9))
    assert (value("fever", found), found.conflicts) == ("yes", ())


def test_what_an_old_answer_opened_a_gate_for_is_asked_again() -> None:
    found = merged({"sex": "female", "age": 30, "pregnant": "no"}, authored=AT - timedelta(days=9))
    assert (value("pregnant", found), value("preg-warning", found)) == (None, None)


# Duration.

PLUS_TWO = timezone(timedelta(hours=2))
MIDNIGHT = datetime(2030, 6, 16, 0, 0, tzinfo=PLUS_TWO)


@pytest.mark.parametrize(
    ("at", "zone", "days"),
    [
        (MIDNIGHT - SECOND, PLUS_TWO, 14),
        (MIDNIGHT, PLUS_TWO, 15),
        (MIDNIGHT, UTC, 14),
        (MIDNIGHT + timedelta(hours=2) - SECOND, UTC, 14),
        (MIDNIGHT + timedelta(hours=2), UTC, 15),
    ],
)
def test_a_day_since_onset_begins_at_midnight_where_the_answers_were_given(at: datetime, zone: timezone, days: int) -> None:
    found = merged(at=at, authored=(at - timedelta(minutes=1)).astimezone(zone), onset=date(2030, 6, 1))
    assert value("days", found) == days


def test_the_date_of_onset_wins_over_the_days_answered_and_has_the_day_of_the_answers() -> None:
    found = merged({"days": 3}, onset=date(2030, 6, 1))
    assert found.known["days"] == Fact(14, "questionnaire", "onset", "2030-06-15")
    assert merged(onset=date(2030, 6, 1)).known["days"] == Fact(14, "questionnaire", "onset", "2030-06-15")


def test_pain_that_began_today_has_lasted_no_day() -> None:
    assert value("days", merged(onset=date(2030, 6, 15))) == 0


def test_an_onset_in_the_future_is_not_used() -> None:
    assert value("days", merged(onset=date(2030, 6, 16))) is None
    assert value("days", merged({"days": 3}, onset=date(2030, 6, 16))) == 3


def test_without_a_date_of_the_answers_the_onset_is_counted_in_utc() -> None:
    assert value("days", merged(authored=None, onset=date(2030, 6, 1))) == 14


@pytest.mark.parametrize(
    ("since", "days"),
    [(timedelta(0), 13), (timedelta(days=1) - SECOND, 13), (timedelta(days=1), 14), (timedelta(days=8), 21), (-timedelta(days=3), 13)],
)
def test_days_answered_grow_by_the_whole_days_since_then(since: timedelta, days: int) -> None:
    assert value("days", merged({"days": 13}, authored=AT - since)) == days


def test_days_answered_on_an_unknown_day_say_nothing_of_today() -> None:
    assert value("days", merged({"days": 13}, authored=None)) is None
