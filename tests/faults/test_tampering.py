"""What somebody changed

Bytes, rows, the tail, and all of it written anew: found, and named.
"""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import pytest

from cds.audit.keys import keyring
from cds.audit.place import beside
from cds.audit.rows import Search
from cds.foundation.errors import CdsError
from tests.audit import samples
from tests.faults import changing, homes
from tests.faults.changing import Change
from tests.faults.conftest import Measured
from tests.faults.homes import Home

ENTRIES = 12
FLIPS_IN_SHORT = 120
PIECE = 24
NOWHERE: Mapping[int, int] = MappingProxyType({})
DECISIONS = (1, 5)
"""Numbers of entries that are decisions; the cycle is decision, feedback, refusal, feedback."""


def filled(home: Home, count: int = ENTRIES) -> None:
    """Adds entries of each kind, with a signed head at every one."""
    home = Home(replace(home.place, head_records=1))
    with home.open() as opened:
        for number in range(count):
            kind = (samples.record, samples.feedback, samples.refusal, samples.feedback)[number % 4]
            opened.append(kind(f"entry-{number}"))


def picture(home: Home) -> Any:
    """All that a reader is told: every row opened, the tree, and what verification finds, in words."""
    with home.open(create=False) as opened:
        found = [str(one) for one in opened.verify().faults]
        rows = [(row.seq, row.at, row.channel, row.body, row.entry) for row in opened.records(Search())]
        return found, rows, opened.state()


def looked_at(home: Home) -> Any:
    """The picture, or the kind of error that a reader is told in its place."""
    try:
        return picture(home)
    except CdsError as error:
        return type(error).__name__


@dataclass(frozen=True)
class Case:
    """A change by somebody who can write to the database, and what must be said of it: the row, or None for the tree, and the kind."""

    change: Change
    seq: int | None
    kind: str


