"""Tells at the end of a run how many mutants there were and what became of them."""

from collections.abc import Callable

import pytest

COUNTS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Adds a line to what is told at the end."""
    return request.config.stash.setdefault(COUNTS, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = terminalreporter.config.stash.get(COUNTS, [])
    if lines:
        terminalreporter.section("mutants of the decision tables")
        for line in lines:
            terminalreporter.write_line(line)
