"""What all tests share: the folder `../shared`, and the rule that CI skips nothing.

Under `CDS_REQUIRE_ALL=1` a skip is a failure, except one whose reason says that `../shared` is absent; the end of the run counts those by name.
"""

import os
import re
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

from tests.conformance.rows import counting

# A slow machine is no reason for a property to fail; under CI hypothesis also stops drawing at random, by itself.
hypothesis.settings.register_profile("house", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("house")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
SHARED_ABSENT = "../shared is absent"
EXCUSED = re.compile(r"\.\./shared\b.*\babsent")
REFUSED = "skipped under CDS_REQUIRE_ALL=1, where nothing may be: "

Wrapper = Generator[None, pytest.TestReport, pytest.TestReport]
CollectWrapper = Generator[None, pytest.CollectReport, pytest.CollectReport]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of clinical notes, standards and data beside the checkout; skips where there is none."""
    if not SHARED.is_dir():
        pytest.skip(SHARED_ABSENT)
    return SHARED


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a report was skipped, as its author wrote it."""
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


def refused(report: pytest.TestReport | pytest.CollectReport) -> bool:
    """Whether this skip is one that CI does not allow."""
    return os.environ.get("CDS_REQUIRE_ALL") == "1" and report.skipped and not hasattr(report, "wasxfail") and not EXCUSED.search(reason(report))


def fail_if_refused(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turns a refused skip into a failure that keeps its reason."""
    if refused(report):
        report.longrepr = REFUSED + reason(report)
        report.outcome = "failed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Wrapper:
    """Judges each test's skip."""
    report = yield
    fail_if_refused(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> CollectWrapper:
    """Judges the skip of a whole module."""
    report = yield
    fail_if_refused(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Counts the rows of CDS Hooks that passed, and by name what was skipped for want of `../shared`."""
    if rows := counting.line(counting.of_run(terminalreporter)):
        terminalreporter.write_line(rows)
    absent = [report for report in terminalreporter.getreports("skipped") if EXCUSED.search(reason(report))]
    if absent:
        terminalreporter.write_line(f"{len(absent)} skipped: {SHARED_ABSENT}")
