"""Runs a process under strace, to see in which order it writes, syncs and answers, or to let the disk fail under it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

NO_STRACE = "strace is absent; on Debian: apt-get install strace"
NO_TRACING = "this machine lets no process be traced"
CALL = re.compile(r"^(?P<pid>\d+)\s+(?P<name>\w+)\((?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<pid>\d+)\s+<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$")
FILE = re.compile(r"^\d+<(?P<path>[^>]*)>")
WRITES = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "sendto", "sendmsg")
SYNCS = ("fsync", "fdatasync")


@dataclass(frozen=True)
class Call:
    """One system call that ended: its name, the file of its first argument, its other arguments, and what it gave; on which lines of the trace."""

    name: str
    path: str
    rest: str
    begun: int
    ended: int

    @property
    def succeeded(self) -> bool:
        """Whether it gave no error."""
        return not self.rest.rpartition(" = ")[2].startswith("-1")


def require() -> None:
    """Skips where nothing can be traced."""
    if not shutil.which("strace"):
        pytest.skip(NO_STRACE)
    if subprocess.run(("strace", "-o", os.devnull, "true"), capture_output=True, check=False).returncode:
        pytest.skip(NO_TRACING)


def tracer(log: Path, options: Sequence[str], *, longest: int = 64) -> tuple[str, ...]:
    """The command that traces what is put behind it, and so many bytes of each text."""
    return ("strace", "-f", "-y", "-s", str(longest), "-o", str(log), *options)


def beside(pid: int) -> tuple[str, ...]:
    """The option that traces a process too that runs already, and what it has started."""
    started = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return tuple(word for one in (str(pid), *started) for word in ("-p", one))


def run(arguments: Sequence[str], *, log: Path, environment: Mapping[str, str], options: Sequence[str] = ()) -> list[str]:
    """Runs `python -m ARGUMENTS` under strace; the lines that it printed."""
    command = (*tracer(log, options), sys.executable, "-m", *arguments)
    ended = subprocess.run(command, env=os.environ | dict(environment), capture_output=True, text=True, check=False, timeout=600)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def run_beside(pid: int, arguments: Sequence[str], lines: int, *, log: Path, environment: Mapping[str, str], options: Sequence[str]) -> list[str]:
    """Runs `python -m ARGUMENTS` under the same strace as a process that goes on running; the so many lines that it printed."""
    command = (*tracer(log, options), "-I", "2", *beside(pid), sys.executable, "-m", *arguments)
    with subprocess.Popen(command, env=os.environ | dict(environment), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as tracing:
        assert tracing.stdout
        told = [tracing.stdout.readline().rstrip("\n") for _ in range(lines)]
        tracing.send_signal(signal.SIGINT)
        tracing.wait(timeout=60)
    return told


def calls(log: Path) -> Iterator[Call]:
    """The calls in the order in which they ended. One that another line stands between began on the earlier of its two lines."""
    begun: dict[tuple[str, str], tuple[int, str]] = {}
    with log.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(text.rstrip("\n") for text in lines):
            if resumed := RESUMED.match(line):
                first, rest = begun.pop((resumed["pid"], resumed["name"]), (number, ""))
                yield _call(resumed["name"], rest + resumed["rest"], first, number)
            elif call := CALL.match(line):
                if call["rest"].endswith("<unfinished ...>"):
                    begun[call["pid"], call["name"]] = (number, call["rest"].removesuffix("<unfinished ...>"))
                else:
                    yield _call(call["name"], call["rest"], number, number)


def _call(name: str, rest: str, begun: int, ended: int) -> Call:
    file = FILE.match(rest)
    return Call(name, file["path"] if file else "", rest, begun, ended)
