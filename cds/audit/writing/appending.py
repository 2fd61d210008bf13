"""Adding entries inside a transaction: keys made, contents sealed, the tree extended, rows written.

Every entry comes into the log by `add`, or by `add_spooled` where it waited in the spool. Nobody else moves the tree meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cds.audit.entries import bodies, sealing
from cds.audit.entries.bodies import Columns
from cds.audit.entries.sealing import Prepared
from cds.audit.faults import LedgerDamaged
from cds.audit.keys.keyring import KeyMissing, KeyRing
from cds.audit.rows import Reading, Row, Search, WrappedKey, Writing
from cds.audit.tree import merkle
from cds.audit.writing.frames import Frame, Spooled
from cds.foundation import canonical
from cds.foundation.errors import CdsError, LedgerUnavailable
from cds.values.record import ActionRecord, Entry

DUPLICATE = "The audit ledger takes no second record of one id: a record with this id is there already; ask again under a new one."
ERASURE = "action:erasure"
SERVICE = "service"
ALLOWANCE = timedelta(minutes=10)
"""How far the clocks of hosts may be apart."""
LATEST = "9999-12-31T23:59:59"
SECONDS = len("2030-05-06T07:08:09")
MONTH = len("2030-05")

Group = Sequence[Prepared]
"""Entries that are added together or not at all."""
Added = tuple[bool, ...]
"""Of each entry of a group, whether it was added: feedback that is there already is not."""
Line = tuple[Columns, bytes, bytes | None]


def prepared(entries: Iterable[Entry], ring: KeyRing) -> Group:
    """What needs no transaction of it, done by the thread that brings the entries. Raises RecordRefused for one that cannot be stored."""
    return tuple(sealing.prepare(entry, ring) for entry in entries)


def append(writing: Writing, ring: KeyRing, entries: Sequence[Entry]) -> Added:
    """Adds the entries within a transaction, all or none; raises LedgerUnavailable where an id is there already, unless it is feedback's."""
    (outcome,) = add(writing, ring, [prepared(entries, ring)])
    if isinstance(outcome, CdsError):
        raise outcome
    return outcome


def add(writing: Writing, ring: KeyRing, groups: Sequence[Group], unopened: "Unopened | None" = None) -> list[Added | CdsError]:
    """Adds the groups in their order; one that cannot be added fails alone, with its error in its place.

    A subject none of whose keys opens gets a fresh one; the others stay, and are noted in `unopened`.
    """
    adding = _Adding(writing, ring, [one for group in groups for one in group], unopened or Unopened())
    outcomes = [adding.outcome(group) for group in groups]
    adding.end()
    return outcomes


def add_spooled(writing: Writing, frames: Sequence[Frame], now: datetime) -> None:
    """Adds what waited in the spool, as it is; entries that are there already are passed over. `now` is that of the host that drains it.

    The key of a subject who was erased since the entry was made is not added: what is sealed of it stays closed. The clock of the host that made
    it may have been ahead, so its key is also not added where it says to be of the ALLOWANCE after the erasure, or of the future; the ledger says
    so. Nor does a key replace one.
    """
    waiting = {one.entry_id: one for frame in frames for one in frame}
    known = set(writing.known(waiting))
    lines = [(bodies.columns(one.body), one) for entry_id, one in waiting.items() if entry_id not in known]
    _extend(writing, [(columns, one.body, one.sealed) for columns, one in lines])
    kept = [one.key for one in _opening(writing, lines, now) if one.key]
    there = {key.key_id for key in writing.keys(key_ids=[key.key_id for key in kept])} if kept else set()
    writing.add_keys([key for key in kept if key.key_id not in there])


def _opening(writing: Writing, lines: Sequence[tuple[Columns, Spooled]], now: datetime) -> Sequence[Spooled]:
    """The entries whose keys are added; what is closed though its time is after the erasure is recorded."""
    erased = {subject: erased_at(writing, subject) for subject in {columns.subject for columns, one in lines if one.key}}
    kept, closed = [], []
    for columns, one in (line for line in lines if line[1].key):
        since, at = erased[columns.subject], columns.at[:SECONDS]
        if not since or _later(since, ALLOWANCE) < at <= _text(now)[:SECONDS]:
            kept.append(one)
        elif at > since:
            closed.append((columns.subject, one))
    records = [_closed(subject, one, now) for subject, one in closed]
    known = set(writing.known([columns.entry_id for columns, *_ in records])) if records else set()
    _extend(writing, [line for line in records if line[0].entry_id not in known])
    return kept


def _closed(subject: str, one: Spooled, now: datetime) -> Line:
    """The record that the key of an entry was not added."""
    detail = {"subject": subject, "keys": 1, "decisions": 1}
    body = bodies.dumps(ActionRecord(f"closed-{canonical.mark(one.entry_id)}", _text(now), "erasure", SERVICE, detail=detail))
    return bodies.columns(body), body, None


