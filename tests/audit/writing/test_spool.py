"""What the spool keeps, what it reads again, and whose files it takes over."""

import errno
import fcntl
import functools
import os
import resource
import tempfile
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.audit.rows import WrappedKey
from cds.audit.writing import appending, frames, spool
from cds.audit.writing.frames import Frame, Spooled
from cds.audit.writing.spool import Spool
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples
from tests.audit.limits import file_size_limit, unprivileged

ENTRIES = st.builds(
    Spooled,
    st.text("abcdef0123456789-", min_size=1, max_size=40),
    st.binary(max_size=200),
    st.none() | st.binary(max_size=200),
    st.none() | st.builds(WrappedKey, st.text("0123456789abcdef"), st.text("0123456789abcdef"), st.binary(max_size=60), st.text("ab")),
)
FRAMES = st.lists(st.lists(ENTRIES, min_size=1, max_size=3).map(tuple), max_size=6)


def frame(name: str) -> Frame:
    """A frame of one entry."""
    return (Spooled(name, b'{"id":"%s"}' % name.encode(), b"\xffBPS" * 3, WrappedKey("k", "s", b"wrapped", "seal-1")),)


def drained(one: Spool) -> list[str]:
    """The ids that come out of it, in order."""
    ids: list[str] = []
    one.drain(lambda frames: ids.extend(entry.entry_id for frame in frames for entry in frame))
    return ids


def read(held: bytes) -> tuple[list[Frame], bytes]:
    """The frames of a file, and the bytes of what is none."""
    found = list(frames.pieces(lambda at, length: held[at : at + length], 0, len(held)))
    return [one.frame for one in found if one.frame], b"".join(held[one.start : one.end] for one in found if one.frame is None)


def content(coming: Sequence[Frame], folder: Path) -> bytes:
    """What a file of these frames holds."""
    one = Spool(folder)
    one.add(coming)
    (path,) = spool.spool_files(folder)
    written = path.read_bytes()
    drained(one)
    return written


@functools.cache
def three(count: int = 3) -> bytes:
    """A file of three frames, or fewer."""
    with tempfile.TemporaryDirectory() as folder:
        return content([frame("one"), frame("two"), frame("three")][:count], Path(folder))


@settings(max_examples=20)
@given(FRAMES)
def test_frames_are_read_as_they_were_written(written: list[Frame]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert read(content(written, Path(folder)) if written else b"") == (written, b"")


@given(st.data())
def test_of_a_file_cut_anywhere_every_whole_frame_is_read(data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(three())))
    whole = [count for count in (1, 2, 3) if len(three(count)) <= cut]
    found, lost = read(three()[:cut])
    assert found == [frame("one"), frame("two"), frame("three")][: len(whole)]
    assert lost == three()[len(three(whole[-1])) if whole else 0 : cut]


@given(st.data())
def test_a_changed_byte_costs_its_own_frame_and_no_other(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(three()) - 1))
    changed = bytearray(three())
    changed[at] ^= data.draw(st.integers(1, 255))
    hit = next(index for index in range(3) if at < len(three(index + 1)))
    found, lost = read(bytes(changed))
    assert found == [one for index, one in enumerate([frame("one"), frame("two"), frame("three")]) if index != hit]
    assert lost


def test_what_waits_comes_out_in_its_order_and_is_forgotten(tmp_path: Path) -> None:
    one = Spool(tmp_path / "spool")
    one.add([frame("one"), frame("two")])
    one.add([frame("three")])
    assert spool.waiting(tmp_path / "spool") == 3
    assert drained(one) == ["one", "two", "three"]
    assert (one.holds(), spool.spool_files(tmp_path / "spool"), drained(one)) == (False, [], [])


def test_a_file_is_for_its_owner_only_and_nothing_of_it_stays_on_the_disk_when_it_ends(tmp_path: Path) -> None:
    one = Spool(tmp_path / "spool")
    one.add([frame("one")])
    (path,) = spool.spool_files(tmp_path / "spool")
    with path.open("rb") as watching:
        assert path.stat().st_mode & 0o777 == 0o600
        drained(one)
        assert set(watching.read()) == {0}


def test_a_drain_that_fails_goes_on_where_it_stopped(tmp_path: Path) -> None:
    one = Spool(tmp_path / "spool")

    def fails(frames: Sequence[Frame]) -> None:
        raise OSError(errno.EIO, "")

    one.add([frame("one"), frame("two")])
    with pytest.raises(OSError, match="Errno 5"):
        one.drain(fails)
    one.add([frame("three")])
    assert drained(one) == ["one", "two", "three"]


