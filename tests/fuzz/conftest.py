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


@pytest.fixture(scope="session")
def guarded() -> Iterator[Fuzzed]:
    """The service that asks for a token, and a client that signs every call."""
    with serving.guarded() as found:
        yield found


@pytest.fixture(scope="session")
def closed() -> Iterator[Fuzzed]:
    """The service that asks for a token, and nobody who signs."""
    with serving.guarded(signed=False) as found:
        yield found
