"""What an erasure would reach is counted before anybody is asked, and a row that was damaged keeps no patient from being forgotten."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds.audit.faults import LedgerDamaged
from cds.audit.place import Place
from cds.audit.tree import heads
from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings
from cds.service import desk as desks
from cds.service import keeping
from cds.service.desk import Desk, Wanted
from tests.faults import changing
from tests.service import audited

SEVEN = Wanted(patient="Patient/7", client="spec", tenant="north")
FIRST = audited.decision(1).decision_id


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Two decisions about patient 7, and one about patient 8."""
    found = audited.place(tmp_path)
    with audited.opened(tmp_path) as opened:
        opened.append_all([audited.decision(1, 1), audited.decision(2, 2), audited.decision(3, 3, patient="Patient/8")])
    return found


@pytest.fixture
def desk(place: Place) -> Iterator[Desk]:
    """The desk of the ledger."""
    with desks.at(Settings(audit_url=place.url)) as opened:
        yield opened


def test_the_command_for_heads_is_run_once_for_each_dropped_month_and_its_failure_is_told(tmp_path: Path) -> None:
    with audited.opened(tmp_path) as opened:
        opened.append_all([audited.decision(month, decided_at=f"2024-0{month}-01T07:08:09.5Z") for month in (1, 2, 3)])
    warned: list[str] = []
    command = f'sh -c \'echo "$1" >> "$0"; case "$1" in *2.checkpoint) exit 3;; esac\' {tmp_path / "told"}'
    with desks.at(Settings(audit_url=audited.place(tmp_path).url, audit_head_command=command), warned.append) as desk:
        assert keeping.retain(desk, "2024-03") == 2
    told = [Path(line).name for line in (tmp_path / "told").read_text().splitlines()]
    assert sorted(told)[:2] == [heads.name(1), heads.name(2)]
    assert len(told) == len(set(told))
    assert ["ended with 3" in one for one in warned] == [True]


def test_an_erasure_reaches_all_decisions_about_the_patient_of_one_of_them(desk: Desk) -> None:
    found = keeping.reached(desk, SEVEN)
    assert (found.decisions, found.open, found) == (2, 2, keeping.reached(desk, Wanted(), FIRST))
    assert keeping.erase(desk, found) == 2
    again = keeping.reached(desk, SEVEN)
    assert (again.decisions, again.open, again.subjects) == (2, 0, keeping.reached(desk, Wanted(), FIRST).subjects)


def test_what_was_decided_after_an_erasure_can_be_erased_again(desk: Desk) -> None:
    keeping.erase(desk, keeping.reached(desk, SEVEN))
    desk.ledger.append(audited.decision(4, 4))
    found = keeping.reached(desk, SEVEN)
    assert (found.decisions, found.open) == (3, 1)


def test_a_damaged_row_does_not_keep_a_patient_from_being_erased(desk: Desk, place: Place) -> None:
    for seq in (1, 2):
        with changing.inside(place) as connection:
            changing.set_column(seq, "body", b"{}")(connection)
        found = keeping.reached(desk, SEVEN)
        assert (found.decisions, found.open) == (2, 2)
    assert keeping.erase(desk, keeping.reached(desk, SEVEN)) == 2
    assert keeping.reached(desk, SEVEN).open == 0


def test_who_is_named_by_a_damaged_row_is_not_guessed(desk: Desk, place: Place) -> None:
    with changing.inside(place) as connection:
        changing.set_column(1, "body", b"{}")(connection)
    with pytest.raises(LedgerDamaged):
        keeping.reached(desk, Wanted(), FIRST)


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(patient="Patient/7"), Wanted(patient="Patient/9", client="spec", tenant="north")])
def test_nobody_is_reached_who_is_not_named_as_sent(desk: Desk, wanted: Wanted) -> None:
    with pytest.raises(NotFound, match="no decision about this patient"):
        keeping.reached(desk, wanted)