def test_the_files_of_a_process_that_is_gone_are_taken_over_and_come_first(tmp_path: Path) -> None:
    gone, alive = Spool(tmp_path / "spool"), Spool(tmp_path / "spool")
    gone.add([frame("one"), frame("two")])
    gone.close()
    alive.add([frame("three")])
    alive.adopt()
    assert drained(alive) == ["one", "two", "three"]


def test_the_files_of_a_process_that_lives_are_left_to_it(tmp_path: Path) -> None:
    other, own = Spool(tmp_path / "spool"), Spool(tmp_path / "spool")
    other.add([frame("one")])
    own.adopt()
    assert (own.holds(), drained(other)) == (False, ["one"])


def test_a_file_that_was_taken_over_and_ended_is_not_taken_again(tmp_path: Path) -> None:
    gone, first, second = Spool(tmp_path / "spool"), Spool(tmp_path / "spool"), Spool(tmp_path / "spool")
    gone.add([frame("one")])
    gone.close()
    first.adopt()
    second.adopt()
    assert (drained(first), drained(second)) == (["one"], [])


def test_an_entry_cut_off_by_the_end_of_its_process_is_laid_aside_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    gone, next_one = Spool(folder), Spool(folder)
    gone.add([frame("one"), frame("two")])
    gone.close()
    (path,) = spool.spool_files(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    next_one.adopt()
    assert drained(next_one) == ["one"]
    assert spool.seen(folder)[1].startswith("1 files")
    assert path.with_suffix(spool.UNREADABLE).read_bytes() == whole[len(whole) // 2 : -5]


def test_a_file_that_was_written_over_and_kept_its_name_says_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    gone, next_one = Spool(folder), Spool(folder)
    gone.add([frame("one")])
    gone.close()
    (path,) = spool.spool_files(folder)
    path.write_bytes(bytes(path.stat().st_size))
    next_one.adopt()
    assert (drained(next_one), spool.seen(folder), spool.spool_files(folder)) == ([], (0, ""), [])


def test_what_waits_is_counted_in_the_files_of_all_processes(tmp_path: Path) -> None:
    one, other = Spool(tmp_path / "spool"), Spool(tmp_path / "spool")
    one.add([frame("one") + frame("two"), frame("three")])
    other.add([frame("four")])
    assert spool.waiting(tmp_path / "spool") == 4
    assert spool.waiting(tmp_path / "nowhere") == 0


def test_a_full_disk_is_told_and_what_was_kept_before_and_after_is_whole(tmp_path: Path) -> None:
    one = Spool(tmp_path / "spool")
    one.add([frame("one")])
    (path,) = spool.spool_files(tmp_path / "spool")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(OSError, match="Errno 27"):
            one.add([frame("two")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    one.add([frame("three")])
    assert drained(one) == ["one", "three"]


def test_a_spool_with_nothing_in_it_holds_nothing_up_after_a_disk_that_failed(tmp_path: Path) -> None:
    one = Spool(tmp_path / "spool")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(OSError, match="Errno 27"):
            one.add([frame("one")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not one.holds()


def test_a_spool_is_ready_where_a_file_can_be_made_and_there_is_room(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Spool(tmp_path / "spool").ready()
    assert list((tmp_path / "spool").iterdir()) == []
    with pytest.raises(OSError, match="Errno 28"):
        Spool(tmp_path / "spool", least_free=2**62).ready()
    with pytest.raises(OSError, match=r"Errno \d+"):
        Spool(tmp_path / "file" / "spool").ready()


def test_a_lock_that_somebody_else_took_first_leaves_the_file_to_them(tmp_path: Path) -> None:
    gone, own = Spool(tmp_path / "spool"), Spool(tmp_path / "spool")
    gone.add([frame("one")])
    gone.close()
    (path,) = spool.spool_files(tmp_path / "spool")
    handle = os.open(path, os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    own.adopt()
    assert not own.holds()
    os.close(handle)
    own.adopt()
    assert drained(own) == ["one"]


def shut(folder: Path) -> None:
    """From now on nobody but root opens the files in it, as where root made them."""
    for path in spool.spool_files(folder):
        path.chmod(0)


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder that an ordinary user may use."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "spool"
        folder.mkdir()
        for path in (Path(made), folder):
            path.chmod(0o777)
        yield folder


def test_a_file_that_may_not_be_opened_is_told_and_holds_up_no_other(theirs: Path) -> None:
    with unprivileged():
        gone, another, own = Spool(theirs), Spool(theirs), Spool(theirs)
        gone.add([frame("one"), frame("two")])
        gone.close()
        shut(theirs)
        another.add([frame("three")])
        another.close()
        own.add([frame("four")])
        with pytest.raises(PermissionError):
            own.adopt()
        assert drained(own) == ["three", "four"]
        (path,) = spool.spool_files(theirs)
        assert spool.waiting(theirs) == 1, "how many wait in it cannot be told, but that some do"
        path.chmod(0o600)
        own.adopt()
        assert drained(own) == ["one", "two"]


def test_a_folder_whose_files_cannot_be_reached_hides_nothing_that_waits(theirs: Path) -> None:
    with unprivileged():
        gone, own = Spool(theirs), Spool(theirs)
        gone.add([frame("one")])
        gone.close()
    theirs.chmod(0o444)
    with unprivileged():
        with pytest.raises(PermissionError):
            own.adopt()
        assert (own.holds(), spool.waiting(theirs)) == (False, 1)
    theirs.chmod(0o777)


def test_a_folder_that_may_not_be_looked_into_is_told_and_counts_as_no_empty_one(theirs: Path) -> None:
    with unprivileged():
        gone, own = Spool(theirs), Spool(theirs)
        gone.add([frame("one")])
        gone.close()
    theirs.chmod(0)
    with unprivileged():
        with pytest.raises(PermissionError):
            own.adopt()
        with pytest.raises(LedgerUnavailable, match="EACCES"):
            spool.waiting(theirs)
    theirs.chmod(0o777)


def test_a_disk_that_fails_while_zeros_are_written_leaves_what_was_laid_aside(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    gone, next_one = Spool(folder), Spool(folder)
    gone.add([frame("one"), frame("two")])
    gone.close()
    (path,) = spool.spool_files(folder)
    whole, first = path.read_bytes(), len(three(1))
    path.write_bytes(whole[:-5])
    next_one.adopt()
    with file_size_limit(first + 20), pytest.raises(OSError, match="Errno 27"):
        drained(next_one)
    assert drained(next_one) == []
    assert path.with_suffix(spool.UNREADABLE).read_bytes() == whole[first:-5]


def test_what_comes_after_a_disk_that_failed_while_zeros_are_written_is_there_for_the_next_process(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    one, next_one = Spool(folder), Spool(folder)
    one.add([frame("one"), frame("two")])
    with file_size_limit(len(three(1)) + 20), pytest.raises(OSError, match="Errno 27"):
        drained(one)
    one.add([frame("three")])
    assert spool.waiting(folder) == 1
    one.close()
    next_one.adopt()
    assert drained(next_one) == ["three"]


def test_a_disk_that_goes_on_failing_while_zeros_are_written_holds_up_nothing_that_comes_after(tmp_path: Path) -> None:
    one = Spool(tmp_path / "spool")
    ids: list[str] = []

    def takes(frames: Sequence[Frame]) -> None:
        ids.extend(entry.entry_id for frame in frames for entry in frame)

    one.add([frame("one"), frame("two")])
    with file_size_limit(len(three(1)) + 20):
        with pytest.raises(OSError, match="Errno 27"):
            one.drain(takes)
        one.add([frame("three")])
        with pytest.raises(OSError, match="Errno 27"):
            one.drain(takes)
    assert (ids, one.holds(), spool.waiting(tmp_path / "spool")) == (["one", "two", "three"], False, 0)


def test_what_comes_after_a_file_was_removed_gets_another(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    one = Spool(folder)
    one.add([frame("one")])
    (path,) = spool.spool_files(folder)
    path.unlink()
    one.add([frame("two")])
    assert spool.waiting(folder) == 1
    assert drained(one) == ["one", "two"]


def test_nothing_in_a_spool_tells_what_is_sealed(tmp_path: Path) -> None:

    with samples.opened(tmp_path / "audit.sqlite3") as opened:
        group = appending.prepared([samples.record(patient="Patient/canary-7731")], opened.ring)
        written = content([appending.spooled(group, opened.ring)], tmp_path / "other")
    assert b"canary" not in written


def test_what_waits_is_not_held_in_memory(tmp_path: Path) -> None:
    size, count = 100_000, 100
    one = Spool(tmp_path / "spool")
    tracemalloc.start()
    for number in range(count):
        one.add([(Spooled(f"{number}", bytes(size)),)])
    held, _ = tracemalloc.get_traced_memory()
    gone, next_one = one, Spool(tmp_path / "spool")
    gone.close()
    next_one.adopt()
    adopted, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert max(held, adopted) < size * 5
    assert drained(next_one) == [f"{number}" for number in range(count)]
