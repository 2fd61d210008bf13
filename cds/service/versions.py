"""Which release is meant by a version, by `draft`, or by the folder of a release."""

from pathlib import Path

from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings
from cds.releases import catalogue, documents, loading
from cds.values.release import Release


def releases(settings: Settings, *versions: str, which: str, name: str | None = None) -> tuple[Release, ...]:
    """What each of the versions means; a listed version has its digests verified, a draft or a folder is read as its sources stand.

    Without a `name` the condition is the one that has them all, folders left out. NotFound where none has, or several: then `which` is what to do.
    """
    condition = _condition(settings.content, versions, which) if name is None else name
    return tuple(_release(settings.content, condition, version) for version in versions)


def _condition(content: Path, versions: tuple[str, ...], which: str) -> str:
    """The one condition that has these versions; empty where all are folders."""
    having = {version: _having(content, version) for version in versions}
    listed = {version: names for version, names in having.items() if names or not _is_release(Path(version))}
    if not listed:
        return ""
    missing = [version for version, names in listed.items() if not names]
    if missing:
        raise NotFound("No release has that version, and there is no such folder. `cds release list` shows what there is.", expression=missing[0])
    found = sorted(set.intersection(*listed.values()))
    if not found:
        raise NotFound(f"No condition has both {' and '.join(listed)}. `cds release list` shows what there is.")
    if len(found) > 1:
        raise NotFound(f"Several conditions have {' and '.join(listed)}: {', '.join(found)}. {which}")
    return found[0]


def _having(content: Path, version: str) -> set[str]:
    """The conditions that have the version, or a draft."""
    names = catalogue.names(content)
    if version == catalogue.DRAFT:
        return {name for name in names if _is_release(content / name / version)}
    return {name for name in names if any(entry.version == version for entry in catalogue.entries(content, name))}


def _is_release(folder: Path) -> bool:
    return (folder / documents.WIRING).is_file()


def _release(content: Path, condition: str, version: str) -> Release:
    draft = version == catalogue.DRAFT
    listed = [entry for entry in catalogue.entries(content, condition) if entry.version == version] if condition and not draft else []
    if listed:
        return catalogue.load(content, listed[0])
    folder = content / condition / version if draft else Path(version)
    if not _is_release(folder):
        told = f"{condition} has no such version, and there is no such folder. `cds release list` shows what there is."
        raise NotFound(told, expression=version)
    return loading.draft(folder, name=condition or folder.resolve().parent.name)
