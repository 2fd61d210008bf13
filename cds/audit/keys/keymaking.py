"""Making keys for a ledger in development: three files of keys and the file that names them, for the owner's eyes only.

The file that names them is linked to its name when all else is on disk, so that of several processes that make keys at once one wins and
all read the same. A process that is killed leaves at most files that nothing names.
"""

import base64
import os
from pathlib import Path

from cds.audit import faults, files

USES = ("seal", "pseudonym", "sign")
SUFFIX = ".key"
ID_BYTES = 4
KEY_BYTES = 32


def make(path: Path) -> None:
    """Makes keys, and their file at `path`, unless it is there. Raises LedgerUnavailable, with the file's name."""
    with faults.named(path):
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = {use: f"{use}-{os.urandom(ID_BYTES).hex()}" for use in USES}
        for key in made.values():
            _write(path.with_name(key + SUFFIX), base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        if not _publish(path, "\n".join(_entry(use, key) for use, key in made.items())):
            for key in made.values():
                path.with_name(key + SUFFIX).unlink()


def _entry(use: str, key: str) -> str:
    return f'[[keys]]\nid = "{key}"\nuse = "{use}"\nfile = "{key}{SUFFIX}"\n'


def _publish(path: Path, text: str) -> bool:
    """Whether these are the keys now: another process may have been first."""
    files.sync(path.parent)
    try:
        with files.made_aside(path) as fresh:
            fresh.write_text(text, encoding="utf-8")
    except FileExistsError:
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
