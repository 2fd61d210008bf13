"""The command that is run after each signed head: with next to no environment, and not for ever."""

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from cds.audit import faults

SECONDS = 60.0
CLOSING_SECONDS = 5.0
"""How long a service that was told to end waits for the command; behind it stands who would kill the service."""
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}


class Teller:
    """Runs the command for one head after another, on a thread of its own, with the head's path behind its words."""

    def __init__(self, command: Sequence[str], *, seconds: float = SECONDS, closing_seconds: float = CLOSING_SECONDS) -> None:
        self._command = tuple(command)
        self._seconds, self._closing_seconds = seconds, closing_seconds
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._over = False
        self._waiting: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self.trouble = ""
        self._thread = threading.Thread(target=self._work, name="heads", daemon=True)
        self._thread.start()

    def tell(self, path: Path) -> None:
        """Has the command run for this head, when it was run for those before."""
        self._waiting.put(path)

    def close(self) -> None:
        """Waits until the command was run for all; after the closing seconds it is killed, and not run for the others, whose heads are there."""
        self._waiting.put(None)
        self._thread.join(self._closing_seconds)
        with self._turn:
            self._over = True
            if self._process and self._process.poll() is None:
                _kill(self._process)
        self._thread.join()

    def _work(self) -> None:
        while (path := self._waiting.get()) and not self._over:
            self.trouble = self._run(path)

    def _run(self, path: Path) -> str:
        """Why the command did not end well; empty where it did. It gets no words of ours but the path, and its output is not kept."""
        size = int(path.stem)
        asked = f"Run it by hand for the head of {size} records to see why, and for those before it."
        try:
            code = self._ended(path)
        except (OSError, ValueError) as error:
            return f"The command for heads cannot be run ({faults.kind(error)}). {asked}"
        except subprocess.TimeoutExpired:
            return f"The command for heads took more than {self._seconds:.0f} seconds and was ended. {asked}"
        return "" if code == 0 else f"The command for heads ended with {code}. {asked}"

    def _ended(self, path: Path) -> int:
        """With what it ended. It runs in a process group of its own, which is killed whole when its time is over."""
        process = self._begun([*self._command, str(path)])
        with process:
            try:
                return process.wait(self._seconds)
            except subprocess.TimeoutExpired:
                _kill(process)
                raise

    def _begun(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        with self._turn:
            if self._over:
                raise subprocess.TimeoutExpired(words, self._closing_seconds)
            self._process = subprocess.Popen(words, env=ENVIRONMENT, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
            return self._process


def run(command: Sequence[str], path: Path) -> str:
    """Runs the command, where there is one, for this head and waits for it; why it did not end well, empty where it did."""
    if not command:
        return ""
    teller = Teller(command, closing_seconds=SECONDS)
    teller.tell(path)
    teller.close()
    return teller.trouble


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
