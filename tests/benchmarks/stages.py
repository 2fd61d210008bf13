"""The stages of a hook call, each alone with the inputs it has there; the walk is that of `cds.service.hook.answer`."""

import itertools
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from cds.assessment import assessing
from cds.dmn import evaluation
from cds.facts import merge
from cds.fhir import answers, record, references, responses
from cds.foundation import canonical, strict_json
from cds.hooks import messages
from cds.service import deciding, hook, offers
from cds.service.application import Application
from cds.values.record import AuditRecord

Stage = Callable[[], Any]
ASSESS = "decide, assemble cards"
EVALUATE = "  of it: evaluate"


def of(app: Application, service_id: str, data: bytes) -> Mapping[str, Stage]:
    """Name to call, in the order of a hook call. The stages are timed apart, so that their shares need not add up to the whole."""
    release, at = app.releases[service_id], app.clock()
    document = strict_json.load_object(data, limit=app.settings.body_limit)
    offer = offers.find(app, service_id)
    request = hook.parse(offer, document)
    evidence = hook.read_evidence(app, release, request, at=at)
    response = evidence.response or {}
    said = answers.read(response, app.forms[service_id], release.facts, at=at)
    recorded = record.read(evidence.resources, release.facts, release.value_sets, subject=evidence.subject, at=at)
    facts = merge(release.facts, said, recorded, at=at)
    assessment = assessing.assess(release, facts, decision_id=app.new_id(), at=at, engine="")
    told = deciding.render(app, release, assessment, subject=evidence.subject)
    return {
        "strict JSON": lambda: strict_json.load_object(data, limit=app.settings.body_limit),
        "message": lambda: hook.parse(offer, document),
        "select response": lambda: _selected(app, service_id, request),
        "read answers": lambda: answers.read(response, app.forms[service_id], release.facts, at=at),
        "read record": lambda: record.read(evidence.resources, release.facts, release.value_sets, subject=evidence.subject, at=at),
        "merge facts": lambda: merge(release.facts, said, recorded, at=at),
        ASSESS: lambda: assessing.assess(release, facts, decision_id="", at=at, engine=""),
        EVALUATE: lambda: evaluation.evaluate(release.model, facts.values()),
        "render": lambda: deciding.render(app, release, assessment, subject=evidence.subject),
        "digest of the body": lambda: canonical.digest(data),
        "append to the ledger": _appends(app, told),
        "write the answer": lambda: json.dumps({"cards": told["cards"]}),
    }


def _selected(app: Application, service_id: str, request: messages.HookRequest) -> object:
    form = app.forms[service_id]
    who = references.subject(request.context.patient_id, *request.prefetch.values())
    return responses.select(request.prefetch[hook.RESPONSE], subject=who, canonical=form.url, versions=(form.version,), latest=app.clock())


def _appends(app: Application, told: Mapping[str, Any]) -> Stage:
    """Appends the same assessment under a new id each time."""
    numbers = itertools.count(1)

    def append() -> None:
        decision = str(uuid.UUID(int=next(numbers)))
        kept = AuditRecord(decision, told["decidedAt"], "hook", "", "sha256:", "cards", (), {**told, "decisionId": decision})
        if app.ledger:
            app.ledger.append(kept)

    return append
