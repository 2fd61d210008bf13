"""The spool: what the store could not take lies here, synced, until it can.

A folder of files, each held by one process under a lock that ends with the process; what a dead one left is adopted by the next.
A file is frames (`cds.audit.writing.frames`), so that nothing is in the clear that would not be in the ledger. What cannot be read was cut off while
it was written, and then nobody was told that it is kept, or was damaged since: it is laid aside in a file `.unreadable`, and said.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from cds.audit import faults, files
from cds.audit.writing import frames
from cds.audit.writing.frames import Frame, Piece, Spooled
from cds.foundation.errors import LedgerUnavailable

SUFFIX = ".spool"
UNREADABLE = ".unreadable"
FRAMES_AT_ONCE = 200
BYTES_AT_ONCE = 16 << 20
PLAINLY = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""How a file is opened whose name somebody else may have made: no link is followed, and no pipe waited for."""


class Spool:
    """One process's part of a spool; for one thread. Raises OSError where the disk does not take it.

    A frame of another process that has an entry which is not `storable` is laid aside like one that cannot be read: no store would ever take it.
    """

    def __init__(self, folder: Path, *, least_free: int = 0, storable: Callable[[Spooled], bool] = bool) -> None:
        self._folder = folder
        self._storable = storable
        self._least_free = least_free
        self._files: list[_File] = []

    def add(self, frames: Sequence[Frame]) -> None:
        """Keeps the frames: when this returns, they are on the disk, in a file that has a name."""
        if frames and not (self._files and self._files[-1].is_named()):
            self._files.append(_File.made(self._folder))
        if frames:
            self._files[-1].append(frames)

    def holds(self) -> bool:
        """Whether anything waits here, in files of this process."""
        return any(one.holds() for one in self._files)

    def adopt(self) -> None:
        """Takes over the files of processes that are gone. The oldest frame of each file stays the first of it.

        Raises OSError where one cannot be taken over, after it took all others.
        """
        own = {one.path for one in self._files}
        found: list[_File | None] = []
        failed: list[OSError] = []
        for path in spool_files(self._folder):
            try:
                found += [] if path in own else [_File.adopted(path, self._storable)]
            except OSError as error:
                failed.append(error)
        self._files[:0] = [one for one in found if one]
        if failed:
            raise failed[0]

    def drain(self, take: Callable[[Sequence[Frame]], None]) -> None:
        """Gives every frame to `take`, in order and some at once, and forgets those it took; stops where it raises.

        A process that ends in between gives them again: `take` passes over the entries that are there.
        Raises OSError where a file of which all was taken cannot be ended, after it gave the others; the next drain tries that again.
        """
        failed: list[OSError] = []
        for one in list(self._files):
            _give(one, take)
            try:
                one.drop()
            except OSError as error:
                failed.append(error)
            else:
                self._files.remove(one)
        if failed:
            raise failed[0]

    def ready(self) -> None:
        """Raises OSError unless a file could be made here, with the least free bytes left on its disk."""
        files.make_folders(self._folder)
        if shutil.disk_usage(self._folder).free < self._least_free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        probe = self._folder / f".{os.urandom(8).hex()}"
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        probe.unlink()

    def close(self) -> None:
        """Lets go of the files; what is in them is for the next process."""
        for one in self._files:
            one.close()
        self._files.clear()


