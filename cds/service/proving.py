"""Whether the ledger holds, and proofs of it for others: of one entry, of one head going on from another, and the keys by which both are checked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds.audit.keys import rotation
from cds.audit.ledger import Ledger
from cds.audit.tree import checkpoints, heads, proofs
from cds.audit.tree.checkpoints import BadCheckpoint, Checkpoint
from cds.foundation import instants
from cds.foundation.errors import CdsError, NotFound
from cds.service import ledger as entries
from cds.service.desk import Desk

HEADS = f"*{heads.SUFFIX}"
NO_HEADS = "There is no signed head in this folder. Name one with files that end in .checkpoint."
NO_SIZE = "The folder of heads has no head of that size. Name the file of a head that you keep, or one of the sizes there are, the newest being {}."
MOST_SIZES = 10
NONE_YET = "The ledger has no signed head yet, and none could be written."
SIGNED = "A head of {} records was signed for this."
BEHIND = "The newest signed head is of {} records, and the ledger has {}: the proof ends at that head."


@dataclass(frozen=True)
class Narrowed:
    """Which part of the ledger is looked at: what came after the head in this file, or one month; and where other heads are kept."""

    since: Path | None = None
    month: str = ""
    heads: Path | None = None


def verify(desk: Desk, narrowed: Narrowed, told: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """How many records were looked at, the size, root and newest head of the log, the key of its heads, and every fault.

    `uncovered` is how many records came after the newest head, `copies` against how many heads from elsewhere the ledger was held.
    """
    ledger = desk.ledger
    since = checkpoints.read(_text(narrowed.since)).text if narrowed.since else ""
    kept = _kept(ledger, narrowed.heads) if narrowed.heads else ()
    result = ledger.verify(since=since, month=narrowed.month, also=kept, progress=told)
    faults = [{**({} if one.seq is None else {"seq": one.seq}), "kind": one.kind, "text": one.text} for one in result.faults]
    return {
        "holds": not faults,
        "records": result.count,
        "root": result.root.hex(),
        **_newest(ledger, faults=bool(faults)),
        "copies": len(kept),
        "keys": keys(ledger),
        "faults": faults,
    }


def _newest(ledger: Ledger, *, faults: bool) -> dict[str, Any]:
    """A ledger with faults may be one whose state or heads cannot be read: these were told."""
    try:
        state = ledger.state()
    except CdsError:
        if not faults:
            raise
        return {}
    head = {"head": {"size": state.head_size, "at": instants.written(state.head_at)}} if state.head_at else {}
    return {"size": state.size, **head, "uncovered": max(state.size - state.head_size, 0), **({"waiting": state.spooled} if state.spooled else {})}


def prove(desk: Desk, name: str) -> dict[str, Any]:
    """That an entry, by its id or its number, is in the ledger under a signed head; of a dropped one, by number, only of its leaf.

    Where no head covers it yet, one is signed first. Raises NotFound, and LedgerDamaged where there is no proof.
    """
    ledger = desk.ledger
    seq, body, decision = _entry(desk, name)
    named: dict[str, Any] = {"decision": decision} if decision else {}
    desk.note("a proof of one entry", after=seq - 1, before=seq + 1, **named)
    head = covering(ledger, seq, desk.warn)
    with ledger.store.reading() as reading:
        return proofs.inclusion(reading, seq, body, head).document()


def consistency(desk: Desk, older: str = "", newer: str = "") -> dict[str, Any]:
    """That the ledger of the newer head begins with all of that of the older one; each is a size, or the file of a head.

    The older one is by default the first in the folder of heads, the newer one that of the ledger as it is, signed now where there is none.
    Both are held against the ledger itself, since a folder may hold heads of another history than it has.
    Raises NotFound, BadCheckpoint, and LedgerDamaged where the newer does not go on from the older, or the ledger from either.
    """
    ledger = desk.ledger
    if not newer:
        publish(ledger, desk.warn)
    known = heads.by_size(ledger.place.heads, ledger.log_id)
    with ledger.store.reading() as reading:
        first, last = (proofs.held(reading, _head(ledger, known, *one)) for one in ((older, 0), (newer, -1)))
        size = reading.state().size
        found = proofs.consistency(reading, first, last)
    if not newer and last.size < size:
        desk.warn(BEHIND.format(last.size, size))
    return found.document()


def covering(ledger: Ledger, seq: int, warn: Callable[[str], None]) -> Checkpoint:
    """The newest signed head, which covers the entry; where none does yet one is signed, and that is told.

    Raises NotFound, and LedgerDamaged where the ledger does not go on from its newest head.
    """
    try:
        head = newest(ledger, seq)
    except NotFound:
        publish(ledger, warn)
        newest(ledger)
        head = newest(ledger, seq)
    return head


def newest(ledger: Ledger, seq: int = 0) -> Checkpoint:
    """The newest signed head that covers the entry. Raises NotFound, and LedgerDamaged where it is none of the ledger as it is."""
    known = heads.by_size(ledger.place.heads, ledger.log_id)
    texts = _texts(path for size, path in reversed(known.items()) if size >= seq)
    head = proofs.covering(texts, seq, ledger.ring.verifiers, checkpoints.origin_of(ledger.log_id))
    with ledger.store.reading() as reading:
        return proofs.held(reading, head)


def publish(ledger: Ledger, warn: Callable[[str], None]) -> None:
    """Signs the head of the log as it is, unless there is one, and tells so."""
    before = ledger.state()
    ledger.sign_head()
    after = ledger.state()
    if after.head_size != before.head_size:
        warn(SIGNED.format(after.head_size))
    if after.trouble:
        warn(after.trouble)


def keys(ledger: Ledger) -> list[str]:
    """The public keys that heads are signed by, the one of today last, as `verify.py` takes them."""
    origin = checkpoints.origin_of(ledger.log_id)
    return [key.text(origin) for key in ledger.ring.verifiers]


def key(desk: Desk) -> dict[str, Any]:
    """What auditors need, with the SHA-256 of `verify.py`; what the file of keys must keep; and which key files others can read."""
    ledger = desk.ledger
    with ledger.store.reading() as reading:
        needed = rotation.needed(reading)
    origin = checkpoints.origin_of(ledger.log_id)
    return {
        "log": origin,
        "key": ledger.ring.signer.verifying.text(origin),
        "retired": [text for text in keys(ledger) if text != ledger.ring.signer.verifying.text(origin)],
        "verifier": proofs.verifier(),
        "sealsWith": ledger.ring.newest_seal,
        "needed": dict(needed),
        "missing": sorted(set(needed) - set(ledger.ring.seals)),
        "exposed": list(ledger.ring.exposed),
    }


def _entry(desk: Desk, name: str) -> tuple[int, bytes | None, str]:
    """Number, body, and the id of a decision; of a dropped entry the number alone."""
    with desk.ledger.store.reading() as reading:
        dropped = max((one.last for one in reading.segments()), default=0)
    if name.isascii() and name.isdigit() and 0 < int(name) <= dropped:
        return int(name), None, ""
    stored = entries.entry(desk, name)
    return stored.seq, stored.body, stored.entry_id if stored.kind == "decision" else ""


def _head(ledger: Ledger, known: Mapping[int, Path], named: str, default: int) -> Checkpoint:
    if named and not (named.isascii() and named.isdigit()):
        return checkpoints.verify(_text(Path(named)), ledger.ring.verifiers)
    if not known:
        raise NotFound(" ".join(filter(None, (NONE_YET, ledger.state().trouble))))
    sizes = list(known)
    size = int(named) if named else sizes[default]
    if size not in known:
        raise NotFound(NO_SIZE.format(", ".join(map(str, sizes[-MOST_SIZES:]))))
    head = checkpoints.verify(_text(known[size]), ledger.ring.verifiers)
    if head.size != size:
        raise BadCheckpoint(f"The file of the head of {size} records holds another one. Put it back from where heads are kept.")
    return head


def _kept(ledger: Ledger, folder: Path) -> list[str]:
    """The heads in a folder of copies: in it, or in its part for this log."""
    found = sorted(folder.glob(HEADS)) or sorted((folder / ledger.log_id).glob(HEADS))
    if not found:
        raise NotFound(NO_HEADS, expression="--heads")
    return [_text(path) for path in found]


def _texts(paths: Iterable[Path]) -> Iterator[str]:
    """Those that can be read, one by one as they are asked for."""
    for path in paths:
        with suppress(BadCheckpoint):
            yield _text(path)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BadCheckpoint("The file of a head cannot be read, or is no text. Name a file from a folder of heads.") from error
