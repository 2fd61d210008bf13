"""The prefetch of a hook call, completed from the client's FHIR server where the call names one (CDS Hooks 3.0, FHIR Resource Access)."""

from cds.facts import FactDefinitions
from cds.fhir import fetching
from cds.fhir.fetching import Brought
from cds.foundation.outbound.budgets import NotTrusted, UnusableToken
from cds.foundation.outbound.calls import Outbound
from cds.hooks.messages import HookRequest

UNTRUSTED = "fhirServer: not a server that this service fetches from; nothing was fetched."
NO_BEARER = "fhirAuthorization: not a Bearer token that can be sent; nothing was fetched."
BEARER = "bearer"


def complete(outbound: Outbound, definitions: FactDefinitions, request: HookRequest) -> Brought:
    """What the client sent, and what it did not send and its server has. Without a server, or one that is not trusted, as it was sent."""
    if request.fhir_server is None or not fetching.lacking(definitions, request.prefetch):
        return Brought(request.prefetch)
    grant = request.fhir_authorization
    if grant and grant.token_type.lower() != BEARER:
        return Brought(request.prefetch, (NO_BEARER,))
    try:
        call = outbound.call(request.fhir_server, grant.access_token if grant else None)
    except NotTrusted:
        return Brought(request.prefetch, (UNTRUSTED,))
    except UnusableToken:
        return Brought(request.prefetch, (NO_BEARER,))
    return fetching.fetch(call, definitions, request.prefetch, context={"context.patientId": request.context.patient_id})
