"""Every release of the content that ships: as it was sealed, without a finding, and its cases as they were expected."""

from pathlib import Path

import pytest

from cds.foundation.settings import PACKAGED_CONTENT
from cds.releases import catalogue, checking

ENTRIES = [entry for name in catalogue.names(PACKAGED_CONTENT) for entry in catalogue.entries(PACKAGED_CONTENT, name)]
DRAFTS = sorted(PACKAGED_CONTENT.glob("*/draft"))


def test_there_is_a_release_of_every_condition() -> None:
    assert {entry.name for entry in ENTRIES} == {path.name for path in PACKAGED_CONTENT.iterdir() if path.is_dir()}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.name}-{entry.version}")
def test_a_release_is_byte_for_byte_what_was_sealed_and_has_no_finding(entry: catalogue.Entry) -> None:
    release = catalogue.load(PACKAGED_CONTENT, entry)
    assert (release.name, release.version, release.digest) == (entry.name, entry.version, entry.digest)
    assert checking.check(PACKAGED_CONTENT / entry.name / entry.version) == []


def sources(folder: Path) -> dict[str, bytes]:
    """What was authored: every file but those that sealing writes."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in ("compiled.json", "manifest.json"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda path: path.parent.name)
def test_a_draft_that_is_in_the_repository_could_be_sealed(draft: Path) -> None:
    checked = [sources(PACKAGED_CONTENT / entry.name / entry.version) for entry in ENTRIES]
    assert sources(draft) in checked or checking.check(draft) == []
