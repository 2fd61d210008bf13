"""The ledger for other programs: as lines that `verify.py` checks, as AuditEvents, and as tables for analysis.

Nothing here asks who may: whoever calls has seen to the role and has it recorded. Facts stand in the tables only where they are opened.
"""

import base64
import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from cds.audit.entries import sealing
from cds.audit.entries.stored import StoredRecord
from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.audit.tree import merkle, proofs
from cds.audit.tree.checkpoints import Checkpoint
from cds.facts import FactDefinition
from cds.fhir import audit_events, provenances
from cds.fhir.audit_codes import Position
from cds.foundation import canonical
from cds.foundation.settings import Settings
from cds.population import parquet
from cds.population.parquet import Column
from cds.releases import catalogue
from cds.service import audit_columns, quality
from cds.service.quality import States
from cds.values.record import AuditRecord, FeedbackRecord

Row = dict[str, Any]
WHOLE = Search()
AT_ONCE = 1_000
"""Leaves of dropped rows that are read at a time."""


def ndjson(ledger: Ledger, *, opened: bool = False) -> Iterator[bytes]:
    """A line for each entry of the ledger, by number, with its exact body; for one that was dropped with its leaf alone.

    Where they are `opened` a line also has the facts that were not erased, to the byte. LedgerDamaged for facts that are not what was sealed.
    """
    size, last = ledger.state().size, 0
    for stored in ledger.records(_up_to(WHOLE, size)):
        yield from _dropped(ledger, last + 1, stored.seq)
        last = stored.seq
        yield _line(_exact(ledger, stored, opened=opened))
    yield from _dropped(ledger, last + 1, size + 1)


def ndjson_part(ledger: Ledger, head: Checkpoint, searches: Iterable[Search], *, opened: bool = False) -> Iterator[bytes]:
    """A line with the signed head, `part`, and then one for each entry wanted as in `ndjson`, with its `proof` under that head.

    An entry behind the head has none. LedgerDamaged as in `ndjson`, and for an entry that the head does not cover as it is.
    """
    yield _line({"part": head.text})
    size = ledger.state().size
    with ledger.store.reading() as reading:
        source = merkle.Remembered(reading)
        for stored in chain.from_iterable(ledger.records(_up_to(one, size)) for one in searches):
            proof = {"proof": proofs.inclusion(source, stored.seq, stored.body, head).steps} if stored.seq <= head.size else {}
            yield _line(_exact(ledger, stored, opened=opened) | proof)


def fhir_ndjson(ledger: Ledger, search: Search = WHOLE, *, address: str) -> Iterator[bytes]:
    """Of each entry wanted the lines: an AuditEvent, and of a decision its Provenance. LedgerDamaged for an entry that is not what was written."""
    state = ledger.state()
    for stored in ledger.records(_up_to(search, state.size)):
        position = Position(stored.seq, stored.leaf.hex(), ledger.log_id, state.size, state.root.hex())
        entry, at = stored.public, address.rstrip("/")
        traced = _line(provenances.provenance(entry, position, address=at, opened=False)) if isinstance(entry, AuditRecord) else b""
        yield _line(audit_events.audit_event(entry, position, address=at)) + traced


def tables(
    ledger: Ledger, folder: Path, definitions: Iterable[FactDefinition] | None = None, searches: Sequence[Search] = (WHOLE,)
) -> dict[str, int]:
    """Writes `decisions`, `cards` and `feedback` as Parquet files into a folder, by number; by name how many rows each has.

    No entry is found by two of the searches, which have one patient, or none.
    With `definitions` the facts are opened, and `facts` is written too; facts that were erased are not in it.
    Raises TableRefused, and LedgerDamaged for an entry that is not what was written.
    """
    size = ledger.state().size
    wanted = [_up_to(one, size) for one in searches]
    states = quality.newest(one for _, one in _feedback(ledger, _of_any_time(wanted)) if one.decision_id)
    made: dict[str, tuple[Sequence[Column], Iterator[Row]]] = {
        "decisions": (audit_columns.DECISIONS, map(_decision, _decisions(ledger, wanted))),
        "cards": (audit_columns.CARDS, _cards(ledger, wanted, states)),
        "feedback": (audit_columns.FEEDBACK, (_item(seq, one) for seq, one in _feedback(ledger, wanted))),
    }
    if definitions is not None:
        columns = audit_columns.facts(definitions)
        made["facts"] = (columns, _facts(ledger, wanted, columns))
    return {name: parquet.write(folder / f"{name}.parquet", columns, rows) for name, (columns, rows) in made.items()}


def definitions(settings: Settings) -> Iterator[FactDefinition]:
    """The facts of every release that is held here."""
    for name in catalogue.names(settings.content):
        for entry in catalogue.entries(settings.content, name):
            yield from catalogue.load(settings.content, entry).facts.facts.values()


def _up_to(search: Search, size: int) -> Search:
    """What is appended from now on is left out, so that all that is made is of one state."""
    return replace(search, before=min(search.before or size + 1, size + 1))


