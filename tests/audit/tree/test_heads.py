"""The folder of signed heads: when one is due, that it is there once and whole, and what happens when it cannot be."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cds.audit import files
from cds.audit.tree import checkpoints, heads, merkle
from cds.audit.tree.checkpoints import SigningKey
from cds.audit.tree.headcommand import Teller
from cds.audit.tree.heads import Heads
from tests.audit import trees

NOW = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEY = SigningKey("first", bytes(range(32)))
OTHER = SigningKey("second", bytes(range(32, 64)))
LOG = "0b4b0a6c"
ORIGIN = checkpoints.origin_of(LOG)


def opened(folder: Path, *, every: int = 10, minutes: int = 5, command: tuple[str, ...] = ()) -> Heads:
    """The heads of a log that are due every ten records and five minutes."""
    return Heads(folder, LOG, KEY, every, minutes, command)


def names(folder: Path) -> list[str]:
    """All that is in the folder of the log."""
    return sorted(path.name for path in (folder / LOG).iterdir())


def test_the_first_record_is_under_a_head_at_once_and_an_empty_log_under_none(tmp_path: Path) -> None:
    log = opened(tmp_path)
    assert not log.due(0, NOW)
    assert log.due(1, NOW)


def test_a_head_is_due_after_so_many_records_or_so_many_minutes(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.publish(trees.grown(3).state, NOW)
    assert not log.due(12, NOW)
    assert log.due(13, NOW)
    assert not log.due(4, NOW + 5 * MINUTE - timedelta(seconds=1))
    assert log.due(4, NOW + 5 * MINUTE)


def test_no_head_is_due_where_nothing_was_added(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.publish(trees.grown(3).state, NOW)
    assert not log.due(3, NOW + timedelta(days=400))


def test_a_clock_that_was_set_back_does_not_put_heads_off(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.publish(trees.grown(3).state, NOW + timedelta(days=400))
    assert log.due(4, NOW)


def test_a_head_is_a_file_by_its_size_that_the_key_signed(tmp_path: Path) -> None:
    tree = trees.grown(1204)
    path = opened(tmp_path).publish(tree.state, NOW)
    assert path == tmp_path / LOG / "00000000000000001204.checkpoint"
    head = checkpoints.verify(path.read_text(), [KEY.verifying])
    assert (head.origin, head.size, head.root, head.at) == (ORIGIN, 1204, merkle.root(tree.state), NOW)
    assert names(tmp_path) == ["00000000000000001204.checkpoint"]


def test_a_head_of_a_size_is_written_once_and_never_again(tmp_path: Path) -> None:
    log, state = opened(tmp_path), trees.grown(7).state
    path = log.publish(state, NOW)
    assert path
    before = path.read_bytes()
    assert log.publish(state, NOW + MINUTE) is None
    assert opened(tmp_path).publish(state, NOW + MINUTE) is None
    assert opened(tmp_path).publish(trees.grown(6).state, NOW + MINUTE) is None
    assert path.read_bytes() == before
    assert len(names(tmp_path)) == 1


def test_a_process_knows_of_the_heads_that_another_wrote(tmp_path: Path) -> None:
    here, there = opened(tmp_path), opened(tmp_path)
    there.publish(trees.grown(20).state, NOW)
    assert not here.due(21, NOW)
    newest = here.newest
    assert newest
    assert newest.size == 20
    assert here.age(NOW + 2 * MINUTE) == 2 * MINUTE
    assert opened(tmp_path / "other").age(NOW) is None


def published(folder: Path) -> int:
    """How many of the heads of 1 to 40 records this process wrote."""
    log = opened(folder)
    return sum(log.publish(trees.grown(size).state, NOW) is not None for size in range(1, 41))


def test_of_several_processes_one_writes_each_head(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        written = sum(pool.map(published, [tmp_path] * 3))
    texts = heads.read(tmp_path, LOG)
    sizes = [checkpoints.verify(text, [KEY.verifying]).size for text in texts]
    assert written == len(sizes)
    assert sizes[-1] == 40
    assert names(tmp_path) == [heads.name(size) for size in sizes]


def test_heads_are_read_by_size_and_drafts_are_not_heads(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for size in (9, 10, 100):
        log.publish(trees.grown(size).state, NOW)
    (tmp_path / LOG / ".1-2.draft").write_text("cut off")
    (tmp_path / LOG / "notes.txt").write_text("of an operator")
    assert [checkpoints.read(text).size for text in heads.read(tmp_path, LOG)] == [9, 10, 100]
    assert heads.read(tmp_path / "nowhere", LOG) == []


def test_nothing_is_signed_that_does_not_go_on_from_the_newest_head(tmp_path: Path) -> None:
    honest, rewritten = trees.grown(20), trees.Kept()
    rewritten.add([merkle.leaf(b"another"), *honest.hashes[1:], merkle.leaf(b"more")])
    log = opened(tmp_path)
    log.publish(honest.state, NOW, honest)
    assert log.publish(rewritten.state, NOW, rewritten) is None
    assert "does not go on from its signed head of 20 records" in log.trouble
    assert names(tmp_path) == [heads.name(20)]
    honest.add([merkle.leaf(b"more")])
    assert log.publish(honest.state, NOW, honest)
    assert log.trouble == ""


def test_a_log_that_is_shorter_than_its_newest_head_is_told(tmp_path: Path) -> None:
    opened(tmp_path).publish(trees.grown(20).state, NOW)
    log = opened(tmp_path)
    assert not log.due(19, NOW + 400 * MINUTE)
    assert "has fewer records than its signed head of 20" in log.trouble


def test_a_head_that_another_process_wrote_meanwhile_is_no_trouble(tmp_path: Path) -> None:
    log, other = opened(tmp_path), opened(tmp_path)
    assert log.due(1, NOW)
    other.publish(trees.grown(20).state, NOW)
    assert not log.due(1, NOW)
    assert log.publish(trees.grown(1).state, NOW) is None
    assert not log.due(1, NOW)
    assert not log.due(21, NOW)
    assert log.trouble == ""


def test_a_tree_with_missing_hashes_is_not_signed(tmp_path: Path) -> None:
    tree = trees.grown(600)
    log = opened(tmp_path)
    log.publish(trees.grown(500).state, NOW)
    del tree.kept[8][0]
    assert log.publish(tree.state, NOW, tree) is None
    assert "missing" in log.trouble


def test_a_folder_that_cannot_be_written_is_told_and_not_raised(tmp_path: Path) -> None:
    (tmp_path / LOG).write_text("a file in the way")
    log = opened(tmp_path)
    assert log.publish(trees.grown(1).state, NOW) is None
    assert "could not be written (EEXIST)" in log.trouble
    assert str(tmp_path) not in log.trouble
    (tmp_path / LOG).unlink()
    assert log.publish(trees.grown(1).state, NOW)
    assert log.trouble == ""


def test_a_newest_head_that_is_no_head_is_told_and_holds_up_nothing(tmp_path: Path) -> None:
    log = opened(tmp_path)
    path = log.publish(trees.grown(3).state, NOW)
    assert path
    path.write_bytes(b"\xff\xfe")
    fresh = opened(tmp_path)
    assert "cannot be read" in fresh.trouble
    assert fresh.due(4, NOW)
    assert fresh.publish(trees.grown(4).state, NOW)
    assert fresh.trouble == ""


def test_what_a_killed_process_left_beside_a_head_is_never_written_into(tmp_path: Path) -> None:
    log = opened(tmp_path)
    path = log.publish(trees.grown(3).state, NOW)
    assert path
    before = path.read_bytes()
    os.link(path, path.with_name(f".{os.getpid()}-{threading.get_ident()}.draft"))
    assert log.publish(trees.grown(4).state, NOW)
    assert path.read_bytes() == before


def test_a_head_that_is_not_whole_yet_is_no_head_for_those_who_copy_the_folder(tmp_path: Path) -> None:
    with files.made_aside(tmp_path / LOG / heads.name(3)) as fresh:
        fresh.write_text("the first line")
        assert list(tmp_path.rglob(f"*{heads.SUFFIX}")) == []
    assert list(tmp_path.rglob(f"*{heads.SUFFIX}")) == [tmp_path / LOG / heads.name(3)]


def test_a_head_may_be_read_by_those_who_copy_it(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    path = opened(tmp_path).publish(trees.grown(3).state, NOW)
    assert path
    assert path.stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_head_that_is_no_text_is_named_and_hides_no_other(tmp_path: Path) -> None:
    tree, log = trees.grown(4), opened(tmp_path)
    for size in (3, 4):
        log.publish(trees.grown(size).state, NOW)
    path = tmp_path / LOG / heads.name(3)
    path.write_bytes(b"\xff" + path.read_bytes()[1:])
    assert found(tree, heads.read(tmp_path, LOG)) == ["head not signed"]


def test_the_newest_head_is_found_by_names_alone_and_no_other_is_opened(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.publish(trees.grown(300).state, NOW)
    for size in range(1, 300):
        (tmp_path / LOG / heads.name(size)).symlink_to("nowhere")
    fresh = opened(tmp_path)
    assert fresh.newest == log.newest
    assert (fresh.due(305, NOW), fresh.trouble) == (False, "")


def test_nothing_is_signed_of_a_log_that_is_barred(tmp_path: Path) -> None:
    log = Heads(tmp_path, LOG, KEY, 1, 1, barred="It is another one.")
    assert not log.due(5, NOW)
    assert log.publish(trees.grown(5).state, NOW) is None
    assert log.trouble == "It is another one."


def test_the_command_gets_each_head_in_turn(tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    log = opened(tmp_path, command=("cp", "-t", str(copies)))
    for size in (1, 2, 3):
        log.publish(trees.grown(size).state, NOW)
    log.close()
    assert sorted(path.name for path in copies.iterdir()) == names(tmp_path)
    assert log.trouble == ""


def test_the_command_gets_nothing_of_the_service_s_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_CANARY", "canary")
    log = opened(tmp_path, command=("sh", "-c", 'env > "$0.env"'))
    path = log.publish(trees.grown(1).state, NOW)
    log.close()
    assert path
    told = Path(f"{path}.env").read_text()
    assert "PATH=" in told
    assert "canary" not in told.lower()


@pytest.mark.parametrize(
    ("command", "expected"),
    [(("false",), "ended with 1"), (("no-such-program-here",), "cannot be run (ENOENT)"), (("sh", "-c", "kill -9 $$"), "ended with -9")],
)
def test_a_command_that_fails_is_told_until_one_ends_well(tmp_path: Path, command: tuple[str, ...], expected: str) -> None:
    log = opened(tmp_path, command=command)
    assert log.publish(trees.grown(5).state, NOW)
    log.close()
    assert expected in log.trouble
    assert "head of 5 records" in log.trouble


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    teller = Teller(("sh", "-c", "exec tail -f /dev/null"), seconds=0.1)
    teller.tell(tmp_path / heads.name(5))
    teller.close()
    assert "was ended" in teller.trouble


def found(tree: trees.Kept, texts: list[str]) -> list[str]:
    """What does not hold between a log and heads."""
    return [one.kind for one in heads.compare(tree, tree.state.size, texts, [KEY.verifying], ORIGIN)]


def note(tree: trees.Kept, size: int, *, origin: str = ORIGIN, key: SigningKey = KEY) -> str:
    """The signed head of a tree at a size."""
    return checkpoints.write(origin, size, merkle.root_at(tree, size), NOW, key)


def test_a_log_holds_against_its_own_heads() -> None:
    tree = trees.grown(600)
    assert found(tree, [note(tree, size) for size in (1, 255, 256, 257, 600)]) == []


def test_a_cut_tail_is_found_by_a_head() -> None:
    assert found(trees.grown(599), [note(trees.grown(600), 600)]) == ["tail cut off"]


def test_a_log_that_was_rewritten_as_a_whole_is_found_by_a_head() -> None:
    rewritten = trees.Kept()
    rewritten.add([merkle.leaf(b"rewritten %d" % number) for number in range(600)])
    assert found(rewritten, [note(trees.grown(600), 300)]) == ["rewritten before a head"]


def test_a_head_of_another_log_or_by_another_key_is_named() -> None:
    tree = trees.grown(5)
    other = checkpoints.origin_of("another")
    assert found(tree, [note(tree, 5, origin=other), note(tree, 5, key=OTHER), "no head"]) == [
        "head of another ledger",
        "head not signed",
        "head not signed",
    ]
