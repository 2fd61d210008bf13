"""Every draft and every sealed release of the content folder, to draw facts from; the end of a run tells what was proved and mutated."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cds.releases import catalogue, loading
from tests.content import strategies

CONTENT = Path(__file__).parents[2] / "cds" / "content"
DRAFTS = [(path.parent.name, catalogue.DRAFT) for path in sorted(CONTENT.glob(f"*/{catalogue.DRAFT}"))]
SEALED = [(entry.name, entry.version) for name in catalogue.names(CONTENT) for entry in catalogue.entries(CONTENT, name)]


@pytest.fixture(scope="session", params=[*DRAFTS, *SEALED], ids=" ".join)
def vocabulary(request: pytest.FixtureRequest) -> strategies.Vocabulary:
    """One release, loaded once."""
    name, version = request.param
    folder = CONTENT / name / version
    if version == catalogue.DRAFT:
        return strategies.vocabulary(loading.draft(folder, name=name), folder)
    entry = next(entry for entry in catalogue.entries(CONTENT, name) if entry.version == version)
    return strategies.vocabulary(catalogue.load(CONTENT, entry), folder)


TOLD = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Adds a line to what is told at the end."""
    return request.config.stash.setdefault(TOLD, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells of each release how many properties were proved, and what became of its mutants."""
    lines = terminalreporter.config.stash.get(TOLD, [])
    if lines:
        terminalreporter.section("decision tables")
        for line in lines:
            terminalreporter.write_line(line)
