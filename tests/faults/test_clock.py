"""A clock that is set back or forth

Entries stay in the order in which they came, heads go on, and everything verifies.
"""

from datetime import UTC, datetime, timedelta
from random import Random

from cds.audit import ledger
from tests.audit import samples
from tests.faults import homes
from tests.faults.conftest import Measured
from tests.faults.homes import PLENTY, Home

JUMPS, JUMPS_IN_SHORT = 500, 25
START = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_a_clock_that_jumps_leaves_the_log_whole(home: Home, long: bool, measured: Measured) -> None:
    chance, jumps, now = Random(11), JUMPS if long else JUMPS_IN_SHORT, [START]
    with ledger.open_ledger(home.place, lambda: now[0], busy_seconds=PLENTY) as opened:
        for number in range(jumps):
            now[0] = START + timedelta(hours=chance.randint(-20_000, 20_000))
            opened.append(samples.record(f"jump-{number}", decided_at=now[0].isoformat().replace("+00:00", "Z")))
        told = [row.entry_id for row in opened.records()]
        head = opened.state()
    assert told == [f"jump-{number}" for number in range(jumps)]
    assert homes.wrong(home) == []
    assert head.head_size
    measured(jumps=jumps, out_of_order=0, newest_head_covers=head.head_size)
