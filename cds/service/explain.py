"""The explanation of one decision, and why one rule matched or not."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cds.assessment import document
from cds.dmn import evaluation
from cds.dmn.evaluation import CellResult, Reason
from cds.dmn.feel import writer
from cds.foundation import strict_json
from cds.foundation.errors import Erased, NotFound
from cds.foundation.settings import Settings
from cds.releases import catalogue
from cds.releases.documents import ENGLISH
from cds.service import evaluate, ledger
from cds.service.application import Application
from cds.service.desk import Desk
from cds.service.replaying.recorded import exact
from cds.values.release import Release

ERASED = "The facts of this decision were erased for good, as somebody asked who may, and with them what was advised. Nobody can show it any more."
NOTHING_DECIDED = "There was no response to the questionnaire, so that no rule was tried."


def explain(app: Application, decision_id: str) -> dict[str, Any]:
    """The recorded assessment with the reasons and references of its rules; NotFound when unknown or expired, Erased when erased.

    The address is the key: whoever has it reads, with no role, until it expires. That it was opened is recorded first; raises LedgerUnavailable.
    """
    stored = app.ledger.find(decision_id) if app.ledger else None
    if stored is None:
        raise NotFound("There is no decision of that id, or its address has expired. `cds audit show` reads the ledger.")
    record = stored.record
    if app.clock() - datetime.fromisoformat(record.decided_at) > timedelta(hours=app.settings.explanation_hours):
        raise NotFound("There is no decision of that id, or its address has expired. `cds audit show` reads the ledger.")
    if record.private is None:
        raise Erased(ERASED)
    told = document.explained(record.assessment, _release(app, record.assessment["release"]))
    app.openings.note(app, record.decision_id)
    return told


def _release(app: Application, named: Mapping[str, str]) -> Release:
    served = app.releases.get(named["name"])
    spoken = named.get("language", ENGLISH)
    return served if served and (served.digest, served.language) == (named["digest"], spoken) else _held(app.settings, named)


def _held(settings: Settings, named: Mapping[str, str]) -> Release:
    for entry in catalogue.entries(settings.content, named["name"]):
        if entry.digest == named["digest"]:
            return catalogue.load(settings.content, entry, language=named.get("language", ENGLISH))
    raise NotFound(f"The release {named['version']} that decided this is no longer held. Set CDS_CONTENT to a folder that has it.")


def why(app: Application, body: bytes, rule: str) -> dict[str, Any]:
    """Why the rule matches or not for a file that `evaluate.assess_file` takes; NotFound when no table has it."""
    file = strict_json.load_object(body, limit=app.settings.body_limit)
    release, assessment, _ = evaluate.assessed(app, file, at=app.clock())
    if not assessment.decisions:
        raise NotFound(NOTHING_DECIDED)
    return _reason(evaluation.explain(release.model, assessment.facts.values(), rule), release)


def why_recorded(desk: Desk, decision_id: str, rule: str) -> dict[str, Any]:
    """The same of a decision in the ledger, worked out again from its recorded facts with the release that decided."""
    assessment = ledger.assessment(desk, decision_id)
    if not assessment["decisions"]:
        raise NotFound(NOTHING_DECIDED)
    release = _held(desk.settings, assessment["release"])
    facts = {name: exact(fact["value"]) for name, fact in assessment["facts"].items() if name in release.model.inputs}
    return _reason(evaluation.explain(release.model, facts, rule), release)


def _reason(reason: Reason, release: Release) -> dict[str, Any]:
    return {
        "decision": reason.decision,
        "rule": reason.rule,
        "because": release.model.rules()[reason.rule].source.because,
        "matches": reason.truth,
        "given": reason.given,
        "rules": list(reason.rules),
        "alternatives": [[_cell(cell) for cell in cells] for cells in reason.alternatives],
    }


def _cell(cell: CellResult) -> dict[str, Any]:
    return {"input": cell.input, "test": writer.unary_tests(cell.tests), "value": cell.value, "holds": cell.truth}
