"""All checks of one service, in the order that lets each judge for itself: first those that call, then those that read what was heard."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from cds.client import report, rows
from cds.client.checks import access, cards, discovery, feedback, prefetch, requests, stub, suggestions, tokens, transport, whole
from cds.client.checks.visit import THREE, NotChecked, Visit
from cds.client.report import Finding, Report
from cds.client.rows import Row
from cds.client.scenes import Scene
from cds.client.signing import Signer
from cds.client.wire import Wire

Check = Callable[[Visit], Iterator[str]]

CALLING: Mapping[str, Check] = MappingProxyType(
    {**discovery.CHECKS, **requests.CHECKS, **prefetch.CHECKS, **access.CHECKS, **feedback.CHECKS, **tokens.CHECKS, **transport.CHECKS}
)
"""The checks that ask the service something."""
READING: Mapping[str, Check] = MappingProxyType({**whole.CHECKS, **cards.CHECKS, **suggestions.CHECKS})
"""The checks of all that was heard."""
MOST = 5
"""So many reasons are told of one row: the rest is the same again."""
NEWER = "Only 3.0 asks for it, and discovery says no version of 3.0. To judge it all the same: --standard 3.0."
LONGEST = 300
"""A reason may name what the service named, which may be of any length."""


@dataclass(frozen=True)
class Terms:
    """What else the person at the command line may say.

    `others` are further scenes, for more cards. `second` signs for the same client with the other of ES384 and RS384. `origin` is a browser
    origin that the service allows. `port` is that of the FHIR stub on loopback, which a service may have to know; 0 takes a free one.
    `standard` is the version of CDS Hooks to judge by, 2.0 or 3.0; by default what discovery says.
    """

    others: Sequence[Scene] = ()
    second: Signer | None = None
    origin: str = ""
    port: int = 0
    standard: str = ""


NOTHING = Terms()


def run(wire: Wire, signer: Signer | None, scene: Scene, terms: Terms = NOTHING, *, clock: Callable[[], datetime]) -> Report:
    """The report on the service of that wire. Nothing that the service does makes this raise, but a port that is taken does (OSError)."""
    with stub.started(terms.port) as server:
        visit = Visit(wire, signer, (scene, *terms.others), server, clock, terms.second, terms.origin, terms.standard)
        table = rows.load()
        found = {name: _judged(visit, table[name], check) for name, check in (*CALLING.items(), *READING.items())}
    return Report(wire.base, tuple(found[name] for name in table if name in found), _uncalled(visit))


def _uncalled(visit: Visit) -> tuple[str, ...]:
    """The services that no scene could stage; none where discovery could not be read."""
    called = {one.service for one in visit.heard}
    try:
        return tuple(_line(service["id"]) for service in visit.services if service["id"] not in called)
    except NotChecked:
        return ()


def _judged(visit: Visit, row: Row, check: Check) -> Finding:
    try:
        if row.versions == (THREE,) and visit.standard != THREE:
            raise NotChecked(NEWER)
        faults = tuple(dict.fromkeys(_line(fault) for fault in check(visit)))
    except NotChecked as reason:
        return Finding(row, report.UNCHECKED, (reason.text,))
    return Finding(row, report.fault(row), faults[:MOST]) if faults else Finding(row, report.PASSED)


def _line(text: str) -> str:
    """One line, whatever a service put into its names."""
    return " ".join(text.split())[:LONGEST]
