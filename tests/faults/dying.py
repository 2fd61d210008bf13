"""A process that is killed while it decides: `python -m tests.faults.dying`.

It loads the service once and then forks: at each line `go` on its stdin a child opens the ledger that the environment names and decides
in several threads, telling each decision that was answered, until it is killed. Lines on stdout: `child PID`, `answered ID`, `dead`.
"""

import os
import sys
import threading
from dataclasses import replace
from typing import Any

from cds.foundation import settings
from cds.hooks.cards import EXTENSION
from cds.service import application, hook, ledgers
from cds.service.application import Application
from tests.benchmarks import body

THREADS = 4
SERVICE = "low-back-pain"


def main() -> None:
    """Forks at each `go`, one child at a time."""
    app = application.start(settings.read(), audited=False, clock=lambda: body.AT)
    for line in sys.stdin:
        if line == "go\n":
            _one_child(app)


def _one_child(app: Application) -> None:
    child = os.fork()
    if child == 0:
        try:
            _decide_for_ever(app)
        finally:
            os._exit(1)
    _tell(f"child {child}")
    os.waitpid(child, 0)
    _tell("dead")


def _decide_for_ever(app: Application) -> None:
    audited = replace(app, ledger=ledgers.for_service(app.settings, application.now))
    threads = [threading.Thread(target=_decide, args=(audited,)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _decide(app: Application) -> None:
    data = body.encoded(body.hook_request())
    while True:
        _tell(f"answered {_decision(hook.answer(app, SERVICE, data))}")


def _decision(answer: dict[str, Any]) -> str:
    return str(answer["cards"][0]["extension"][EXTENSION]["decisionId"])


def _tell(line: str) -> None:
    """In one write, which a pipe takes whole."""
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
