"""What is fetched first, so that what must be had lacks neither time nor bytes. Servers are real, on loopback."""

import threading
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

from cds.facts import FactDefinitions
from cds.fhir import fetching
from cds.fhir.bundles import Unavailable
from cds.foundation.outbound import budgets, calls
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import OriginPolicy
from tests.fhir.test_fetching import DEFINITIONS, PATIENT, TEMPLATES, page
from tests.foundation import server as servers
from tests.foundation.server import Server, serving

MANY = {f"a{number}": f"Condition?patient={{{{context.patientId}}}}&code=c|{number}" for number in range(2 * calls.ABREAST)}


def crowded() -> FactDefinitions:
    """More keys than are fetched at once, and all of them before what must be had, by the alphabet."""
    return replace(DEFINITIONS, prefetch=MANY | TEMPLATES, first_page=(), required=("patient", "conditions"))


def test_what_must_be_had_does_not_wait_for_what_is_slow() -> None:
    def answer(handler: BaseHTTPRequestHandler, server: Server) -> None:
        if "code=" in handler.path:
            server.over.wait()
        servers.resource(PATIENT if "Patient" in handler.path else page("c-1"))(handler, server)

    with closing(Outbound(OriginPolicy(loopback=True), Budget(connect=1, total=2))) as outbound, serving(answer) as server:
        call = outbound.call(server.url, None)
        brought = fetching.fetch(call, crowded(), {}, {}, context={"context.patientId": "p-1"})
    assert (brought.resources["patient"], brought.resources["conditions"]) == (PATIENT, page("c-1"))
    assert {brought.resources[key] for key in MANY} == {Unavailable(f"not fetched: {budgets.LATE}")}


def test_what_must_be_had_does_not_lack_the_bytes_that_others_use_up() -> None:
    def answer(handler: BaseHTTPRequestHandler, server: Server) -> None:
        if "code=" not in handler.path:
            gone.wait(30)
        found = PATIENT if "Patient" in handler.path else page("c-1")
        servers.resource(found if "code=" not in handler.path else page("c" * 3_000))(handler, server)
        if "code=" in handler.path:
            gone.set()

    gone = threading.Event()
    with closing(Outbound(OriginPolicy(loopback=True), Budget(connect=30, total=60, size=2_000))) as outbound, serving(answer) as server:
        brought = fetching.fetch(outbound.call(server.url, None), crowded(), {}, {}, context={"context.patientId": "p-1"})
    assert (brought.resources["patient"], brought.resources["conditions"]) == (PATIENT, page("c-1"))
    assert {brought.resources[key] for key in MANY} == {Unavailable(f"not fetched: {budgets.TOO_MUCH}")}
