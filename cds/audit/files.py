"""Files that must not be lost: made aside and then linked to their names, with the folders above them synced."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

FileIds = tuple[tuple[int, int] | None, ...]


@contextlib.contextmanager
def made_aside(path: Path, *, mode: int = 0o600) -> Iterator[Path]:
    """An empty file, which gets this name when all is well, so that nobody ever sees it half-made; FileExistsError where somebody was faster.

    It is for its owner's eyes only, unless `mode` says more.
    """
    make_folders(path.parent)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".ledger-") as aside:
        fresh = Path(aside) / f"{path.name}.draft"
        fresh.touch(mode=mode)
        yield fresh
        sync(fresh)
        path.hardlink_to(fresh)
    sync(path.parent)


def make_folders(folder: Path) -> None:
    """Makes the folder and those above it, each name synced into its parent."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def sync(path: Path) -> None:
    """Syncs a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def wal(path: Path) -> Path:
    """Where SQLite keeps what is not yet in the file."""
    return path.with_name(f"{path.name}-wal")


def size(path: Path) -> int:
    """How many bytes a file has; none where there is none."""
    return path.stat().st_size if path.exists() else 0


def ids(path: Path) -> FileIds:
    """Which files have the names of a database and of its write-ahead log at the moment."""
    return (one_id(path), one_id(wal(path)))


def one_id(path: Path) -> tuple[int, int] | None:
    """Which file has this name, None for none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_dev, status.st_ino)
