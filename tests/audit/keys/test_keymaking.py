"""Keys are made whole or not at all, and once."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cds.audit.keys import keyfile, keymaking
from cds.foundation.errors import LedgerUnavailable

MAKE = "import sys, pathlib; from cds.audit.keys import keymaking; sys.stdin.read(1); keymaking.make(pathlib.Path(sys.argv[1]))"
WORKERS = 4


def test_made_keys_are_one_of_each_use_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit-keys.toml"
    keymaking.make(path)
    keys = keyfile.read(path)
    assert [key.use for key in keys] == ["seal", "pseudonym", "sign"]
    assert len({key.secret for key in keys}) == 3
    assert not [key.id for key in keys if key.exposed]
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_two_sets_of_keys_have_no_key_and_no_id_in_common(tmp_path: Path) -> None:
    sets = []
    for name in ("one", "other"):
        keymaking.make(tmp_path / name / "keys.toml")
        sets.append(keyfile.read(tmp_path / name / "keys.toml"))
    assert not {key.id for key in sets[0]} & {key.id for key in sets[1]}
    assert not {key.secret for key in sets[0]} & {key.secret for key in sets[1]}


def test_keys_that_are_there_are_left_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text("mine", encoding="utf-8")
    keymaking.make(path)
    assert path.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_of_several_processes_that_make_keys_at_once_one_wins_and_nothing_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit-keys.toml"
    ends = os.pipe()
    workers = [subprocess.Popen([sys.executable, "-c", MAKE, str(path)], stdin=ends[0]) for _ in range(WORKERS)]
    os.write(ends[1], b"." * WORKERS)
    for end in ends:
        os.close(end)
    assert [worker.wait() for worker in workers] == [0] * WORKERS
    named = {entry["file"] for entry in tomllib.loads(path.read_text(encoding="utf-8"))["keys"]}
    assert {file.name for file in path.parent.iterdir()} == named | {path.name}
    assert len(keyfile.read(path)) == 3


def test_one_who_comes_second_takes_away_what_it_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys.toml"
    link = Path.hardlink_to

    def late(self: Path, target: Path) -> None:
        if not self.exists():
            self.write_text("theirs", encoding="utf-8")
        link(self, target)

    monkeypatch.setattr(Path, "hardlink_to", late)
    keymaking.make(path)
    assert path.read_text(encoding="utf-8") == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_all_is_synced_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, sync = tmp_path / "keys.toml", os.fsync
    synced: list[bool] = []

    def noted(handle: int) -> None:
        synced.append(path.exists())
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    keymaking.make(path)
    assert synced == [False] * 5 + [True]


def test_a_folder_that_cannot_be_made_is_told_by_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file", encoding="utf-8")
    with pytest.raises(LedgerUnavailable, match=r"audit-keys\.toml: "):
        keymaking.make(tmp_path / "keys" / "audit-keys.toml")
