"""A head in the folder that is not of the log is told at the next look, whoever put it there."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds.audit import ledger
from cds.audit.keys import keyring
from cds.audit.ledger import Ledger
from cds.audit.place import Place
from cds.audit.rows import TreeState
from cds.audit.tree import heads, standing
from cds.audit.tree.heads import Heads
from tests.audit import decided, servers

NOW = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A ledger whose service writes no head of itself."""
    return replace(decided.place(tmp_path), head_records=10_000, head_minutes=10_000)


@pytest.fixture
def opened(place: Place) -> Iterator[Ledger]:
    """Its service, with three hundred records, more than one inner node covers."""
    with ledger.open_ledger(place, lambda: NOW) as found:
        found.append_all([decided.decision(f"d-{number}") for number in range(300)])
        yield found


def sign(place: Place, log_id: str, state: TreeState) -> None:
    """A head in the folder, by the key of the ledger, of whatever tree."""
    assert Heads(place.heads, log_id, keyring.open_ring(place).signer, 1, 0).publish(state, NOW)


def longer(place: Place, log_id: str, size: int) -> TreeState:
    """A tree of so many records, as many whole trees as that of the ledger."""
    with servers.opened(place, create=False) as store, store.reading() as reading:
        return replace(reading.state(), size=size)


def told(opened: Ledger) -> tuple[str, str]:
    """What both looks say."""
    return opened.ready(), opened.state().trouble


def test_heads_of_the_log_itself_are_no_trouble(opened: Ledger, place: Place) -> None:
    opened.sign_head()
    assert told(opened) == ("", "")
    opened.append(decided.decision("more"))
    assert told(opened) == ("", "")


def test_a_head_that_another_ledger_signed_into_the_folder_is_told_at_once(opened: Ledger, place: Place, tmp_path: Path) -> None:
    opened.sign_head()
    assert told(opened) == ("", "")
    opened.append(decided.decision("more"))
    trial = replace(place, url=f"sqlite:///{tmp_path / 'trial.sqlite3'}", heads=tmp_path / "other-heads")
    with ledger.open_ledger(trial, lambda: NOW) as other:
        other.append_all([decided.decision(f"x-{number}") for number in range(301)])
        state = other.state()
        with other.store.reading() as reading:
            sign(place, opened.log_id, reading.state())
    assert state.size == opened.state().size
    assert told(opened) == (standing.OTHER, standing.OTHER)
    opened.append(decided.decision("and more"))
    assert told(opened) == (standing.OTHER, standing.OTHER)


def test_a_hash_that_is_missing_under_the_newest_head_is_told_as_that_and_not_as_a_ledger_rewritten(opened: Ledger, place: Place) -> None:
    opened.sign_head()
    opened.append(decided.decision("more"))
    with contextlib.closing(sqlite3.connect(str(place.url).removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("DELETE FROM leaves WHERE seq = 300")
    for text in told(opened):
        assert "Hashes of the tree are missing" in text
        assert standing.OTHER not in text


def test_a_head_of_more_records_than_there_are_is_told_at_once(opened: Ledger, place: Place) -> None:
    sign(place, opened.log_id, longer(place, opened.log_id, 300 << 10))
    assert all(standing.SHORTER in text for text in told(opened))
    (place.heads / opened.log_id / heads.name(300 << 10)).unlink()
    assert told(opened)[0] == ""
