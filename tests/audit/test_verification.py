"""What verification finds: every change of what is stored, named by its row and its kind, and all of them at once."""

import contextlib
import sqlite3
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.audit import ledger, verification
from cds.audit.faults import LedgerDamaged
from cds.audit.keys import keyring
from cds.audit.ledger import Ledger
from cds.audit.place import Place
from cds.audit.rows import TreeState
from cds.audit.tree import checkpoints, merkle
from cds.audit.tree.heads import Heads
from cds.values.record import Former
from tests.audit import samples
from tests.audit.fakes import MemoryStore

MANY = 300
"""More than one block of leaves, so that a node is kept."""


def opened(place: Place) -> Ledger:
    """The ledger of the place."""
    return ledger.open_ledger(place, samples.now, least_free=1)


def filled(place: Place) -> None:
    """Rows of every kind, of two months, with a signed head of some and one of all."""
    with opened(place) as one:
        one.append_all([samples.given("decision-1", samples.CARD), samples.feedback(), samples.refusal()])
        one.append(samples.record("decision-2", decided_at="2030-06-01T00:00:00Z", patient="Patient/8"))
        one.append_all([samples.refusal(f"later-{number}", refused_at="2030-06-02T00:00:00Z") for number in range(MANY)])
        one.within(lambda writing: None)
        with one.store.reading() as reading:
            Heads(place.heads, one.log_id, one.ring.signer, 1, 1).publish(reading.state(), samples.NOW)


def alter(place: Place, *statements: str) -> None:
    """What somebody does who can write to the database."""
    if place.url.startswith("postgresql"):
        with psycopg.connect(place.url, autocommit=True) as server:
            for statement in statements:
                server.execute(statement.encode())
        return
    with contextlib.closing(sqlite3.connect(place.url.removeprefix("sqlite:///"), isolation_level=None)) as file:
        for statement in statements:
            file.execute(statement.replace("'\\x", "X'"))


def found(place: Place, **asked: str) -> list[tuple[int | None, str]]:
    """What verification finds."""
    with ledger.open_ledger(place, samples.now, create=False) as one:
        return [(fault.seq, fault.kind) for fault in one.verify(**asked).faults]  # type: ignore[arg-type]


CHANGES: list[tuple[str, tuple[int | None, str]]] = [
    ("DELETE FROM entries WHERE seq = 2", (2, "row missing")),
    (f"DELETE FROM entries WHERE seq = {MANY + 4}", (MANY + 4, "row missing")),
    ("UPDATE entries SET body = '\\x7b7d' WHERE seq = 2", (2, "content changed")),
    ("UPDATE entries SET at = '2030-05-06T07:08:08Z' WHERE seq = 2", (2, "columns disagree with body")),
    ("UPDATE entries SET client = 'another' WHERE seq = 1", (1, "columns disagree with body")),
    ("UPDATE entries SET month = '2030-07' WHERE seq = 1", (1, "columns disagree with body")),
    ("DELETE FROM cards WHERE seq = 1", (1, "columns disagree with body")),
    ("INSERT INTO cards (uuid, seq) VALUES ('another', 3)", (3, "columns disagree with body")),
    ("UPDATE entries SET sealed = '\\x00' WHERE seq = 1", (1, "sealed part changed")),
    ("UPDATE entries SET sealed = NULL WHERE seq = 1", (1, "sealed part changed")),
    ("UPDATE entries SET sealed = '\\x00' WHERE seq = 3", (3, "sealed part changed")),
    (f"UPDATE leaves SET hash = '\\x{'ab' * 32}' WHERE seq = 2", (2, "content changed")),
    (f"UPDATE leaves SET hash = '\\x{'ab' * 32}' WHERE seq = 3", (None, "tree damaged")),
    ("DELETE FROM leaves WHERE seq = 2", (2, "tree damaged")),
    (f"UPDATE nodes SET hash = '\\x{'ab' * 32}'", (None, "tree damaged")),
    ("DELETE FROM nodes", (None, "tree damaged")),
    (f"UPDATE tree SET peaks = '\\x{'ab' * 32 * (MANY + 4).bit_count()}'", (None, "tree damaged")),
    ("UPDATE tree SET peaks = '\\x'", (None, "tree damaged")),
    ("DELETE FROM tree", (None, "tree damaged")),
    ("DELETE FROM subject_keys", (1, "key missing")),
    ("UPDATE subject_keys SET wrapped_by = 'another'", (None, "key damaged")),
    (
        "INSERT INTO segments (month, first, last, checkpoint, dropped_at) VALUES ('2030-05', 1, 2, 'none', '2030-06-01T00:00:00Z')",
        (None, "head not signed"),
    ),
    (
        "INSERT INTO segments (month, first, last, checkpoint, dropped_at) VALUES ('2030-05', 3, 3, 'none', '2030-06-01T00:00:00Z')",
        (3, "segment damaged"),
    ),
    (
        "INSERT INTO entries SELECT 1000, 'another', at, channel, month, subject, client, tenant, release, body, sealed FROM entries WHERE seq = 3",
        (1000, "row beyond the tree"),
    ),
]


