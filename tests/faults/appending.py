"""A process that appends decisions to the ledger that the environment names: `python -m tests.faults.appending NAME COUNT [FILE-SIZE-LIMIT]`.

It tells each as `answered ID`, or as `refused` where nobody may be told; with the third word no file of it may grow beyond so many bytes.
"""

import os
import resource
import signal
import sys

from cds.foundation import settings
from cds.foundation.errors import LedgerUnavailable
from cds.service import application, ledgers
from tests.audit import samples

PADDING = 4_000


def main(name: str, count: int, limit: int = 0) -> None:
    """Appends so many, one after the other; decisions are named after the process."""
    with ledgers.for_service(settings.read(), application.now) as opened:
        if limit:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        for number in range(count):
            try:
                opened.append(samples.record(f"{name}-{number}", padding=PADDING))
            except LedgerUnavailable:
                _tell("refused")
            else:
                _tell(f"answered {name}-{number}")


def _tell(line: str) -> None:
    """In one write, which a trace shows whole."""
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *map(int, sys.argv[3:]))
