"""Files of keys."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cds.audit.keys import keyfile


def entry(key: str, *, public: bytes = b"", **members: Any) -> Mapping[str, Any]:
    """What the file says of one key, whose use is what stands before the hyphen of its id."""
    told = {"id": key, "use": key.partition("-")[0]}
    return told | ({"public": base64.b64encode(public).decode()} if public else {}) | members


def write(folder: Path, *keys: str | Mapping[str, Any]) -> Path:
    """A file of keys, each given by its entry, or by its id: then it is a file of its own, which is made unless it is there."""
    return _text(folder / "keys.toml", [_in_file(folder, key) if isinstance(key, str) else key for key in keys])


def _in_file(folder: Path, key: str) -> Mapping[str, Any]:
    file = folder / f"{key}.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(base64.b64encode(key.encode().ljust(keyfile.KEY_BYTES, b".")) + b"\n")
    return entry(key, file=file.name)


def _text(path: Path, entries: Sequence[Mapping[str, Any]]) -> Path:
    tables = ("".join(f"{name} = {json.dumps(value)}\n" for name, value in one.items()) for one in entries)
    path.write_text("".join(f"[[keys]]\n{table}\n" for table in tables), encoding="utf-8")
    path.chmod(0o600)
    return path
