"""Rows E: how the service reads from the client's FHIR server, seen from a stub (CDS Hooks 3.0, "FHIR Resource Access")."""

from collections.abc import Iterator
from types import MappingProxyType

from cds.client.checks.stub import Query
from cds.client.checks.visit import FHIR_TOKEN, Visit, told
from cds.client.wire import OK

FHIR_JSON = "application/fhir+json"
SMART_1, SMART_2 = "patient/*.read", "patient/*.rs"


def with_token(visit: Visit) -> Iterator[str]:
    """E1."""
    _, _, asked = visit.fetched
    if any(one.authorization != f"Bearer {FHIR_TOKEN}" for one in asked):
        yield "A query of the FHIR server came without the token of the call."
    if any(FHIR_JSON not in one.accept for one in asked):
        yield f"A query of the FHIR server does not ask for {FHIR_JSON}."


def bearer_only(visit: Visit) -> Iterator[str]:
    """E2: a token of a type that nobody here knows is not used as if it were of another."""
    call, _, _ = visit.fetched
    granted = visit.access(call)
    visit.stub.asked.clear()
    visit.call(call, {"prefetch": {}, **granted, "fhirAuthorization": {**granted["fhirAuthorization"], "token_type": "mac"}})
    if any(FHIR_TOKEN in one.authorization for one in visit.stub.asked):
        yield "A token whose token_type is not Bearer was used."


def what_is_needed(visit: Visit) -> Iterator[str]:
    """E4."""
    call, _, asked = visit.fetched
    kinds = {_kind(query) for query in call.keys.values()}
    if any(_kind(one.query) not in kinds for one in asked if one.query[1]):
        yield "It searched a type of resource that none of its templates asks for."
    old, new = (visit.call(call, visit.access(call, scope)) for scope in (SMART_1, SMART_2))
    for reply, scope in ((old, "1"), (new, "2")):
        if reply.status != OK:
            yield f"A token with a scope of SMART {scope} got {told(reply)}; both kinds are taken."


def _kind(query: Query) -> str:
    return query[0].partition("/")[0]


CHECKS = MappingProxyType({"E1": with_token, "E2": bearer_only, "E4": what_is_needed})
