"""Every decision leaves its record, with or without a card: why, when it was asked and when decided, by which release, and who saw it."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cds.service import application, deciding, evaluate, form, hook, rendering
from cds.service.application import Application
from cds.service.form import Advice
from cds.values.record import AuditRecord
from tests.service import messages
from tests.service.conftest import Knee

NAME = "sore-knee"
USER = "Practitioner/1"
NOTHING_TO_SAY = "nothing to say: no card"
NO_TRIGGER = "no response and no trigger on record: no card"
Way = Callable[[Knee, Application], None]


def ticking() -> Callable[[], datetime]:
    """A clock that goes on by a second each time it is read."""
    seconds: Iterator[int] = itertools.count()
    return lambda: messages.AT + timedelta(seconds=next(seconds))


def called(knee: Knee, app: Application, response: object, **prefetch: object) -> None:
    """One call of the hook."""
    hook.answer(app, NAME, messages.body(messages.hook({"patient": messages.patient(), "response": response} | prefetch)))


def without_a_response(knee: Knee, app: Application) -> None:
    called(knee, app, None, conditions=None, temperature=None)


def with_a_card(knee: Knee, app: Application) -> None:
    called(knee, app, knee.response({"locked": "yes"}), conditions=None, temperature=None)


def with_nothing_to_say(knee: Knee, app: Application) -> None:
    called(knee, app, knee.response({"knee-sore": "no"}), conditions=None, temperature=None)


def for_a_silent_client(knee: Knee, app: Application) -> None:
    with_a_card(knee, replace(app, profile=replace(app.profile, silent=True)))


def submitted_with_nothing_to_say(knee: Knee, app: Application) -> None:
    evaluate.submit(app, messages.body(knee.response({"knee-sore": "no"})))


def by_the_form(knee: Knee, app: Application) -> None:
    desk = form.desk(app)
    told = form.turn(desk, NAME, {"go": ["finish"], "step": ["0"], "form": [desk.head(NAME).version], "q:locked": ["yes"]})
    assert isinstance(told, Advice)


def by_the_form_with_nothing_to_say(knee: Knee, app: Application) -> None:
    desk = form.desk(app)
    told = form.turn(desk, NAME, {"go": ["finish"], "step": ["0"], "form": [desk.head(NAME).version], "q:knee-sore": ["no"]})
    assert isinstance(told, Advice)


WAYS: list[tuple[Way, str, str, str]] = [
    (without_a_response, "hook:sore-knee", NO_TRIGGER, USER),
    (with_a_card, "hook:sore-knee", "cards", USER),
    (with_nothing_to_say, "hook:sore-knee", NOTHING_TO_SAY, USER),
    (for_a_silent_client, "hook:sore-knee", deciding.SILENT, USER),
    (submitted_with_nothing_to_say, "evaluate", NOTHING_TO_SAY, ""),
    (by_the_form, "form", "cards", ""),
    (by_the_form_with_nothing_to_say, "form", NOTHING_TO_SAY, ""),
]


@pytest.mark.parametrize(("way", "channel", "outcome", "user"), WAYS, ids=[way.__name__ for way, *_ in WAYS])
def test_every_decision_leaves_one_record_with_its_reason(knee: Knee, way: Way, channel: str, outcome: str, user: str) -> None:
    app = replace(knee.app, clock=ticking())
    way(knee, app)
    (entry,) = (one.entry for one in app.require_ledger().records())
    assert isinstance(entry, AuditRecord)
    assert (entry.channel, entry.outcome, entry.opened.user) == (channel, outcome, user)
    assert entry.logic.selected == application.IN_FORCE
    assert bool(entry.cards) == (outcome not in (NO_TRIGGER, NOTHING_TO_SAY))
    assert messages.AT <= datetime.fromisoformat(entry.received_at) <= datetime.fromisoformat(entry.decided_at)


def test_a_release_that_was_pinned_is_said_to_be(knee: Knee) -> None:
    with_nothing_to_say(knee, replace(knee.app, selected=application.BY_SETTING))
    (entry,) = (one.entry for one in knee.app.require_ledger().records())
    assert isinstance(entry, AuditRecord)
    assert entry.logic.selected == application.BY_SETTING


def test_a_form_that_is_offered_is_the_reason_for_its_card(knee: Knee) -> None:
    called(knee, knee.app, None, conditions=messages.bundle(messages.condition("30989003")), temperature=None)
    (entry,) = (one.entry for one in knee.app.require_ledger().records())
    assert isinstance(entry, AuditRecord)
    assert (entry.outcome, len(entry.cards)) == (rendering.OFFERED, 1)
