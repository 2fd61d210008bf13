"""What is counted of the cards that were shown: each card once, by what was done with it last; a rule by decisions; what does not belong apart."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds.audit.ledger import Ledger
from cds.foundation import schemas
from cds.foundation.settings import Settings
from cds.population import intervals
from cds.service import deciding, quality
from cds.values.record import Entry
from tests.fhir import entries
from tests.service import audited


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with audited.opened(tmp_path) as opened:
        yield opened


def figures(log: Ledger, *said: Entry) -> dict[str, Any]:
    """The document of a ledger with these entries, which its schema takes."""
    log.append_all(said)
    told = quality.document(quality.measure(log))
    assert schemas.problems("quality", told) == []
    return told


def line(told: dict[str, Any], by: str, name: str) -> tuple[int, int, int]:
    """Shown, accepted and overridden of one line."""
    (found,) = [one for one in told["by"][by] if one["name"] == name]
    return found["shown"], found["accepted"]["count"], found["overridden"]["count"]


def test_cards_are_counted_and_not_items_of_feedback_and_the_newest_outcome_counts(log: Ledger) -> None:
    told = figures(
        log,
        audited.decision(1, 1, 2, 3),
        audited.feedback(3, 1, "overridden"),
        audited.feedback(1, 1, "accepted"),
        audited.feedback(2, 1, "accepted"),
        audited.feedback(4, 2, "accepted"),
    )
    cards = told["cards"]
    assert (cards["shown"], cards["answered"]["count"], cards["accepted"]["count"], cards["overridden"]["count"]) == (3, 2, 1, 1)
    assert (cards["answered"]["of"], cards["accepted"]["of"]) == (3, 2)


def test_of_two_outcomes_at_one_instant_the_one_that_came_later_counts(log: Ledger) -> None:
    at = {"outcome_at": "2030-05-30T07:00:00Z"}
    told = figures(log, audited.decision(1, 1), audited.feedback(1, 1, "accepted", **at), audited.feedback(2, 1, "overridden", **at))
    assert told["cards"]["overridden"]["count"] == 1


def test_an_instant_is_compared_as_an_instant_and_not_as_text(log: Ledger) -> None:
    told = figures(
        log,
        audited.decision(1, 1),
        audited.feedback(1, 1, "accepted", outcome_at="2030-05-30T07:00:00.5Z"),
        audited.feedback(2, 1, "overridden", outcome_at="2030-05-30T07:00:00Z"),
    )
    assert told["cards"]["accepted"]["count"] == 1


def test_a_silent_client_was_shown_nothing_and_a_form_cannot_answer(log: Ledger) -> None:
    told = figures(
        log,
        audited.decision(1, 1, 2, outcome=deciding.SILENT),
        audited.decision(2, 3, channel="evaluate"),
        audited.decision(3, 4),
        audited.decision(4),
        audited.feedback(1, 3),
    )
    assert (told["cards"]["shown"], told["apart"]) == (1, {"silent": 2, "unknown": 0, "elsewhere": 1, "damaged": 0})


def test_feedback_on_cards_that_nobody_knows_is_counted_apart(log: Ledger) -> None:
    told = figures(
        log, audited.decision(1, 1), audited.feedback(1, 1, decision_id=None, release="", rules=()), audited.feedback(2, 9, decision_id=None)
    )
    assert (told["cards"]["answered"]["count"], told["apart"]["unknown"], told["apart"]["elsewhere"]) == (0, 2, 0)


def test_each_group_has_its_own_denominators(log: Ledger) -> None:
    told = figures(
        log,
        audited.decision(1, 1, 2),
        audited.decision(2, 3, client="other", tenant="", logic=audited.logic("1.1.0"), decided_at="2030-04-30T23:59:59Z"),
        audited.decision(3, 4, client="", tenant=""),
        audited.feedback(1, 1, "accepted"),
        audited.feedback(2, 3, "overridden", client="other", tenant=""),
    )
    assert [line(told, "release", name) for name in ("low-back-pain 1.0.0", "low-back-pain 1.1.0")] == [(3, 1, 0), (1, 0, 1)]
    assert [line(told, "client", name) for name in ("spec", "other", quality.UNREGISTERED)] == [(2, 1, 0), (1, 0, 1), (1, 0, 0)]
    assert [line(told, "month", name) for name in ("2030-04", "2030-05")] == [(1, 0, 1), (3, 1, 0)]


def test_a_rule_is_counted_by_decisions_so_that_no_share_is_more_than_all(log: Ledger) -> None:
    told = figures(
        log,
        audited.decision(1, 1, 2, 3),
        audited.decision(2, 4, rules={"urgency": (audited.OTHER_RULE,)}),
        audited.decision(3, 5),
        audited.feedback(1, 1, "overridden"),
        audited.feedback(2, 2, "accepted"),
        audited.feedback(3, 3, "overridden", rules=(audited.OTHER_RULE,)),
    )
    assert line(told, "rule", audited.RULE) == (2, 1, 0)
    assert line(told, "rule", audited.OTHER_RULE) == (1, 0, 0)
    assert {one["table"] for one in told["by"]["rule"]} == {"urgency"}


def test_rules_of_tables_that_no_answered_card_names_are_left_out(log: Ledger) -> None:
    told = figures(log, audited.decision(1, 1), audited.feedback(1, 1))
    assert [one["name"] for one in told["by"]["rule"]] == [audited.RULE]
    assert figures(log, audited.decision(2, 2))["by"]["rule"][0]["shown"] == 2


def test_the_reasons_of_overrides_are_counted_with_others_and_none(log: Ledger) -> None:
    told = figures(
        log,
        audited.decision(1, *range(1, 7)),
        *(audited.feedback(number, number, "overridden", reason="not-now") for number in (1, 2, 3)),
        audited.feedback(4, 4, "overridden", other_reason=True),
        audited.feedback(5, 5, "overridden"),
        audited.feedback(6, 6, "accepted"),
    )
    assert [(one["code"], one["count"], one["of"]) for one in told["reasons"]] == [("not-now", 3, 5), ("other", 1, 5), ("none", 1, 5)]
    assert told["reasons"][0]["interval"] == list(intervals.wilson(3, 5))


def test_of_fewer_than_five_there_is_no_share_and_of_five_there_is(log: Ledger) -> None:
    few = figures(log, audited.decision(1, 1, 2, 3, 4))["cards"]["answered"]
    assert few == {"count": 0, "of": 4}
    more = figures(log, audited.decision(2, 5))["cards"]["answered"]
    assert (more["share"], more["interval"]) == (0.0, list(intervals.wilson(0, 5)))


def test_days_bound_the_decisions_and_not_the_feedback_that_came_later(log: Ledger) -> None:
    log.append_all(
        [
            audited.decision(1, 1, decided_at="2030-05-01T23:59:59.999999Z"),
            audited.decision(2, 2, decided_at="2030-05-02T00:00:00.000001Z"),
            audited.decision(3, 3, decided_at="2030-05-03T00:00:00Z"),
            *(audited.feedback(number, number, received_at="2030-06-01T00:00:00Z") for number in (1, 2, 3)),
        ]
    )
    settings = Settings(audit_url=log.place.url, audit_keys=log.place.keys)
    made = quality.of(settings, date(2030, 5, 2), date(2030, 5, 2))
    assert (made.cards.shown, made.cards.accepted, made.elsewhere) == (1, 1, 2)


def test_no_key_is_needed_and_what_was_erased_still_counts(log: Ledger) -> None:
    log.append_all([audited.decision(1, 1), audited.feedback(1, 1)])
    log.erase(log.subject("spec", "north", "Patient/7"), entries.action("erasure"))
    log.place.keys.unlink()
    made = quality.of(Settings(audit_url=log.place.url, audit_keys=log.place.keys))
    assert (made.cards.shown, made.cards.accepted) == (1, 1)


def test_an_entry_that_was_changed_is_left_out_and_counted(log: Ledger, tmp_path: Path) -> None:
    log.append_all([audited.decision(1, 1), audited.decision(2, 2)])
    with closing(sqlite3.connect(tmp_path / "audit.sqlite3")) as connection, connection:
        connection.execute("UPDATE entries SET body = CAST(replace(body, 'routine', 'urgent') AS BLOB) WHERE seq = 1")
    made = quality.measure(log)
    assert (made.cards.shown, made.damaged) == (1, 1)


def test_an_empty_ledger_has_nothing_to_count(log: Ledger) -> None:
    told = figures(log)
    assert (told["cards"]["shown"], told["by"], told["reasons"]) == (0, {"release": [], "rule": [], "client": [], "month": []}, [])


def test_the_progress_is_told_entry_by_entry(log: Ledger) -> None:
    log.append_all([audited.decision(1, 1), audited.feedback(1, 1)])
    heard: list[tuple[int, int]] = []
    quality.measure(log, told=lambda done, of: heard.append((done, of)))
    assert heard == [(1, 2), (1, 2)]


def test_only_the_tables_asked_for_are_told_and_the_days_are_said(log: Ledger) -> None:
    told = quality.document(quality.measure(log), ("month",), first=date(2030, 5, 1))
    assert (list(told["by"]), told["period"]) == (["month"], {"from": "2030-05-01"})
    assert schemas.problems("quality", told) == []


def test_an_outcome_that_a_client_dates_ahead_wins_only_until_the_next_one_comes(log: Ledger) -> None:
    log.append_all(
        [
            audited.decision(1, 1),
            audited.feedback(1, 1, "overridden", outcome_at="2999-01-01T00:00:00Z", received_at="2030-05-30T08:00:00Z"),
            audited.feedback(2, 1, "accepted", outcome_at="2030-05-30T08:59:00Z", received_at="2030-05-30T09:00:00Z"),
        ]
    )
    made = quality.measure(log)
    assert (made.cards.accepted, made.cards.overridden) == (1, 0)