def _exact(ledger: Ledger, stored: StoredRecord, *, opened: bool) -> dict[str, Any]:
    sealed = {} if stored.sealed is None else {"sealed": base64.b64encode(stored.sealed).decode("ascii")}
    plaintext = sealing.plaintext(stored.row, stored.wrapped, ledger.ring) if opened and sealed else None
    facts = {} if plaintext is None else {"opened": plaintext.decode("utf-8")}
    return {"seq": stored.seq, "leaf": stored.leaf.hex(), "body": stored.body.decode("utf-8"), **sealed, **facts}


def _dropped(ledger: Ledger, start: int, end: int) -> Iterator[bytes]:
    """Lines for the entries [start, end), of which only the leaves are left."""
    for first in range(start, end, AT_ONCE):
        with ledger.store.reading() as reading:
            leaves = reading.leaves(first - 1, min(first + AT_ONCE, end) - 1)
        yield from (_line({"seq": seq, "leaf": leaf.hex()}) for seq, leaf in enumerate(leaves, first))


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


def _of_any_time(wanted: Sequence[Search]) -> list[Search]:
    return [replace(one, since="", until="", after=None) for one in wanted]


def _merged(ledger: Ledger, wanted: Sequence[Search]) -> Iterator[StoredRecord]:
    return heapq.merge(*map(ledger.records, wanted), key=lambda stored: stored.seq)


def _decisions(ledger: Ledger, wanted: Sequence[Search]) -> Iterator[StoredRecord]:
    found = _merged(ledger, [replace(one, kinds=("decision",)) for one in wanted])
    return (stored for stored in found if stored.kind == "decision")


def _feedback(ledger: Ledger, wanted: Sequence[Search]) -> Iterator[tuple[int, FeedbackRecord]]:
    """An item names no patient: where one is asked for, those on the cards that this patient's decisions gave."""
    of_one = any(one.subject for one in wanted)
    theirs = {card for stored in _decisions(ledger, _of_any_time(wanted)) for card in stored.row.cards} if of_one else None
    for stored in _merged(ledger, [replace(one, kinds=("feedback",), subject="") for one in wanted]):
        entry = stored.public
        if isinstance(entry, FeedbackRecord) and (theirs is None or entry.card in theirs):
            yield stored.seq, entry


def _head(stored: StoredRecord, record: AuditRecord) -> Row:
    """What the tables of decisions, cards and facts share."""
    return {
        "seq": stored.seq,
        "decision_id": record.decision_id,
        "decided_at": record.decided_at,
        "client": record.client,
        "tenant": record.tenant,
        "subject": record.subject,
        "release": record.logic.name,
        "version": record.logic.version,
        "shown": quality.shown(record),
    }


def _decision(stored: StoredRecord) -> Row:
    record = _public(stored)
    logic = record.logic
    return _head(stored, record) | {
        "received_at": record.received_at,
        "month": record.decided_at[: quality.MONTH],
        "channel": record.channel,
        "hook": record.hook,
        "profile": record.profile,
        "digest": logic.digest,
        "language": logic.language,
        "selected": logic.selected,
        "engine": logic.engine,
        "urgency": record.urgency,
        "outcome": record.outcome,
        "cards": len(record.cards),
        "rules": [rule for rules in record.rules.values() for rule in rules],
        "unknown": record.unknown,
        "provenance": record.provenance,
        "erased": stored.sealed is not None and stored.wrapped is None,
    }


def _cards(ledger: Ledger, wanted: Sequence[Search], states: States) -> Iterator[Row]:
    for stored in _decisions(ledger, wanted):
        record = _public(stored)
        for place, card in enumerate(record.cards, 1):
            yield _head(stored, record) | {"card": card, "place": place} | _state(states.get(card))


def _state(state: FeedbackRecord | None) -> Row:
    if state is None:
        return {}
    reason = {"reason": quality.reason(state)} if state.outcome == "overridden" else {}
    return {"state": state.outcome, "state_at": state.outcome_at, **reason, **({"rules": state.rules} if state.rules else {})}


def _item(seq: int, record: FeedbackRecord) -> Row:
    return {"seq": seq, **vars(record)}


def _facts(ledger: Ledger, wanted: Sequence[Search], columns: Sequence[Column]) -> Iterator[Row]:
    """A row for each decision whose facts can be opened."""
    named = {one.name: one for one in columns[len(audit_columns.FACTS) :]}
    for stored in _decisions(ledger, wanted):
        record = stored.record
        if record.private is not None:
            said = {name: canonical.plain(fact["value"]) for name, fact in record.private.assessment.get("facts", {}).items()}
            others = {name: audit_columns.text(value) for name, value in said.items() if name not in named}
            known = {name: audit_columns.value(named[name], value) for name, value in said.items() if name in named}
            yield known | _head(stored, record) | {"others": others}


def _public(stored: StoredRecord) -> AuditRecord:
    entry = stored.public
    if not isinstance(entry, AuditRecord):
        raise TypeError("a row of this kind holds a decision")
    return entry
