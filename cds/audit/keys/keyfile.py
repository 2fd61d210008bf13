"""Reading the file of keys: each key from a file beside it, or from a command that prints it, such as one that asks a key service.

Text of an error names the file and the key's id, and never what a file or a command held.
"""

import base64
import binascii
import contextlib
import os
import select
import signal
import stat
import subprocess
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cds.audit import faults
from cds.audit.faults import LedgerRefused
from cds.foundation import schemas

SCHEMA = "audit-keys"
KEY_BYTES = 32
MOST_BYTES = 4096
"""More is neither read of a file nor taken from a command."""

LOST = "Put the keys of the ledger back, or name their file in CDS_AUDIT_KEYS; for a new ledger make one as docs/how-to/keep-the-keys.md says."
SECONDS = 10.0
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}
OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
WRITE_OF_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class Key:
    """One key of the file: 32 bytes, of a signing key its public half too. A retired one is only public.

    `exposed` says that others than the owner can read the file it came from.
    """

    id: str
    use: str
    secret: bytes = field(repr=False)
    public: bytes = b""
    retired: bool = False
    exposed: bool = False


def read(path: Path, *, seconds: float = SECONDS) -> list[Key]:
    """All keys of the file, in its order; a command may take so many seconds. Raises LedgerRefused."""
    keys = [_key(path, entry, seconds) for entry in _entries(path)]
    _refuse_doubles(path, keys)
    return keys


def _entries(path: Path) -> list[dict[str, Any]]:
    with faults.named(path):
        if not path.is_file():
            raise LedgerRefused(f"there is no such file. {LOST}")
        if path.stat().st_mode & WRITE_OF_OTHERS:
            raise LedgerRefused("others than its owner can write to it, and so run commands as the service. Take that right away (chmod go-w).")
        text = path.read_bytes()
    try:
        told = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LedgerRefused(f"{path}: this is not TOML in UTF-8. Mend the file.") from error
    problems = schemas.problems(SCHEMA, told)
    if problems:
        more = tuple(diagnostic for _, diagnostic in problems)
        raise LedgerRefused(f"{path}: this is no file of keys: {more[0].text}", more=more)
    return list(told["keys"])


def _key(path: Path, entry: Mapping[str, Any], seconds: float) -> Key:
    named = f"{path}: key {entry['id']}: "
    public = _decoded(entry["public"].encode(), named) if "public" in entry else b""
    if entry.get("retired"):
        return Key(entry["id"], entry["use"], b"", public, retired=True)
    file = path.parent / entry["file"] if "file" in entry else None
    data = _of_file(file, named) if file else _of_command(entry["command"], named, seconds)
    secret = _decoded(data, named)
    own = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw() if entry["use"] == "sign" else b""
    if public not in (b"", own):
        raise LedgerRefused(f"{named}its public key is that of another one. Correct `public`, or leave it out.")
    return Key(entry["id"], entry["use"], secret, own, exposed=bool(file and file.stat().st_mode & OF_OTHERS))


def _of_file(file: Path, named: str) -> bytes:
    try:
        with open(os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:
            return opened.read(MOST_BYTES + 1) or b""
    except OSError as error:
        raise LedgerRefused(f"{named}its file cannot be read ({faults.kind(error)}). Put it there, and let the service read it.") from error


def _of_command(command: Sequence[str], named: str, seconds: float) -> bytes:
    """What the command prints. It is run without a shell, with next to no environment, in a process group that ends with it."""
    advice = "Run it by hand, as the user of the service and with an empty environment, to see why."
    with _running(command, f"{named}its command cannot be run. {advice}") as process:
        late = threading.Event()
        timer = threading.Timer(seconds, _end, [process, late])
        timer.start()
        data = _printed(process, late, seconds)
        if len(data) > MOST_BYTES:
            _end(process, threading.Event())
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        timer.cancel()
        timer.join()
        code = process.wait()
    if late.is_set():
        raise LedgerRefused(f"{named}its command took more than {seconds:g} seconds and was ended. {advice}")
    if len(data) > MOST_BYTES:
        raise LedgerRefused(f"{named}its command printed more than {MOST_BYTES} bytes. It must print one key and nothing else.")
    if code:
        raise LedgerRefused(f"{named}its command ended with {code}. {advice}")
    return data


def _printed(process: subprocess.Popen[bytes], late: threading.Event, seconds: float) -> bytes:
    """What it prints to its end. A process that left its group, and holds its output open, is waited for no longer than so many seconds more."""
    data = b""
    while process.stdout and len(data) <= MOST_BYTES and not late.is_set():
        if select.select([process.stdout], [], [], seconds)[0]:
            more = os.read(process.stdout.fileno(), MOST_BYTES + 1)
            data += more
            if not more:
                break
    return data


@contextlib.contextmanager
def _running(command: Sequence[str], refusal: str) -> Iterator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, env=ENVIRONMENT, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, start_new_session=True)
    except (OSError, ValueError) as error:
        raise LedgerRefused(refusal) from error
    with process:
        yield process


def _end(process: subprocess.Popen[bytes], ended: threading.Event) -> None:
    """Ends the process and those it started, and says so; it was not waited for yet, so that its number is nobody else's."""
    ended.set()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _decoded(data: bytes, named: str) -> bytes:
    try:
        key = base64.b64decode(data.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise LedgerRefused(f"{named}base64 of exactly {KEY_BYTES} bytes was expected. `head -c 32 /dev/urandom | base64` makes such a key.")
    return key


def _refuse_doubles(path: Path, keys: Sequence[Key]) -> None:
    ids, values = [key.id for key in keys], [key.secret for key in keys if key.secret]
    if len(set(ids)) != len(ids):
        raise LedgerRefused(f"{path}: two keys have the same id. Give each its own, and never use one again.")
    if len(set(values)) != len(values):
        raise LedgerRefused(f"{path}: two keys are the same. Make each of them anew, from random bytes.")
