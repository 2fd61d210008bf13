"""What the commands hand out of either store holds by `verify.py` alone, in an empty folder; spoilt at fifty places it does not."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds.audit import verify as verifier
from cds.audit.place import Place
from cds.audit.tree import proofs
from tests.cli.conftest import FIRST, Audit

FILES = ("head.checkpoint", "opened.json", "proof.json", "record.json", "sealed.bin")
PLACES = 5
SIGNED = 4
"""So many records are under a head before anything is exported."""


@pytest.fixture
def words(audit: Audit, kept: Place) -> tuple[str, ...]:
    """What an auditor has beside a file: the key, and copies of heads."""
    audit("prove", FIRST)
    (line,) = (line for line in audit("key").stdout.splitlines() if line.startswith("key "))
    return "--key", line.split()[1], "--heads", str(kept.heads)


def ended(empty: Path, file: Path, *words: str) -> tuple[int, str]:
    """How the program ends, and its last line; it runs where nothing of ours is."""
    empty.mkdir(exist_ok=True)
    command = [sys.executable, "-I", verifier.__file__, str(file), *words]
    done = subprocess.run(command, cwd=empty, env={}, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()[-1]


def spoilt(data: bytes, places: int) -> Iterator[bytes]:
    """The data with a bit changed, at places all over it; in JSON that is never the same again."""
    for at in range(0, len(data), max(1, len(data) // places)):
        yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def repacked(path: Path, parts: dict[str, bytes]) -> Path:
    """A bundle whose list of digests fits again."""
    parts = {name: data for name, data in parts.items() if name != "SHA256SUMS"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (*parts.items(), ("SHA256SUMS", proofs.sums(parts))):
            archive.writestr(name, data)
    return path


def test_a_bundle_holds_and_a_spoilt_one_does_not(audit: Audit, words: tuple[str, ...], tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    assert audit("export", "--decision", FIRST, "--out", whole, "--facts").exit_code == 0
    assert ended(tmp_path / "empty", whole, *words) == (0, "It holds.")
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert ended(tmp_path / "empty", repacked(tmp_path / "same.zip", parts), *words) == (0, "It holds.")
    wrong = [(name, data) for name in FILES for data in list(spoilt(parts[name], PLACES))[:PLACES]]
    found = [ended(tmp_path / "empty", repacked(tmp_path / "spoilt.zip", parts | {name: data}), *words) for name, data in wrong]
    assert found == [(1, "It does not hold.")] * len(FILES) * PLACES


def test_an_export_holds_and_a_spoilt_one_does_not(audit: Audit, words: tuple[str, ...], tmp_path: Path) -> None:
    whole = tmp_path / "whole.ndjson"
    assert audit("export", "--format", "ndjson", "--out", whole, "--facts").exit_code == 0
    assert ended(tmp_path / "empty", whole, *words) == (0, "It holds.")
    lines = whole.read_bytes().splitlines(keepends=True)
    signed, rest = b"".join(lines[:SIGNED]), b"".join(lines[SIGNED:])
    found = []
    for data in list(spoilt(signed, PLACES * PLACES))[: PLACES * PLACES]:
        (tmp_path / "spoilt.ndjson").write_bytes(data + rest)
        found.append(ended(tmp_path / "empty", tmp_path / "spoilt.ndjson", *words))
    assert found == [(1, "It does not hold.")] * PLACES * PLACES
