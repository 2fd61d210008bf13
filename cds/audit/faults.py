"""What can go wrong with a ledger, in words for the person who must act.

Text that may reach a caller names the kind of trouble and never a path; text for the operator at the start names the file.
"""

import contextlib
import errno
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from cds.foundation.errors import CdsError, LedgerUnavailable

ADVICE: Mapping[str, str] = {
    "SQLITE_BUSY": "another program holds it; end that program's transaction",
    "SQLITE_FULL": "the disk is full; free space",
    "SQLITE_IOERR": "the disk fails or is full; check it and free space",
    "SQLITE_READONLY": "it is read-only; make the file and its folder writable for the service",
    "SQLITE_CANTOPEN": "the file cannot be opened; put it back, check the rights of file and folder, copy it off a read-only medium",
    "SQLITE_CORRUPT": "the file is damaged; keep a copy for the auditor and restore the last backup",
    "SQLITE_NOTADB": "the file is not SQLite; restore the last backup",
    "SQLITE_CONSTRAINT": "a record with this id is there already; ask again under a new one",
    "ENOSPC": "the disk is full; free space",
    "EDQUOT": "the quota is used up; free space",
    "EROFS": "the file system is read-only; mount it writable",
    "EACCES": "its folder is not the service's to use; change the rights or name another",
    "EPERM": "its folder is not the service's to use, or takes no hard links; change the rights or name another",
    "ENOTDIR": "a part of its path is a file; name another path",
    "EEXIST": "a part of its path is a file; name another path",
}

Trouble = sqlite3.Error | OSError | UnicodeDecodeError
"""What the file can cause; the last where SQLite quotes damaged text in its own message, which Python then cannot read."""


class LedgerRefused(LedgerUnavailable):
    """The address, the file or its durability is not what a ledger needs: raised at the start, told to the operator."""

    code = "not-supported"


class RecordRefused(CdsError):
    """The record has no canonical form (RFC 8785): a fault of ours, so it is no LedgerUnavailable, and trying again does not help."""

    code = "processing"


class LedgerDamaged(CdsError):
    """A row was read that is not what was written."""

    code = "exception"


def unavailable(error: Trouble) -> LedgerUnavailable:
    """The refusal to give a decision, with the kind of trouble and what to do about it."""
    name = kind(error)
    advice = next((text for start, text in ADVICE.items() if name.startswith(start)), "check the file, its folder and its disk")
    return LedgerUnavailable(f"The audit ledger cannot be used ({name}): {advice}, then try again. Nothing is answered without a record.")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turns every error of SQLite and of the operating system into LedgerUnavailable, from its cause."""
    try:
        yield
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        raise unavailable(error) from error


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """As `translated`, with the file's name before the text: for operators, never for callers."""
    try:
        with translated():
            yield
    except LedgerUnavailable as error:
        raise type(error)(f"{path}: {error.text}") from error


def kind(error: Trouble) -> str:
    """SQLite's or the operating system's own word for it, such as `SQLITE_FULL` or `EACCES`."""
    if isinstance(error, UnicodeDecodeError):
        return "SQLITE_CORRUPT"
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0, "OSError")
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
