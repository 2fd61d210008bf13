"""In which order: written, synced, answered

A trace of the system calls shows that each answer leaves after what it rests on was synced. A kill cannot show that: the page cache outlives it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cds.audit.keys import keyring
from cds.audit.place import beside
from tests.audit.servers import Server
from tests.faults import homes, served, traces
from tests.faults.conftest import Measured
from tests.faults.homes import Home
from tests.faults.traces import Call

APPEND = "tests.faults.appending"
TRACED = ("-e", "trace=write,pwrite64,fsync,fdatasync")
SERVED = ("-e", "trace=recvfrom,write,writev,sendto,sendmsg,pwrite64,pwritev,pwritev2,fsync,fdatasync")
LONGEST = 65_536
"""Bytes of a text that are traced: more than an answer, or what a store writes at once."""
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COUNT, COUNT_IN_SHORT = 500, 12
SERVED_COUNT, SERVED_COUNT_IN_SHORT = 100, 6


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


def in_database(server: Server, folder: Path) -> Home:
    """An empty ledger in a database, with its keys."""
    place = beside(server.fresh(), heads=folder / "heads", spool=folder / "spool", keys=folder / "keys" / "keys.toml", make_keys=True)
    home = Home(place)
    home.open().close()
    return home


def synced(calls: Sequence[Call], part: str) -> bool:
    """Whether a good sync of a file with this in its path ended after the first write to it."""
    about = [call for call in calls if part in call.path]
    first = next((at for at, call in enumerate(about) if call.name in ("write", "pwrite64", "pwritev", "pwritev2")), len(about))
    return any(call.name in ("fsync", "fdatasync") and call.succeeded for call in about[first:])


def test_each_answer_leaves_after_the_sync_of_postgresql(server: Server, tmp_path: Path, long: bool, measured: Measured) -> None:
    traces.require()
    home, count, log = in_database(server, tmp_path), COUNT if long else COUNT_IN_SHORT, tmp_path / "trace"
    options = ("-e", "trace=write,pwrite64,pwritev,pwritev2,fsync,fdatasync")
    pid = server.server.get_pid()
    assert pid
    told = traces.run_beside(pid, (APPEND, "traced", str(count)), count, log=log, environment=home.environment, options=options)
    answers = list(before_each_answer(traces.calls(log)))
    assert len(told) == len(answers) == count
    early = [number for number, calls in enumerate(answers) if not synced(calls, "/pg_wal/")]
    assert early == []
    measured(answers=count, before_their_sync=len(early))


def over_http(calls: Iterable[Call]) -> list[list[Call]]:
    """What was read from each connection that a hook was called over, and written to it, from the call on."""
    found: dict[str, list[Call]] = {}
    for call in calls:
        if call.path.startswith("socket:") and (call.path in found or "POST /cds-services/" in call.rest):
            found.setdefault(call.path, []).append(call)
    return list(found.values())


def wrote(calls: Iterable[Call]) -> dict[str, Call]:
    """The first call that wrote each id."""
    found: dict[str, Call] = {}
    for call in calls:
        if call.name in traces.WRITES:
            for one in UUID.findall(call.rest):
                found.setdefault(one, call)
    return found


def left_early(calls: Collection[Call], answered: Iterable[str], wal: str) -> list[str]:
    """The decisions whose answer over HTTP began to leave before a good sync of their record ended.

    That sync of the store's log began after the request came and after the record, which has the id of its decision, was written there.
    """
    about = [call for call in calls if wal in call.path]
    records, syncs = wrote(about), [call for call in about if call.name in traces.SYNCS and call.succeeded]
    exchanges = {one: exchange for exchange in over_http(calls) for one in wrote(exchange)}

    def early(one: str) -> bool:
        asked, left = exchanges[one][0], next(call for call in exchanges[one] if call.name in traces.WRITES)
        assert "HTTP/1.1 200" in left.rest
        since = max(asked.ended, records[one].ended)
        return not any(since < sync.begun and sync.ended < left.begun for sync in syncs)

    return [one for one in answered if one not in records or early(one)]


ANSWERED = "d571e368-7116-4dc1-bdd5-c5bf5dc85935"
ASKED = '7 recvfrom(9<socket:[3]>, "POST /cds-services/low-back-pain HTTP/1.1\\r\\n", 8192, 0, NULL, NULL) = 150'
RECORD = f'8 pwrite64(5<ledger/audit.sqlite3-wal>, "\\0\\5{ANSWERED}", 4096, 32) = 4096'
SYNC = "8 fdatasync(5<ledger/audit.sqlite3-wal>) = 0"
FAILED = "8 fdatasync(5<ledger/audit.sqlite3-wal>) = -1 EIO (Input/output error)"
SYNC_BEGINS, SYNC_ENDS = "8 fdatasync(5<ledger/audit.sqlite3-wal> <unfinished ...>", "8 <... fdatasync resumed>) = 0"
HEADERS = '7 writev(9<socket:[3]>, [{iov_base="HTTP/1.1 200 OK\\r\\n", iov_len=401}], 1) = 401'
BODY = f'7 writev(9<socket:[3]>, [{{iov_base="{{\\"decisionId\\":\\"{ANSWERED}\\"", iov_len=117}}], 1) = 117'


@pytest.mark.parametrize(
    ("lines", "early"),
    [
        ((ASKED, RECORD, SYNC, HEADERS, BODY), []),
        ((ASKED, RECORD, SYNC_BEGINS, SYNC_ENDS, HEADERS, BODY), []),
        ((ASKED, RECORD, SYNC_BEGINS, HEADERS, SYNC_ENDS, BODY), [ANSWERED]),
        ((ASKED, RECORD, HEADERS, SYNC, BODY), [ANSWERED]),
        ((ASKED, RECORD, HEADERS, BODY, SYNC), [ANSWERED]),
        ((ASKED, SYNC_BEGINS, RECORD, SYNC_ENDS, HEADERS, BODY), [ANSWERED]),
        ((ASKED, RECORD, FAILED, HEADERS, BODY), [ANSWERED]),
        ((ASKED, SYNC, HEADERS, BODY), [ANSWERED]),
    ],
)
def test_an_answer_that_leaves_before_the_sync_of_its_record_is_found_in_a_trace(lines: Sequence[str], early: Sequence[str], tmp_path: Path) -> None:
    (tmp_path / "trace").write_text("\n".join(lines), encoding="utf-8")
    assert left_early(list(traces.calls(tmp_path / "trace")), [ANSWERED], ".sqlite3-wal") == early


def test_each_answer_over_http_leaves_after_the_sync_of_its_record(filed: Home, tmp_path: Path, long: bool, measured: Measured) -> None:
    traces.require()
    count, log = SERVED_COUNT if long else SERVED_COUNT_IN_SHORT, tmp_path / "trace"
    tracer = traces.tracer(log, ("--seccomp-bpf", *SERVED), longest=LONGEST)
    answered = served.traced(tracer, filed.environment, tmp_path / "service.log", in_turn=count, at_once=count)
    early = left_early(list(traces.calls(log)), answered, ".sqlite3-wal")
    assert len(set(answered)) == 2 * count
    assert early == []
    measured(answers=len(answered), one_after_the_other=count, several_at_once=count, before_their_sync=len(early))


def test_each_answer_over_http_leaves_after_the_sync_of_its_record_in_postgresql(
    server: Server, tmp_path: Path, long: bool, measured: Measured
) -> None:
    traces.require()
    home, count, log = in_database(server, tmp_path), SERVED_COUNT if long else SERVED_COUNT_IN_SHORT, tmp_path / "trace"
    pid = server.server.get_pid()
    assert pid
    tracer = traces.tracer(log, (*SERVED, *traces.beside(pid)), longest=LONGEST)
    answered = served.traced(tracer, home.environment, tmp_path / "service.log", in_turn=count, at_once=count)
    early = left_early(list(traces.calls(log)), answered, "/pg_wal/")
    assert len(set(answered)) == 2 * count
    assert early == []
    measured(answers=len(answered), one_after_the_other=count, several_at_once=count, before_their_sync=len(early))
