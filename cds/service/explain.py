"""The explanation of one decision, and the released questionnaires."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cds.assessment import document
from cds.foundation.errors import NotFound
from cds.releases import catalogue
from cds.service.application import Application
from cds.values.release import Release


def explain(app: Application, decision_id: str) -> dict[str, Any]:
    """The recorded assessment with the reasons and references of its rules; NotFound when unknown or expired.

    Until callers are authenticated an explanation can be read by whoever has its address, so addresses expire.
    """
    stored = app.ledger.find(decision_id) if app.ledger else None
    if stored is None:
        raise NotFound("There is no decision of that id, or its address has expired. `cds audit show` reads the ledger.")
    record = stored.record
    if app.clock() - datetime.fromisoformat(record.decided_at) > timedelta(hours=app.settings.explanation_hours):
        raise NotFound("There is no decision of that id, or its address has expired. `cds audit show` reads the ledger.")
    return document.explained(record.assessment, _release(app, record.assessment["release"]))


def _release(app: Application, named: Mapping[str, str]) -> Release:
    served = app.releases.get(named["name"])
    if served and served.digest == named["digest"]:
        return served
    for entry in catalogue.entries(app.settings.content, named["name"]):
        if entry.digest == named["digest"]:
            return catalogue.load(app.settings.content, entry)
    raise NotFound(f"The release {named['version']} that decided this is no longer held. Set CDS_CONTENT to a folder that has it.")


def questionnaire(app: Application, name: str) -> dict[str, Any]:
    """The Questionnaire of the release in force."""
    if name not in app.releases:
        raise NotFound("No Questionnaire of that id is released.")
    return dict(app.releases[name].questionnaire)
