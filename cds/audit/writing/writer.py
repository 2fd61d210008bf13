"""One writer a process: callers put what they bring in a queue and wait; its thread takes all that is there, in one transaction with one sync.

A caller is told of an entry when it is on a disk, in the store or in the spool, and never before.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar

from cds.audit.rows import Writing
from cds.audit.writing.appending import Added, Group
from cds.audit.writing.inbox import FULL, Inbox
from cds.audit.writing.turns import Means, Turns
from cds.foundation.errors import LedgerUnavailable

WAKE_SECONDS = 1.0
T = TypeVar("T")
FORKED = "The audit ledger was opened before a fork. Open it in each worker."
UNANSWERED = "The audit ledger gave no answer for a record. Report this: it is a fault of the service."


@dataclass(frozen=True)
class Job:
    """What one caller waits for: that entries are kept, or that a task was done."""

    group: Group = ()
    task: Callable[[], Any] | None = None
    future: "Future[Any]" = field(default_factory=Future)

    def size(self) -> int:
        """About how many bytes it adds."""
        return sum(one.size for one in self.group)

    def alone(self) -> bool:
        """Whether it is a task."""
        return self.task is not None


class Writer:
    """The writing end of a ledger; safe for all threads of the process that made it. Its own thread begins with the first call."""

    def __init__(self, means: Means, *, patience: float) -> None:
        self._patience = patience
        self._process = os.getpid()
        self._inbox: Inbox[Job] = Inbox(size=Job.size, alone=Job.alone)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._turns = Turns(means)

    @property
    def trouble(self) -> str:
        """Why the store does not take what comes, or which keys in it do not open; empty while all is well."""
        return " ".join(text for text in (self._turns.trouble, self._turns.unopened) if text)

    @property
    def waiting(self) -> int:
        """How many callers wait for their turn."""
        return len(self._inbox)

    def append(self, group: Group) -> Added:
        """Keeps the group: on a disk when this returns. Raises LedgerUnavailable where neither store nor spool took it."""
        added: Added = self._ask(Job(group=group))
        return added

    def within(self, task: Callable[[Writing], T]) -> T:
        """What the task gives, which runs in a transaction of its own after all that was brought before. Nothing may wait in the spool."""
        told: T = self._ask(Job(task=lambda: self._turns.within(task)))
        return told

    def ready(self) -> str:
        """Raises LedgerUnavailable unless a record could be kept now; tells what is wrong where it could nevertheless, else nothing."""
        told: str = self._ask(Job(task=self._turns.ready))
        return told

    def close(self) -> None:
        """Finishes what was brought, and ends; what comes later raises LedgerUnavailable. Of a writer carried over a fork nothing is touched."""
        if self._process != os.getpid():
            return
        self._inbox.close()
        with self._starting:
            if self._thread:
                self._thread.join()
        self._turns.close()

    def _ask(self, job: Job) -> Any:
        """Waits for its turn, and once that has come for its end: what was begun is never left in doubt."""
        if self._process != os.getpid():
            raise LedgerUnavailable(FORKED)
        self.start()
        self._inbox.put(job)
        try:
            return job.future.result(timeout=self._patience)
        except TimeoutError:
            if job.future.cancel():
                raise LedgerUnavailable(FULL) from None
            return job.future.result()

    def start(self) -> None:
        """Begins, if it has not: what earlier processes left in the spool is brought to the store without anybody asking."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (jobs := self._inbox.take(WAKE_SECONDS)) is not None:
            begun = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            with _Answering(begun, self._turns):
                self._turn(begun)
                self._turns.end()

    def _turn(self, jobs: Sequence[Job]) -> None:
        self._turns.begin(idle=not jobs)
        groups = [job for job in jobs if not job.task]
        if groups:
            outcomes = self._turns.keep([job.group for job in groups])
            for job, outcome in zip(groups, outcomes, strict=True):
                job.future.set_exception(outcome) if isinstance(outcome, BaseException) else job.future.set_result(outcome)
        for job in jobs:
            if job.task:
                job.future.set_result(job.task())


class _Answering(AbstractContextManager[None]):
    """Whatever happens inside, every caller is told: an error is raised where the job came from, and the thread goes on with the next."""

    def __init__(self, jobs: Sequence[Job], turns: Turns) -> None:
        self._jobs, self._turns = jobs, turns

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        waiting = [job for job in self._jobs if not job.future.done()]
        for job in waiting:
            job.future.set_exception(error or LedgerUnavailable(UNANSWERED))
        if error and not waiting:
            self._turns.trouble = f"The writer of the audit ledger met an error that it does not know ({type(error).__name__}). Report this."
        return isinstance(error, Exception)
