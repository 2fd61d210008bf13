"""Every draft that is being edited and every sealed release as FHIR, made once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.settings import Settings
from cds.releases import catalogue
from cds.service import knowledge, versions
from cds.values.release import Release
from tests.releases import drafts, knees

CONTENT = Settings().content
NAMES = catalogue.names(CONTENT)
DRAFT = [catalogue.DRAFT] if drafts.edited() else []
LISTED = [entry.version for name in NAMES for entry in catalogue.entries(CONTENT, name)]


@dataclass(frozen=True)
class Export:
    """A release, its folder, and its artifacts."""

    release: Release
    folder: Path
    resources: tuple[dict[str, Any], ...]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The artifacts of one type."""
        return [one for one in self.resources if one["resourceType"] == kind]

    def one(self, kind: str, name: str) -> dict[str, Any]:
        """The artifact of that type and id."""
        (found,) = (one for one in self.of(kind) if one["id"] == name)
        return found

    @cached_property
    def library(self) -> dict[str, Any]:
        """Its Library."""
        return self.one("Library", self.release.name)


def extensions(element: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """The extensions of an element by the end of their address."""
    return (one for one in element.get("extension", ()) if one["url"].endswith(f"/StructureDefinition/{name}"))


@pytest.fixture(scope="session", params=[*LISTED, *DRAFT, knees.NAME])
def export(request: pytest.FixtureRequest) -> Export:
    """One release with its artifacts; the invented condition too."""
    told = str(knees.SOURCE) if request.param == knees.NAME else request.param
    (release,) = versions.releases(Settings(), told, which="Name one.")
    folder = knees.SOURCE if request.param == knees.NAME else CONTENT / release.name / told
    return Export(release, folder, knowledge.exported(Settings(), told))
