"""What can go wrong with a ledger, in words for the person who must act.

Text that may reach a caller names the kind of trouble and never a path; text for the operator at the start names the file.
"""

import contextlib
import errno
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

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
    "SQLSTATE 08": "the database server cannot be reached, has no such database or does not let the service in; check it, the address and the user",
    "SQLSTATE 23": "a record with this id is there already; ask again under a new one",
    "SQLSTATE 25006": "the database takes no writes; name its primary server",
    "SQLSTATE 28": "the database server does not let the service in; check user, password file and pg_hba.conf",
    "SQLSTATE 3D": "there is no such database; create it, or name another",
    "SQLSTATE 42501": "the database user may not do this; grant it the rights on the ledger's tables",
    "SQLSTATE 53100": "the database server's disk is full; free space",
    "SQLSTATE 53300": "the database server takes no more connections; raise its limit",
    "SQLSTATE 55P03": "another program holds it; end that program's transaction",
    "SQLSTATE 57014": "the database server is too slow; end what holds it up",
    "SQLSTATE 57P": "the database server is stopping or starting; wait for it",
    "SQLSTATE XX": "the database is damaged; keep a copy for the auditor and restore the last backup",
    "ENOSPC": "the disk is full; free space",
    "EFBIG": "a file may not grow any more; raise the limit for the service, and free space",
    "EIO": "the disk fails; check it and free space",
    "EDQUOT": "the quota is used up; free space",
    "EROFS": "the file system is read-only; mount it writable",
    "EACCES": "its folder is not the service's to use; change the rights or name another",
    "EPERM": "its folder is not the service's to use, or takes no hard links; change the rights or name another",
    "ENOTDIR": "a part of its path is a file; name another path",
    "EEXIST": "a part of its path is a file; name another path",
}

Trouble = sqlite3.Error | OSError | UnicodeDecodeError | SQLAlchemyError
"""What a store can cause; UnicodeDecodeError where SQLite quotes damaged text in its own message, which Python then cannot read."""

UNREACHABLE = "SQLSTATE 08000"
"""What a server that answers nothing is said to have: its driver gives no code then."""


class LedgerRefused(LedgerUnavailable):
    """The address, the file or its durability is not what a ledger needs: raised at the start, told to the operator."""

    code = "not-supported"


class LedgerAbsent(LedgerRefused):
    """There is no file, or no ledger in the database yet."""


class KeysRefused(LedgerRefused):
    """The file of keys, or a key that it names, cannot be used."""


class RecordRefused(CdsError):
    """The record has no canonical form (RFC 8785): a fault of ours, so it is no LedgerUnavailable, and trying again does not help."""

    code = "processing"


class LedgerDamaged(CdsError):
    """A row was read that is not what was written."""

    code = "exception"


def unavailable(error: Trouble) -> LedgerUnavailable:
    """The refusal to give a decision, with the kind of trouble and what to do about it."""
    text = f"The audit ledger cannot be used ({kind(error)}): {advice(error)}, then try again. Nothing is answered without a record."
    return LedgerUnavailable(text)


def advice(error: BaseException) -> str:
    """What to do about the kind of trouble."""
    name = kind(error)
    return next((text for start, text in ADVICE.items() if name.startswith(start)), "check the store, and the disk that it is on")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turns every error of a database and of the operating system into LedgerUnavailable, from its cause."""
    try:
        yield
    except (sqlite3.Error, OSError, UnicodeDecodeError, SQLAlchemyError) as error:
        raise unavailable(error) from error


@contextlib.contextmanager
def named(place: Path | str) -> Iterator[None]:
    """As `translated`, with the file's name, or a server's without a password, before the text: for operators, never for callers."""
    try:
        with translated():
            yield
    except LedgerUnavailable as error:
        raise type(error)(f"{place}: {error.text}") from error


def kind(error: BaseException) -> str:
    """SQLite's, PostgreSQL's or the operating system's own word for it, such as `SQLITE_FULL`, `SQLSTATE 53100` or `EACCES`."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return kind(error.orig)
    if isinstance(error, UnicodeDecodeError):
        return "SQLITE_CORRUPT"
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0, "OSError")
    if hasattr(error, "sqlstate"):
        return f"SQLSTATE {error.sqlstate}" if error.sqlstate else UNREACHABLE
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
