"""The folder of signed heads: one file a size, `heads/<log id>/<size, 20 digits>.checkpoint`, written once and never changed.

A head proves something to those who hold a copy of it that the operator of the ledger cannot reach: copy each one elsewhere,
with the command that is run after each.
"""

import contextlib
import os
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from cds.audit import faults, files
from cds.audit.faults import LedgerDamaged
from cds.audit.rows import Found, TreeState
from cds.audit.tree import checkpoints, merkle
from cds.audit.tree.checkpoints import BadCheckpoint, Checkpoint, SigningKey, VerifyingKey
from cds.audit.tree.headcommand import Teller

SUFFIX = ".checkpoint"
DIGITS = 20
ANYBODY = 0o666
"""A head is for whoever copies it: the mask of the process alone says who may not read it."""
NOT_SIGNED = "head not signed"
NO_ROOTS: Mapping[int, bytes] = MappingProxyType({})


class Heads:
    """One process's hand on the heads of a log: says when one is due, writes it, and has the command run. Safe for all its threads.

    `every` is in records. What goes wrong is not raised but in `trouble`, for `/readyz`, until it goes well; only a `source` may raise.
    `barred` says why nothing may be signed at all; empty where it may.
    """

    def __init__(
        self, folder: Path, log_id: str, signer: SigningKey, every: int, minutes: int, command: Sequence[str] = (), *, barred: str = ""
    ) -> None:
        self._folder = folder / log_id
        self._origin = checkpoints.origin_of(log_id)
        self._signer = signer
        self._every = every
        self._age = timedelta(minutes=minutes)
        self._teller = Teller(command) if command else None
        self._lock = threading.Lock()
        self._barred = barred
        self._known = Newest(self._folder)
        self._newest: Checkpoint | None = None
        self._trouble = barred
        self._asked = 0
        self._look()

    def due(self, size: int, now: datetime) -> bool:
        """Whether records were added since the newest head, and enough of them or long enough ago. A clock set back makes it due too.

        A new `size` was read of the log after whatever was asked here before, so that no head that is known is of more records:
        else the log was cut, or put back from an older copy.
        """
        with self._lock:
            if size != self._asked and self._newest and self._newest.size > size:
                self._trouble = f"The ledger has fewer records than its signed head of {self._newest.size}. Run `cds audit verify`."
            self._asked = size
            if not self._is_due(size, now):
                return False
            self._look()
            return self._is_due(size, now)

    def publish(self, state: TreeState, now: datetime, source: merkle.Source | None = None) -> Path | None:
        """Signs and writes the head of the tree; None where there is one of that size or a larger one, or it cannot be done.

        With a `source` nothing is signed that does not go on from the newest head.
        """
        with self._lock:
            self._look()
            if self._barred or (self._newest and self._newest.size >= state.size) or not self._goes_on(state, source):
                return None
            path = self._write(state, now)
        if path and self._teller:
            self._teller.tell(path)
        return path

    @property
    def newest(self) -> Checkpoint | None:
        """The newest head that this process knows of; what it says, not whether it is signed well."""
        with self._lock:
            return self._newest

    def age(self, now: datetime) -> timedelta | None:
        """How long ago the newest head was written; None without one."""
        newest = self.newest
        return now - newest.at if newest else None

    @property
    def trouble(self) -> str:
        """Why the last head could not be written or the last command did not end well, and what to do; empty where both went well."""
        told = self._teller.trouble if self._teller else ""
        return " ".join(text for text in (self._trouble, told) if text)

    def close(self) -> None:
        """Waits until the command was run for each head written."""
        if self._teller:
            self._teller.close()

    def _is_due(self, size: int, now: datetime) -> bool:
        if self._barred:
            return False
        if self._newest is None:
            return size > 0
        return size - self._newest.size >= self._every or (size > self._newest.size and abs(now - self._newest.at) >= self._age)

    def _look(self) -> None:
        """Learns of the heads that other processes wrote."""
        try:
            self._newest = self._known.head()
        except (OSError, BadCheckpoint) as error:
            self._trouble = f"The newest signed head cannot be read ({faults.kind(error)}). Put it back from where heads are kept."

    def _goes_on(self, state: TreeState, source: merkle.Source | None) -> bool:
        try:
            if not source or not self._newest or merkle.root_at(source, self._newest.size) == self._newest.root:
                return True
        except LedgerDamaged as error:
            self._trouble = error.text
            return False
        self._trouble = f"The ledger does not go on from its signed head of {self._newest.size} records. Run `cds audit verify`."
        return False

    def _write(self, state: TreeState, now: datetime) -> Path | None:
        text = checkpoints.write(self._origin, state.size, merkle.root(state), now, self._signer)
        path = self._folder / name(state.size)
        try:
            written = _place(path, text.encode())
        except OSError as error:
            advice = next((told for start, told in faults.ADVICE.items() if faults.kind(error) == start), "check the folder of heads and its disk")
            self._trouble = f"A signed head could not be written ({faults.kind(error)}): {advice}."
            return None
        self._newest, self._trouble = checkpoints.read(text), ""
        return path if written else None


