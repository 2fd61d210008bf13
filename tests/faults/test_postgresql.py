"""PostgreSQL that stops, is killed and starts

While the server is away answers rest on the spool; when it is back they are in the log, once each.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cds.audit.keys import keyring
from cds.audit.place import beside
from cds.audit.writing import spool
from tests.audit import samples
from tests.audit.servers import Server
from tests.faults import homes
from tests.faults.conftest import Measured
from tests.faults.homes import Home

STOPS, STOPS_IN_SHORT = 20, 2
BETWEEN = 5


@pytest.mark.parametrize("ending", [Server.stop, Server.kill], ids=["stopped", "killed"])
def test_nothing_is_lost_while_the_server_is_stopped_or_killed_and_started(
    server: Server, tmp_path: Path, long: bool, measured: Measured, ending: Callable[[Server], None]
) -> None:
    place = beside(server.fresh(), heads=tmp_path / "heads", spool=tmp_path / "spool", keys=tmp_path / "keys" / "keys.toml", make_keys=True)
    keyring.open_ring(place)
    home, stops = Home(replace(place, make_keys=False)), STOPS if long else STOPS_IN_SHORT
    answered: list[str] = []
    waited = 0
    with home.open() as opened:
        for number in range(stops):
            for turn, change in enumerate((lambda: None, lambda: ending(server), server.start)):
                change()
                for one in range(BETWEEN):
                    opened.append(samples.record(f"stop-{number}-{turn}-{one}"))
                    answered.append(f"stop-{number}-{turn}-{one}")
                waited = max(waited, spool.waiting(place.spool / opened.log_id))
            opened.ready()
            assert opened.state().spooled == 0
    assert waited >= BETWEEN
    assert homes.lost(home, answered) == []
    assert homes.size(home) == len(answered)
    assert homes.wrong(home) == []
    measured(stops=stops, answered=len(answered), lost=0, doubled=0)
