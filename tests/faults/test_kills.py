"""Killed at any moment

A decision that somebody was told is in the ledger afterwards, whatever was killed.
"""

from pathlib import Path
from random import Random

from tests.faults import homes, served
from tests.faults.conftest import Measured
from tests.faults.homes import Home
from tests.faults.mortals import mortals

KILLS = 1_000
KILLS_IN_SHORT = 12
AT_A_TIME = 100
SERVICES, SERVICES_IN_SHORT = 30, 1


def test_no_decision_that_was_answered_is_lost_by_kills_under_load(home: Home, long: bool, measured: Measured) -> None:
    chance, kills = Random(7), KILLS if long else KILLS_IN_SHORT
    with mortals(home.environment) as process:
        for done in range(0, kills, AT_A_TIME):
            process.kill(min(AT_A_TIME, kills - done), chance)
            assert homes.lost(home, process.answered) == []
    held = homes.size(home)
    assert held >= len(process.answered) >= kills
    assert homes.wrong(home) == []
    measured(kills=kills, answered=len(process.answered), lost=0, entries_in_the_ledger=held)


def test_no_answer_that_left_over_http_is_lost_when_the_service_is_killed(home: Home, tmp_path: Path, long: bool, measured: Measured) -> None:
    chance, kills = Random(17), SERVICES if long else SERVICES_IN_SHORT
    answered: list[str] = []
    for _ in range(kills):
        answered += served.killed_after(chance.randint(1, 60), home.environment, tmp_path / "service.log")
    assert homes.lost(home, answered) == []
    assert homes.wrong(home) == []
    measured(kills=kills, answered=len(answered), lost=0)
