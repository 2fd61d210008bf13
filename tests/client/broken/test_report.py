"""The report is exact: nothing of a sound service, and of one that is broken in a row that row and no other."""

import pytest

from cds.client import report, rows
from cds.client.report import FAILED, NOTED, UNCHECKED
from tests.client.broken.conftest import Bench

VISIBLE = [row.id for row in rows.load().values() if row.outside]
WRONG = (FAILED, NOTED)
NOTHING_TO_JUDGE = ("F16",)
"""Our cards delete nothing."""
OF_ALL = ("B", "I")
"""The sections whose rows are about all services: discovery, hooks and browsers. In the rows of others one service is enough."""
MORE = ("F2 hangs up on what is no object",)
"""Further ways to break a row; its name stands first."""


def test_our_own_service_fails_in_no_row(bench: Bench) -> None:
    found = bench.report()
    assert [finding for finding in found.findings if finding.verdict in WRONG] == []
    assert found.named(UNCHECKED) == NOTHING_TO_JUDGE
    assert found.clean


def test_the_checks_are_of_the_rows_that_the_table_says_can_be_seen_from_outside(bench: Bench) -> None:
    assert [finding.row.id for finding in bench.report().findings] == VISIBLE


def test_there_is_a_broken_service_for_each_of_them(bench: Bench) -> None:
    assert set(bench.faults) == set(VISIBLE) | set(MORE)


@pytest.mark.parametrize("row", [*VISIBLE, *MORE])
def test_the_report_names_the_broken_row_and_no_other(bench: Bench, row: str) -> None:
    with bench.between.broken(bench.faults[row], alone=row[0] not in OF_ALL):
        found = bench.report()
    assert found.named(*WRONG) == (row.split(maxsplit=1)[0],), "\n".join(report.lines(found))
    assert found.clean == bool(found.named(NOTED))
