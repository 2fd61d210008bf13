"""How many rows of CDS Hooks passed in a run of the tests; imports little, since every run begins with it."""

import re
from collections.abc import Iterable

import pytest

from cds.client import rows

NAMED = re.compile(r"test_([a-i]\d+)_\w+")
FOLDER = "tests/conformance/rows/"
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


def row_of(name: str) -> str:
    """The id of the row that a test of this name is of; empty for any other."""
    found = NAMED.fullmatch(name.partition("[")[0])
    return found[1].upper() if found else ""


class Results:
    """What was reported of the tests of each row, by name; a failure before or after a test is a failure of it."""

    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, str]] = {}

    def note(self, report: pytest.TestReport) -> None:
        """Notes one report."""
        name = report.nodeid.rpartition("::")[2].partition("[")[0]
        row = row_of(name)
        if FOLDER not in report.nodeid or not row or (report.passed and report.when != "call"):
            return
        of_row = self.outcomes.setdefault(row, {})
        of_row[name] = FAILED if FAILED in (report.outcome, of_row.get(name)) else report.outcome

    def passed(self, row: str) -> bool:
        """Whether the row has tests and all of them passed."""
        outcomes = self.outcomes.get(row, {})
        return bool(outcomes) and all(one == PASSED for one in outcomes.values())


def read(reports: Iterable[pytest.TestReport]) -> Results:
    """The results of a run."""
    results = Results()
    for report in reports:
        results.note(report)
    return results


def line(results: Results) -> str:
    """The count of rows that passed, with the names of those tested that did not; empty when no row was tested."""
    if not results.outcomes:
        return ""
    table = rows.load()
    passed = [row for row in table if results.passed(row)]
    others = [row for row in table if row in results.outcomes and row not in passed]
    return f"CDS Hooks: {len(passed)} of {len(table)} rows passed" + (f"; not {', '.join(others)}" if others else "")


def of_run(reporter: pytest.TerminalReporter) -> Results:
    """The results of the run that this reporter tells of, in the order of the tests."""
    found = [one for kind in (PASSED, FAILED, SKIPPED, "error") for one in reporter.getreports(kind) if isinstance(one, pytest.TestReport)]
    return read(found)
