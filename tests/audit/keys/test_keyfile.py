"""Reading the file of keys: what is wrong is named, and never shown."""

import base64
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from cds.audit.faults import LedgerRefused
from cds.audit.keys import keyfile
from tests.audit import keyfiles

SECRET = b"a-secret-of-thirty-two-bytes-..."
TEXT = base64.b64encode(SECRET).decode()


def of_command(folder: Path, script: str, *, seconds: float = keyfile.SECONDS) -> list[keyfile.Key]:
    """The keys of a file whose one key a Python script prints."""
    return keyfile.read(keyfiles.write(folder, keyfiles.entry("seal-1", command=[sys.executable, "-I", "-c", script])), seconds=seconds)


def of_file(folder: Path, text: bytes) -> list[keyfile.Key]:
    """The keys of a file whose one key stands in a file with that text."""
    (folder / "one.key").write_bytes(text)
    return keyfile.read(keyfiles.write(folder, keyfiles.entry("seal-1", file="one.key")))


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"  \n\n"])
def test_a_key_is_read_from_a_file_beside_the_file_of_keys(tmp_path: Path, end: bytes) -> None:
    (key,) = of_file(tmp_path, TEXT.encode() + end)
    assert (key.id, key.use, key.secret) == ("seal-1", "seal", SECRET)


def test_a_key_is_read_from_a_file_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "one.key").write_text(TEXT, encoding="ascii")
    (key,) = keyfile.read(keyfiles.write(tmp_path, keyfiles.entry("seal-1", file=str(folder / "one.key"))))
    assert key.secret == SECRET


def test_a_key_is_what_its_command_prints(tmp_path: Path) -> None:
    (key,) = of_command(tmp_path, f"print({TEXT!r})")
    assert (key.secret, key.exposed) == (SECRET, False)


def test_a_command_runs_without_a_shell_and_without_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_AUDIT_URL", "postgresql://user:password@db/ledger")
    script = f"import os, sys; assert set(os.environ) <= {{'PATH', 'LANG', 'LC_CTYPE'}}; assert not sys.stdin.read(); print({TEXT!r})"
    assert of_command(tmp_path, script)[0].secret == SECRET
    with pytest.raises(LedgerRefused, match="cannot be run"):
        keyfile.read(keyfiles.write(tmp_path, keyfiles.entry("seal-1", command=[f"echo {TEXT}"])))


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("print('{text}'); raise SystemExit(3)", "ended with 3"),
        ("print('{text}' * 1000)", "printed more than 4096 bytes"),
        ("print('{text}' + 'A')", "base64 of exactly 32 bytes"),
        ("print('{text}' + '\\n' + '{text}')", "base64 of exactly 32 bytes"),
        ("pass", "base64 of exactly 32 bytes"),
        ("import sys; sys.stderr.write('{text}'); raise SystemExit(1)", "ended with 1"),
    ],
)
def test_a_command_that_does_not_print_one_key_is_named_and_not_shown(tmp_path: Path, script: str, trouble: str) -> None:
    with pytest.raises(LedgerRefused, match=rf"key seal-1: .*{trouble}") as caught:
        of_command(tmp_path, script.replace("{text}", TEXT))
    assert TEXT[:10] not in caught.value.text
    assert "SystemExit" not in caught.value.text


@pytest.mark.parametrize(
    "script",
    [
        "input_ = __import__('signal').pause()",
        "import os\nif os.fork(): os._exit(0)\n__import__('signal').pause()",
        "import os, signal\nif os.fork(): os._exit(0)\nos.setsid()\nsignal.alarm(20)\nsignal.pause()",
    ],
)
def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, script: str) -> None:
    with pytest.raises(LedgerRefused, match=r"took more than 0\.5 seconds and was ended"):
        of_command(tmp_path, script, seconds=0.5)


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "one.key")
    with pytest.raises(LedgerRefused, match="key seal-1: base64 of exactly 32 bytes"):
        keyfile.read(keyfiles.write(tmp_path, keyfiles.entry("seal-1", file="one.key")))


def test_a_command_that_never_stops_printing_is_ended(tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match="printed more than 4096 bytes"):
        of_command(tmp_path, "while True: print('A' * 1000)")


@pytest.mark.parametrize("text", [b"", b"AAAA", TEXT.encode() + b"!", b"\xff" * 44, base64.b64encode(bytes(33)), bytes(32)])
def test_a_file_that_does_not_hold_one_key_is_named_and_not_shown(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(LedgerRefused, match="key seal-1: base64 of exactly 32 bytes") as caught:
        of_file(tmp_path, text)
    assert "AAAA" not in caught.value.text


def test_a_file_that_is_not_there_is_told_by_the_keys_id(tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match=r"key seal-1: its file cannot be read \(ENOENT\)"):
        keyfile.read(keyfiles.write(tmp_path, keyfiles.entry("seal-1", file="none.key")))


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"file": "one.key", "command": ["true"]},
        {"command": "cat one.key"},
        {"command": []},
        {"file": "one.key", "retired": True},
        {"retired": True},
        {"public": bytes(32), "retired": True},
        {"file": "one.key", "public": bytes(32)},
        {"file": "one.key", "colour": "red"},
        {"file": "one.key", "use": "party"},
        {"file": "one.key", "id": "a key"},
    ],
    ids=str,
)
def test_an_entry_of_another_shape_is_refused(tmp_path: Path, members: dict[str, Any]) -> None:
    (tmp_path / "one.key").write_text(TEXT, encoding="ascii")
    with pytest.raises(LedgerRefused, match="no file of keys"):
        keyfile.read(keyfiles.write(tmp_path, keyfiles.entry("seal-1", **members)))


@pytest.mark.parametrize("text", [b"[[keys", b"\xff", b"", b"keys = []"])
def test_a_file_that_is_no_file_of_keys_is_refused_by_its_name(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "keys.toml"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(LedgerRefused, match=r"keys\.toml: "):
        keyfile.read(path)


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_of_keys_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = keyfiles.write(tmp_path, "seal-1")
    path.chmod(mode)
    with pytest.raises(LedgerRefused, match="others than its owner can write to it"):
        keyfile.read(path)


def test_two_keys_of_one_id_and_one_key_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match="the same id"):
        keyfile.read(keyfiles.write(tmp_path, "seal-1", "seal-1"))
    (tmp_path / "seal-2.key").write_bytes((tmp_path / "seal-1.key").read_bytes())
    with pytest.raises(LedgerRefused, match="two keys are the same"):
        keyfile.read(keyfiles.write(tmp_path, "seal-1", "seal-2"))


def test_a_public_key_that_is_not_that_of_its_seed_is_refused(tmp_path: Path) -> None:
    (key,) = keyfile.read(keyfiles.write(tmp_path, "sign-1"))
    entry = keyfiles.entry("sign-1", file="sign-1.key", public=key.public)
    assert keyfile.read(keyfiles.write(tmp_path, entry)) == [key]
    with pytest.raises(LedgerRefused, match="public key is that of another one"):
        keyfile.read(keyfiles.write(tmp_path, keyfiles.entry("sign-1", file="sign-1.key", public=bytes(32))))


def test_a_secret_never_shows_when_a_key_is_printed(tmp_path: Path) -> None:
    (key,) = of_file(tmp_path, TEXT.encode())
    assert "thirty-two" not in repr(key)