class _File:
    """A file under our lock. What it holds up to `_at` was taken, and from there to `_end` waits; nothing of it is held in memory."""

    def __init__(self, path: Path, handle: int, storable: Callable[[Spooled], bool] = bool) -> None:
        self.path = path
        self._handle = handle
        self._storable = storable
        self._at, self._end = 0, os.fstat(handle).st_size
        self._lost: list[Piece] = []

    @classmethod
    def made(cls, folder: Path) -> "_File":
        """A new one, whose name is synced too."""
        files.make_folders(folder)
        while True:
            path = folder / f"{os.urandom(16).hex()}{SUFFIX}"
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
            if _locked(handle):
                files.sync(folder)
                return cls(path, handle)

    @classmethod
    def adopted(cls, path: Path, storable: Callable[[Spooled], bool]) -> "_File | None":
        """That of a process that is gone; None while the process lives, or when somebody else was first."""
        try:
            handle = os.open(path, os.O_RDWR | PLAINLY)
        except FileNotFoundError:
            return None
        return cls(path, handle, storable) if _is_plain(handle) and _locked(handle) else None

    def append(self, coming: Sequence[Frame]) -> None:
        """Written at the end of what is whole, over what an earlier failure may have left there."""
        data = b"".join(map(frames.framed, coming))
        try:
            _write(self._handle, data, self._end)
            os.fsync(self._handle)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self._end)
            raise
        self._end += len(data)

    def is_named(self) -> bool:
        """Whether the next process would find it: one that could not be ended, or that somebody removed, has no name any more."""
        return os.fstat(self._handle).st_nlink > 0

    def holds(self) -> bool:
        """Whether anything waits in it."""
        return self._at < self._end

    def pending(self) -> Sequence[tuple[Frame | None, Piece]]:
        """The next of what waits, some at once: each frame that a store can take, and None for what is to be laid aside."""
        found: list[tuple[Frame | None, Piece]] = []
        for piece in frames.pieces(self._read, self._at, self._end):
            fits = piece.frame and all(map(self._storable, piece.frame))
            found.append((piece.frame if fits else None, Piece(piece.start, piece.end, None)))
            if len(found) == FRAMES_AT_ONCE or piece.end - self._at >= BYTES_AT_ONCE:
                break
        return found

    def took(self, found: Sequence[tuple[Frame | None, Piece]]) -> None:
        """These need not come again."""
        self._lost += [piece for frame, piece in found if frame is None]
        self._at = found[-1][1].end

    def drop(self) -> None:
        """Ends the file, and writes zeros over what it was: its keys must not outlast an erasure.

        Where the machine stops before the name is gone for good, the next process finds zeros, which say nothing.
        """
        if any(data.strip(b"\0") for data in self._unreadable()):
            _keep(self.path.with_suffix(UNREADABLE), self._unreadable())
        self._lost = []
        self.path.unlink(missing_ok=True)
        for at in range(0, self._end, frames.CHUNK):
            _write(self._handle, bytes(min(frames.CHUNK, self._end - at)), at)
        os.fsync(self._handle)
        self.close()

    def close(self) -> None:
        os.close(self._handle)

    def _read(self, at: int, length: int) -> bytes:
        """So many bytes; the system may give less than it was asked for."""
        data = b""
        while len(data) < length and (more := os.pread(self._handle, length - len(data), at + len(data))):
            data += more
        return data

    def _unreadable(self) -> Iterator[bytes]:
        """What could not be read, or no store would take."""
        for piece in self._lost:
            for at in range(piece.start, piece.end, frames.CHUNK):
                yield self._read(at, min(frames.CHUNK, piece.end - at))


def _give(one: _File, take: Callable[[Sequence[Frame]], None]) -> None:
    while found := one.pending():
        if coming := [frame for frame, _ in found if frame]:
            take(coming)
        one.took(found)


def spool_files(folder: Path) -> list[Path]:
    """The spool files that are there, of whichever process; a link or a pipe is none. Raises OSError where the folder cannot be looked into."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        return sorted(folder / one.name for one in found if one.name.endswith(SUFFIX) and one.is_file(follow_symlinks=False))
    return []


def waiting(folder: Path) -> int:
    """How many entries wait in the spool, of all processes of this host; a file that is being drained counts until it is done.

    A file that cannot be read counts as one: something waits in it. Raises LedgerUnavailable where the disk does not say what is there.
    """
    with faults.translated():
        return sum(_count(path) for path in spool_files(folder))


def seen(folder: Path) -> tuple[int, str]:
    """As `waiting`, and what somebody should know of the spool, for those who only look: what the disk does not say counts as none, and is told."""
    aside = sum(1 for _ in folder.glob(f"*{UNREADABLE}"))
    told = f"{aside} files in the spool hold what could not be read: keep them for the auditor." if aside else ""
    try:
        return waiting(folder), told
    except LedgerUnavailable as error:
        return 0, " ".join(filter(None, (told, f"What waits in the spool cannot be seen. {error.text}")))


def _locked(handle: int) -> bool:
    """Whether the lock is ours and the file still has a name; else it is closed."""
    with contextlib.ExitStack() as undo, contextlib.suppress(BlockingIOError):
        undo.callback(os.close, handle)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink:
            undo.pop_all()
            return True
    return False


def _is_plain(handle: int) -> bool:
    """Whether it is a file of one name; else it is closed: what is written over at the end must be nothing else."""
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and status.st_nlink <= 1:
        return True
    os.close(handle)
    return False


def _write(handle: int, data: bytes, at: int) -> None:
    """All of it: the system may write less than it was given."""
    view = memoryview(data)
    while view:
        written = os.pwrite(handle, view, at)
        view, at = view[written:], at + written


def _keep(path: Path, chunks: Iterable[bytes]) -> None:
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        at = 0
        for data in chunks:
            _write(handle, data, at)
            at += len(data)
        os.fsync(handle)
    finally:
        os.close(handle)


def _count(path: Path) -> int:
    """The entries that the frames of a file say they have, up to the first that cannot be read; one where the file cannot be."""
    count = 0
    try:
        with open(os.open(path, os.O_RDONLY | PLAINLY), "rb") as file:
            while (header := file.read(frames.HEADER)).startswith(frames.MARK):
                length, entries = frames.numbers(header)
                count += entries
                file.seek(length, os.SEEK_CUR)
    except FileNotFoundError:
        return 0
    except OSError:
        return max(count, 1)
    return count
