"""What is read and written within one transaction of the ledger, in the same statements for SQLite and PostgreSQL."""

import re
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, bindparam, delete, false, insert, or_, select, update

from cds.audit.faults import LedgerDamaged
from cds.audit.rows import HASH_BYTES, Node, Row, Search, Segment, TreeState, WrappedKey
from cds.audit.stores import typed
from cds.audit.stores.tables import CARDS, ENTRIES, KEYS, LEAVES, NODES, SEGMENTS, TREE
from cds.audit.stores.typed import BYTES, NUMBER, SEALED, TEXT

PAGE = 200
LOG_ID = re.compile(r"[0-9a-f]{32}")
UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
"""What no database takes in a text: null, and half a character. Nothing can be stored under a name that has it."""

DROPPED_AT_ONCE = 5_000
"""A server's time limit is for one statement."""
OTHER_KINDS = ("feedback", "refusal", "action")
"""What stands before the colon in the channel of an entry that is no decision."""

ENTRY = (
    ENTRIES.c.seq,
    ENTRIES.c.entry_id,
    ENTRIES.c.at,
    ENTRIES.c.channel,
    ENTRIES.c.body,
    ENTRIES.c.sealed,
    ENTRIES.c.month,
    ENTRIES.c.subject,
    ENTRIES.c.client,
    ENTRIES.c.tenant,
    ENTRIES.c.release,
)
"""In the order of the fields of `Row`."""
ENTRY_KINDS = (NUMBER, TEXT, TEXT, TEXT, BYTES, SEALED, TEXT, TEXT, TEXT, TEXT, TEXT)
KEY_KINDS = (TEXT, TEXT, BYTES, TEXT)
SEGMENT_KINDS = (TEXT, NUMBER, NUMBER, TEXT, TEXT)
KEY = (KEYS.c.key_id, KEYS.c.subject, KEYS.c.wrapped, KEYS.c.wrapped_by)
SEALS = select(KEYS.c.wrapped_by).where(KEYS.c.destroyed == 0).distinct()
STATE = select(TREE.c.size, TREE.c.peaks, TREE.c.log_id)
LEAVES_OF = select(LEAVES.c.seq, LEAVES.c.hash).where(LEAVES.c.seq > bindparam("start"), LEAVES.c.seq <= bindparam("end"))
NODES_OF = select(NODES.c.idx, NODES.c.hash).where(
    NODES.c.level == bindparam("level"), NODES.c.idx >= bindparam("start"), NODES.c.idx < bindparam("end")
)
BY_ID = select(ENTRIES.c.seq).where(ENTRIES.c.entry_id == bindparam("entry_id"))
BY_NUMBERS = select(*ENTRY).where(ENTRIES.c.seq.in_(bindparam("numbers", expanding=True)))
CARDS_OF = select(CARDS.c.seq, CARDS.c.uuid).where(CARDS.c.seq.in_(bindparam("numbers", expanding=True))).order_by(CARDS.c.uuid)
ABOUT = select(CARDS.c.seq, CARDS.c.uuid).where(CARDS.c.uuid.in_(bindparam("cards", expanding=True)))
KNOWN = select(ENTRIES.c.entry_id).where(ENTRIES.c.entry_id.in_(bindparam("ids", expanding=True)))
DROPPED = select(SEGMENTS.c.month, SEGMENTS.c.first, SEGMENTS.c.last, SEGMENTS.c.checkpoint, SEGMENTS.c.dropped_at).order_by(SEGMENTS.c.first)
MOVE_TREE = update(TREE).values(size=bindparam("new_size"), peaks=bindparam("new_peaks"))
KEYS_OF = select(KEYS.c.key_id).where(KEYS.c.key_id.in_(bindparam("ids", expanding=True)))
REWRAP = (
    update(KEYS)
    .where(KEYS.c.key_id == bindparam("new_key_id"), KEYS.c.destroyed == 0)
    .values(subject=bindparam("new_subject"), wrapped=bindparam("new_wrapped"), wrapped_by=bindparam("new_wrapped_by"))
)
DESTROY = update(KEYS).where(KEYS.c.key_id == bindparam("id")).values(wrapped=bindparam("zeros"), destroyed=1)


