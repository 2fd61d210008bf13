"""An explanation is opened by whoever has its address, and the ledger knows of it before anything is shown."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cds.audit.rows import Search
from cds.foundation import schemas, strict_json
from cds.foundation.errors import Erased, LedgerUnavailable, NotFound
from cds.service import application, evaluate, explain, ledger
from cds.service import desk as desks
from cds.service.application import Application
from cds.service.openings import Openings
from cds.values.record import ActionRecord
from tests.service import messages
from tests.service.conftest import Knee

HOUR = timedelta(hours=1)


def decided(app: Application, knee: Knee) -> str:
    """The id of a decision that the ledger holds."""
    card = evaluate.submit(app, messages.body(knee.response({"locked": "yes"})))["cards"][0]
    return str(card["extension"]["org.back-pain-cds.decision"]["decisionId"])


def openings(app: Application) -> list[tuple[str, int]]:
    """Which explanations the ledger says were opened, and how often."""
    found = [stored.public for stored in app.require_ledger().records(Search(kinds=("action",)))]
    return [(one.detail["filter"]["decision"], one.detail["times"]) for one in found if isinstance(one, ActionRecord) and one.actor == "address"]


def test_opening_an_explanation_is_a_record_that_names_the_decision(knee: Knee) -> None:
    name = decided(knee.app, knee)
    explain.explain(knee.app, name)
    newest = next(knee.app.require_ledger().records(Search(newest_first=True)))
    told = strict_json.load_object(newest.body, limit=len(newest.body))
    assert schemas.problems("audit-record", told) == []
    assert (told["action"], told["actor"]) == ("reading", "address")
    assert told["detail"] == {"what": "an explanation by its address", "filter": {"decision": name}, "count": 1, "times": 1}


def test_reloading_fills_nothing_and_the_next_hour_says_how_often(knee: Knee) -> None:
    first, second = decided(knee.app, knee), decided(knee.app, knee)
    for name in (first, first, second, first):
        explain.explain(knee.app, name)
    assert openings(knee.app) == [(first, 1), (second, 1)]
    explain.explain(knee.at(messages.AT + HOUR), second)
    assert openings(knee.app)[2:] == [(first, 2), (second, 1)]


def test_what_was_opened_again_is_told_at_the_end(knee: Knee) -> None:
    name = decided(knee.app, knee)
    for _ in range(3):
        explain.explain(knee.app, name)
    knee.app.openings.flush(knee.app)
    knee.app.openings.flush(knee.app)
    assert openings(knee.app) == [(name, 1), (name, 2)]


class Away:
    """A ledger that reads and takes nothing, as often as it is told to."""

    def __init__(self, app: Application) -> None:
        self.inner, self.takes = app.require_ledger(), False

    def find(self, decision_id: str) -> Any:
        """What the ledger has."""
        return self.inner.find(decision_id)

    def append_all(self, records: Any) -> Any:
        """Refused, until it takes records again."""
        if not self.takes:
            raise LedgerUnavailable("The ledger cannot be written.")
        return self.inner.append_all(records)


def test_what_cannot_be_recorded_is_not_shown_and_is_asked_for_again(knee: Knee) -> None:
    name = decided(knee.app, knee)
    ledger_away: Any = Away(knee.app)
    app = replace(knee.app, ledger=ledger_away)
    for _ in range(2):
        with pytest.raises(LedgerUnavailable):
            explain.explain(app, name)
    ledger_away.takes = True
    assert explain.explain(app, name)["decisionId"] == name
    assert openings(knee.app) == [(name, 1)]


def test_an_opening_that_failed_at_the_turn_of_the_hour_loses_no_count(knee: Knee) -> None:
    name = decided(knee.app, knee)
    for _ in range(3):
        explain.explain(knee.app, name)
    ledger_away: Any = Away(knee.app)
    later = replace(knee.app, ledger=ledger_away, clock=lambda: messages.AT + HOUR)
    with pytest.raises(LedgerUnavailable):
        explain.explain(later, name)
    knee.app.openings.flush(knee.app)
    assert openings(knee.app) == [(name, 1), (name, 2)]


def test_what_shows_nothing_records_nothing(knee: Knee) -> None:
    name = decided(knee.app, knee)
    with pytest.raises(NotFound):
        explain.explain(knee.app, "nobody")
    late = replace(knee.app, clock=lambda: messages.AT + timedelta(days=9))
    with pytest.raises(NotFound):
        explain.explain(late, name)
    knee.app.require_ledger().erase(_subject(knee.app, name), desks.made("erasure"))
    with pytest.raises(Erased):
        explain.explain(knee.app, name)
    assert openings(knee.app) == []


def _subject(app: Application, name: str) -> str:
    found = app.require_ledger().find(name)
    assert found
    return found.row.subject


def test_who_asks_what_concerns_a_decision_sees_that_it_was_opened(knee: Knee) -> None:
    name = decided(knee.app, knee)
    explain.explain(knee.app, name)
    with desks.at(knee.app.settings) as desk:
        kinds = [(one["kind"], one.get("actor", "")) for one in ledger.concerning(desk, name)]
    assert kinds == [("decision", ""), ("action", "address")]


def test_a_service_that_ends_tells_the_last_of_it(knee: Knee) -> None:
    app = application.start(knee.app.settings, clock=lambda: messages.AT)
    name = decided(app, knee)
    for _ in range(2):
        explain.explain(app, name)
    application.stop(app)
    assert openings(knee.app) == [(name, 1), (name, 1)]


def test_two_workers_each_know_their_own(knee: Knee) -> None:
    name = decided(knee.app, knee)
    explain.explain(knee.app, name)
    explain.explain(replace(knee.app, openings=Openings()), name)
    assert openings(knee.app) == [(name, 1), (name, 1)]
