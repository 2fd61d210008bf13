"""A hook triggered by an EHR: request to cards (CDS Hooks, Calling a CDS Service), and what is offered (Discovery)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cds.fhir import references, responses
from cds.fhir.bundles import Unavailable
from cds.fhir.fetching import Brought
from cds.foundation import strict_json
from cds.foundation.errors import DataMissing, Diagnostic, NotFound, NotProcessable
from cds.hooks import discovery as discoveries
from cds.hooks import messages
from cds.hooks.messages import HookRequest
from cds.service import completing, deciding
from cds.service.application import Application
from cds.service.deciding import Evidence
from cds.values.release import Release

PATIENT = "patient"
RESPONSE = "response"
SEND = "Send it as discovery asks; of the response send null when there is none."


def discovery(app: Application) -> dict[str, Any]:
    """The services offered."""
    return {"services": [discoveries.entry(release, name) for name, release in app.releases.items()]}


def answer(app: Application, service_id: str, body: bytes) -> dict[str, Any]:
    """The cards for one call. Raises NotFound, NotJson, WrongShape, DataMissing, NotProcessable or LedgerUnavailable."""
    if service_id not in app.releases:
        raise NotFound("There is no service of that id. `GET /cds-services` lists them.")
    release = app.releases[service_id]
    request = parse(release, strict_json.load_object(body, limit=app.settings.body_limit))
    at = app.clock()
    evidence = read_evidence(app, release, request, at=at)
    assessment = deciding.assess(app, release, evidence, at=at)
    return deciding.conclude(app, release, assessment, deciding.received(f"hook:{service_id}", body, request.hook_instance), evidence)


def parse(release: Release, document: dict[str, Any]) -> HookRequest:
    """The call as CDS Hooks has it for this service. Raises WrongShape."""
    return messages.parse(document, hook=release.cards.hook, required=release.facts.required)


def read_evidence(app: Application, release: Release, request: HookRequest, *, at: datetime) -> Evidence:
    """The patient's prefetch, completed and checked to be this patient's, and the response that counts."""
    had = completing.complete(app.outbound, release, request)
    _require(had, release.facts.required)
    subject = request.context.patient_id
    _require_patient(had.resources.get(PATIENT), subject)
    form = app.forms[release.name]
    who = references.subject(subject, *had.resources.values())
    latest = at + release.facts.skew
    chosen = responses.select(had.resources.get(RESPONSE), subject=who, canonical=form.url, versions=(form.version,), latest=latest)
    resources = {key: had.resources[key] for key in release.facts.prefetch if key != RESPONSE and key in had.resources}
    return Evidence(chosen.response, resources, subject, (*had.problems, *chosen.skipped), chosen.doubtful, refused=had.refused)


def _require(had: Brought, required: tuple[str, ...]) -> None:
    """DataMissing names every required key that was neither sent nor could be fetched, and why it could not."""
    missing = [key for key in required if key not in had.resources]
    failed = {key: one.reason for key in required if isinstance(one := had.resources.get(key), Unavailable)}
    if not missing and not failed:
        return
    lacks = ", ".join(key for key in required if key in missing or key in failed)
    text = " ".join([f"The prefetch lacks {lacks}. {SEND}", *(f"{key}: {why}." for key, why in failed.items()), *had.problems])
    raise DataMissing(text, more=tuple(Diagnostic("error", "required", text, f"prefetch.{key}") for key in (*missing, *failed)))


def _require_patient(patient: Any, subject: str) -> None:
    kind = patient.get("resourceType") if isinstance(patient, Mapping) else None
    if kind is None or kind == "OperationOutcome":
        raise DataMissing("The prefetch has no Patient. Send the patient of the context.", expression="prefetch.patient")
    if kind != "Patient" or patient.get("id") != subject:
        raise NotProcessable("The prefetched Patient is not the patient of the context. Send that patient.", expression="prefetch.patient.id")
