"""How many recorded decisions are made again in a second, by one process and by several."""

import tempfile
import time
from dataclasses import dataclass

from cds.foundation.settings import Settings
from cds.service import application, hook, replay
from cds.service.replay import Asked
from tests.benchmarks import body

SERVICE = "low-back-pain"
DECISIONS = 2_000


@dataclass(frozen=True)
class Replays:
    """Decisions a second; `rate` includes opening the ledger, loading the release and starting the processes."""

    decisions: int
    processes: int
    rate: float


def measured(*, decisions: int = DECISIONS, processes: tuple[int, ...] = (1, 2)) -> tuple[Replays, ...]:
    """Replays a ledger of so many decisions, all of them alike but in their ids, by each number of processes."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(audit_url=f"sqlite:///{folder}/audit.sqlite3")
        _fill(settings, decisions)
        return tuple(_timed(settings, decisions, number) for number in processes)


def _timed(settings: Settings, decisions: int, processes: int) -> Replays:
    begun = time.perf_counter()
    report = replay.replay(settings, Asked(), actor="service", processes=processes)
    seconds = time.perf_counter() - begun
    if report.counts["identical"] != decisions:
        raise AssertionError(f"{decisions} decisions were made and {report.counts['identical']} came again")
    return Replays(decisions, processes, decisions / seconds)


def _fill(settings: Settings, decisions: int) -> None:
    app = application.start(settings, clock=lambda: body.AT)
    data = body.encoded(body.hook_request())
    for _ in range(decisions):
        hook.answer(app, SERVICE, data)
    application.stop(app)
