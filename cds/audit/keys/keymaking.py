"""Making keys for a ledger in development: three files of keys and the file that names them, for the owner's eyes only.

The file that names them is linked to its name when all else is on disk, so that of several processes that make keys at once one wins and
all read the same. A process that is killed leaves at most files that nothing names.
"""

import base64
import contextlib
import os
import tempfile
from pathlib import Path

from cds.audit import faults

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
        _sync(path.parent)


def _entry(use: str, key: str) -> str:
    return f'[[keys]]\nid = "{key}"\nuse = "{use}"\nfile = "{key}{SUFFIX}"\n'


def _publish(path: Path, text: str) -> bool:
    """Whether these are the keys now: another process may have been first."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".keys-") as aside:
        draft = Path(aside) / path.name
        _write(draft, text.encode())
        _sync(path.parent)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
            return True
    return False


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