class Snapshot:
    """One snapshot of a store (`Reading`). A leaf or node that is not there is empty bytes in its place, so that others keep theirs.

    `look` is how this kind of database looks for what is wrong with it.
    """

    def __init__(self, connection: Connection, look: Callable[[Connection], Iterator[str]]) -> None:
        self._connection = connection
        self._look = look

    def state(self) -> TreeState:
        """The tree as it is. Raises LedgerDamaged where its row is gone."""
        size, peaks, _ = self._tree()
        return TreeState(size, tuple(peaks[start : start + HASH_BYTES] for start in range(0, len(peaks), HASH_BYTES)))

    def log_id(self) -> str:
        """What this log calls itself; folders have this name, so that no other form is taken. Raises LedgerDamaged."""
        found = str(self._tree()[2])
        if not LOG_ID.fullmatch(found):
            raise LedgerDamaged("The name of the ledger is not one that was given to it. Keep a copy for the auditor and restore the last backup.")
        return found

    def rows(self, search: Search) -> Iterator[Row]:
        """The rows wanted, by number; read in pages. Their cards come in the order of their uuids."""
        for page in _pages(self.numbers(search)):
            found = self._rows(page)
            yield from (found[number] for number in page if number in found)

    def numbers(self, search: Search) -> Sequence[int]:
        """The numbers of the rows wanted; nothing else is read of them."""
        return array("q", filter(typed.is_number, self._connection.execute(_numbers(search)).scalars()))

    def row(self, entry_id: str) -> Row | None:
        """The row of that id."""
        number = self._connection.execute(BY_ID, {"entry_id": entry_id}).scalar() if _may_be_stored(entry_id) else None
        return None if number is None else self._rows([number]).get(number)

    def about(self, cards: Sequence[str]) -> Iterator[tuple[str, Row]]:
        """The rows about any of these cards, each after the uuid that led to it, by number."""
        asked = sorted({card for card in cards if _may_be_stored(card)})
        pairs = sorted((number, uuid) for page in _pages(asked) for number, uuid in self._connection.execute(ABOUT, {"cards": page}))
        for some in _pages(pairs):
            found = self._rows(sorted({number for number, _ in some}))
            yield from ((uuid, found[number]) for number, uuid in some if number in found)

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        """The hashes of the leaves [start, end)."""
        found = {number - 1: typed.hashed(leaf) for number, leaf in self._connection.execute(LEAVES_OF, {"start": start, "end": end}).all()}
        return [found.get(index, b"") for index in range(start, end)]

    def nodes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """The hashes of the kept nodes [start, end) of a level."""
        found = {index: typed.hashed(node) for index, node in self._connection.execute(NODES_OF, {"level": level, "start": start, "end": end}).all()}
        return [found.get(index, b"") for index in range(start, end)]

    def keys(self, *, subjects: Collection[str] = (), key_ids: Collection[str] = ()) -> Sequence[WrappedKey]:
        """The keys of these subjects, or those of these ids; all of them where neither is given."""
        some, ids = (sorted(filter(_may_be_stored, given)) for given in (subjects, key_ids))
        wanted = [(KEYS.c.subject, page) for page in _pages(some)] + [(KEYS.c.key_id, page) for page in _pages(ids)]
        live = select(*KEY).where(KEYS.c.destroyed == 0).order_by(KEYS.c.key_id)
        queries = [live.where(column.in_(page)) for column, page in wanted] if subjects or key_ids else [live]
        rows = (typed.values(found, KEY_KINDS) for query in queries for found in self._connection.execute(query))
        return list({found[0]: WrappedKey(*found) for found in rows}.values())

    def seals(self) -> Collection[str]:
        """The ids of the keys that keys of subjects are wrapped under."""
        return {typed.values(found, (TEXT,))[0] for found in self._connection.execute(SEALS)}

    def segments(self) -> Sequence[Segment]:
        """Those dropped, by number."""
        return [Segment(*typed.values(found, SEGMENT_KINDS)) for found in self._connection.execute(DROPPED)]

    def known(self, entry_ids: Collection[str]) -> Collection[str]:
        """Those of the ids that are there."""
        asked = sorted(one for one in set(entry_ids) if _may_be_stored(one))
        return {found for page in _pages(asked) for found in self._connection.execute(KNOWN, {"ids": page}).scalars()}

    def problems(self) -> Iterator[str]:
        """What the database itself finds wrong."""
        return self._look(self._connection)

    def _tree(self) -> tuple[int, bytes, str]:
        found = self._connection.execute(STATE).one_or_none()
        if found is None:
            raise LedgerDamaged("The row that says how long the ledger is, is gone. Keep a copy for the auditor and restore the last backup.")
        size, peaks, log_id = typed.values(found, (NUMBER, BYTES, TEXT))
        return size, peaks, log_id

    def _rows(self, numbers: Sequence[int]) -> Mapping[int, Row]:
        cards: dict[int, list[str]] = {}
        for number, uuid in self._connection.execute(CARDS_OF, {"numbers": list(numbers)}).all():
            cards.setdefault(number, []).append(uuid if isinstance(uuid, str) else "")
        found = self._connection.execute(BY_NUMBERS, {"numbers": list(numbers)}).all()
        return {one[0]: Row(*(*typed.values(one, ENTRY_KINDS), tuple(cards.get(one[0], ())))) for one in found}


