"""Whether a service signs into a folder of heads: it holds a lock there, so that no copy of its ledger is given its heads."""

import fcntl
import os
from contextlib import ExitStack, suppress
from pathlib import Path

from cds.audit import files
from cds.audit.faults import LedgerRefused

NAME = ".in-use"


def hold(folder: Path, closing: ExitStack) -> None:
    """Holds the folder of a log until that closes, beside others. Where nothing can be written there, nothing is signed there either."""
    with suppress(OSError):
        files.make_folders(folder)
        handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        closing.callback(os.close, handle)
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)


def require_free(folder: Path) -> None:
    """Raises LedgerRefused while a service on this machine holds the folder."""
    try:
        handle = os.open(folder / NAME, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with ExitStack() as closing:
        closing.callback(os.close, handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            told = "a service signs heads of its ledger into this folder. Stop it; for a trial set CDS_AUDIT_HEADS to a copy of the folder"
            raise LedgerRefused(f"{folder}: {told}.") from error
