"""Every draft and every sealed release of the content folder, to draw facts from; the end of a run tells what was proved and mutated."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from cds.releases import catalogue, documents, loading
from cds.releases.documents import Documents
from cds.values.release import Release
from tests.content import notes, strategies
from tests.releases import drafts

CONTENT = Path(__file__).parents[2] / "cds" / "content"
DRAFTS = [(path.parent.name, catalogue.DRAFT) for path in sorted(CONTENT.glob(f"*/{catalogue.DRAFT}"))]
SEALED = [(entry.name, entry.version) for name in catalogue.names(CONTENT) for entry in catalogue.entries(CONTENT, name)]
EDITED = [(name, catalogue.DRAFT) for name in drafts.edited()]
"""The drafts that are not, byte for byte, their newest release."""


@pytest.fixture(scope="session", params=[*EDITED, *SEALED], ids=" ".join)
def vocabulary(request: pytest.FixtureRequest) -> strategies.Vocabulary:
    """One release, loaded once."""
    name, version = request.param
    folder = CONTENT / name / version
    if version == catalogue.DRAFT:
        return strategies.vocabulary(loading.draft(folder, name=name), folder)
    entry = next(entry for entry in catalogue.entries(CONTENT, name) if entry.version == version)
    return strategies.vocabulary(catalogue.load(CONTENT, entry), folder)


TOLD = "told at the end"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Adds a line to what is told at the end, whichever process the test ran in."""
    return partial(record_property, TOLD)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells of each release how many properties were proved, and what became of its mutants."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome) if report.when == "call"]
    lines = [str(line) for report in reports for name, line in getattr(report, "user_properties", ()) if name == TOLD]
    if lines:
        terminalreporter.section("decision tables")
        for line in lines:
            terminalreporter.write_line(line)


DRAFT = CONTENT / "low-back-pain" / catalogue.DRAFT


@pytest.fixture(scope="session")
def authored() -> Documents:
    """The sources of the draft that the clinical notes are compared with."""
    return documents.authored(DRAFT)


@pytest.fixture(scope="session")
def release(authored: Documents) -> Release:
    """That draft as a release."""
    return loading.draft(DRAFT, name=DRAFT.parent.name, documents=authored)


@pytest.fixture(scope="session")
def entered(authored: Documents) -> list[notes.Raw]:
    """Every rule of every table as it was written."""
    return [rule for table in authored.tables.values() for rule in table.value["rules"]]


@pytest.fixture(scope="session")
def tables(shared: Path) -> notes.Tables:
    """The rows of decision-tables.md by section."""
    return notes.sections(shared / "clinical" / "decision-tables.md")


@pytest.fixture(scope="session")
def red_flags(shared: Path) -> notes.Tables:
    """The rows of red-flags.md by section."""
    return notes.sections(shared / "clinical" / "red-flags.md")
