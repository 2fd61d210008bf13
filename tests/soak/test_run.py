"""The memory of the service does not grow with the requests that it answered; in short, with the bound of the long run."""

import pytest

from tests.soak import memory, run

FIRST, LAST = 100, 300


@pytest.mark.skipif(not memory.STATM.exists(), reason="this system has no /proc: run the soak on Linux")
def test_the_memory_stays_while_requests_go_on() -> None:
    found = run.memory(FIRST, LAST)
    assert found["good"] > LAST / 2
    assert run.growth(found) <= run.MOST_GROWTH


def test_a_growth_is_told_from_none() -> None:
    assert run.growth({"first": 100, "last": 106}) > run.MOST_GROWTH >= run.growth({"first": 100, "last": 104})
    assert run.growth({"first": 100, "last": 90}) < 0
