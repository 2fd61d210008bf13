"""The questionnaires and value sets of every release that is held, for responses of any of them; read when first asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from cds.facts import FactDefinitions
from cds.fhir import expansions, questionnaire, responses
from cds.fhir.expansions import Codes, Expansions
from cds.fhir.questionnaire import Form
from cds.foundation import periods
from cds.releases import catalogue, loading
from cds.releases.catalogue import Entry
from cds.service.application import Application
from cds.values.release import Release


@dataclass(frozen=True)
class Held:
    """A questionnaire that was released, once for all releases that hold it, and the facts that its answers give."""

    form: Form
    definitions: FactDefinitions
    in_force: bool


@dataclass(frozen=True)
class Library:
    """A running application with its questionnaires, oldest first, and the codes of its value sets by canonical."""

    app: Application
    held: Callable[[], tuple[Held, ...]]
    expansions: Callable[[], Expansions]


def library(app: Application) -> Library:
    """The questionnaires of an application."""
    return Library(app, cache(partial(_held, app)), cache(partial(_expansions, app)))


def named(library: Library, canonical: object) -> Held | None:
    """The questionnaire of that canonical; without a version the one in force, else the newest."""
    url, version = responses.canonical_of(canonical)
    found = [one for one in library.held() if one.form.url == url and (not version or one.form.version == version)]
    return max(reversed(found), key=lambda one: one.in_force, default=None) if url else None


def _held(app: Application) -> tuple[Held, ...]:
    groups: dict[tuple[str, str], list[tuple[Entry, Release]]] = {}
    for entry, release in _releases(app):
        groups.setdefault((release.questionnaire["url"], release.questionnaire["version"]), []).append((entry, release))
    return tuple(_one(app, group) for group in groups.values())


def _one(app: Application, releases: Sequence[tuple[Entry, Release]]) -> Held:
    """The questionnaire that these releases share, in force on every day on which one of them was."""
    entry, release = next((one for one in releases if _in_force(app, one[0])), releases[-1])
    ends = [one.end for one, _ in releases]
    last = {} if "" in ends else {"end": periods.last(max(ends))}
    period = {"start": min(one.start for one, _ in releases)} | last
    published = {**release.questionnaire, "status": release.status, "effectivePeriod": period}
    return Held(questionnaire.index(published), release.facts, _in_force(app, entry))


def _releases(app: Application) -> Iterator[tuple[Entry, Release]]:
    """The released versions of each condition, oldest first; that in force in the language of the service."""
    for entry in _entries(app):
        yield entry, app.releases[entry.name] if _in_force(app, entry) else catalogue.load(app.settings.content, entry)


def _entries(app: Application) -> Iterator[Entry]:
    for name in app.releases:
        yield from catalogue.entries(app.settings.content, name)


def _in_force(app: Application, entry: Entry) -> bool:
    return app.releases[entry.name].digest == entry.digest


def _expansions(app: Application) -> Expansions:
    """By url and version of the release that holds the value set, and by the url alone for releases in force."""
    found: dict[str, Codes] = {}
    for entry in _entries(app):
        folder = app.settings.content / entry.name / entry.version
        for path in sorted((folder / "valuesets").glob("*.json")):
            value_set = loading.json_file(path, folder)
            codes = expansions.of(value_set)
            if codes is not None:
                found |= {f"{value_set['url']}|{entry.version}": codes} | ({value_set["url"]: codes} if _in_force(app, entry) else {})
    return found