def test_a_ledger_as_it_was_written_holds_wholly_since_a_head_and_by_month(both: Place) -> None:
    filled(both)
    seen: list[tuple[int, int]] = []
    with opened(both) as one:
        whole = one.verify(progress=lambda done, total: seen.append((done, total)))
        (first, *_, last) = sorted((both.heads / one.log_id).glob("*.checkpoint"))
        since = one.verify(since=first.read_text())
        counts = [since.count, one.verify(since=last.read_text()).count]
        months = [one.verify(month=month) for month in ("2030-05", "2030-06", "2031-01")]
    assert (whole.count, whole.faults, len(whole.root)) == (MANY + 4, (), 32)
    assert seen[-1] == (MANY + 4, MANY + 4)
    assert (since.faults, since.root) == ((), whole.root)
    assert counts == [MANY + 4 - checkpoints.read(first.read_text()).size, 0]
    assert [(one.count, one.faults) for one in months] == [(3, ()), (MANY + 1, ()), (0, ())]


@pytest.mark.parametrize(("statement", "fault"), CHANGES, ids=[f"{fault[1]}-{number}" for number, (_, fault) in enumerate(CHANGES)])
def test_a_change_is_found_and_named(tmp_path: Path, statement: str, fault: tuple[int | None, str]) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    assert found(place) == []
    alter(place, "PRAGMA ignore_check_constraints = 1", statement)
    assert fault in found(place)


@pytest.mark.parametrize("number", [0, 2, 3, 8, 11, 14, 16, 19, 23])
def test_a_change_is_found_in_either_store(both: Place, number: int) -> None:
    statement, fault = CHANGES[number]
    filled(both)
    alter(both, statement)
    assert fault in found(both)


