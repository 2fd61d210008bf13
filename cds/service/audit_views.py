"""The ledger as FHIR, for an auditor of one client: AuditEvents of all that was recorded of it, Provenances of its decisions, read and searched.

A client's auditor sees what was recorded of its own calls and of its token's tenant, and nothing else. Each reading is itself recorded first.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cds.audit.entries.stored import StoredRecord
from cds.audit.faults import LedgerDamaged
from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.fhir import audit_codes, audit_events, audit_searching, outcomes, provenances
from cds.fhir.audit_codes import Position, Resource
from cds.fhir.audit_searching import Query
from cds.fhir.knowledge import bundles
from cds.foundation import instants
from cds.foundation.errors import Diagnostic, NotFound
from cds.service import actions, deciding, roles
from cds.service.application import Application
from cds.values.client import Role
from cds.values.record import AuditRecord, Entry

ROLE: Role = "auditor"
LOOKED_AT = 1_000
"""So many entries are looked at for one page: what is rare may lie on a later page, and no search holds up the service."""
NOTHING = "There is no such entry of this caller. A search without parameters lists the newest."
DAMAGED = "Entry {seq} of the ledger is not what was written, and is left out here. Whoever runs this service must run `cds audit verify`."


@dataclass(frozen=True)
class Log:
    """A ledger as its entries are told: what it calls itself, its size and root now, and the address of the service."""

    name: str
    size: int
    root: str
    address: str

    def position(self, stored: StoredRecord) -> Position:
        """Where an entry stands."""
        return Position(stored.seq, stored.leaf.hex(), self.name, self.size, self.root)


def search(app: Application, kind: str, parameters: Iterable[tuple[str, str]], strict: bool) -> Resource:
    """A searchset of the newest entries that match, without a total: nobody counts a ledger for a page of it.

    Raises Forbidden, LedgerUnavailable, and WrongShape for a parameter that cannot be read and, where `strict`, for one that is not known.
    """
    ledger = roles.require(app, ROLE, f"/fhir/{kind}")
    asked = audit_searching.query(kind, parameters, strict=strict)
    subjects = [[subject for one in values for subject in _subjects(app, ledger, *one)] for values in asked.patients]
    narrowed = _narrowed(app, asked)
    page = _page(_Views(kind, _log(app, ledger)), asked, subjects, _rows(ledger, narrowed, subjects))
    _note(app, f"search of {kind}", _filter(narrowed, subjects), count=len(page.found))
    base = f"{_address(app)}/fhir"
    bundle = bundles.searchset(page.found, total=0, address=base, links=asked.links(f"{base}/{kind}", page.following))
    del bundle["total"]
    told = [{"resource": outcomes.operation_outcome(page.damaged), "search": {"mode": "outcome"}}] if page.damaged else []
    return bundle | ({"entry": [*bundle.get("entry", ()), *told]} if told else {})


def read(app: Application, kind: str, name: str) -> Resource:
    """The entry of that number. Raises Forbidden, LedgerUnavailable, LedgerDamaged, and NotFound for what is not this caller's."""
    ledger = roles.require(app, ROLE, f"/fhir/{kind}")
    if not audit_searching.NUMBER.fullmatch(name):
        raise NotFound(NOTHING)
    search = Search(after=int(name) - 1, before=int(name) + 1, client=app.caller.client, tenant=app.caller.tenant)
    views = _Views(kind, _log(app, ledger))
    for stored in ledger.records(search):
        resource = views.opened(stored)
        if resource is not None:
            _note(app, f"{kind} {stored.seq}", {"decision": stored.entry_id} if stored.kind == "decision" else {}, count=1)
            return resource
    raise NotFound(NOTHING)


@dataclass(frozen=True)
class _Views:
    """Entries as resources of one type."""

    kind: str
    log: Log

    def closed(self, stored: StoredRecord) -> Resource | None:
        """Of what is in the clear; None for what has no such resource: a Provenance is of a decision."""
        return self._of(stored.public, stored)

    def opened(self, stored: StoredRecord) -> Resource | None:
        """With what an auditor may know beside: who was shown it, and where the facts came from."""
        return self._of(stored.entry, stored)

    def _of(self, entry: Entry, stored: StoredRecord) -> Resource | None:
        if self.kind == "AuditEvent":
            return audit_events.audit_event(entry, self.log.position(stored), address=self.log.address)
        if not isinstance(entry, AuditRecord):
            return None
        return provenances.provenance(entry, self.log.position(stored), address=self.log.address, opened=True)


