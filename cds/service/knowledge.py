"""The knowledge as FHIR: one release exported, and what is released read by id or searched."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import cds
from cds.fhir import capability, operations
from cds.fhir.knowledge import bundles, searching
from cds.fhir.knowledge.publication import Predecessor, Publication
from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings
from cds.releases import catalogue, documents, loading, manifests
from cds.releases.catalogue import Entry
from cds.service import versions
from cds.service.application import Application
from cds.values.release import Release

Document = dict[str, Any]

KINDS = capability.KINDS
"""The types that are read and searched: those of the knowledge, and the definitions of the operations."""

KEPT = 8
"""Releases whose artifacts a worker keeps in memory."""


@dataclass(frozen=True)
class Shelf:
    """A running application with the artifacts of its releases, each made when it is first asked for."""

    app: Application
    artifacts: Callable[[Entry], tuple[Document, ...]]


def exported(settings: Settings, version: str, *, base: str = "") -> tuple[Document, ...]:
    """Every artifact of a released version, of `draft`, or of the release in a folder; under the canonical base given, or else its own."""
    (release,) = versions.releases(settings, version, which="Give the folder of the one that you mean.")
    own = settings.content / release.name / version
    folder = own if (own / documents.WIRING).is_file() else Path(version)
    listed = catalogue.entries(settings.content, release.name) if release.name in catalogue.names(settings.content) else ()
    return bundles.artifacts(_publication(settings.content, release, folder, listed), base)


def collected(resources: Iterable[Document]) -> Document:
    """The artifacts as a Bundle of type collection."""
    return bundles.collection(resources)


def file_name(resource: Document) -> str:
    """The name of the file of one artifact."""
    return f"{resource['resourceType']}-{resource['id']}.json"


def shelf(app: Application) -> Shelf:
    """The artifacts of an application."""
    return Shelf(app, lru_cache(KEPT)(partial(_artifacts, app)))


def read(shelf: Shelf, kind: str, name: str, version: str | None = None) -> Document:
    """The artifact of that type and id in the releases in force, or in the release `version`; NotFound when there is none.

    The version of a definition of an operation is that of the software.
    """
    for resource in _held(shelf, kind, version):
        if resource["id"] == name:
            return resource
    raise NotFound(f"No {kind} of that id is released. A search without parameters lists those in force.")


def search(shelf: Shelf, kind: str, parameters: Iterable[tuple[str, str]], strict: bool) -> Document:
    """A searchset of the artifacts of that type in the releases in force, or in any release where a version is asked for.

    WrongShape for a parameter that cannot be read, and where `strict` for one that is not known.
    """
    asked = searching.query(parameters, strict=strict)
    made = _held(shelf, kind, every=asked.version)
    found = list({f"{resource['url']}|{resource['version']}": resource for resource in made if asked.matches(resource)}.values())
    address = f"{shelf.app.settings.address.rstrip('/')}/fhir"
    return bundles.searchset(asked.page(found), total=len(found), address=address, links=asked.links(f"{address}/{kind}", len(found)))


def _held(shelf: Shelf, kind: str, version: str | None = None, *, every: bool = False) -> Iterator[Document]:
    """The resources of a type in the releases in force, in that `version`, or in every release."""
    if kind == operations.KIND:
        yield from operations.definitions(cds.__version__) if version in (None, cds.__version__) else ()
        return
    for entry in _listed(shelf.app):
        if every or (entry.version == version if version else _in_force(shelf.app, entry)):
            yield from (resource for resource in shelf.artifacts(entry) if resource["resourceType"] == kind)


def _listed(app: Application) -> list[Entry]:
    """The released versions of each condition that is served, oldest first."""
    return [entry for name in app.releases for entry in catalogue.entries(app.settings.content, name)]


def _in_force(app: Application, entry: Entry) -> bool:
    return app.releases[entry.name].digest == entry.digest


def _artifacts(app: Application, entry: Entry) -> tuple[Document, ...]:
    """Its artifacts, each with the version of its release as the version of the instance, in the language of the service where it is in force."""
    content = app.settings.content
    release = app.releases[entry.name] if _in_force(app, entry) else catalogue.load(content, entry)
    published = _publication(content, release, content / entry.name / entry.version, catalogue.entries(content, entry.name))
    return tuple({**resource, "meta": {"versionId": entry.version}} for resource in bundles.artifacts(published))


def _publication(content: Path, release: Release, folder: Path, listed: tuple[Entry, ...]) -> Publication:
    """`listed` are the versions of its condition; a draft comes after all of them."""
    place = next((number for number, entry in enumerate(listed) if entry.digest == release.digest), len(listed))
    entry = listed[place] if place < len(listed) else None
    return Publication(
        release,
        value_sets={name: loading.json_file(folder / "valuesets" / f"{name}.json", folder) for name in release.value_sets},
        manifest=manifests.verified(folder)[0] if entry else {},
        start=entry.start if entry else "",
        end=entry.end if entry else "",
        predecessor=_predecessor(content, listed[place - 1]) if place else None,
    )


def _predecessor(content: Path, entry: Entry) -> Predecessor:
    before = Publication(catalogue.load(content, entry), {})
    return Predecessor(entry.version, entry.digest, frozenset(decision.name for decision, _ in before.tables()))
