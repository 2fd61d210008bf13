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
        _lock(folder, os.O_CREAT, fcntl.LOCK_SH, closing, IN_HAND)


def hold_alone(folder: Path, closing: ExitStack) -> None:
    """Holds the folder until that closes, and nobody else does. Raises LedgerRefused while a service on this machine holds it."""
    with suppress(FileNotFoundError):
        _lock(folder, 0, fcntl.LOCK_EX, closing, IN_USE)


def _lock(folder: Path, creating: int, how: int, closing: ExitStack, told: str) -> None:
    handle = os.open(folder / NAME, os.O_RDWR | creating | os.O_CLOEXEC, 0o600)
    closing.callback(os.close, handle)
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LedgerRefused(f"{folder}: {told}.") from error
