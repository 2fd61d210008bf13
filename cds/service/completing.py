"""The prefetch of a hook call, completed from the client's FHIR server where the call names one (CDS Hooks 3.0, FHIR Resource Access)."""

from cds.fhir import fetching
from cds.fhir.fetching import Brought
from cds.foundation.outbound.budgets import NotTrusted, UnusableToken
from cds.foundation.outbound.calls import Outbound
from cds.hooks.messages import HookRequest
from cds.values.release import Release

UNTRUSTED = "fhirServer: not a server that this service fetches from; nothing was fetched."
NO_BEARER = "fhirAuthorization: not a Bearer token that can be sent; nothing was fetched."
OTHER_PATIENT = "fhirAuthorization: for another patient than that of the context; nothing was fetched."
BEARER = "bearer"


def complete(outbound: Outbound, release: Release, request: HookRequest) -> Brought:
    """What the client sent under keys of ours, and what it did not send and its server has. Without a server, or one not trusted, as it was sent."""
    sent = {key: value for key, value in request.prefetch.items() if key in release.facts.prefetch}
    if request.fhir_server is None or not fetching.lacking(release.facts, sent):
        return Brought(sent)
    grant = request.fhir_authorization
    if grant and grant.token_type.lower() != BEARER:
        return Brought(sent, (NO_BEARER,), refused=True)
    if grant and grant.patient not in (None, request.context.patient_id):
        return Brought(sent, (OTHER_PATIENT,), refused=True)
    try:
        call = outbound.call(request.fhir_server, grant.access_token if grant else None)
    except NotTrusted:
        return Brought(sent, (UNTRUSTED,), refused=True)
    except UnusableToken:
        return Brought(sent, (NO_BEARER,), refused=True)
    return fetching.fetch(call, release.facts, release.value_sets, sent, context={"context.patientId": request.context.patient_id})
