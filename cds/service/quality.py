"""What became of the cards: how many of those shown were answered, accepted and overridden, by release, rule, client and month, and why overridden.

All of it is in the clear part of the ledger, so that it needs no key and loses nothing to an erasure. ADR 51 says what is counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Literal, get_args

from cds.audit.entries.stored import StoredRecord
from cds.audit.faults import LedgerDamaged
from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.foundation.settings import Settings
from cds.population.intervals import Share
from cds.service import application, deciding, ledgers
from cds.values.record import AuditRecord, Entry, FeedbackRecord

By = Literal["release", "rule", "client", "month"]
ALL: tuple[By, ...] = get_args(By)
UNREGISTERED = "not registered"
OTHER, NONE = "other", "none"
"""In place of the code of a reason: one that the release does not have, and none given."""
MONTH = len("2026-11")

States = Mapping[str, FeedbackRecord]
Told = Callable[[int, int], None]
"""Hears how many entries more were read, of how many there are."""


@dataclass
class Tally:
    """So many shown, and of these accepted and overridden."""

    shown: int = 0
    accepted: int = 0
    overridden: int = 0

    def add(self, state: FeedbackRecord | None) -> None:
        """One more, with what was done with it last."""
        self.shown += 1
        self.accepted += state is not None and state.outcome == "accepted"
        self.overridden += state is not None and state.outcome == "overridden"

    def document(self) -> dict[str, Any]:
        """Counts with their shares and intervals: answered of those shown, accepted and overridden of those answered."""
        answered = self.accepted + self.overridden
        shares = {"answered": Share(answered, self.shown), "accepted": Share(self.accepted, answered), "overridden": Share(self.overridden, answered)}
        return {"shown": self.shown, **{name: counted(share) for name, share in shares.items()}}


@dataclass
class Quality:
    """What was counted. `named` are rules that a card with feedback names. `silent` are cards decided for a silent client, `unknown` feedback on
    cards that nobody here gave, `elsewhere` feedback on cards that no hook call of the period showed; `damaged` entries could not be read."""

    cards: Tally = field(default_factory=Tally)
    by: dict[By, dict[str, Tally]] = field(default_factory=lambda: {name: {} for name in ALL})
    tables: dict[str, str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    named: frozenset[str] = frozenset()
    silent: int = 0
    unknown: int = 0
    elsewhere: int = 0
    damaged: int = 0


def counted(share: Share) -> dict[str, Any]:
    """The count; and the share with its 95 % interval, left out of fewer than five."""
    told = {"share": share.value, "interval": list(share.interval) if share.interval else None}
    return {"count": share.part, "of": share.whole, **{name: value for name, value in told.items() if value is not None}}


def of(settings: Settings, first: date | None = None, last: date | None = None, told: Told = lambda done, of: None) -> Quality:
    """Of the ledger that the settings name, the days from `first` to `last` in UTC; raises LedgerUnavailable. No key is needed."""
    until = last + timedelta(days=1) if last and last < date.max else None
    with ledgers.for_reading(settings, application.now) as ledger:
        return measure(ledger, since=_midnight(first), until=_midnight(until), told=told)


def measure(ledger: Ledger, *, since: str = "", until: str = "", told: Told = lambda done, of: None) -> Quality:
    """Counts the cards of the decisions from `since` to before `until` (as the store sorts instants), with feedback of any time after."""
    made = Quality()
    size = ledger.state().size
    hear = partial(told, 1, size)
    states, made.named = _states(made, ledger.records(Search(kinds=("feedback",), since=since)), hear)
    seen: set[str] = set()
    tables: set[str] = set()
    for record in _decisions(made, ledger.records(Search(kinds=("decision",), since=since, until=until)), hear):
        seen.update(record.cards)
        tables.update(table for table, rules in record.rules.items() if not made.named.isdisjoint(rules))
        _add(made, record, states)
    made.elsewhere = sum(card not in seen for card in states)
    made.by["rule"] = {rule: tally for rule, tally in made.by["rule"].items() if made.tables[rule] in tables}
    return made


def newest(entries: Iterable[FeedbackRecord]) -> dict[str, FeedbackRecord]:
    """By card what was done with it last, by the client's own time, which counts no later than it came; of two at one time the later one."""
    found: dict[str, FeedbackRecord] = {}
    for entry in entries:
        held = found.get(entry.card)
        if held is None or entry.moment >= held.moment:
            found[entry.card] = entry
    return found


