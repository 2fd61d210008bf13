"""Prints at the end how much of the kit passes, values and nulls apart: an engine that always answers null passes the latter."""

import pytest

OUTCOMES = ("passed", "failed")
EXPECTS = "kit expects"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for level 2; none when the kit was not run."""
    counts = {(outcome, kind): 0 for outcome in OUTCOMES for kind in ("value", "null")}
    for outcome in OUTCOMES:
        for report in terminalreporter.getreports(outcome):
            kind = dict(getattr(report, "user_properties", ())).get(EXPECTS)
            if kind and report.when == "call":
                counts[outcome, str(kind)] += 1
    total = sum(counts.values())
    if total:
        passed = counts["passed", "value"] + counts["passed", "null"]
        values, nulls = (f"{counts['passed', kind]} of {counts['passed', kind] + counts['failed', kind]}" for kind in ("value", "null"))
        terminalreporter.write_line(f"DMN TCK level 2: {passed} of {total}, non-null {values}, null {nulls}")
