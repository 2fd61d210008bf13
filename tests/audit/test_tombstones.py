"""Notes of erasures: who was erased, by which actions, and nothing else."""

from pathlib import Path

from cds.audit import tombstones

SUBJECT, OTHER = "ab" * 32, "cd" * 32


def test_each_subject_is_noted_with_every_action_that_erased_it(tmp_path: Path) -> None:
    for subject, action in ((SUBJECT, "one.1"), (SUBJECT, "two"), (OTHER, "three"), (SUBJECT, "two")):
        tombstones.note(tmp_path / "heads", "log", subject, action)
    assert tombstones.read(tmp_path / "heads", "log") == {SUBJECT: {"one.1", "two"}, OTHER: {"three"}}


def test_the_notes_of_another_log_are_not_of_this_one(tmp_path: Path) -> None:
    tombstones.note(tmp_path, "log", SUBJECT, "one")
    assert tombstones.read(tmp_path, "other") == {}


def test_a_note_is_for_the_owner_alone_and_holds_nothing(tmp_path: Path) -> None:
    tombstones.note(tmp_path, "log", SUBJECT, "one")
    (path,) = (tmp_path / "log" / "erased").iterdir()
    assert (path.stat().st_mode & 0o777, path.read_bytes()) == (0o600, b"")


def test_a_file_that_is_no_note_erases_nobody(tmp_path: Path) -> None:
    tombstones.note(tmp_path, "log", SUBJECT, "one")
    for name in (".DS_Store", "README", f".{SUBJECT}.one.x7Gh", SUBJECT, f"{SUBJECT}.", "short.one"):
        (tmp_path / "log" / "erased" / name).touch()
    assert tombstones.read(tmp_path, "log") == {SUBJECT: {"one"}}