class Transaction(Snapshot):
    """One transaction of a store (`Writing`)."""

    destroyed = False
    """Whether a key was destroyed in it, of which the files may still have an earlier copy."""

    def add(self, rows: Sequence[Row], leaves: Sequence[bytes], nodes: Sequence[Node], state: TreeState) -> None:
        """Adds rows, and leaves and nodes; the leaves are the last ones of a tree in this state."""
        first = state.size - len(leaves) + 1
        self._insert(ENTRIES, [{column.name: getattr(row, column.name) for column in ENTRY} for row in rows])
        self._insert(CARDS, [{"uuid": uuid, "seq": row.seq} for row in rows for uuid in dict.fromkeys(row.cards)])
        self._insert(LEAVES, [{"seq": first + index, "hash": leaf} for index, leaf in enumerate(leaves)])
        self._insert(NODES, [{"level": node.level, "idx": node.index, "hash": node.hash} for node in nodes])
        self._connection.execute(MOVE_TREE, {"new_size": state.size, "new_peaks": b"".join(state.peaks)})

    def add_keys(self, keys: Sequence[WrappedKey]) -> None:
        """Adds keys; one whose id is there already is replaced, unless it was destroyed: then it stays so."""
        asked = [key.key_id for key in keys]
        known = {found for page in _pages(asked) for found in self._connection.execute(KEYS_OF, {"ids": page}).scalars()}
        self._insert(KEYS, [_values(key) | {"destroyed": 0} for key in keys if key.key_id not in known])
        again = [{f"new_{name}": value for name, value in _values(key).items()} for key in keys if key.key_id in known]
        if again:
            self._connection.execute(REWRAP, again)
            self.destroyed = True

    def drop_keys(self, subject: str) -> int:
        """Overwrites the keys of a subject with zeros; how many there were."""
        keys = self.keys(subjects=[subject])
        if keys:
            self._connection.execute(DESTROY, [{"id": key.key_id, "zeros": bytes(len(key.wrapped))} for key in keys])
            self.destroyed = True
        return len(keys)

    def drop_rows(self, segment: Segment) -> int:
        """Drops the rows of a segment, not their leaves, and notes it; how many there were."""
        self._insert(SEGMENTS, [{column.name: getattr(segment, column.name) for column in SEGMENTS.columns}])
        return sum(
            self._drop(start, min(start + DROPPED_AT_ONCE - 1, segment.last)) for start in range(segment.first, segment.last + 1, DROPPED_AT_ONCE)
        )

    def adopt(self, log_id: str) -> None:
        """Gives an empty log the id of the one that it becomes a copy of. Raises LedgerDamaged where there is a leaf already."""
        if self.state().size:
            raise LedgerDamaged("A ledger that has entries keeps its name: copy only into an empty one.")
        self._connection.execute(update(TREE).values(log_id=log_id))

    def _drop(self, first: int, last: int) -> int:
        self._connection.execute(delete(CARDS).where(CARDS.c.seq.between(first, last)))
        return self._connection.execute(delete(ENTRIES).where(ENTRIES.c.seq.between(first, last))).rowcount

    def _insert(self, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
        if values:
            self._connection.execute(insert(table), values)


def _values(key: WrappedKey) -> dict[str, Any]:
    return {column.name: getattr(key, column.name) for column in KEY}


def _numbers(search: Search) -> Select[Any]:
    """The query for the numbers of the rows wanted; only numbers are sorted, never bodies."""
    number = ENTRIES.c.seq
    return select(number).where(*_narrowed(search)).order_by(number.desc() if search.newest_first else number).limit(search.limit)


def _narrowed(search: Search) -> Iterator[ColumnElement[bool]]:
    columns = ENTRIES.c
    exact = {"client": search.client, "tenant": search.tenant, "subject": search.subject or None, "release": search.release or None}
    yield from (columns[name] == value if _may_be_stored(value) else false() for name, value in exact.items() if value is not None)
    if search.kinds:
        yield or_(*(_of_kind(kind) for kind in search.kinds))
    if search.months:
        yield columns.month.in_(sorted(search.months))
    bounds = [(columns.at >= search.since, search.since), (columns.at < search.until, search.until)]
    yield from (bound for bound, given in bounds if given)
    if search.after is not None:
        yield columns.seq > search.after
    if search.before is not None:
        yield columns.seq < search.before


def _of_kind(kind: str) -> ColumnElement[bool]:
    if kind == "decision":
        return and_(*(~_of_kind(other) for other in OTHER_KINDS))
    channel = ENTRIES.c.channel
    return or_(channel == kind, and_(channel > f"{kind}:", channel < f"{kind};"))


def _may_be_stored(text: str) -> bool:
    return not UNSTORABLE.search(text)


def _pages(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + PAGE] for start in range(0, len(items), PAGE))
