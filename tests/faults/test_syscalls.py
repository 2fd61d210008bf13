"""In which order: written, synced, answered

A trace of the system calls shows that each answer leaves after what it rests on was synced. A kill cannot show that: the page cache outlives it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cds.audit.keys import keyring
from cds.audit.place import beside
from tests.audit.servers import Server
from tests.faults import homes, traces
from tests.faults.conftest import Measured
from tests.faults.homes import Home
from tests.faults.traces import Call

APPEND = "tests.faults.appending"
TRACED = ("-e", "trace=write,pwrite64,fsync,fdatasync")
COUNT, COUNT_IN_SHORT = 500, 12


@pytest.fixture
def filed(tmp_path: Path) -> Home:
    """An empty ledger in a file, with its keys."""
    place = beside(f"sqlite:///{tmp_path / 'audit.sqlite3'}", make_keys=True)
    keyring.open_ring(place)
    home = Home(replace(place, make_keys=False))
    home.open().close()
    return home


def before_each_answer(calls: Iterable[Call]) -> Iterator[list[Call]]:
    """The calls that ended since the answer before, for each answer."""
    since: list[Call] = []
    for call in calls:
        since.append(call)
        if call.name == "write" and '"answered ' in call.rest:
            yield since
            since = []


def synced_last(calls: Iterable[Call], suffix: str) -> bool:
    """Whether something was written to the file of that ending, and a good sync of it ended after the last such write."""
    about = [call for call in calls if call.path.endswith(suffix)]
    return any(call.name in ("write", "pwrite64") for call in about) and about[-1].name in ("fsync", "fdatasync") and about[-1].succeeded


def test_each_answer_leaves_after_the_sync_of_the_ledger(filed: Home, tmp_path: Path, long: bool, measured: Measured) -> None:
    traces.require()
    count, log = COUNT if long else COUNT_IN_SHORT, tmp_path / "trace"
    told = traces.run((APPEND, "traced", str(count)), log=log, environment=filed.environment, options=TRACED)
    answers = list(before_each_answer(traces.calls(log)))
    assert len(told) == len(answers) == count
    early = [number for number, calls in enumerate(answers) if not synced_last(calls, ".sqlite3-wal")]
    assert early == []
    measured(answers=count, before_their_sync=len(early))


def test_where_the_disk_fails_to_sync_each_answer_leaves_after_the_sync_of_the_spool(
    filed: Home, tmp_path: Path, long: bool, measured: Measured
) -> None:
    traces.require()
    count, log = COUNT if long else COUNT_IN_SHORT, tmp_path / "trace"
    failing = ("-e", "inject=fdatasync:error=EIO:when=5+")
    told = traces.run((APPEND, "failing", str(count)), log=log, environment=filed.environment, options=(*TRACED, *failing))
    answers = list(before_each_answer(traces.calls(log)))
    answered = [line.removeprefix("answered ") for line in told if line != "refused"]
    assert len(answers) == len(answered)
    spooled = [calls for calls in answers if any(call.path.endswith(".spool") for call in calls)]
    assert len(spooled) >= count // 2
    early = [calls for calls in answers if not synced_last(calls, ".spool") and not synced_last(calls, ".sqlite3-wal")]
    assert early == []
    assert homes.lost(filed, answered) == []
    measured(answers=len(answered), from_the_spool=len(spooled), before_their_sync=len(early), lost=0)


def test_a_disk_that_syncs_nothing_gives_no_answer(filed: Home, tmp_path: Path, measured: Measured) -> None:
    traces.require()
    failing = ("-e", "inject=fdatasync,fsync:error=EIO:when=6+")
    told = traces.run((APPEND, "dead", "30"), log=tmp_path / "trace", environment=filed.environment, options=(*TRACED, *failing))
    answered = [line.removeprefix("answered ") for line in told if line != "refused"]
    assert "refused" in told
    assert told.index("refused") == len(answered), "nothing is answered after the first refusal"
    assert homes.lost(filed, answered) == []
    measured(asked=len(told), answered=len(answered), refused=told.count("refused"), lost=0)


def synced(calls: Sequence[Call], part: str) -> bool:
    """Whether a good sync of a file with this in its path ended after the first write to it."""
    about = [call for call in calls if part in call.path]
    first = next((at for at, call in enumerate(about) if call.name in ("write", "pwrite64", "pwritev", "pwritev2")), len(about))
    return any(call.name in ("fsync", "fdatasync") and call.succeeded for call in about[first:])


def test_each_answer_leaves_after_the_sync_of_postgresql(server: Server, tmp_path: Path, long: bool, measured: Measured) -> None:
    traces.require()
    place = beside(server.fresh(), heads=tmp_path / "heads", spool=tmp_path / "spool", keys=tmp_path / "keys" / "keys.toml", make_keys=True)
    home, count, log = Home(place), COUNT if long else COUNT_IN_SHORT, tmp_path / "trace"
    home.open().close()
    options = ("-e", "trace=write,pwrite64,pwritev,pwritev2,fsync,fdatasync")
    pid = server.server.get_pid()
    assert pid
    told = traces.run_beside(pid, (APPEND, "traced", str(count)), count, log=log, environment=home.environment, options=options)
    answers = list(before_each_answer(traces.calls(log)))
    assert len(told) == len(answers) == count
    early = [number for number, calls in enumerate(answers) if not synced(calls, "/pg_wal/")]
    assert early == []
    measured(answers=count, before_their_sync=len(early))
