"""The life of a release on the command line: list, show, check, seal."""

from datetime import date
from pathlib import Path
from typing import Any

import cds
from cds.dmn.model import DecisionTable
from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings
from cds.releases import catalogue, checking, questions, sealing, verification
from cds.releases.checking import Report
from cds.service import application


def available(settings: Settings) -> list[dict[str, Any]]:
    """Every released version, by condition, oldest first."""
    listed = [entry for name in catalogue.names(settings.content) for entry in catalogue.entries(settings.content, name)]
    return [
        {"name": one.name, "version": one.version, "status": one.status, "digest": one.digest, "from": one.start, "until": one.end or None}
        for one in listed
    ]


def show(settings: Settings, version: str) -> dict[str, Any]:
    """What a version holds; NotFound when no condition has it."""
    for name in catalogue.names(settings.content):
        for entry in catalogue.entries(settings.content, name):
            if entry.version == version:
                return _shown(settings, entry)
    raise NotFound("No release has that version. `cds release list` shows what there is.")


def _shown(settings: Settings, entry: catalogue.Entry) -> dict[str, Any]:
    release = catalogue.load(settings.content, entry)
    tables = [decision for decision in release.model.decisions if isinstance(decision.logic, DecisionTable)]
    folder = settings.content / entry.name / entry.version
    unverified = [one.id for one in verification.references(release)]
    return {
        "name": release.name,
        "version": release.version,
        "digest": release.digest,
        "status": release.status,
        "approved": release.approved,
        "languages": list(release.languages),
        "questionnaire": f"{release.questionnaire['url']}|{release.questionnaire['version']}",
        "facts": len(release.facts.facts),
        "decisions": [{"decision": one.name, "rules": len(one.logic.rules)} for one in tables if isinstance(one.logic, DecisionTable)],
        "valueSets": len(release.value_sets),
        "unverifiedReferences": unverified,
        "unverifiedCodes": sum(1 for _ in verification.codes(folder)),
        "openQuestions": len(questions.read(folder, release.model)) if questions.listed(folder) else "not listed in this release",
    }


def check(path: Path) -> Report:
    """What is to be said of a release folder; it holds when the report has no errors."""
    return checking.report(path)


def seal(settings: Settings, version: str, *, name: str, day: date | None = None) -> dict[str, Any]:
    """Seals the draft of a condition as `version`, in force from `day`.

    Without it from today in UTC, or from now where another release began today. ContentError with every finding when the draft has any.
    """
    condition, at = settings.content / name, application.now()
    start = day.isoformat() if day else sealing.begins(condition, at)
    digest = sealing.seal(condition, version, day=day or at.date(), engine=cds.__version__, start=start)
    return {"name": name, "version": version, "digest": digest}
