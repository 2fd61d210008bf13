"""One service for all that is sent to it."""

from collections.abc import Iterator

import pytest

from tests.fuzz import serving
from tests.fuzz.serving import Fuzzed


@pytest.fixture(scope="session")
def fuzzed() -> Iterator[Fuzzed]:
    """The service on the content that ships."""
    with serving.started() as found:
        yield found
