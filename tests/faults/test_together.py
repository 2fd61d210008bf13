"""Several at once

Processes on one host, and hosts on one database, share one log; nobody's record is lost or doubled, and the tree has no gap.
"""

import os
import subprocess
import sys

from tests.faults import homes
from tests.faults.conftest import Measured
from tests.faults.homes import Home

PROCESSES = 2
COUNT, COUNT_IN_SHORT = 2_000, 60


def test_processes_at_once_share_one_log(home: Home, long: bool, measured: Measured) -> None:
    count, environment = COUNT if long else COUNT_IN_SHORT, os.environ | dict(home.environment)
    commands = [(sys.executable, "-m", "tests.faults.appending", f"process-{number}", str(count)) for number in range(PROCESSES)]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for command in commands]
    told = [line for process in running for line in process.communicate(timeout=600)[0].splitlines()]
    answered = [line.removeprefix("answered ") for line in told if line != "refused"]
    assert len(set(answered)) == len(told) == PROCESSES * count
    assert homes.lost(home, answered) == []
    assert homes.size(home) == len(answered)
    assert homes.wrong(home) == []
    measured(processes=PROCESSES, answered=len(answered), lost=0, doubled=0)