def shown(record: AuditRecord) -> bool:
    """Whether its cards went to the client of a hook: others cannot be answered, and to a silent client none is sent."""
    return record.channel.startswith(deciding.HOOK) and record.outcome != deciding.SILENT


def reason(state: FeedbackRecord) -> str:
    """The code of the reason of an override."""
    return state.reason or (OTHER if state.other_reason else NONE)


def document(made: Quality, by: Iterable[By] = ALL, *, first: date | None = None, last: date | None = None) -> dict[str, Any]:
    """The figures as JSON (`schemas/quality.schema.json`), with the days that they are of."""
    period = {name: day.isoformat() for name, day in (("from", first), ("to", last)) if day}
    overridden = made.cards.overridden
    return {
        **({"period": period} if period else {}),
        "cards": made.cards.document(),
        "by": {name: [_line(made, name, key, tally) for key, tally in _ordered(made, name)] for name in by},
        "reasons": [{"code": code, **counted(Share(count, overridden))} for code, count in made.reasons.most_common()],
        "apart": {"silent": made.silent, "unknown": made.unknown, "elsewhere": made.elsewhere, "damaged": made.damaged},
    }


def _ordered(made: Quality, by: By) -> list[tuple[str, Tally]]:
    """By name; of rules first those that a card names: the others are the bookkeeping of the same tables."""
    return sorted(made.by[by].items(), key=lambda one: (by == "rule" and one[0] not in made.named, one[0]))


def _midnight(day: date | None) -> str:
    """Without its zone: sorts before each instant of that second, however fine it is written."""
    return f"{day.isoformat()}T00:00:00" if day else ""


def _line(made: Quality, by: By, name: str, tally: Tally) -> dict[str, Any]:
    return {"name": name, **({"table": made.tables[name]} if by == "rule" else {}), **tally.document()}


def _states(made: Quality, rows: Iterable[StoredRecord], hear: Callable[[], None]) -> tuple[States, frozenset[str]]:
    """The newest outcome of each card that is known, and the rules that cards were told to name."""
    known = []
    for entry in _sound(made, rows, hear):
        if isinstance(entry, FeedbackRecord):
            made.unknown += entry.decision_id is None
            known += [entry] if entry.decision_id is not None else []
    return newest(known), frozenset(rule for entry in known for rule in entry.rules)


def _decisions(made: Quality, rows: Iterable[StoredRecord], hear: Callable[[], None]) -> Iterator[AuditRecord]:
    """Those that showed a card; the cards for silent clients are counted on the way."""
    for entry in _sound(made, rows, hear):
        if isinstance(entry, AuditRecord) and entry.cards:
            if shown(entry):
                yield entry
            elif entry.outcome == deciding.SILENT:
                made.silent += len(entry.cards)


def _sound(made: Quality, rows: Iterable[StoredRecord], hear: Callable[[], None]) -> Iterator[Entry]:
    for stored in rows:
        hear()
        try:
            yield stored.public
        except LedgerDamaged:
            made.damaged += 1


def _add(made: Quality, record: AuditRecord, states: States) -> None:
    """Each card once for the whole, its release, its client and its month; the decision once for each of its rules."""
    groups: dict[By, str] = {
        "release": f"{record.logic.name} {record.logic.version}",
        "client": record.client or UNREGISTERED,
        "month": record.decided_at[:MONTH],
    }
    given = [states.get(card) for card in record.cards]
    for state in given:
        made.cards.add(state)
        for by, name in groups.items():
            made.by[by].setdefault(name, Tally()).add(state)
        if state is not None and state.outcome == "overridden":
            made.reasons[reason(state)] += 1
    answered = [state for state in given if state is not None]
    for table, rules in record.rules.items():
        for rule in rules:
            made.tables[rule] = table
            about = newest(replace(state, card="") for state in answered if rule in state.rules)
            made.by["rule"].setdefault(rule, Tally()).add(about.get(""))
