"""Who holds a folder of heads: services beside each other, or a restore alone; whoever made the file that they hold."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cds.audit.faults import LedgerRefused
from cds.audit.tree import inuse
from tests.audit.limits import NOBODY, unprivileged


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of heads of an ordinary user."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        heads = Path(made) / "log"
        heads.mkdir(mode=0o755)
        if os.geteuid() == 0:
            os.chown(heads, NOBODY, NOBODY)
        yield heads


def test_services_hold_a_folder_beside_each_other_and_nobody_alone_meanwhile(folder: Path) -> None:
    with ExitStack() as first, ExitStack() as second:
        inuse.hold(folder, first)
        inuse.hold(folder, second)
        with ExitStack() as third, pytest.raises(LedgerRefused, match="a service signs"):
            inuse.hold_alone(folder, third)


def test_a_folder_that_nobody_held_before_is_held_alone_too(folder: Path) -> None:
    with ExitStack() as alone:
        inuse.hold_alone(folder, alone)
        with ExitStack() as other, pytest.raises(LedgerRefused, match="being restored"):
            inuse.hold(folder, other)
    assert [path.name for path in folder.iterdir()] == [inuse.NAME]


def test_what_a_restore_by_root_held_the_service_holds_afterwards(folder: Path) -> None:
    with ExitStack() as alone:
        inuse.hold_alone(folder, alone)
    with unprivileged(), ExitStack() as service:
        inuse.hold(folder, service)
        with ExitStack() as other, pytest.raises(LedgerRefused, match="a service signs"):
            inuse.hold_alone(folder, other)


@pytest.mark.parametrize(("folders", "files"), [(0o755, 0o600), (0o700, 0o600), (0o775, 0o660), (0o777, 0o666)])
def test_whoever_may_make_files_in_the_folder_may_hold_it_and_nobody_else(folder: Path, folders: int, files: int) -> None:
    folder.chmod(folders)
    with ExitStack() as alone:
        inuse.hold_alone(folder, alone)
    assert (folder / inuse.NAME).stat().st_mode & 0o777 == files


def test_where_there_is_no_folder_none_is_made_to_be_held_alone(folder: Path) -> None:
    with ExitStack() as alone:
        inuse.hold_alone(folder / "nowhere", alone)
    assert not (folder / "nowhere").exists()


def test_a_folder_that_takes_no_files_is_not_held_by_a_service_and_stops_no_service(folder: Path) -> None:
    folder.chmod(0o555)
    with unprivileged(), ExitStack() as service:
        inuse.hold(folder, service)
    assert not (folder / inuse.NAME).exists()
