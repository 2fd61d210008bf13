"""Faults at their short length, or with `--long` at the length of `make faults`, which also writes `docs/reference/promises.md`."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from cds.audit.keys import keyring
from cds.audit.place import Place
from tests.audit import servers
from tests.audit.servers import Server, both, database, postgresql
from tests.faults import promises
from tests.faults.homes import Home

__all__ = ["both", "database", "postgresql"]

Measured = Callable[..., None]
"""Notes figures of a test by name: `measured(kills=1000, lost=0)`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known where this folder is named on the command line, as `make faults` does."""
    parser.addoption("--long", action="store_true", help="every byte and a thousand kills, in place of a sample")
    parser.addoption("--write-promises", action="store_true", help="write docs/reference/promises.md from this run")


@pytest.fixture(scope="session")
def long(pytestconfig: pytest.Config) -> bool:
    """Whether this is the long form."""
    return bool(pytestconfig.getoption("long", default=False))


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own."""
    with servers.running() as found:
        yield found


HEAD_RECORDS = 50


@pytest.fixture
def home(both: Place) -> Home:
    """An empty place with its keys, first a file and then a database; a head is written at every fifty records."""
    keyring.open_ring(both)
    return Home(replace(both, head_records=HEAD_RECORDS, make_keys=False))


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """Notes figures of this test for the page of promises."""

    def note(**figures: int | str) -> None:
        request.node.user_properties.extend(figures.items())

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Writes the page."""
    if config.getoption("write_promises", default=False):
        found = promises.page(promises.of_run(terminalreporter), long=bool(config.getoption("long", default=False)))
        promises.PAGE.write_text(found, encoding="utf-8")
