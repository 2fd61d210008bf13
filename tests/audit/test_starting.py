"""A service goes on with its own ledger and its own keys, and with no other: what is wrong is said, and what to do."""

import contextlib
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from cds.audit import ledger
from cds.audit.faults import KeysRefused, LedgerRefused
from cds.audit.keys import keyring
from cds.audit.ledger import Ledger
from cds.audit.place import SQLITE, Place
from cds.audit.rows import TreeState
from cds.audit.stores import store
from cds.audit.tree import checkpoints, heads, merkle
from tests.audit import formers, keyfiles, samples

NOW = datetime(2030, 6, 15, 8, tzinfo=UTC)
KEYS = ("seal-1", "pseudonym-1", "sign-1")


def opened(place: Place, *, create: bool = True) -> Ledger:
    """The ledger, as a service opens it."""
    return ledger.open_ledger(place, lambda: NOW, create=create)


def filled(place: Place, count: int = 3) -> str:
    """Decisions about a patient, under a head; the id of the log."""
    with opened(place) as one:
        one.append_all([samples.record(f"d-{number}") for number in range(count)])
        one.sign_head()
        return one.log_id


def changed(place: Place, *statements: tuple[str, Sequence[object]]) -> None:
    """What who has the database does with it."""
    if place.url.startswith(SQLITE):
        for statement, values in statements:
            formers.asked(store.path_of(place.url), statement, tuple(values))
        return
    with psycopg.connect(place.url, autocommit=True) as connection:
        for statement, values in statements:
            connection.execute(statement.replace("?", "%s").encode(), values)


def cut(place: Place, size: int) -> None:
    """Takes the end of the ledger away, and makes its tree fit."""
    with opened(place, create=False) as one, one.store.reading() as reading:
        state, _ = merkle.extend(TreeState(), list(reading.leaves(0, size)))
    gone = [(f"DELETE FROM {table} WHERE seq > {size}", ()) for table in ("entries", "leaves", "cards")]
    changed(place, *gone, ("UPDATE tree SET size = ?, peaks = ?", (size, b"".join(state.peaks))))


def keyed(folder: Path, *keys: str) -> Place:
    """A place with these keys."""
    return samples.place(folder / "audit.sqlite3", make_keys=False, keys=keyfiles.write(folder, *keys))


def refused(place: Place, words: str, kind: type[LedgerRefused] = LedgerRefused) -> str:
    """Why a service does not start."""
    with pytest.raises(kind, match=words) as caught, contextlib.closing(opened(place)):
        pass
    return caught.value.text


def test_a_service_starts_again_on_what_it_wrote(both: Place) -> None:
    filled(both)
    filled(both, 0)
    with opened(both) as one:
        assert one.state().trouble == ""


def test_a_ledger_under_another_name_is_not_started_and_not_signed(both: Place) -> None:
    name = filled(both)
    changed(both, ("UPDATE tree SET log_id = ?", ("0" * 32,)))
    text = refused(both, "its name changed")
    assert "Put the right ledger back" in text
    assert "move the folders of the others away" in text
    with opened(both, create=False) as one:
        one.append(samples.record("another"))
        one.sign_head()
        assert "its name changed" in one.state().trouble
        assert str(both.heads) not in one.state().trouble
    assert not (both.heads / ("0" * 32)).exists()
    shutil.move(both.heads / name, both.heads.parent / "away")
    filled(both, 0)


def test_a_new_ledger_beside_the_heads_of_others_is_begun(tmp_path: Path) -> None:
    filled(samples.place(tmp_path / "audit.sqlite3"))
    another = samples.place(tmp_path / "another.sqlite3")
    filled(another)
    with opened(another) as one:
        assert (one.state().trouble, one.state().head_size) == ("", 3)


def test_a_ledger_that_was_cut_is_not_started(both: Place) -> None:
    filled(both)
    cut(both, 2)
    assert "Put the right ledger back" in refused(both, "its end is missing")


def test_a_ledger_that_its_newest_head_is_not_of_is_not_started(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    log_id = filled(place)
    head = checkpoints.write(checkpoints.origin_of(log_id), 3, bytes(32), NOW, keyring.open_ring(place).signer)
    (place.heads / log_id / heads.name(3)).write_text(head)
    refused(place, "the ledger was rewritten")


@pytest.mark.parametrize("text", [b"no head", b"\xff"])
def test_a_newest_head_that_is_none_is_to_be_put_back(tmp_path: Path, text: bytes) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    (place.heads / filled(place) / heads.name(3)).write_bytes(text)
    refused(place, "(?i)put .*back")


def test_a_head_that_no_key_of_the_file_signed_is_told_with_the_file(tmp_path: Path) -> None:
    filled(keyed(tmp_path, *KEYS))
    text = refused(keyed(tmp_path, "seal-1", "pseudonym-1", "sign-2"), "signed by no key of this file", KeysRefused)
    assert "keys.toml" in text
    filled(keyed(tmp_path, *KEYS, "sign-2"), 0)


def test_no_keys_are_made_for_a_ledger_that_was_written_with_others(both: Place) -> None:
    filled(both)
    aside = both.keys.parent.rename(both.keys.parent.with_name("aside"))
    assert str(both.keys) in refused(both, "(?i)put the keys", KeysRefused)
    assert not both.keys.parent.exists()
    aside.rename(both.keys.parent)
    filled(both, 0)


def test_a_seal_key_that_is_not_in_the_file_is_told_by_its_id(tmp_path: Path) -> None:
    filled(keyed(tmp_path, *KEYS))
    text = refused(keyed(tmp_path, "seal-2", "pseudonym-1", "sign-1"), "the seal key seal-1 is not in this file", KeysRefused)
    assert "keys.toml" in text
    filled(keyed(tmp_path, *KEYS, "seal-2"), 0)


def test_another_pseudonym_key_would_give_a_patient_a_second_name_and_is_refused(tmp_path: Path) -> None:
    filled(keyed(tmp_path, *KEYS))
    other = keyed(tmp_path, "seal-1", "pseudonym-2", "sign-1")
    assert "keys.toml" in refused(other, "no pseudonym key of this file", KeysRefused)
    filled(keyed(tmp_path, *KEYS, "pseudonym-2"), 0)


def test_a_ledger_without_a_decision_that_opens_takes_any_pseudonym_key(tmp_path: Path) -> None:
    with opened(keyed(tmp_path, *KEYS)) as one:
        one.append(samples.refusal())
        one.append(samples.record("d-1"))
        one.erase(one.subject("", "", samples.PATIENT), samples.action())
    filled(keyed(tmp_path, "seal-1", "pseudonym-2", "sign-1"), 0)