def test_all_faults_are_named_and_not_only_the_first(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    alter(place, "DELETE FROM entries WHERE seq = 2", "UPDATE entries SET sealed = NULL WHERE seq = 1", "UPDATE entries SET at = '' WHERE seq = 9")
    assert found(place) == [(1, "sealed part changed"), (2, "row missing"), (9, "columns disagree with body")]


def test_a_leaf_that_is_missing_is_no_ledger_rewritten_and_hides_nothing_else(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    with opened(place) as one:
        first = sorted((place.heads / one.log_id).glob("*.checkpoint"))[0].read_text()
    alter(place, f"DELETE FROM leaves WHERE seq IN (2, {MANY + 4})", f"UPDATE entries SET at = '' WHERE seq = {MANY + 3}")
    with ledger.open_ledger(place, samples.now, create=False) as one:
        whole, since = one.verify(), one.verify(since=first)
    assert (whole.count, len(whole.root)) == (MANY + 4, 32)
    for told in (whole, since):
        kinds = {(fault.seq, fault.kind) for fault in told.faults}
        assert {(MANY + 3, "columns disagree with body"), (MANY + 4, "tree damaged")} <= kinds
        assert (None, "rewritten before a head") not in kinds
        assert told.count
    with pytest.raises(LedgerDamaged, match="Hashes of the tree are missing"):
        opened(place)


def test_no_more_faults_are_named_than_anybody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MOST_FAULTS", 7)
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    alter(place, "DELETE FROM entries")
    assert len(found(place)) == 7


def test_a_fault_before_a_head_is_none_of_what_came_after_it_and_one_of_its_month_is(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    with opened(place) as one:
        head = max((place.heads / one.log_id).glob("*.checkpoint")).read_text()
        one.append(samples.refusal("after", refused_at="2030-07-01T00:00:00Z"))
    alter(place, "UPDATE entries SET sealed = NULL WHERE seq = 1")
    assert found(place, since=head) == []
    assert found(place, month="2030-06") == []
    assert found(place, month="2030-05") == [(1, "sealed part changed")]
    alter(place, f"DELETE FROM entries WHERE seq = {MANY + 5}")
    assert found(place, since=head) == [(MANY + 5, "row missing")]


def test_a_tail_that_was_cut_off_is_found_by_a_head(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    with opened(place) as one, one.store.reading() as reading:
        leaves = reading.leaves(0, MANY)
    state, _ = merkle.extend(TreeState(), leaves)
    peaks = b"".join(state.peaks).hex()
    alter(place, f"DELETE FROM entries WHERE seq > {MANY}", f"DELETE FROM leaves WHERE seq > {MANY}")
    alter(place, f"UPDATE tree SET size = {MANY}, peaks = '\\x{peaks}'")
    assert found(place) == [(None, "tail cut off")]


def test_a_head_of_another_ledger_and_one_that_nobody_known_signed_are_told(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    ring = keyring.open_ring(place)
    strange = keyring.open_ring(samples.place(tmp_path / "strange" / "audit.sqlite3"))
    with opened(place) as one:
        origin, state = checkpoints.origin_of(one.log_id), one.state()
        texts = [
            checkpoints.write(checkpoints.origin_of("another"), 1, state.root, samples.NOW, ring.signer),
            checkpoints.write(origin, state.size, state.root, samples.NOW, strange.signer),
            checkpoints.write(origin, 2, state.root, samples.NOW, ring.signer),
            "no head",
        ]
        kinds = [fault.kind for fault in one.verify(also=texts).faults]
        since = [fault.kind for fault in one.verify(since=texts[2]).faults]
    assert kinds == ["head of another ledger", "head not signed", "rewritten before a head", "head not signed"]
    assert since == ["rewritten before a head"]


def test_a_subject_without_a_key_is_told_unless_the_ledger_says_that_it_was_erased(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    with opened(place) as one:
        one.erase(one.subject("", "", samples.PATIENT), samples.action())
    assert found(place) == []
    alter(place, "DELETE FROM subject_keys")
    assert found(place) == [(4, "key missing")]


def test_what_was_dropped_by_month_is_no_gap_and_its_head_must_hold(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    with opened(place) as one:
        one.retain("2030-06", samples.action(action="retention", at="2030-07-01T00:00:00Z"))
    assert found(place) == []
    alter(place, "UPDATE segments SET last = 2")
    assert found(place) == [(3, "row missing"), (1, "segment damaged"), (1, "segment not recorded")]


def test_a_damaged_file_is_told_as_such(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    filled(place)
    path = tmp_path / "audit.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[: 12 * 4096] + b"\xff" * 4096 * 20 + whole[32 * 4096 :])
    kinds = {kind for _, kind in found(place)}
    assert kinds & {"file damaged", "database damaged"}


def test_carried_rows_must_follow_from_each_other(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    chain = [Former(2, 1, "0" * 64, "aa" * 32), Former(2, 3, "aa" * 32, "bb" * 32), Former(2, 4, "cc" * 32, "dd" * 32)]
    with opened(place) as one:
        one.append_all([samples.refusal(f"refusal-{former.seq}", former=former) for former in chain])
    broken = [fault for fault in found(place) if fault[1] == "former chain broken"]
    assert broken == [(1, "former chain broken"), *[(2, "former chain broken")] * 2, *[(3, "former chain broken")] * 2]


def test_an_empty_ledger_holds() -> None:
    with MemoryStore().reading() as reading:
        empty = verification.verify(reading, verification.Asked())
    assert (empty.count, empty.root, empty.faults) == (0, merkle.EMPTY, ())


@given(st.integers(0, 3 * verification.BLOCK + 5), st.lists(st.integers(0, 3 * verification.BLOCK + 9), max_size=6))
def test_the_roots_worked_out_on_the_way_are_those_of_the_tree(count: int, sizes: list[int]) -> None:
    leaves = [merkle.leaf(b"%d" % number) for number in range(count)]
    roots = verification.Roots(sizes)
    found: dict[int, bytes] = {}
    for first in range(0, count, verification.BLOCK):
        found |= roots.over(leaves[first : first + verification.BLOCK])
    assert found == {size: merkle.root(merkle.extend(TreeState(), leaves[:size])[0]) for size in sizes if 0 < size <= count}
