"""A content folder of each test's own, with the invented condition in it."""

import shutil
from pathlib import Path

import pytest

from tests.releases import knees


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """An empty content folder."""
    folder = tmp_path / "content"
    folder.mkdir()
    return folder


@pytest.fixture
def draft(content: Path) -> Path:
    """The draft of the invented condition."""
    return knees.draft(content) / "draft"


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A content folder with the sealed invented condition, which no test changes."""
    content = tmp_path_factory.mktemp("pristine")
    knees.sealed(content)
    return content


@pytest.fixture
def condition(pristine: Path, content: Path) -> Path:
    """The invented condition with its draft and the sealed release 1.0.0."""
    shutil.copytree(pristine / knees.NAME, content / knees.NAME)
    return content / knees.NAME