@dataclass
class _Page:
    """What is on a page, what could not be read, and where the next one begins, where there may be one."""

    found: list[Resource]
    damaged: list[Diagnostic]
    following: int | None = None


def _page(views: _Views, asked: Query, subjects: list[list[str]], rows: Iterable[StoredRecord]) -> _Page:
    page, last = _Page([], []), None
    for looked, stored in enumerate(rows, 1):
        try:
            one = _matching(views, asked, subjects, stored)
        except LedgerDamaged:
            page.damaged.append(Diagnostic("error", "exception", DAMAGED.format(seq=stored.seq)))
        else:
            if one is not None and len(page.found) == asked.count:
                page.following = last if asked.count else None
                return page
            page.found += [one] if one is not None else []
        last = stored.seq
        if looked == LOOKED_AT:
            page.following = stored.seq
            return page
    return page


def _matching(views: _Views, asked: Query, subjects: list[list[str]], stored: StoredRecord) -> Resource | None:
    """Opened only where the clear part matches, since that is slow; before it where the search is for a proposal, which is sealed."""
    if asked.of_proposals:
        one = views.opened(stored)
        return one if one is not None and asked.matches(one, subjects) else None
    one = views.closed(stored)
    return views.opened(stored) if one is not None and asked.matches(one, subjects) else None


def _rows(ledger: Ledger, narrowed: Search, subjects: list[list[str]]) -> Iterator[StoredRecord]:
    """The rows to look at, newest first. Of a patient those that the store finds, and all actions, since a reading has the patient in its detail."""
    searches = [replace(narrowed, subject=one) for one in subjects[0]] if subjects else [narrowed]
    searches += [replace(narrowed, kinds=("action",))] if subjects and not narrowed.kinds else []
    last = 0
    for stored in heapq.merge(*map(ledger.records, searches), key=lambda one: one.seq, reverse=True):
        if stored.seq != last:
            yield stored
        last = stored.seq


def _narrowed(app: Application, asked: Query) -> Search:
    """What the store can do of it; the rest is seen in each resource."""
    low, high = asked.bounds
    return Search(
        kinds=asked.entry_kinds,
        since=_second(low) if low > audit_searching.FIRST else "",
        until=_second(high + timedelta(seconds=1)) if high < audit_searching.LAST else "",
        client=app.caller.client,
        tenant=app.caller.tenant,
        before=asked.before,
        newest_first=True,
        limit=LOOKED_AT,
    )


def _second(at: datetime) -> str:
    """Without its zone: sorts before each instant of that second, however fine it is written."""
    return instants.written(at).removesuffix("Z")


def _subjects(app: Application, ledger: Ledger, system: str, value: str) -> tuple[str, ...]:
    """The pseudonyms of a patient as the caller names one: by a reference or an id, an identifier of its own, or a pseudonym itself.

    There is one for each key that pseudonyms were ever made with.
    """
    if system == audit_codes.PATIENTS:
        return (value,)
    named = deciding.patient_identified(system, value) or deciding.patient_named(value) or value
    return ledger.ring.pseudonyms(app.caller.client, app.caller.tenant, named)


def _filter(narrowed: Search, subjects: list[list[str]]) -> dict[str, Any]:
    """What was asked for, as the record of the reading says it: of a patient the pseudonym."""
    named = sorted({one for values in subjects for one in values if _is_pseudonym(one)})
    told = {
        "since": narrowed.since and f"{narrowed.since}Z",
        "until": narrowed.until and f"{narrowed.until}Z",
        "subject": named[0] if len(named) == 1 else "",
        "subjects": named if len(named) > 1 else [],
        "kinds": list(narrowed.kinds),
    }
    return {name: value for name, value in told.items() if value}


def _is_pseudonym(text: str) -> bool:
    return len(text) == len("00" * 32) and all(one in "0123456789abcdef" for one in text)


def _note(app: Application, what: str, asked: dict[str, Any], *, count: int) -> None:
    detail = {"what": what, **({"filter": asked} if asked else {}), "count": count}
    actions.record(app, "reading", actions.of_client(app.caller), ROLE, detail, tenant=app.caller.tenant)


def _log(app: Application, ledger: Ledger) -> Log:
    state = ledger.state()
    return Log(ledger.log_id, state.size, state.root.hex(), _address(app))


def _address(app: Application) -> str:
    return app.settings.address.rstrip("/")
