"""Whether a service signs into a folder of heads: it holds a lock there, so that no copy of its ledger is given its heads."""

import fcntl
import os
from contextlib import ExitStack, suppress
from pathlib import Path

from cds.audit import files
from cds.audit.faults import LedgerRefused

NAME = ".in-use"
IN_USE = "a service signs heads of its ledger into this folder. Stop it; for a trial set CDS_AUDIT_HEADS to a copy of the folder"
IN_HAND = "a backup is being restored under these heads. Wait until that is done, then start again"


def hold(folder: Path, closing: ExitStack) -> None:
    """Holds the folder of a log until that closes, beside others. Where nothing can be written there, nothing is signed there either.

    Raises LedgerRefused while somebody holds it alone.
    """
    with suppress(OSError):
        files.make_folders(folder)
        _lock(folder, fcntl.LOCK_SH, closing, IN_HAND)


def hold_alone(folder: Path, closing: ExitStack) -> None:
    """Holds the folder until that closes, and nobody else does; where there is none, there is nothing to hold.

    Raises LedgerRefused while a service on this machine holds it.
    """
    if folder.is_dir():
        _lock(folder, fcntl.LOCK_EX, closing, IN_USE)


def _lock(folder: Path, how: int, closing: ExitStack, told: str) -> None:
    if not (folder / NAME).exists():
        _make(folder)
    handle = os.open(folder / NAME, os.O_RDWR | os.O_CLOEXEC)
    closing.callback(os.close, handle)
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LedgerRefused(f"{folder}: {told}.") from error


def _make(folder: Path) -> None:
    """For the owner of the folder and whoever may make files there: what root made, the service must be able to hold, and nobody else."""
    status = folder.stat()
    may_write = status.st_mode & 0o222
    with suppress(FileExistsError), files.made_aside(folder / NAME) as fresh:
        with suppress(PermissionError):
            os.chown(fresh, status.st_uid, status.st_gid)
        fresh.chmod(may_write << 1 | may_write)
