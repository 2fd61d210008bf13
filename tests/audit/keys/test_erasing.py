"""What was erased opens by no means that the ledger's files offer, and the log holds as before."""

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from cds.audit import verification
from cds.audit.entries import sealing
from cds.audit.faults import LedgerDamaged
from cds.audit.keys import erasing, keyring
from cds.audit.keys.keyring import KeyRing
from cds.audit.ledger import Ledger, open_ledger
from cds.audit.place import Place
from cds.audit.rows import Row, Search, Store
from cds.audit.tree import merkle
from cds.audit.verification import Asked
from cds.audit.writing import appending
from cds.foundation.errors import Erased, LedgerUnavailable
from cds.values.record import AuditRecord, Entry
from tests.audit import decided, servers

NOW = datetime(2030, 5, 8, tzinfo=UTC)
OTHER = dataclasses.replace(decided.PRIVATE, patient="Patient/8")


@pytest.fixture
def store(both: Place) -> Iterator[Store]:
    """A store of either kind with two decisions about one patient, one about another and one about nobody."""
    nobody = dataclasses.replace(decided.PRIVATE, patient="")
    entries = [
        decided.decision(),
        decided.decision("decision-2"),
        decided.decision("decision-3", private=OTHER),
        decided.decision("decision-4", private=nobody),
    ]
    with servers.opened(both) as opened:
        append(opened, keyring.open_ring(both), *entries)
        yield opened


@pytest.fixture
def ring(both: Place) -> KeyRing:
    """The keys of that store."""
    return keyring.open_ring(both)


def append(store: Store, ring: KeyRing, *entries: Entry) -> None:
    """Adds the entries."""
    with store.writing() as writing:
        appending.append(writing, ring, entries)


def subject(ring: KeyRing) -> str:
    """Who is erased."""
    return ring.pseudonym("General Hospital", "main", decided.PATIENT)


def erase(store: Store, ring: KeyRing, erased: str, action_id: str = "action-1") -> dict[str, object]:
    """Erases a subject; what the record of it says."""
    with store.writing() as writing:
        done = erasing.erase(writing, erased, decided.action(action_id), waiting=0)
        appending.append(writing, ring, [done])
    return dict(done.detail)


def decisions(store: Store, ring: KeyRing) -> dict[str, AuditRecord]:
    """All decisions, opened as far as they can be."""
    with store.reading() as reading:
        keys = {key.key_id: key for key in reading.keys(subjects=())}
        rows = list(reading.rows(Search(kinds=("decision",))))
    opened = [sealing.open_record(row, keys.get(_key_id(row)), ring) for row in rows]
    return {one.decision_id: one for one in opened if isinstance(one, AuditRecord)}


def _key_id(row: Row) -> str:
    return row.body.partition(b'"key":"')[2][:32].decode()


def test_an_erased_subject_opens_no_more_and_others_still_do(store: Store, ring: KeyRing) -> None:
    assert erase(store, ring, subject(ring)) == {"subject": subject(ring), "keys": 1, "decisions": 2}
    found = decisions(store, ring)
    assert [name for name, one in found.items() if one.private] == ["decision-3", "decision-4"]
    with pytest.raises(Erased):
        _ = found["decision-1"].opened


def test_no_key_that_is_left_opens_what_was_erased(store: Store, ring: KeyRing) -> None:
    erase(store, ring, subject(ring))
    with store.reading() as reading:
        left = reading.keys(subjects=())
        rows = list(reading.rows(Search(subject=subject(ring), kinds=("decision",))))
    assert len(rows) == 2
    for row in rows:
        for key in left:
            for tried in (key, dataclasses.replace(key, key_id=_key_id(row), subject=row.subject)):
                with pytest.raises(LedgerDamaged):
                    sealing.open_record(row, tried, ring)


def test_no_row_no_leaf_and_no_root_is_changed_by_an_erasure(store: Store, ring: KeyRing) -> None:
    with store.reading() as reading:
        before, leaves, root = list(reading.rows(Search())), list(reading.leaves(0, 4)), merkle.root(reading.state())
    erase(store, ring, subject(ring))
    with store.reading() as reading:
        assert list(reading.rows(Search(before=5))) == before
        assert list(reading.leaves(0, 4)) == leaves
        assert merkle.root_at(reading, 4) == root
        assert verification.verify(reading, Asked(ring=ring)).faults == ()


def test_a_decision_after_an_erasure_gets_a_key_of_its_own_and_opens(store: Store, ring: KeyRing) -> None:
    erase(store, ring, subject(ring))
    append(store, ring, decided.decision("decision-5"))
    found = decisions(store, ring)
    assert found["decision-5"].subject == found["decision-1"].subject
    assert found["decision-5"].opened == decided.PRIVATE
    assert found["decision-1"].private is None


def test_who_is_erased_twice_has_nothing_left_to_erase(store: Store, ring: KeyRing) -> None:
    erase(store, ring, subject(ring))
    assert erase(store, ring, subject(ring), "action-2") == {"subject": subject(ring), "keys": 0, "decisions": 0}
    assert erase(store, ring, "f" * 64, "action-3") == {"subject": "f" * 64, "keys": 0, "decisions": 0}


def test_a_decision_about_nobody_can_be_erased_alone(store: Store, ring: KeyRing) -> None:
    assert erase(store, ring, ring.nobody("General Hospital", "main", "decision-4"))["decisions"] == 1
    assert [name for name, one in decisions(store, ring).items() if not one.private] == ["decision-4"]


def test_nothing_is_erased_while_entries_wait_in_the_spool(store: Store, ring: KeyRing) -> None:
    with pytest.raises(LedgerUnavailable, match="3 records wait"), store.writing() as writing:
        erasing.erase(writing, subject(ring), decided.action(), waiting=3)
    assert all(one.private for one in decisions(store, ring).values())


def test_an_erasure_that_is_not_recorded_did_not_happen(store: Store, ring: KeyRing) -> None:
    def fails() -> None:
        with store.writing() as writing:
            erasing.erase(writing, subject(ring), decided.action(), waiting=0)
            raise LedgerUnavailable("The store went away.")

    with pytest.raises(LedgerUnavailable, match="went away"):
        fails()
    assert all(one.private for one in decisions(store, ring).values())


def test_the_erasure_is_found_by_the_subject_it_erased(store: Store, ring: KeyRing) -> None:
    erase(store, ring, subject(ring))
    with store.reading() as reading:
        found: Sequence[Row] = list(reading.rows(Search(kinds=("action",), subject=subject(ring))))
    assert [(row.channel, row.entry_id) for row in found] == [("action:erasure", "action-1")]


def test_a_ledger_opened_anew_finds_nothing_of_who_was_erased(both: Place) -> None:
    with open_ledger(both, lambda: NOW) as ledger:
        ledger.append_all([decided.decision(), decided.decision("decision-2", private=OTHER)])
        assert ledger.erase(ledger.subject("General Hospital", "main", decided.PATIENT), decided.action()) == 1
    with open_ledger(both, lambda: NOW) as ledger:
        assert [_is_open(ledger, name) for name in ("decision-1", "decision-2")] == [False, True]


def _is_open(ledger: Ledger, decision_id: str) -> bool:
    stored = ledger.find(decision_id)
    return stored is not None and stored.record.private is not None
