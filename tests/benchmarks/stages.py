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
from cds.service import completing, deciding, hook, offers
from cds.service.application import Application
from cds.values.record import AuditRecord, Private
from tests.benchmarks import filling

Stage = Callable[[], Any]
ASSESS = "decide, assemble cards"
EVALUATE = "  of it: evaluate"


def of(app: Application, service_id: str, data: bytes) -> Mapping[str, Stage]:
    """Name to call, in the order of a hook call. The stages are timed apart, so that their shares need not add up to the whole."""
    release, at = app.releases[service_id], app.clock()
    document = strict_json.load_object(data, limit=app.settings.body_limit)
    offer = offers.find(app, service_id)
    request = hook.parse(offer, document)
    evidence = hook.read_evidence(app, release, request, completing.complete(app.outbound, release, request), at=at)
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
        "append to the ledger": _appends(app, _sample(evidence.patient, told)),
        "write the answer": lambda: json.dumps({"cards": told["cards"]}),
    }


def _selected(app: Application, service_id: str, request: messages.HookRequest) -> object:
    form = app.forms[service_id]
    who = references.subject(request.context.patient_id, *request.prefetch.values())
    return responses.select(request.prefetch[hook.RESPONSE], subject=who, canonical=form.url, versions=(form.version,), latest=app.clock())


def _appends(app: Application, sample: AuditRecord) -> Stage:
    """Appends the same decision under a new id each time."""
    numbers = itertools.count(1)

    def append() -> None:
        number = next(numbers)
        if app.ledger:
            app.ledger.append(filling.another(sample, str(uuid.UUID(int=number)), number))

    return append


def _sample(patient: str, told: Mapping[str, Any]) -> AuditRecord:
    came: dict[str, Any] = {"received_at": told["decidedAt"], "channel": "hook:benchmark", "hook": "", "hook_instance": ""}
    private = Private(patient=patient, assessment=told)
    return AuditRecord.of(private, selected="in force", request_digest=canonical.digest(b""), outcome="cards", **came)
