"""An assessment as the JSON that is answered, recorded and replayed: the same call for all three."""

from datetime import datetime
from typing import Any

from cds.assessment import document, ordering
from cds.fhir import proposals, references
from cds.hooks import cards
from cds.hooks.cards import Outlet
from cds.values.assessment import Assessment, Card
from cds.values.order import Drafts
from cds.values.profile import ClientProfile
from cds.values.release import HookService, Release

OFFERED = "no response: form offered"


def render(release: Release, assessment: Assessment, outlet: Outlet, *, subject: str) -> dict[str, Any]:
    """The assessment as JSON with its cards as they go on the wire.

    Without a subject that is a reference to a patient nothing is proposed.
    """
    decision = {"decisionId": assessment.decision_id, "release": f"{release.name} {release.version}", "digest": release.digest}
    patient = subject if references.names_patient(subject) else ""
    profile = outlet.profile
    drafted = ((card, _drafts(profile, card, patient=patient, at=assessment.decided_at)) for card in cards.kept(assessment.cards, profile))
    wire = [cards.render(card, drafts, decision=decision, content=release.cards, outlet=outlet) for card, drafts in drafted]
    return document.render(assessment, release, wire)


def _drafts(profile: ClientProfile, card: Card, *, patient: str, at: datetime) -> dict[str, dict[str, Any]]:
    """What each suggestion of a card would create, by its uuid, as the client's profile has it; nothing without a patient."""
    made = {one.uuid: proposals.draft(one.proposal, profile, patient=patient, at=at) for one in card.suggestions if patient}
    return {name: draft for name, draft in made.items() if draft is not None}


def reviewed(release: Release, assessment: Assessment, drafts: Drafts | None, service: HookService) -> Assessment:
    """What is decided, which is the same at every hook, with the cards that this service gives of it; `drafts` is None at a hook without orders."""
    if drafts is None and not service.cards:
        return assessment
    return ordering.review(release, assessment, drafts or Drafts(), service)


def outcome(assessment: Assessment, *, answered: bool) -> str:
    """What came of it, for the ledger; why there is no card where there is none."""
    if not answered:
        return OFFERED if assessment.cards else "no response and no trigger on record: no card"
    return "cards" if assessment.cards else "nothing to say: no card"
