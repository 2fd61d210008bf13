"""The command for heads is ended with all that it started."""

import os
import select
from pathlib import Path

from cds.audit.tree import heads
from cds.audit.tree.headcommand import Teller


def test_what_the_command_started_ends_with_it_at_its_time_limit(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    teller = Teller(("sh", "-c", 'exec 3>"$0"; tail -f /dev/null & echo begun >&3; wait', str(pipe)), seconds=1.0)
    teller.tell(tmp_path / heads.name(5))
    teller.close()
    assert "was ended" in teller.trouble
    told = b""
    while select.select([handle], [], [], 20.0)[0] and (more := os.read(handle, 100)):
        told += more
    assert told == b"begun\n"
    assert select.select([handle], [], [], 0.0)[0], "somebody still holds the pipe"
    os.close(handle)


def test_at_the_end_a_command_that_hangs_is_killed_and_not_begun_again(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    teller = Teller(("sh", "-c", 'echo "$1" > "$0"; exec tail -f /dev/null', str(pipe)), seconds=3600.0, closing_seconds=0.2)
    for size in (1, 2):
        teller.tell(tmp_path / f"{size:020d}.checkpoint")
    assert select.select([handle], [], [], 20.0)[0], "it was not begun"
    teller.close()
    assert os.read(handle, 1_000).count(b"checkpoint") == 1
    os.close(handle)
    assert "ended with -9" in teller.trouble
