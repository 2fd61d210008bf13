"""Disks that fill and files that may not grow

What cannot be written is refused, what was answered is kept, and the ledger goes on once there is room again.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cds.audit import ledger
from cds.audit.keys import keyring
from cds.audit.ledger import Ledger
from cds.audit.place import Place, beside
from cds.foundation.errors import LedgerUnavailable
from cds.service import application
from tests.audit import samples
from tests.faults import disks, homes
from tests.faults.conftest import Measured
from tests.faults.homes import Home

ROUNDS, ROUNDS_IN_SHORT = 20, 2
MOST = 5_000
LIMIT = 700_000


def appended(opened: Ledger, name: str, most: int = MOST) -> list[str]:
    """The decisions that were answered until the first refusal."""
    answered: list[str] = []
    for number in range(most):
        try:
            opened.append(samples.record(f"{name}-{number}", padding=4_000))
        except LedgerUnavailable:
            return answered
        answered.append(f"{name}-{number}")
    return answered


def place_in(folder: Path, *, spool: Path) -> Place:
    """A ledger in a file in the folder; its keys and heads stand elsewhere."""
    aside = folder.parent / "aside"
    place = beside(f"sqlite:///{folder / 'audit.sqlite3'}", heads=aside / "heads", keys=aside / "keys" / "keys.toml", spool=spool, make_keys=True)
    keyring.open_ring(place)
    return replace(place, make_keys=False)


def test_a_full_disk_refuses_and_goes_on_after_space_returns(tmp_path: Path, long: bool, measured: Measured) -> None:
    answered: list[str] = []
    with disks.small(tmp_path / "disk") as mounted:
        if not mounted:
            pytest.skip("nothing may be mounted here: run as root, or where user namespaces may mount")
        home = Home(place_in(tmp_path / "disk", spool=tmp_path / "disk" / "spool"))
        rounds = ROUNDS if long else ROUNDS_IN_SHORT
        with home.open() as opened:
            for number in range(rounds):
                ballast = disks.fill(tmp_path / "disk")
                filled = appended(opened, f"full-{number}")
                assert len(filled) < MOST, "a full disk took everything"
                ballast.unlink()
                opened.ready()
                more = appended(opened, f"free-{number}", 5)
                assert len(more) == 5
                answered += filled + more
        assert homes.lost(home, answered) == []
        assert homes.wrong(home) == []
    measured(times_full=rounds, answered=len(answered), lost=0)


def test_while_its_disk_is_full_the_spool_on_another_takes_what_comes(tmp_path: Path, long: bool, measured: Measured) -> None:
    with disks.small(tmp_path / "disk") as mounted:
        if not mounted:
            pytest.skip("nothing may be mounted here: run as root, or where user namespaces may mount")
        home = Home(place_in(tmp_path / "disk", spool=tmp_path / "spool"))
        with home.open() as opened:
            ballast = disks.fill(tmp_path / "disk")
            answered = appended(opened, "spooled", 400 if long else 40)
            waiting = opened.state().spooled
            assert len(answered) == (400 if long else 40)
            assert waiting
            ballast.unlink()
            opened.ready()
            assert opened.state().spooled == 0
        assert homes.lost(home, answered) == []
        assert homes.wrong(home) == []
    measured(answered=len(answered), waited_in_the_spool=waiting, lost=0)


def run(arguments: Sequence[str], home: Home) -> list[str]:
    """What a process of these words told."""
    command = (sys.executable, "-m", *arguments)
    ended = subprocess.run(command, env=os.environ | dict(home.environment), capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_files_that_may_not_grow_and_short_writes_lose_nothing(tmp_path: Path, long: bool, measured: Measured) -> None:
    (tmp_path / "disk").mkdir()
    home = Home(place_in(tmp_path / "disk", spool=tmp_path / "disk" / "spool"))
    answered: list[str] = []
    refused = 0
    for number in range(ROUNDS if long else ROUNDS_IN_SHORT):
        told = run(("tests.faults.appending", f"short-{number}", "400", str(LIMIT + 777 * number)), home)
        refused += told.count("refused")
        answered += [line.removeprefix("answered ") for line in told if line != "refused"]
        assert homes.lost(home, answered) == []
    assert refused
    assert homes.wrong(home) == []
    measured(processes=ROUNDS if long else ROUNDS_IN_SHORT, answered=len(answered), refused=refused, lost=0)


def test_a_spool_that_cannot_be_written_either_answers_nothing(tmp_path: Path, measured: Measured) -> None:
    with disks.small(tmp_path / "disk") as mounted:
        if not mounted:
            pytest.skip("nothing may be mounted here: run as root, or where user namespaces may mount")
        place = place_in(tmp_path / "disk", spool=tmp_path / "disk" / "spool")
        with ledger.open_ledger(place, application.now, busy_seconds=homes.PLENTY) as opened:
            appended(opened, "before", 3)
            disks.fill(tmp_path / "disk")
            appended(opened, "filling")
            with pytest.raises(LedgerUnavailable, match="full"):
                opened.append(samples.record("refused", padding=100_000))
            assert opened.find("refused") is None
    measured(refused=1, found=0)
