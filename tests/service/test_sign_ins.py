"""A client that is let in is a record of the ledger, once a day for each of its tenants and keys."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.errors import LedgerUnavailable
from cds.foundation.settings import Settings
from cds.service import ledgers
from cds.service.application import Application
from cds.service.sign_ins import SignIns
from cds.values.client import Caller
from cds.values.record import ActionRecord
from tests.service import messages
from tests.service.conftest import Knee

HOSPITAL, WARD = Caller("A hospital", "north"), Caller("A hospital", "south")


def recorded(app: Application) -> list[tuple[str, str, str]]:
    """What the ledger says: who signed in for which tenant, and the day."""
    found = [stored.public for stored in app.require_ledger().records()]
    return [(one.actor, one.tenant, one.at[:10]) for one in found if isinstance(one, ActionRecord) and one.action == "sign-in"]


def test_a_client_is_recorded_once_a_day_for_each_tenant_and_key(knee: Knee) -> None:
    now = [messages.AT]
    app = replace(knee.app, clock=lambda: now[0])
    signs = SignIns(app)
    for caller, key in [(HOSPITAL, "one"), (HOSPITAL, "one"), (WARD, "one"), (HOSPITAL, "two"), (HOSPITAL, "one")]:
        signs.note(caller, key)
    assert [tenant for _, tenant, _ in recorded(app)] == ["north", "south", "north"]
    now[0] += timedelta(days=1)
    signs.note(HOSPITAL, "one")
    assert [actor for actor, _, _ in recorded(app)] == ["client:A hospital"] * 4


class Slow:
    """A ledger that is so long about the next record that something else happens meanwhile."""

    def __init__(self, app: Application) -> None:
        self.inner = app.require_ledger()
        self.meanwhile: list[Any] = []

    def append(self, record: Any) -> None:
        """As the ledger, a little later."""
        while self.meanwhile:
            self.meanwhile.pop()()
        self.inner.append(record)


def test_a_sign_in_that_lasts_over_midnight_does_not_stand_for_the_next_day(knee: Knee) -> None:
    now = [messages.AT]
    ledger: Any = Slow(knee.app)
    signs = SignIns(replace(knee.app, ledger=ledger, clock=lambda: now[0]))

    def another() -> None:
        now[0] += timedelta(days=1)
        signs.note(WARD, "one")

    ledger.meanwhile.append(another)
    for _ in range(2):
        signs.note(HOSPITAL, "one")
    days = [(messages.AT + timedelta(days=more)).date().isoformat() for more in range(2)]
    assert recorded(knee.app) == [
        ("client:A hospital", "south", days[1]),
        ("client:A hospital", "north", days[0]),
        ("client:A hospital", "north", days[1]),
    ]
    signs.note(HOSPITAL, "one")
    assert len(recorded(knee.app)) == 3


def test_a_sign_in_that_could_not_be_recorded_is_tried_again(knee: Knee, tmp_path: Path) -> None:
    with ledgers.for_service(Settings(audit_url=f"sqlite:///{tmp_path / 'other.sqlite3'}"), knee.app.clock) as closed:
        pass
    with pytest.raises(LedgerUnavailable):
        SignIns(replace(knee.app, ledger=closed)).note(HOSPITAL, "one")