def name(size: int) -> str:
    """The name of the file that holds the head of that size."""
    return f"{size:0{DIGITS}d}{SUFFIX}"


def read(folder: Path, log_id: str) -> list[str]:
    """The texts of all heads of a log, the smallest first; none where there is no folder. A file that is no text gives one that nobody signed."""
    return [path.read_bytes().decode(errors="replace") for path in _files(folder / log_id)]


def compare(
    source: merkle.Source,
    size: int,
    texts: Sequence[str],
    keys: Collection[VerifyingKey],
    origin: str,
    roots: Mapping[int, bytes] = NO_ROOTS,
) -> Iterator[Found]:
    """What does not hold between a log of that size and heads of it, from its own folder or from where copies are kept.

    That is a head that nobody who is known signed, one of another log, one larger than the log, or one with another root. `roots` are those
    that were worked out of all leaves, by size: for these the source is not asked.
    """
    for text in texts:
        try:
            head = checkpoints.verify(text, keys)
        except BadCheckpoint as error:
            yield Found(None, NOT_SIGNED, f"A head in the folder: {error.text}")
            continue
        if head.origin != origin:
            yield Found(None, "head of another ledger", f"The head of {head.size} records is of another ledger. Take heads from this one's folder.")
        elif head.size > size:
            yield Found(None, "tail cut off", f"A head of {head.size} records was signed, and the ledger has {size}: its end is missing.")
        elif (roots.get(head.size) or merkle.root_at(source, head.size)) != head.root:
            yield Found(None, "rewritten before a head", f"The first {head.size} records are not those that were signed: the ledger was rewritten.")


class Newest:
    """The newest head of a folder, which may have very many: found by their names alone, and only where the folder has changed since. Then read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: tuple[int, str] = (0, "")
        self._read: tuple[str, Checkpoint | None] = ("", None)

    def name(self) -> str:
        """The name of its file; empty where there is none. Raises OSError."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return ""
        before, found = self._found
        if changed != before:
            found = max(_names(self._folder), default="")
            self._found = changed, found
        return found

    def text(self) -> str:
        """Its text; empty where there is none. Raises OSError, and BadCheckpoint where it is no text."""
        found = self.name()
        return _text(self._folder / found) if found else ""

    def head(self) -> Checkpoint | None:
        """What it says, not whether it is signed well. Raises OSError, and BadCheckpoint where it cannot be read."""
        found = self.name()
        before, head = self._read
        if found != before:
            head = checkpoints.read(_text(self._folder / found)) if found else None
            self._read = found, head
        return head


def others(folder: Path, log_id: str) -> Iterator[Found]:
    """Of a log that has no head: that another one has some in the same folder. Then the log may be that one, under another name."""
    with faults.translated():
        if any(next(_names(Path(one)), "") for one in _folders(folder) if one.name != log_id):
            text = "The ledger has no signed head, and its folder has those of another name. Was the ledger exchanged, or its name changed?"
            yield Found(None, "head of another ledger", text)


def _folders(folder: Path) -> list[os.DirEntry[str]]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        return [one for one in found if one.is_dir()]
    return []


def _names(folder: Path) -> Iterator[str]:
    """The names of the heads in a folder, in no order; nothing but the folder is looked at."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as found:
        yield from (one.name for one in found if _is_head(one.name))


def _is_head(found: str) -> bool:
    size = found.removesuffix(SUFFIX)
    return len(size) == DIGITS and len(found) == DIGITS + len(SUFFIX) and size.isascii() and size.isdigit()


def _files(folder: Path) -> list[Path]:
    return [folder / one for one in sorted(_names(folder))]


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise BadCheckpoint("A file in the folder of heads is no text. Put it back from where heads are kept.") from error


def _place(path: Path, data: bytes) -> bool:
    """Writes a file that is there whole or not at all, and lasts; False where it was there already."""
    files.make_folders(path.parent)
    try:
        with files.made_aside(path, mode=ANYBODY) as fresh:
            fresh.write_bytes(data)
    except FileExistsError:
        return False
    return True


def by_size(folder: Path, log_id: str) -> dict[int, Path]:
    """The files of all heads of a log by the size in their names, the smallest first; there may be very many, and none is read."""
    return {int(path.name.removesuffix(SUFFIX)): path for path in _files(folder / log_id)}
