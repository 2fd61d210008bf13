"""Every draft and every sealed release of the content folder, as a vocabulary to draw facts from."""

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