CASES: Mapping[str, Case] = {
    "a row removed": Case(changing.remove(4), 4, "row missing"),
    "a row removed with its leaf": Case(changing.remove_whole(4), 4, "row missing"),
    "the last row removed": Case(changing.remove(ENTRIES), ENTRIES, "row missing"),
    "two rows exchanged": Case(changing.exchange(2, 6), 2, "content changed"),
    "a body changed": Case(changing.set_column(3, "body", b"{}"), 3, "content changed"),
    "an id changed": Case(changing.set_column(3, "entry_id", "another"), 3, "columns disagree with body"),
    "an instant changed": Case(changing.set_column(3, "at", "2031-01-01T00:00:00Z"), 3, "columns disagree with body"),
    "a subject changed": Case(changing.set_column(1, "subject", "ab" * 32), 1, "columns disagree with body"),
    "sealed parts exchanged": Case(changing.exchange_sealed(*DECISIONS), 1, "sealed part changed"),
    "a sealed part changed": Case(changing.set_column(5, "sealed", b"nothing"), 5, "sealed part changed"),
    "the tail cut off, and the tree made to fit": Case(changing.cut(ENTRIES - 3), None, "tail cut off"),
    "a body forged, with the whole tree": Case(changing.forge(5, b"2030-05-06", b"2030-05-05"), None, "rewritten before a head"),
    "the first body forged, with the whole tree": Case(changing.forge(1, b"patient-view", b"order-sign"), None, "rewritten before a head"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_changed_is_found_and_named(home: Home, name: str, measured: Measured) -> None:
    case = CASES[name]
    filled(home)
    assert homes.wrong(home) == []
    with changing.inside(home.place) as connection:
        case.change(connection)
    with home.open(create=False) as opened:
        found = opened.verify().faults
    assert (case.seq, case.kind) in [(one.seq, one.kind) for one in found], found
    measured(found=f"{case.kind}" + (f", row {case.seq}" if case.seq else ""))


def test_a_ledger_written_anew_by_its_own_software_is_found_by_a_head_that_is_kept_elsewhere(home: Home, tmp_path: Path, measured: Measured) -> None:
    filled(home)
    kept = sorted(path.read_text(encoding="utf-8") for path in home.place.heads.rglob("*.checkpoint"))
    with changing.inside(home.place) as connection:
        changing.cut(0)(connection)
    shutil.rmtree(home.place.heads)
    filled(home)
    assert homes.wrong(home) == [], "in itself it holds: whoever has the keys can write it anew"
    with home.open(create=False) as opened:
        found = opened.verify(also=kept).faults
    assert {one.kind for one in found} == {"rewritten before a head"}
    measured(heads_kept=len(kept), that_show_it=len(found))


@pytest.fixture
def closed(tmp_path: Path) -> Home:
    """A small ledger in a file, closed; in small pages, which have less room for bytes that nobody reads."""
    place = beside(f"sqlite:///{tmp_path / 'audit.sqlite3'}", make_keys=True)
    keyring.open_ring(place)
    home = Home(replace(place, make_keys=False))
    filled(home, 6)
    changing.in_pages(tmp_path / "audit.sqlite3", 512)
    return home


def contents(home: Home, path: Path) -> Mapping[int, int]:
    """Of each byte of the file that lies in the body or the sealed part of a row, the number of the row.

    What fills a page goes on in others, so that it is looked for in pieces: so short that each lies in one page, so long that each is found once.
    A piece that several values hold may be whole in one of them and cut by a page in another, and tells nothing.
    """
    found: dict[int, int] = {}
    whole, values = path.read_bytes(), changing.values(path)
    with home.open(create=False) as opened:
        parts = [(row.seq, part) for row in opened.records(Search()) for part in (row.body, row.sealed or b"")]
    for seq, part in parts:
        for start in range(len(part) - PIECE + 1):
            piece = part[start : start + PIECE]
            if whole.count(piece) == 1 == sum(value.count(piece) for value in values):
                at = whole.index(piece)
                found |= dict.fromkeys(range(at, at + PIECE), seq)
    return found


def named(home: Home, after: Any) -> set[int | None]:
    """The rows that verification names; none where it cannot be read at all."""
    if isinstance(after, str):
        with home.open(create=False) as opened:
            return {one.seq for one in opened.verify().faults}
    return {int(row) for row in re.findall(r"seq=(\d+)", " ".join(after[0]))}


def flipped(path: Path, home: Home, *, long: bool, rows: Mapping[int, int] = NOWHERE, readable: bool = False) -> Mapping[str, int]:
    """How many flipped bytes of the file were found, and how many were harmless; fails where one is neither.

    `rows` are the bytes that lie in a row: a flip of these must be found and named by it, and half of a sample are of them.
    `readable` where all else must still be read, and verified, whatever is flipped.
    """
    before, whole = picture(home), path.read_bytes()
    chance = Random(13)
    inside = chance.sample(sorted(rows), min(FLIPS_IN_SHORT // 2, len(rows)))
    offsets = range(len(whole)) if long else sorted({*inside, *chance.sample(range(len(whole)), FLIPS_IN_SHORT - len(inside))})
    found = 0
    for offset in offsets:
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 1 << chance.randrange(8)]) + whole[offset + 1 :])
        after = looked_at(home)
        if after != before:
            assert not (readable and isinstance(after, str)), f"byte {offset} hides all else: {after}"
            assert isinstance(after, str) or after[0], f"byte {offset} changes what is read, and verification finds nothing"
            found += 1
        if offset in rows:
            assert after != before, f"byte {offset} of row {rows[offset]} is changed, and nobody sees it"
            assert rows[offset] in named(home, after), f"byte {offset} lies in row {rows[offset]}, which is not named"
    path.write_bytes(whole)
    assert picture(home) == before
    return {"bytes": len(offsets), "found": found, "named": sum(one in rows for one in offsets), "harmless": len(offsets) - found}


def test_every_byte_of_a_ledger_that_is_flipped_is_found_or_harmless(closed: Home, long: bool, measured: Measured) -> None:
    path = Path(closed.place.url.removeprefix("sqlite:///"))
    rows = contents(closed, path)
    assert set(rows.values()) == set(range(1, 7)), "each row has bytes that are known"
    counts = flipped(path, closed, long=long, rows=rows)
    assert min(counts["found"], counts["named"]) >= FLIPS_IN_SHORT // 2
    measured(**counts, missed=0)


@pytest.mark.parametrize("which", [min, max], ids=["the oldest", "the newest"])
def test_every_byte_of_a_head_that_is_flipped_is_found(closed: Home, which: Callable[..., Path], long: bool, measured: Measured) -> None:
    counts = flipped(which(closed.place.heads.rglob("*.checkpoint")), closed, long=long, readable=True)
    assert counts["harmless"] == 0
    measured(**counts, missed=0)
