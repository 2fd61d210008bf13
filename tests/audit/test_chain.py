"""What the hash chain covers, finds and cannot find.

Found: a changed byte anywhere in a row, a row taken out of the middle, put in or moved. Not found by a chain alone: a tail
that was cut off, and a ledger that was written anew from some row on. The tests say both, so that nobody promises more.
"""

import hashlib
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.audit import chain, ledger
from cds.audit.chain import StoredRecord, Verification
from cds.audit.faults import LedgerDamaged
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples

ROWS = 4
IDS = [f"decision-{number}{number}" for number in range(1, ROWS + 1)]
TEXT = ("decision_id", "decided_at", "channel", "previous_hash", "hash")
KINDS = {
    "decision_id": "columns disagree with body",
    "decided_at": "columns disagree with body",
    "channel": "columns disagree with body",
    "previous_hash": "chain broken",
    "hash": "content changed",
    "body": "content changed",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed ledger of a few rows."""
    path = tmp_path_factory.mktemp("chain") / "whole.sqlite3"
    with ledger.open_ledger(samples.url(path)) as opened:
        for decision_id in IDS:
            opened.append(samples.record(decision_id))
    return path


def altered(whole: Path, *statements: tuple[str, Sequence[Any]]) -> Path:
    """A copy in which somebody with the file in hand has run these statements."""
    copy = whole.with_name("altered.sqlite3")
    shutil.copy(whole, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement, values in statements:
            connection.execute(statement, values)
    return copy


def verified(path: Path) -> Verification:
    """What verification says of the ledger at this path."""
    with ledger.open_ledger(samples.url(path), create=False) as opened:
        return opened.verify()


def rows(path: Path) -> list[StoredRecord]:
    """Every row of the ledger at this path."""
    with ledger.open_ledger(samples.url(path), create=False) as opened:
        return list(opened.records())


def found(path: Path) -> tuple[int | None, str] | None:
    """The row and kind of the first fault."""
    fault = verified(path).fault
    return (fault.seq, fault.kind) if fault else None


def test_the_hash_covers_domain_number_previous_hash_and_body() -> None:
    covered = b"back-pain-cds ledger 1\n7\n" + b"0" * 64 + b'\n{"a":1}'
    assert chain.hash_of(7, chain.GENESIS, b'{"a":1}') == hashlib.sha256(covered).hexdigest()


def test_the_hash_of_a_known_row_never_changes() -> None:
    assert chain.hash_of(1, chain.GENESIS, b"{}") == "a2ae500744cbf91c1269348ed08e45cab5530098b38450dfd5a43aba091bd858"


def test_an_untouched_ledger_holds_and_tells_its_head(whole: Path) -> None:
    with ledger.open_ledger(samples.url(whole)) as opened:
        newest = next(opened.records())
    assert verified(whole) == Verification(ROWS, newest.hash, None)


def test_an_empty_ledger_holds_with_the_genesis_as_head(tmp_path: Path) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "empty.sqlite3")) as opened:
        assert opened.verify() == Verification(0, chain.GENESIS, None)


@settings(max_examples=150, deadline=None)
@given(seq=st.integers(1, ROWS), column=st.sampled_from([*TEXT, "body"]), where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_changed_byte_of_a_column_is_found_and_named(whole: Path, seq: int, column: str, where: float, flip: int) -> None:
    with closing(sqlite3.connect(whole)) as connection:
        (raw,) = connection.execute(f"SELECT CAST({column} AS BLOB) FROM ledger WHERE seq = ?", (seq,)).fetchone()
    at = int(where * len(raw))
    changed = raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :]
    form = "BLOB" if column == "body" else "TEXT"
    copy = altered(whole, (f"UPDATE ledger SET {column} = CAST(? AS {form}) WHERE seq = ?", (changed, seq)))
    assert found(copy) == (seq, KINDS[column])
    assert verified(copy).count == seq - 1


@pytest.mark.parametrize("column", [*TEXT, "body"])
def test_the_same_bytes_under_another_type_are_found(whole: Path, column: str) -> None:
    form = "TEXT" if column == "body" else "BLOB"
    assert found(altered(whole, (f"UPDATE ledger SET {column} = CAST({column} AS {form}) WHERE seq = 2", ()))) == (2, KINDS[column])


@given(seq=st.integers(1, ROWS), other=st.integers(-(2**63), 2**63 - 1).filter(lambda number: not 1 <= number <= ROWS))
@settings(max_examples=40, deadline=None)
def test_any_changed_row_number_is_found(whole: Path, seq: int, other: int) -> None:
    copy = altered(whole, ("UPDATE ledger SET seq = ? WHERE seq = ?", (other, seq)))
    assert found(copy) == (1 if other < 1 else seq, "row missing or out of sequence")


@pytest.mark.parametrize("seq", range(1, ROWS))
def test_a_row_taken_out_is_found_where_it_stood(whole: Path, seq: int) -> None:
    assert found(altered(whole, ("DELETE FROM ledger WHERE seq = ?", (seq,)))) == (seq, "row missing or out of sequence")


@pytest.mark.parametrize("seq", range(1, ROWS))
def test_a_row_taken_out_is_found_when_the_rest_moves_up(whole: Path, seq: int) -> None:
    moved = [("UPDATE ledger SET seq = ? WHERE seq = ?", (later - 1, later)) for later in range(seq + 1, ROWS + 1)]
    assert found(altered(whole, ("DELETE FROM ledger WHERE seq = ?", (seq,)), *moved)) == (seq, "chain broken")


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 3), (1, 4), (3, 4)])
def test_two_rows_exchanged_are_found_at_the_first(whole: Path, one: int, other: int) -> None:
    step = "UPDATE ledger SET seq = ? WHERE seq = ?"
    assert found(altered(whole, (step, (99, one)), (step, (one, other)), (step, (other, 99)))) == (one, "chain broken")


def test_a_row_put_in_is_found(whole: Path) -> None:
    put_in = "INSERT INTO ledger SELECT 5, 'other', decided_at, channel, hash, hash, body FROM ledger WHERE seq = 4"
    assert found(altered(whole, (put_in, ()))) == (5, "content changed")


def test_a_body_that_is_no_record_is_found_even_under_a_right_hash(whole: Path) -> None:
    with ledger.open_ledger(samples.url(whole)) as opened:
        last = next(opened.records())
    own = chain.hash_of(last.seq, last.previous, b"nothing")
    copy = altered(whole, ("UPDATE ledger SET body = ?, hash = ? WHERE seq = ?", (b"nothing", own, last.seq)))
    assert found(copy) == (ROWS, "columns disagree with body")


def test_a_changed_row_is_not_read_as_if_it_were_true(whole: Path) -> None:
    copy = altered(whole, ("UPDATE ledger SET body = ? WHERE seq = 2", (b"{}",)))
    with ledger.open_ledger(samples.url(copy)) as opened:
        row = opened.find("decision-22")
        assert row is not None
        with pytest.raises(LedgerDamaged, match="Row 2.*cds audit verify"):
            _ = row.record


def test_a_damaged_index_is_found_though_every_row_holds(whole: Path) -> None:
    copy = altered(whole)
    pages = copy.read_bytes()
    at = pages.rindex(b"decision-33")
    copy.write_bytes(pages[:at] + b"X" + pages[at + 1 :])
    assert found(copy) == (None, "file damaged")


@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=100, deadline=None)
def test_any_changed_byte_of_the_file_is_found_unless_nothing_recorded_is_in_it(whole: Path, where: float, flip: int) -> None:
    pages = bytearray(whole.read_bytes())
    pages[int(where * len(pages))] ^= flip
    copy = whole.with_name("flipped.sqlite3")
    copy.write_bytes(pages)
    try:
        held = verified(copy).fault is None
    except LedgerUnavailable:
        held = False
    assert not held or rows(copy) == rows(whole)


def test_a_page_that_is_torn_is_told_as_a_damaged_file(whole: Path) -> None:
    copy = altered(whole)
    pages = copy.read_bytes()
    copy.write_bytes(pages[:4096] + b"\xff" * 100 + pages[4196:])
    assert found(copy) == (None, "file damaged")


def test_a_cut_tail_is_not_found_by_the_chain_alone(whole: Path) -> None:
    assert verified(altered(whole, ("DELETE FROM ledger WHERE seq > 2", ()))).fault is None


def test_a_ledger_written_anew_is_not_found_but_has_another_head(whole: Path, tmp_path: Path) -> None:
    anew = tmp_path / "anew.sqlite3"
    with ledger.open_ledger(samples.url(anew)) as opened:
        for decision_id in IDS:
            opened.append(samples.record(decision_id, outcome="something else"))
    assert verified(anew).fault is None
    assert verified(anew).head != verified(whole).head
