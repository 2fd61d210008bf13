"""The source attributes of a release: what clinicians and regulators ask of decision support that rests on evidence.

45 CFR 170.315(b)(11)(iv)(A) names thirteen for evidence-based interventions; limits, gaps and what is not verified stand beside them.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from cds.foundation.errors import NotFound
from cds.releases import attributes, catalogue, manifests, questions, verification
from cds.releases.catalogue import Entry
from cds.service.application import Application
from cds.values.release import Release

NOT_STATED = "Not stated in this release."
STATED = (
    ("developer", "developer"),
    ("funding", "funding"),
    ("intendedUser", "intended-user"),
    ("intendedUse", "intended-use"),
    ("notFor", "not-for"),
)

KEPT = 16
"""Releases whose source attributes a worker keeps in memory."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Sheets:
    """A running application with the source attributes of the released versions, each made when it is first asked for. They are not to be changed."""

    app: Application
    described: Callable[[Entry], Document]


def sheets(app: Application) -> Sheets:
    """The source attributes of an application."""
    return Sheets(app, lru_cache(KEPT)(partial(_made, app)))


def in_force(held: Sheets) -> Document:
    """The source attributes of every release in force."""
    return {"releases": [of(held, release.name, release.version) for release in held.app.releases.values()]}


def of(held: Sheets, name: str, version: str) -> Document:
    """The source attributes of a released version; NotFound when there is none."""
    content = held.app.settings.content
    listed = catalogue.entries(content, name) if name in catalogue.names(content) else ()
    for entry in listed:
        if entry.version == version:
            return held.described(entry)
    raise NotFound("There is no such release. `cds release list` shows what there is.")


def _made(app: Application, entry: Entry) -> Document:
    content, served = app.settings.content, app.releases.get(entry.name)
    release = served if served and served.version == entry.version else catalogue.load(content, entry)
    return _described(content / entry.name / entry.version, release, entry)


def _described(folder: Path, release: Release, entry: Entry) -> Document:
    stated = attributes.read(folder, release.facts) or {}
    manifest, _ = manifests.verified(folder)
    asked = questions.read(folder, release.model)
    return {
        "name": release.name,
        "version": release.version,
        "title": release.cards.title,
        "digest": release.digest,
        "status": release.status,
        "approved": release.approved,
        **{key: stated.get(written, NOT_STATED) for key, written in STATED},
        "released": manifest["date"],
        "inForce": {"from": entry.start, "until": entry.end or None},
        "reviewBy": manifest["reviewBy"],
        "revisionOf": next((one["label"] for one in manifest["relatedArtifact"] if one["type"] == "predecessor"), None),
        "inputs": [_input(one, release) for one in stated.get("inputs", ())],
        "limits": [*stated.get("limits", ()), release.cards.phrases["limits"]],
        "gaps": list(stated.get("gaps", ())),
        "citations": [dataclasses.asdict(one) for one in release.references.values()],
        "unverifiedReferences": [one.id for one in verification.references(release)],
        "unverifiedCodes": _by_value_set(folder),
        "openQuestions": [one.id for one in asked],
    }


def _input(entry: Mapping[str, Any], release: Release) -> dict[str, Any]:
    used = {"attribute": entry["attribute"], "used": entry["used"] == "yes"}
    facts = [release.facts.facts[name].label for name in entry.get("facts", ())]
    return used | ({"how": entry["how"], "facts": facts} if used["used"] else {})


def _by_value_set(folder: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for one in verification.codes(folder):
        told = {"system": one.system, "code": one.code, "display": one.display, "mark": one.mark}
        found.setdefault(one.value_set, []).append(told)
    return found