def _text(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def _later(at: str, than: timedelta) -> str:
    """So much later than an instant, to the second; behind every instant where it is none."""
    try:
        return _text(datetime.fromisoformat(at[:SECONDS]).replace(tzinfo=UTC) + than)[:SECONDS]
    except (ValueError, OverflowError):
        return LATEST


def spooled(group: Group, ring: KeyRing) -> Frame:
    """The entries as they wait in the spool, each under a key of its own: the store, which has the subjects' keys, cannot be asked."""
    return tuple(_spooled(one, ring) for one in group)


@dataclass(frozen=True)
class Unopened:
    """Keys of subjects that were met and did not open: the ids of those that are damaged, and of the seal keys that the others need."""

    damaged: set[str] = field(default_factory=set)
    seals: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        """What somebody should do about them; empty where there were none."""
        told = []
        if self.damaged:
            told.append(f"{len(self.damaged)} keys of subjects are damaged; fresh ones took their place. Run `cds audit verify`.")
        if self.seals:
            needed = f"Keys of subjects are wrapped under the seal key {', '.join(sorted(self.seals))}, which this service does not have"
            told.append(f"{needed}; fresh ones took their place. Put it into the file that CDS_AUDIT_KEYS names, and start the service again.")
        return " ".join(told)


class _Adding:
    """The entries of one transaction on their way."""

    def __init__(self, writing: Writing, ring: KeyRing, coming: Sequence[Prepared], unopened: Unopened) -> None:
        self._writing, self._ring, self._unopened = writing, ring, unopened
        self._known = set(writing.known([one.entry_id for one in coming]))
        subjects = {one.subject for one in coming if one.subject}
        self._stored = list(writing.keys(subjects=subjects)) if subjects else []
        self._open: dict[str, tuple[bytes, str]] = {}
        self._made: list[WrappedKey] = []
        self._lines: list[Line] = []

    def outcome(self, group: Group) -> Added | CdsError:
        """What becomes of a group."""
        try:
            return self._group(group)
        except CdsError as error:
            return error

    def end(self) -> None:
        """Writes what was added."""
        if self._made:
            self._writing.add_keys(self._made)
        _extend(self._writing, self._lines)

    def _group(self, group: Group) -> Added:
        lines: list[Line] = []
        ids: set[str] = set()
        added = []
        for one in group:
            new = one.entry_id not in self._known and one.entry_id not in ids
            if not new and not is_feedback(one):
                raise LedgerUnavailable(DUPLICATE)
            if new:
                ids.add(one.entry_id)
                lines.append((one.columns, *sealing.close(one, *self._key(one.subject))))
            added.append(new)
        self._known |= ids
        self._lines += lines
        return tuple(added)

    def _key(self, subject: str) -> tuple[bytes, str]:
        if not subject:
            return b"", ""
        if subject not in self._open:
            self._open[subject] = self._opened(subject)
        return self._open[subject]

    def _opened(self, subject: str) -> tuple[bytes, str]:
        """A key of the subject that opens, or a fresh one."""
        for stored in self._stored:
            if stored.subject == subject:
                try:
                    return self._ring.unwrap(stored), stored.key_id
                except KeyMissing:
                    self._unopened.seals.add(stored.wrapped_by)
                except LedgerDamaged:
                    self._unopened.damaged.add(stored.key_id)
        key, wrapped = sealing.new_key(subject, self._ring)
        self._made.append(wrapped)
        return key, wrapped.key_id


def is_feedback(one: Prepared) -> bool:
    """Whether it may come again: the id of an item of feedback is made of all that is kept of it."""
    return bodies.kind_of(one.columns.channel) == "feedback"


def _extend(writing: Writing, lines: Sequence[Line]) -> None:
    if not lines:
        return
    state = writing.state()
    leaves = [merkle.leaf(body) for _, body, _ in lines]
    grown, nodes = merkle.extend(state, leaves)
    rows: list[Row] = [columns.row(seq, body, sealed) for seq, (columns, body, sealed) in enumerate(lines, state.size + 1)]
    writing.add(rows, leaves, nodes, grown)


def _spooled(one: Prepared, ring: KeyRing) -> Spooled:
    key, wrapped = sealing.new_key(one.subject, ring) if one.subject else (b"", None)
    body, sealed = sealing.close(one, key, wrapped.key_id if wrapped else "")
    return Spooled(one.entry_id, body, sealed, wrapped)


def storable(one: Spooled) -> bool:
    """Whether a store can take what was found in a spool: it must be a record, under its own id, and its key that of its subject."""
    try:
        columns = bodies.columns(one.body)
        bodies.loads(one.body)
    except LedgerDamaged:
        return False
    texts = [text for text in vars(columns).values() if isinstance(text, str)]
    whose = one.key.subject if one.key else columns.subject
    fits = (columns.entry_id, columns.subject) == (one.entry_id, whose) and len(columns.month) == MONTH
    return fits and not any("\0" in text for text in texts)


def was_erased(reading: Reading, row: Row) -> bool:
    """Whether the subject of a row was erased after it: in a later row, or at a later instant where it came from the spool."""
    erasures = reading.rows(Search(kinds=(ERASURE,), subject=row.subject))
    return any(one.seq > row.seq or one.at[:SECONDS] >= row.at[:SECONDS] for one in erasures)


def erased_at(reading: Reading, subject: str) -> str:
    """When the subject was last erased, to the second; empty text, which is before every instant, where never."""
    return max((row.at[:SECONDS] for row in reading.rows(Search(kinds=(ERASURE,), subject=subject))), default="")
