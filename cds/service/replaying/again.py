"""One recorded decision made again from its recorded facts, by the code that the service runs, and what differs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeVar

from cds.assessment import assessing
from cds.foundation.errors import CdsError
from cds.hooks import contexts, discovery
from cds.hooks.cards import Outlet
from cds.service import outlets, profiles, rendering
from cds.service.deciding import HOOK, SILENT
from cds.service.replaying import comparing, recorded
from cds.service.replaying.comparing import Difference
from cds.service.replaying.recorded import Given, NotReplayable
from cds.service.replaying.shelf import Shelf
from cds.values.assessment import Assessment
from cds.values.order import Drafts
from cds.values.record import AuditRecord, Private
from cds.values.release import HookService, Release

T = TypeVar("T")
Verdict = Literal["identical", "changed", "not replayable", "erased", "damaged"]
_RELEASE_PAGE = re.compile(r"(.*)/releases/[^/]+/[^/]+")
_FORM = "/form/"
PLAIN = "spec"
"""The profile of records that name none."""


@dataclass(frozen=True)
class Replayed:
    """What came of one decision; `reason` says why it is not replayable, erased or damaged.

    `cards` is False where its cards could not be made again, since the record does not hold what they were fitted to: all else was compared.
    """

    seq: int
    decision_id: str
    decided_at: str
    release: str
    verdict: Verdict
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    cards: bool = True


@dataclass(frozen=True)
class _Again:
    assessment: Assessment
    document: Mapping[str, Any]
    cards: bool


def judged(seq: int, record: AuditRecord, shelf: Shelf, version: str | None = None) -> Replayed:
    """The decision by the release of then, which must give all of it again; with `version` by that release, which need not."""
    told = (seq, record.decision_id, record.decided_at, record.logic.version)
    if record.private is None:
        return Replayed(*told, "erased", "The facts were erased.")
    try:
        release = shelf.version(record.logic, version) if version else shelf.recorded(record.logic)
        made = _again(release, record, record.private)
        found = _meant(record, made) if version else _all(record, record.private, made)
    except NotReplayable as error:
        return Replayed(*told, "not replayable", error.text)
    return Replayed(*told, "changed" if found else "identical", differences=found, cards=made.cards)


def _meant(record: AuditRecord, made: _Again) -> tuple[Difference, ...]:
    return _readable(lambda told: comparing.meant(told, made.document, with_cards=made.cards), record.assessment)


def _all(record: AuditRecord, private: Private, made: _Again) -> tuple[Difference, ...]:
    """What differs in the assessment, and in what the record says of it in the clear."""
    again = AuditRecord.of(
        replace(private, assessment=made.document),
        selected=record.logic.selected,
        received_at=record.received_at,
        channel=record.channel,
        hook=record.hook,
        hook_instance=record.hook_instance,
        request_digest=record.request_digest,
        outcome=_outcome(record, made),
    )
    inside = comparing.whole(private.assessment, made.document, with_cards=made.cards)
    return (*inside, *comparing.said(record, again, with_cards=made.cards))


def _outcome(record: AuditRecord, made: _Again) -> str:
    """A silent client is told nothing, whatever was decided."""
    if record.outcome == SILENT and record.channel.startswith(HOOK):
        return SILENT
    return rendering.outcome(made.assessment, answered=bool(made.assessment.facts.known))


def _again(release: Release, record: AuditRecord, private: Private) -> _Again:
    given = recorded.given(private.assessment, release.facts)
    service = _service(release, record.channel)
    drafts = _drafts(service, private)
    outlet = _outlet(record, private)
    lacking = outlet is None or drafts is _LACKING
    decided = _decided(release, given, record)
    if service is not None and not lacking:
        decided = rendering.reviewed(release, decided, drafts, service)
    document = rendering.render(release, decided, outlet or Outlet("", ""), subject=private.patient)
    return _Again(decided, document, cards=not lacking)


def _decided(release: Release, given: Given, record: AuditRecord) -> Assessment:
    """Without a response nothing is decided: that the form was offered, or was not, is what the trigger on record said, which is not kept."""
    if given.answered:
        answer = assessing.assess
    else:
        offered = record.outcome == rendering.OFFERED or (record.outcome == SILENT and bool(record.assessment.get("cards")))
        answer = assessing.offer if offered else assessing.silence
    try:
        return answer(release, given.facts, decision_id=given.decision_id, at=given.at, engine=given.engine)
    except (CdsError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise NotReplayable(f"The release cannot decide on these facts ({type(error).__name__}).") from None


def _service(release: Release, channel: str) -> HookService | None:
    """The service of a hook call; None for other ways in. NotReplayable where the release has none of that id."""
    if not channel.startswith(HOOK):
        return None
    found = discovery.services(release).get(channel.removeprefix(HOOK))
    if found is None:
        raise NotReplayable("The release has no service of the id that was called.")
    return found


def _drafts(service: HookService | None, private: Private) -> Drafts | None:
    """The draft orders of a hook that brings some; `_LACKING` where it did and the record, of an earlier version, does not hold them."""
    if service is None or service.hook not in contexts.WITH_ORDERS:
        return None
    return _readable(outlets.read_orders, private.orders) if private.orders else _LACKING


_LACKING = Drafts(problems=("not recorded",))


def _outlet(record: AuditRecord, private: Private) -> Outlet | None:
    """Where the cards went. In records of earlier versions the address and whether the form was open are read off the cards that were sent.

    None where the profile was an operator's own: the packaged ones alone are known by their names.
    """
    if private.outlet:
        return _readable(outlets.read, private.outlet)
    name = record.profile or PLAIN
    return _readable(partial(_former_outlet, name, record.logic.name), record.assessment) if name in profiles.names() else None


def _former_outlet(profile: str, form: str, assessment: Mapping[str, Any]) -> Outlet:
    links = [link["url"] for card in assessment["cards"] for link in card.get("links", ())]
    pages = [found[1] for card in assessment["cards"] if (found := _RELEASE_PAGE.fullmatch(card["source"].get("url", "")))]
    return Outlet(next(iter(pages), ""), form if any(_FORM in link for link in links) else "", profiles.load(profile))


def _readable(read: Callable[[Mapping[str, Any]], T], told: Mapping[str, Any]) -> T:
    try:
        return read(told)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        raise NotReplayable("The record is not whole: its cards, where they went, or the orders beside them cannot be read.") from None
