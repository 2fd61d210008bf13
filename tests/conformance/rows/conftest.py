"""One service for all rows; and with `--write-conformance` the page of what they gave."""

from collections.abc import Iterator

import pytest

from tests import openapi
from tests.conformance.rows import counting, page, served
from tests.conformance.rows.served import Served
from tests.conformance.rows.target import Target


@pytest.fixture(scope="session", name="served")
def one_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Our service, and what it keeps; whatever it answered in all these tests was as its OpenAPI document says."""
    wrong: list[str] = []
    with served.serving(tmp_path_factory.mktemp("rows"), wrap=lambda app: openapi.watched(app, wrong)) as found:
        yield found
    assert wrong == []


@pytest.fixture(scope="session")
def target(served: Served) -> Target:
    """Our service as a client sees it."""
    return served.target


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known where this folder is named on the command line, as `make conformance` does."""
    parser.addoption("--write-conformance", action="store_true", help="write docs/reference/conformance.md from this run")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Writes the page."""
    if config.getoption("write_conformance", default=False):
        page.PAGE.write_text(page.page(counting.of_run(terminalreporter).outcomes), encoding="utf-8")
