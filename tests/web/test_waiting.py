"""A worker waits for a ledger that may come back, and for nothing else."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from cds.audit.faults import KeysRefused, LedgerRefused
from cds.foundation.errors import CdsError, ContentError, Diagnostic, LedgerUnavailable
from cds.foundation.settings import BadSettings
from cds.web import waiting
from cds.web.logs import lines

AWAY = Diagnostic("error", LedgerUnavailable.code, "The database server cannot be reached.")
REFUSED = Diagnostic("error", LedgerRefused.code, "It does not sync.")


def raising(errors: Iterator[CdsError]) -> Callable[[], str]:
    """What raises these errors in turn, and then begins."""

    def begin() -> str:
        for error in errors:
            raise error
        return "begun"

    return begin


def test_it_is_begun_again_after_a_pause_until_the_ledger_is_there() -> None:
    paused: list[float] = []
    begin = raising(iter([LedgerUnavailable("Away."), BadSettings("No.", more=(AWAY,))]))
    assert waiting.for_ledger(begin, lines("error"), paused.append) == "begun"
    assert paused == [waiting.EVERY_SECONDS] * 2


@pytest.mark.parametrize(
    "error", [LedgerRefused("No."), KeysRefused("No."), ContentError("No."), BadSettings("No."), BadSettings("No.", more=(AWAY, REFUSED))]
)
def test_what_waiting_does_not_mend_is_raised_at_once(error: CdsError) -> None:
    with pytest.raises(type(error)):
        waiting.for_ledger(raising(iter([error])), lines("error"), lambda _: pytest.fail("it waited"))


def test_who_waits_ends_when_told_to_and_gives_the_signals_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit), waiting.ending():
        waiting.for_ledger(raising(iter([LedgerUnavailable("Away.")])), lines("error"), lambda _: os.kill(os.getpid(), signal.SIGTERM))
    assert signal.getsignal(signal.SIGTERM) is before
