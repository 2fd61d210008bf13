"""Which releases there are, and which one is in force: by pin, else by date. Exactly one is active at an instant."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cds.foundation import periods
from cds.foundation.errors import ContentError, NotFound
from cds.foundation.yaml import Document
from cds.releases import documents, loading
from cds.values.release import Release

INDEX = "index.json"
DRAFT = "draft"


@dataclass(frozen=True)
class Entry:
    """A version as the index lists it; `start` and `end` bound its effective period (days or instants, end exclusive, empty = open)."""

    name: str
    version: str
    digest: str
    status: str
    start: str
    end: str

    def active(self, at: datetime) -> bool:
        """Whether this version is in force at the instant."""
        begun = periods.moment(self.start) <= at
        return self.status == "active" and begun and (not self.end or at < periods.moment(self.end))


def names(content: Path) -> tuple[str, ...]:
    """The conditions of a content folder: those with an index. ContentError when it is no folder."""
    if not content.is_dir():
        raise ContentError("This is not a folder. Set CDS_CONTENT to the folder that holds the releases.", expression="CDS_CONTENT")
    return tuple(sorted(path.parent.name for path in content.glob(f"*/{INDEX}")))


def entries(content: Path, name: str) -> tuple[Entry, ...]:
    """The released versions of one condition, oldest first."""
    folder = content / name
    if not (folder / INDEX).is_file():
        raise NotFound(f"No release named {name}. `cds release list` shows what there is.")
    index = loading.json_file(folder / INDEX, folder)
    documents.require_valid("index", Document(f"{name}/{INDEX}", index))
    return tuple(_entry(name, version) for version in index["versions"])


def _entry(name: str, version: dict[str, Any]) -> Entry:
    period = version["effectivePeriod"]
    return Entry(name, version["version"], version["digest"], version["status"], period["start"], period.get("end", ""))


def select(content: Path, name: str, *, at: datetime, pin: str | None = None, language: str = documents.ENGLISH) -> Release:
    """The pinned version, or the one that is active at `at`; ContentError when none or several are, NotFound when it lacks the language."""
    listed = entries(content, name)
    chosen = [entry for entry in listed if (entry.version == pin if pin else entry.active(at))]
    if not chosen and pin:
        raise NotFound(f"No release {pin} of {name}. `cds release list` shows what there is.")
    if len(chosen) != 1:
        raise ContentError(f"{len(chosen)} releases of {name} are active at this instant; there must be exactly one.", expression=INDEX)
    return load(content, chosen[0], language=language)


def load(content: Path, entry: Entry, *, language: str = documents.ENGLISH) -> Release:
    """The sealed release of an entry, its files and its manifest compared with their digests."""
    release = loading.sealed(content / entry.name / entry.version, name=entry.name, status=entry.status, language=language)
    if release.digest != entry.digest:
        raise ContentError(f"The manifest of {entry.name} {entry.version} is not the one that the index names.", expression="manifest.json")
    return release
