"""Dropping the rows of old months, and proving what is left as before.

A month is dropped with its head signed first: the segment keeps that head and its leaves keep their places, so that inclusion, consistency and
verification of every other row hold as they did. Segments are the oldest rows, without a hole. The clock may have been set back while they
were written, so a segment ends where the first row of a later month stands, and rows of its month behind that go with the later one.
"""

import contextlib
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cds.audit import faults, files
from cds.audit.faults import LedgerDamaged
from cds.audit.keys.keyring import KeyRing
from cds.audit.rows import Reading, Row, Search, Segment, Writing
from cds.audit.tree import checkpoints, heads, merkle
from cds.audit.writing import appending
from cds.foundation.errors import WrongShape
from cds.values.record import ActionRecord

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True)
class Span:
    """Rows that are dropped together: the month they are of, their first and last number, and whose keys they may have used."""

    month: str
    first: int
    last: int
    subjects: frozenset[str]


@dataclass(frozen=True)
class Retained:
    """What was dropped: the segments, how many rows they had, and how many keys of subjects who have no row left."""

    segments: Sequence[Segment]
    rows: int
    keys: int


def retain(writing: Writing, ring: KeyRing, folder: Path, before: str, action: ActionRecord) -> Retained:
    """Drops the rows of every whole month before `before` (`2030-05`), within one transaction, and appends the action with what was done.

    `folder` is that of the heads: the head of each segment is written there before its rows go. Nothing is dropped and nothing recorded
    where no month is old enough. Raises WrongShape for what is no month, or one that has not ended, and LedgerDamaged where rows or heads
    do not hold: what cannot be proved is not dropped.
    """
    _require_ended(before, action.at)
    _require_heads(writing, ring, folder, checkpoints.origin_of(writing.log_id()))
    spans = list(_spans(writing, before))
    segments = [_signed(writing, ring, folder, span, action.at) for span in spans]
    rows = sum(writing.drop_rows(segment) for segment in segments)
    keys = sum(_drop_unused(writing, subject) for subject in sorted({subject for span in spans for subject in span.subjects}))
    done = Retained(segments, rows, keys)
    if segments:
        appending.append(writing, ring, [_recorded(action, before, done)])
    return done


def gone(reading: Reading) -> str:
    """What to tell somebody who asks for a record that is not there: which ones were dropped. Empty where none were."""
    segments = reading.segments()
    if not segments:
        return ""
    months = f"{segments[0].month} to {segments[-1].month}"
    return f"Records up to number {segments[-1].last}, of {months}, were dropped by retention; nothing of them can be shown."


def _require_ended(before: str, at: str) -> None:
    if not MONTH.fullmatch(before) or before > at[: len(before)]:
        raise WrongShape("Months are dropped up to one that is this month or was before it, which stays. Write it as year and month, like 2030-05.")


def _spans(writing: Writing, before: str) -> Iterator[Span]:
    """The rows from the oldest one on, cut where a later month begins, up to the first row of a month that is kept."""
    for month, pairs in itertools.groupby(_dated(writing, before), key=lambda pair: pair[0]):
        rows = [(row.seq, merkle.leaf(row.body), row.subject) for _, row in pairs]
        first, last = rows[0][0], rows[-1][0]
        if [seq for seq, _, _ in rows] != list(range(first, last + 1)) or list(writing.leaves(first - 1, last)) != [leaf for _, leaf, _ in rows]:
            raise LedgerDamaged(f"Of the rows {first} to {last} one is missing, or not what was written: none is dropped. Run `cds audit verify`.")
        yield Span(month, first, last, frozenset(subject for _, _, subject in rows))


def _dated(writing: Writing, before: str) -> Iterator[tuple[str, Row]]:
    """The rows that may go, each with the latest month up to it."""
    latest = ""
    for row in itertools.takewhile(lambda row: row.month < before, writing.rows(Search())):
        latest = max(latest, row.month)
        yield latest, row


def _require_heads(writing: Writing, ring: KeyRing, folder: Path, origin: str) -> None:
    """Nothing is signed, and nothing dropped, of a log that does not go on from its own heads."""
    texts = heads.read(folder, writing.log_id())
    if found := next(heads.compare(writing, writing.state().size, texts, ring.verifiers, origin), None):
        raise LedgerDamaged(f"{found.text} Nothing is dropped. Keep a copy of the ledger for the auditor.")


def _signed(writing: Writing, ring: KeyRing, folder: Path, span: Span, at: str) -> Segment:
    origin = checkpoints.origin_of(writing.log_id())
    text = checkpoints.write(origin, span.last, merkle.root_at(writing, span.last), datetime.fromisoformat(at), ring.signer)
    with faults.translated():
        _kept(folder / writing.log_id() / heads.name(span.last), text.encode())
    return Segment(span.month, span.first, span.last, text, at)


def _kept(path: Path, data: bytes) -> None:
    """Writes the file; a head of that size that is there already was compared with the log before."""
    with contextlib.suppress(FileExistsError), files.made_aside(path, mode=heads.ANYBODY) as fresh:
        fresh.write_bytes(data)


def _drop_unused(writing: Writing, subject: str) -> int:
    """Destroys the keys of a subject, if there is one, of whom there is no row any more; how many."""
    if not subject or next(iter(writing.rows(Search(subject=subject, kinds=("decision",), limit=1))), None):
        return 0
    return writing.drop_keys(subject)


def _recorded(action: ActionRecord, before: str, done: Retained) -> ActionRecord:
    told = [{"month": one.month, "first": one.first, "last": one.last} for one in done.segments]
    return replace(action, detail={"before": before, "segments": told, "rows": done.rows, "keys": done.keys})
