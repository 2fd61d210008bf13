"""A hook triggered by an EHR: request to cards (CDS Hooks, Calling a CDS Service), and what is offered (Discovery)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cds.fhir import orders, references, responses, versions
from cds.fhir.bundles import Unavailable
from cds.fhir.fetching import Brought
from cds.foundation import strict_json
from cds.foundation.errors import DataMissing, Diagnostic, NotProcessable
from cds.hooks import discovery as discoveries
from cds.hooks import messages
from cds.hooks.contexts import OrderContext, SelectionContext
from cds.hooks.messages import HookRequest
from cds.service import completing, deciding, offers, outlets, refusals, rendering
from cds.service.application import Application
from cds.service.deciding import Evidence, Received
from cds.service.offers import Offer
from cds.values.assessment import Assessment
from cds.values.order import Drafts
from cds.values.release import Release

PATIENT = "patient"
RESPONSE = "response"
SEND = "Send it as discovery asks; of the response send null when there is none."
ROUTE = "/cds-services/<service_id>"
OTHER_PATIENT = "other patient"
"""The cause under which the ledger keeps a call whose Patient is not the patient of its context."""


class OtherPatient(NotProcessable):
    """The Patient who was sent is not the patient of the context."""


def discovery(app: Application) -> dict[str, Any]:
    """The services offered to this caller."""
    return {"services": [discoveries.entry(one.release, name, one.service) for name, one in offers.offers(app).items()]}


def answer(app: Application, service_id: str, body: bytes, trace: str = "") -> dict[str, Any]:
    """The cards for one call. Raises NotFound, NotJson, WrongShape, DataMissing, NotProcessable or LedgerUnavailable."""
    offer, received_at = offers.find(app, service_id), app.clock()
    request = parse(offer, strict_json.load_object(body, limit=app.settings.body_limit))
    had = completing.complete(app.outbound, offer.release, request)
    at = app.clock()
    try:
        evidence = read_evidence(app, offer.release, request, had, at=at)
    except OtherPatient:
        _keep_refusal(app, at=at)
        raise
    drafts = read_drafts(app, offer.release, request)
    assessment = assess(app, offer, evidence, drafts, at=at)
    asked = _received(deciding.received(received_at, f"{deciding.HOOK}{service_id}", body, trace), offer, request, drafts, assessment)
    told = drafts.told if drafts else ()
    return deciding.conclude(app, offer.release, assessment, asked, replace(evidence, skipped=(*evidence.skipped, *told)))


def _received(call: Received, offer: Offer, request: HookRequest, drafts: Drafts | None, assessment: Assessment) -> Received:
    return replace(
        call,
        hook=offer.service.hook,
        hook_instance=deciding.identified(request.hook_instance),
        user=deciding.user_named(request.context.user_id),
        noted=request.noted,
        orders=outlets.plain_orders(drafts, offer.release, assessment) if drafts is not None else {},
    )


def parse(offer: Offer, document: dict[str, Any]) -> HookRequest:
    """The call as CDS Hooks has it for this service. Raises WrongShape."""
    return messages.parse(document, hook=offer.service.hook, required=offer.release.facts.required)


def assess(app: Application, offer: Offer, evidence: Evidence, drafts: Drafts | None, *, at: datetime) -> Assessment:
    """What is decided, which is the same at every hook, and the cards that this service gives of it; what was ordered adds cards and no decision."""
    assessment = deciding.assess(app, offer.release, evidence, at=at)
    return rendering.reviewed(offer.release, assessment, drafts, offer.service)


def read_drafts(app: Application, release: Release, request: HookRequest) -> Drafts | None:
    """The orders that are not signed yet; None at a hook that brings none."""
    context = request.context
    if not isinstance(context, OrderContext):
        return None
    selections = context.selections if isinstance(context, SelectionContext) else None
    return orders.read(context.draft_orders, selections, patient=context.patient_id, release=release, profile=app.profile)


def _keep_refusal(app: Application, *, at: datetime) -> None:
    """Nothing of the call is kept but that it came."""
    if app.ledger:
        app.ledger.append_all([refusals.record(app.new_id(), at, (OTHER_PATIENT, app.caller.client, ROUTE))])


def read_evidence(app: Application, release: Release, request: HookRequest, had: Brought, *, at: datetime) -> Evidence:
    """The patient's prefetch as `complete` brought it, checked to be this patient's, and the response that counts."""
    _require(had, release.facts.required)
    _require_r4(had, request)
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


def _require_r4(had: Brought, request: HookRequest) -> None:
    """What an answer needs, and the orders of the context; any other resource of another version is read as far as it can be."""
    places = {f"prefetch.{key}": had.resources.get(key) for key in (PATIENT, RESPONSE)}
    if isinstance(request.context, OrderContext):
        places["context.draftOrders"] = request.context.draft_orders
    for place, sent in places.items():
        if versions.other_in(sent):
            raise NotProcessable(f"{place} is not FHIR R4. Send resources of FHIR R4 (4.0.1), in the context and in the prefetch.", expression=place)


def _require_patient(patient: Any, subject: str) -> None:
    kind = patient.get("resourceType") if isinstance(patient, Mapping) else None
    if kind is None or kind == "OperationOutcome":
        raise DataMissing("The prefetch has no Patient. Send the patient of the context.", expression="prefetch.patient")
    if kind != "Patient" or patient.get("id") != subject:
        raise OtherPatient("The prefetched Patient is not the patient of the context. Send that patient.", expression="prefetch.patient.id")
