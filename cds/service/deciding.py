"""What every way in shares: facts to an assessment, the assessment to cards, the record of it made durable."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import cds
from cds.assessment import assessing, document
from cds.facts import Answers, Facts, Record, merge
from cds.fhir import answers, proposals, record, references
from cds.foundation import canonical
from cds.foundation.errors import Diagnostic
from cds.hooks import cards
from cds.service.application import Application
from cds.values.assessment import Assessment, Card
from cds.values.record import AuditRecord
from cds.values.release import Release

HOOK = "hook:"
"""How the channel of a hook call begins; the id of the service follows."""
SILENT = "silent client: the cards were decided and not sent"
IDENTIFIER = re.compile(r"[A-Za-z0-9.:_-]{0,100}")


@dataclass(frozen=True)
class Received:
    """One question as it came: by which way, its own id, the digest of its bytes, and what was odd about it and refused nothing."""

    channel: str
    hook_instance: str
    digest: str
    noted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What an assessment is made from: the response (None when there is none), the record's resources, and what was passed over.

    `doubtful` says that another response may be the one that counts: the one that was chosen then reassures nobody, and when
    there is none the form is offered, whatever is on record. `told` is what was wrong with a submission and did not refuse it.
    `refused` says that what is not among the resources was to be fetched from a server that is not asked.
    """

    response: Mapping[str, Any] | None
    resources: Mapping[str, Any]
    subject: str
    skipped: tuple[str, ...] = ()
    doubtful: bool = False
    told: tuple[Diagnostic, ...] = ()
    refused: bool = False


def assess(app: Application, release: Release, evidence: Evidence, *, at: datetime) -> Assessment:
    """The assessment; without a response the offer of the form where the release's trigger is on record or could not be looked for, else silence.

    A key that nobody sent or asked for is no failure: it is optional, and its absence is silence.
    """
    recorded = record.read(evidence.resources, release.facts, release.value_sets, subject=evidence.subject, at=at)
    if evidence.response is None:
        return _unanswered(app, release, recorded, evidence, at=at)
    said = answers.read(evidence.response, app.forms[release.name], release.facts, at=at)
    facts = merge(release.facts, _noting(said, evidence), recorded, at=at)
    return assess_facts(app, release, facts, at=at)


def assess_facts(app: Application, release: Release, facts: Facts, *, at: datetime) -> Assessment:
    """The assessment of facts that are merged already."""
    return assessing.assess(release, facts, decision_id=app.new_id(), at=at, engine=cds.__version__)


def _noting(said: Answers, evidence: Evidence) -> Answers:
    """With what was passed over; unfinished when another response may be the one that counts."""
    status = "in-progress" if evidence.doubtful else said.status
    return replace(said, status=status, problems=evidence.skipped + said.problems)


def _unanswered(app: Application, release: Release, recorded: Record, evidence: Evidence, *, at: datetime) -> Assessment:
    facts = Facts({}, tuple(release.facts.facts), (), recorded.not_checked, evidence.skipped + recorded.problems)
    failed = any(key in evidence.resources or evidence.refused for key in recorded.untold)
    answer = assessing.offer if recorded.triggers or evidence.doubtful or failed else assessing.silence
    return answer(release, facts, decision_id=app.new_id(), at=at, engine=cds.__version__)


def render(app: Application, release: Release, assessment: Assessment, *, subject: str) -> dict[str, Any]:
    """The assessment as JSON with its cards as they go on the wire.

    Without a subject that is a reference to a patient nothing is proposed; without a ledger no explanation can be linked to.
    """
    decision = {"decisionId": assessment.decision_id, "release": f"{release.name} {release.version}", "digest": release.digest}
    patient = subject if references.names_patient(subject) else ""
    outlet = cards.Outlet(app.settings.address, release.name if app.settings.has_form else "", app.profile, recorded=app.ledger is not None)
    drafted = ((card, _drafts(app, card, patient=patient, at=assessment.decided_at)) for card in cards.kept(assessment.cards, app.profile))
    wire = [cards.render(card, drafts, decision=decision, content=release.cards, outlet=outlet) for card, drafts in drafted]
    return document.render(assessment, release, wire)


def _drafts(app: Application, card: Card, *, patient: str, at: datetime) -> dict[str, dict[str, Any]]:
    """What each suggestion of a card would create, by its uuid, as the client's profile has it; nothing without a patient."""
    made = {one.uuid: proposals.draft(one.proposal, app.profile, patient=patient, at=at) for one in card.suggestions if patient}
    return {name: draft for name, draft in made.items() if draft is not None}


def conclude(app: Application, release: Release, assessment: Assessment, received: Received, evidence: Evidence) -> dict[str, Any]:
    """The cards of an assessment that was recorded, none of them for a silent client.

    LedgerUnavailable when it cannot be recorded, and then nothing may leave.
    """
    told = recorded(app, release, assessment, received, evidence)["cards"]
    return {"cards": [] if _is_silent(app, received) else told}


def recorded(app: Application, release: Release, assessment: Assessment, received: Received, evidence: Evidence) -> dict[str, Any]:
    """Renders the assessment and records it; every answer is made of what this returns, and none without it."""
    told = render(app, release, assessment, subject=evidence.subject)
    kept = AuditRecord(
        decision_id=assessment.decision_id,
        decided_at=told["decidedAt"],
        channel=received.channel,
        hook_instance=received.hook_instance,
        request_digest=received.digest,
        outcome=SILENT if _is_silent(app, received) else _outcome(assessment, evidence),
        skipped=evidence.skipped,
        assessment=told,
        client=app.caller.client,
        tenant=app.caller.tenant,
        profile=app.profile.name,
        noted=received.noted,
    )
    if app.ledger:
        app.ledger.append(kept)
    return told


def _is_silent(app: Application, received: Received) -> bool:
    return app.profile.silent and received.channel.startswith(HOOK)


def _outcome(assessment: Assessment, evidence: Evidence) -> str:
    if evidence.response is None:
        return "no response: form offered" if assessment.cards else "no response and no trigger on record: no card"
    return "cards" if assessment.cards else "nothing to say: no card"


def received(channel: str, body: bytes, hook_instance: str = "", *, noted: tuple[str, ...] = ()) -> Received:
    """The question of these bytes. A hook instance that is not an identifier is kept as its digest: it may be anything typed."""
    kept = hook_instance if IDENTIFIER.fullmatch(hook_instance) else canonical.digest(hook_instance.encode("utf-8", "surrogatepass"))
    return Received(channel, kept, canonical.digest(body), noted)
