"""Kills processes that decide, and keeps what they had answered."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random


@dataclass
class Mortals:
    """A process that forks children which decide; `answered` are the ids of all decisions that somebody was told."""

    process: subprocess.Popen[str]
    answered: list[str] = field(default_factory=list)

    def kill_one(self, after: int) -> int:
        """Starts a child, kills it after it told of so many decisions, and hears it out; how many it told of."""
        pid = self._start()
        before = len(self.answered)
        for line in self._lines():
            word, _, name = line.partition(" ")
            if word == "dead":
                break
            self.answered.append(name)
            if len(self.answered) - before == after:
                os.kill(pid, signal.SIGKILL)
        return len(self.answered) - before

    def kill(self, times: int, chance: Random, most: int = 16) -> None:
        """Kills so many, each after a number of decisions drawn by `chance`."""
        for _ in range(times):
            after = chance.randint(1, most)
            assert self.kill_one(after) >= after, "a child ended before it was killed"

    def _start(self) -> int:
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        word, _, pid = next(self._lines()).partition(" ")
        assert word == "child"
        return int(pid)

    def _lines(self) -> Iterator[str]:
        assert self.process.stdout
        while line := self.process.stdout.readline():
            yield line.rstrip("\n")
        raise AssertionError("the process that forks has ended")


@contextmanager
def mortals(environment: Mapping[str, str]) -> Iterator[Mortals]:
    """The forking process, with these settings beside the environment."""
    command = (sys.executable, "-m", "tests.faults.dying")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | dict(environment)) as process:
        try:
            yield Mortals(process)
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(timeout=60)
