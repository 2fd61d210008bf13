"""Recorded decisions made again: by the release that decided, which must give all of them again, or by another, to see what it would say."""

import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, get_args

from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.foundation import instants
from cds.foundation.errors import LedgerUnavailable, NotFound
from cds.foundation.settings import Settings
from cds.releases import catalogue
from cds.service import application, ledgers
from cds.service.desk import NOT_RECORDED, Desk, Wanted
from cds.service.replaying import batches
from cds.service.replaying.again import Replayed, Verdict
from cds.service.replaying.batches import Batch, Done, Task
from cds.values.record import ActionRecord

DECISION = "decision"
NONE = "No decision of the ledger is of that kind. `cds audit list` shows what it has."
NO_DECISION = "The ledger has no decision of that id. `cds audit list` shows what it has."
BY_ITSELF: frozenset[Verdict] = frozenset({"identical", "erased"})
"""What may come of a decision by the release of then. All else is a finding."""

COUNTED: Mapping[Verdict, str] = MappingProxyType(
    {"identical": "identical", "changed": "changed", "not replayable": "notReplayable", "erased": "erased", "damaged": "damaged"}
)
"""The verdicts as the ledger names them."""

WORTH = 8
"""Batches for which a process more is worth its start, which takes about as long as two hundred decisions."""

Told = Callable[[int, int], None]
"""Is told after each batch how many entries it had, and of how many in all."""


@dataclass(frozen=True)
class Asked:
    """Which decisions are made again, and by which release; what is empty does not narrow.

    `release` is the version to decide by, empty for that of then; `decided_by` is the version of then. `patient` is the reference or
    identifier as it was sent by `client` (None for any client; with a patient, for callers who are not registered).
    """

    release: str = ""
    since: datetime | None = None
    until: datetime | None = None
    patient: str = ""
    client: str | None = None
    tenant: str | None = None
    rule: str = ""
    decided_by: str = ""
    decision: str = ""


@dataclass(frozen=True)
class Report:
    """How often each verdict came, how many were compared without their cards, and every decision that was not identical.

    `dropped` are the months whose entries are gone by retention: of these nothing could be made again.
    """

    release: str
    counts: Mapping[Verdict, int]
    without_cards: int
    replayed: tuple[Replayed, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong: by the release of then all are identical or erased; by another no record is damaged."""
        wrong = {"damaged"} if self.release else set(get_args(Verdict)) - BY_ITSELF
        return not any(self.counts[one] for one in self.counts if one in wrong)


@dataclass
class _Sums:
    """What is known so far, of so many entries that are wanted; `left` are those that were not looked at yet."""

    of: int
    counts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(get_args(Verdict), 0))
    without_cards: int = 0
    kept: list[Replayed] = field(default_factory=list)
    left: int = field(init=False)

    def __post_init__(self) -> None:
        """At first nothing was looked at."""
        self.left = self.of

    def add(self, one: Replayed) -> None:
        self.counts[one.verdict] += 1
        self.without_cards += not one.cards
        if one.verdict != "identical":
            self.kept.append(one)


def replay(
    settings: Settings,
    asked: Asked,
    *,
    actor: str,
    processes: int | None = None,
    told: Told = lambda _done, _of: None,
    warn: Callable[[str], None] = lambda _text: None,
) -> Report:
    """Makes the decisions again, records that this was done, and reports.

    `processes` is how many work at a time; by default one for each core, where there is work for so many. The record is made also of a
    replay that was interrupted or failed; `warn` is told where it cannot be made, as in a copy that nobody can write.
    Raises NotFound where nothing is of that kind, or no release of that version.
    """
    if asked.release:
        _require_release(settings, asked.release)
    with closing(ledgers.for_reading(settings, application.now)) as ledger:
        task, narrowed = _task(Desk(settings, ledger), asked)
        planned = batches.planned(ledger, task)
        sums = _Sums(sum(batch.count for batch in planned))
        try:
            with closing(_done(ledger, task, planned, processes)) as done:
                _add(sums, done, told)
        finally:
            _record(ledger, _action(asked, narrowed, sums, actor), warn)
        if not any(sums.counts.values()) and asked != Asked(asked.release):
            raise NotFound(NONE)
        return Report(asked.release, sums.counts, sums.without_cards, tuple(sums.kept), _dropped(ledger))


def _record(ledger: Ledger, action: ActionRecord, warn: Callable[[str], None]) -> None:
    try:
        ledger.append(action)
    except LedgerUnavailable as error:
        warn(f"{NOT_RECORDED}. {error.text}")


def _require_release(settings: Settings, version: str) -> None:
    """Told before anything is done: some condition has that version, and what has it can be used."""
    held = [entry for name in catalogue.names(settings.content) for entry in catalogue.entries(settings.content, name) if entry.version == version]
    if not held:
        raise NotFound(f"No release {version} is held. `cds release list` shows what there is.")
    for entry in held:
        catalogue.load(settings.content, entry)


def _task(desk: Desk, asked: Asked) -> tuple[Task, Mapping[str, Any]]:
    """What is to be made again, and the same for the record."""
    wanted = Wanted(asked.since, asked.until, asked.patient, asked.client, asked.tenant, asked.decided_by, (DECISION,))
    task = Task(desk.settings, _searches(desk, wanted, asked.decision), asked.release, asked.rule)
    return task, desk.narrowed(wanted) | {"rule": asked.rule, "decision": asked.decision}


def _searches(desk: Desk, wanted: Wanted, decision: str) -> tuple[Search, ...]:
    """As at the desk, and of one decision alone where one is named."""
    searches = desk.searches(wanted)
    if not decision:
        return searches
    found = desk.ledger.find(decision)
    if found is None:
        raise NotFound(NO_DECISION)
    return tuple(replace(one, after=found.seq - 1, before=found.seq + 1) for one in searches)


def _done(ledger: Ledger, task: Task, planned: Sequence[Batch], processes: int | None) -> Generator[Done, None, None]:
    """In this process where there is work for one alone."""
    most = len(planned) if processes else len(planned) // WORTH
    several = min(processes or os.cpu_count() or 1, most)
    return batches.across(task, planned, several, application.now) if several > 1 else batches.here(ledger, task, planned)


def _add(sums: _Sums, done: Iterable[Done], told: Told) -> None:
    for one in done:
        for replayed in one.replayed:
            sums.add(replayed)
        sums.left -= one.batch.count
        told(one.batch.count, sums.of)


def _dropped(ledger: Ledger) -> tuple[str, ...]:
    with ledger.store.reading() as reading:
        return tuple(segment.month for segment in reading.segments())


def _action(asked: Asked, narrowed: Mapping[str, Any], sums: _Sums, actor: str) -> ActionRecord:
    """Who made which decisions again and how many came out how: no fact, and of a patient the pseudonym."""
    verdicts = {COUNTED[verdict]: count for verdict, count in sums.counts.items()}
    told = {name: value for name, value in narrowed.items() if value and name != "kinds"}
    return ActionRecord(
        action_id=application.new_id(),
        at=instants.written(application.now(), "milliseconds"),
        action="replay",
        actor=actor,
        detail={
            **({"filter": told} if told else {}),
            **({"release": asked.release} if asked.release else {}),
            "counts": {**verdicts, "withoutCards": sums.without_cards, "notReached": sums.left},
        },
    )
