"""One service for all faults, and the parts of a client that is registered with it."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cds.client import checks
from cds.client.checks import Terms
from cds.client.report import Report
from cds.client.scenes import Scene
from cds.client.signing import Signer
from cds.client.wire import Wire
from cds.service import application
from tests.client.broken import callers, cards, discovery, requests
from tests.client.broken.between import Between, Fault
from tests.conformance.rows import scenes, served
from tests.conformance.rows.served import Served
from tests.conformance.rows.target import ORIGIN
from tests.tokens import Issuer

CHECKER, OTHER = "checker", "rsa"
ORDER = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order"}
XRAY = {"coding": [{"system": "http://loinc.org", "code": "36559-8"}]}


@dataclass(frozen=True)
class Bench:
    """Our service behind what breaks it; `port` is where its FHIR server is expected."""

    served: Served
    between: Between
    port: int

    @property
    def faults(self) -> dict[str, Fault]:
        """Every way to break it, new."""
        people = self.served.target.people
        known = frozenset(name for one in people.values() for name in (one.iss, one.kid))
        return {**discovery.FAULTS, **requests.FAULTS, **cards.FAULTS, **callers.faults(people[OTHER], self.served.target.base, known)}

    def report(self) -> Report:
        """What the checks say of it."""
        people = self.served.target.people
        terms = Terms((scene(scenes.PROPOSING),), signer(people[OTHER]), ORIGIN, self.port)
        return checks.run(Wire.to(self.served.target.base), signer(people[CHECKER]), scene(scenes.EMERGENCY), terms, clock=application.now)


def scene(name: str) -> Scene:
    """The patient of an example, in an encounter, with a scan of the back being ordered."""
    one = scenes.scene(name)
    order = {**ORDER, "id": "order-1", "code": XRAY, "subject": {"reference": f"Patient/{one.patient}"}}
    return Scene(one.patient, encounter="visit-1", record=one.resources, orders=(order,))


def signer(issuer: Issuer) -> Signer:
    """It as a client of ours has it."""
    return Signer(issuer.iss, issuer.key, issuer.kid, issuer.alg)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The one service."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    between = Between()
    registered = {CHECKER: {"fhir_server": f"http://127.0.0.1:{port}/fhir", "origins": [ORIGIN]}}
    with served.serving(tmp_path_factory.mktemp("broken"), wrap=between.wrap, guests=registered) as found:
        yield Bench(found, between, port)
