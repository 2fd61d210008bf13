"""Which drafts are being edited: one that is its newest release, byte for byte, needs no second look by slow tests."""

from pathlib import Path

from cds.foundation.settings import PACKAGED_CONTENT
from cds.releases import catalogue, documents, manifests


def is_edited(name: str) -> bool:
    """Whether the draft of a condition differs from its newest release by a byte."""
    newest = PACKAGED_CONTENT / name / catalogue.entries(PACKAGED_CONTENT, name)[-1].version
    sealed = {path: digest for path, digest in manifests.verified(newest)[0]["files"].items() if path != documents.COMPILED}
    return manifests.files(PACKAGED_CONTENT / name / catalogue.DRAFT) != sealed


def edited() -> list[str]:
    """The names of the conditions whose draft is being edited."""
    return [name for name in catalogue.names(PACKAGED_CONTENT) if is_edited(name)]


def folders() -> list[Path]:
    """Every sealed release, and each draft that is being edited before its own."""
    found = []
    for name in catalogue.names(PACKAGED_CONTENT):
        found += [PACKAGED_CONTENT / name / catalogue.DRAFT] if is_edited(name) else []
        found += [PACKAGED_CONTENT / name / entry.version for entry in catalogue.entries(PACKAGED_CONTENT, name)]
    return found
