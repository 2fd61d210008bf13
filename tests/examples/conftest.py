"""One service for all examples."""

from collections.abc import Iterator

import pytest

from cds.service import application
from tests.examples import asking


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[application.Application]:
    """The service on the packaged content, with a ledger of its own."""
    with asking.running(tmp_path_factory.mktemp("examples")) as started:
        yield started
