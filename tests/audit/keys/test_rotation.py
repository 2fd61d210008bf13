"""After a rotation an older seal key is needed no more, and what is sealed opens as before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds.audit import ledger as ledgers
from cds.audit.faults import KeysRefused
from cds.audit.keys import keyring, rotation
from cds.audit.keys.keyring import KeyMissing, KeyRing
from cds.audit.place import Place
from cds.audit.rows import Search, Store
from cds.audit.writing import appending
from cds.foundation.errors import LedgerUnavailable
from tests.audit import decided, keyfiles, servers
from tests.audit.keys import test_erasing

NOW = datetime(2030, 5, 7, tzinfo=UTC)
OLD = ("seal-1", "pseudonym-1", "sign-1")


def ring(place: Place, *keys: str) -> KeyRing:
    """The ring of a file with these keys, in this order."""
    place.keys.parent.mkdir(exist_ok=True)
    keyfiles.write(place.keys.parent, *keys).replace(place.keys)
    return keyring.open_ring(place)


@pytest.fixture
def store(both: Place) -> Iterator[Store]:
    """A store of either kind with decisions sealed under the first seal key, and then one more under the second."""
    with servers.opened(both) as opened:
        test_erasing.append(opened, ring(both, *OLD), decided.decision())
        more = decided.decision("decision-2", private=test_erasing.OTHER)
        test_erasing.append(opened, ring(both, *OLD, "seal-2"), more)
        yield opened


def rotate(store: Store, keys: KeyRing) -> dict[str, object]:
    """Rotates; what the record of it says."""
    with store.writing() as writing:
        done = rotation.rotate(writing, keys, decided.action("rotation-1", action="rotation"), waiting=0)
        appending.append(writing, keys, [done])
    return dict(done.detail)


def needed(store: Store) -> dict[str, int]:
    """The seal keys that something needs."""
    with store.reading() as reading:
        return dict(rotation.needed(reading))


def test_a_rotation_wraps_every_key_under_the_newest(both: Place, store: Store) -> None:
    assert needed(store) == {"seal-1": 1, "seal-2": 1}
    assert rotate(store, ring(both, *OLD, "seal-2")) == {"to": "seal-2", "from": ["seal-1"], "keys": 1}
    assert needed(store) == {"seal-2": 2}


def test_after_a_rotation_all_opens_without_the_older_key(both: Place, store: Store) -> None:
    rotate(store, ring(both, *OLD, "seal-2"))
    keys = ring(both, "seal-2", *OLD[1:])
    assert all(one.private for one in test_erasing.decisions(store, keys).values())


def test_a_rotation_changes_no_row(both: Place, store: Store) -> None:
    with store.reading() as reading:
        before = list(reading.rows(Search()))
    rotate(store, ring(both, *OLD, "seal-2"))
    with store.reading() as reading:
        assert list(reading.rows(Search(before=3))) == before


def test_without_a_key_that_is_still_needed_nothing_is_rotated_and_it_is_named(both: Place, store: Store) -> None:
    keys = ring(both, "seal-2", *OLD[1:])
    with pytest.raises(KeyMissing, match="seal-1"):
        rotate(store, keys)
    assert needed(store) == {"seal-1": 1, "seal-2": 1}


def test_a_second_rotation_has_nothing_to_do(both: Place, store: Store) -> None:
    keys = ring(both, *OLD, "seal-2")
    rotate(store, keys)
    with store.writing() as writing:
        again = rotation.rotate(writing, keys, decided.action("rotation-2", action="rotation"), waiting=0)
    assert again.detail == {"to": "seal-2", "from": [], "keys": 0}


def test_an_erased_key_does_not_come_back_by_a_rotation(both: Place, store: Store) -> None:
    keys = ring(both, *OLD, "seal-2")
    test_erasing.erase(store, keys, test_erasing.subject(keys))
    assert rotate(store, keys)["keys"] == 0
    assert [name for name, one in test_erasing.decisions(store, keys).items() if one.private] == ["decision-2"]


def test_nothing_is_rotated_while_entries_wait_in_the_spool(both: Place, store: Store) -> None:
    with pytest.raises(LedgerUnavailable, match="1 records wait"), store.writing() as writing:
        rotation.rotate(writing, ring(both, *OLD, "seal-2"), decided.action(), waiting=1)
    assert needed(store) == {"seal-1": 1, "seal-2": 1}


def test_the_old_wrapping_is_nowhere_in_the_file_afterwards(tmp_path: Path) -> None:
    place = decided.place(tmp_path)
    with servers.opened(place) as store:
        test_erasing.append(store, ring(place, *OLD), decided.decision())
        with store.reading() as reading:
            (before,) = reading.keys(subjects=())
        rotate(store, ring(place, *OLD, "seal-2"))
        files = b"".join(path.read_bytes() for path in tmp_path.glob("audit.sqlite3*"))
    assert before.wrapped not in files


def test_a_service_without_the_newest_seal_key_goes_on_with_keys_of_its_own_and_says_what_it_lacks(both: Place) -> None:
    place = replace(both, make_keys=False)
    before = ring(place, *OLD)
    with ledgers.open_ledger(place, lambda: NOW) as late:
        late.append(decided.decision())
        ring(place, *OLD, "seal-2")
        with ledgers.open_ledger(place, lambda: NOW) as newer:
            newer.rotate(decided.action("rotation-1", action="rotation"))
            assert not late.ready()
            late.append(decided.decision("decision-2"))
            late.append(decided.decision("decision-3"))
            assert "seal-2" in late.ready()
            assert "seal-2" in late.state().trouble
            assert not newer.ready()
            assert all(one.private for one in test_erasing.decisions(newer.store, newer.ring).values())
            with newer.store.reading() as reading:
                subject = before.pseudonym("General Hospital", "main", decided.PATIENT)
                assert sorted(key.wrapped_by for key in reading.keys(subjects=[subject])) == ["seal-1", "seal-2"]


def test_a_service_that_lacks_a_seal_key_is_not_started(both: Place, store: Store) -> None:
    place = replace(both, make_keys=False)
    ring(place, *OLD)
    with pytest.raises(KeysRefused, match="seal-2"):
        ledgers.open_ledger(place, lambda: NOW)
