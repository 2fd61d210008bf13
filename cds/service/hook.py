"""A hook triggered by an EHR: request to cards (CDS Hooks, Calling a CDS Service), and what is offered (Discovery)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cds.fhir import references, responses
from cds.foundation import strict_json
from cds.foundation.errors import DataMissing, Diagnostic, NotFound, NotProcessable
from cds.hooks import discovery as discoveries
from cds.hooks import messages
from cds.hooks.messages import HookRequest
from cds.service import deciding
from cds.service.application import Application
from cds.service.deciding import Evidence
from cds.values.release import Release

PATIENT = "patient"
RESPONSE = "response"


def discovery(app: Application) -> dict[str, Any]:
    """The services offered."""
    return {"services": [discoveries.entry(release, name) for name, release in app.releases.items()]}


def answer(app: Application, service_id: str, body: bytes) -> dict[str, Any]:
    """The cards for one call. Raises NotFound, NotJson, WrongShape, DataMissing, NotProcessable or LedgerUnavailable."""
    if service_id not in app.releases:
        raise NotFound("There is no service of that id. `GET /cds-services` lists them.")
    release = app.releases[service_id]
    request = messages.parse(strict_json.load_object(body, limit=app.settings.body_limit), hook=release.cards.hook)
    at = app.clock()
    evidence = read_evidence(app, release, request, at=at)
    assessment = deciding.assess(app, release, evidence, at=at)
    return deciding.conclude(app, release, assessment, deciding.received(f"hook:{service_id}", body, request.hook_instance), evidence)


def read_evidence(app: Application, release: Release, request: HookRequest, *, at: datetime) -> Evidence:
    """The patient's prefetch, checked to be this patient's, and the response that counts."""
    _require(request.prefetch, release.facts.required)
    subject = request.context.patient_id
    _require_patient(request.prefetch.get(PATIENT), subject)
    form = app.forms[release.name]
    who = references.subject(subject, *request.prefetch.values())
    latest = at + release.facts.skew
    chosen = responses.select(request.prefetch.get(RESPONSE), subject=who, canonical=form.url, versions=(form.version,), latest=latest)
    asked = [key for key in release.facts.prefetch if key != RESPONSE and key in request.prefetch]
    resources = {key: request.prefetch[key] for key in asked}
    return Evidence(chosen.response, resources, subject, chosen.skipped, chosen.doubtful)


def _require(prefetch: Mapping[str, Any], required: tuple[str, ...]) -> None:
    missing = [key for key in required if key not in prefetch]
    if missing:
        text = f"The prefetch lacks {', '.join(missing)}. Send it as discovery asks; of the response send null when there is none."
        raise DataMissing(text, more=tuple(Diagnostic("error", "required", text, f"prefetch.{key}") for key in missing))


def _require_patient(patient: Any, subject: str) -> None:
    kind = patient.get("resourceType") if isinstance(patient, Mapping) else None
    if kind is None or kind == "OperationOutcome":
        raise DataMissing("The prefetch has no Patient. Send the patient of the context.", expression="prefetch.patient")
    if kind != "Patient" or patient.get("id") != subject:
        raise NotProcessable("The prefetched Patient is not the patient of the context. Send that patient.", expression="prefetch.patient.id")
