"""assess: release and facts to an assessment. offer: the assessment of a patient whose questionnaire is still missing."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from cds.assessment import cards, note, sections
from cds.assessment.view import View
from cds.dmn import evaluation
from cds.dmn.evaluation import DecisionResult, Evaluation
from cds.dmn.model import DecisionTable
from cds.facts import Facts
from cds.values.assessment import Assessment, DecisionOutcome, Duration, Pathway, Recommendation, Triage
from cds.values.release import Release

NOTHING_ASSESSED = Triage("none", None, "incomplete", ())


def assess(release: Release, facts: Facts, *, decision_id: str, at: datetime, engine: str) -> Assessment:
    """All decisions and recommendations for the facts at the instant; `decision_id` seeds the ids of the cards."""
    result = evaluation.evaluate(release.model, facts.values())
    view = View(release, facts, result, _triage(release, result), decision_id, at)
    return Assessment(
        decision_id=decision_id,
        release=release.name,
        version=release.version,
        digest=release.digest,
        engine=engine,
        decided_at=at,
        facts=facts,
        derived=dict(_derived(result)),
        triage=view.triage,
        pathway=_pathway(view),
        duration=_duration(view),
        decisions=tuple(_outcome(one) for one in result.decisions.values() if _is_table(release, one.decision)),
        recommendations=tuple(_recommendations(view)),
        cards=cards.assemble(view),
        note=note.plain(view),
    )


def offer(release: Release, facts: Facts, *, decision_id: str, at: datetime, engine: str) -> Assessment:
    """The assessment of somebody who has not answered yet: nothing is decided, one card offers the form."""
    view = View(release, facts, Evaluation(), NOTHING_ASSESSED, decision_id, at)
    card = cards.card(view, release.cards.cards["offer"], "info")
    return _nothing(release, facts, decision_id=decision_id, at=at, engine=engine, shown=(card,))


def silence(release: Release, facts: Facts, *, decision_id: str, at: datetime, engine: str) -> Assessment:
    """The assessment of somebody of whom there is nothing to say: no answers and no low back pain on record."""
    return _nothing(release, facts, decision_id=decision_id, at=at, engine=engine, shown=())


def _nothing(release: Release, facts: Facts, *, decision_id: str, at: datetime, engine: str, shown: tuple[Any, ...]) -> Assessment:
    nowhere, unknown = Pathway("none", None, None), Duration(None, "unknown", None)
    return Assessment(
        decision_id, release.name, release.version, release.digest, engine, at, facts, {}, NOTHING_ASSESSED, nowhere, unknown, (), (), shown, ""
    )


def _is_table(release: Release, name: str) -> bool:
    return isinstance(release.model.decision(name).logic, DecisionTable)


def _triage(release: Release, result: Evaluation) -> Triage:
    """Urgency, the shortest time of the ranked rules and the referrals that matched, and the rules of the highest rank."""
    roles = release.cards.roles
    urgency = result.value(roles.urgency)
    rows = [row for name in roles.ranked for row in _rows(result.decisions[name])]
    timed_rows = (*rows, *_rows(result.decisions[roles.referral]))
    limits = [int(outputs["within"]) for _, outputs in timed_rows if outputs["within"] is not None]
    timed = min(limits) if limits and urgency not in ("none", "self-care") else None
    because = tuple(rule for rule, outputs in rows if outputs["urgency"] == urgency and urgency != "none")
    return Triage(urgency, timed, result.value(roles.screen), because)


def _rows(result: DecisionResult) -> Iterator[tuple[str, Any]]:
    return zip(result.rules, result.outputs, strict=True)


def _pathway(view: View) -> Pathway:
    roles = view.content.roles
    rules = view.rules(roles.pathway_rules)
    return Pathway(view.value(roles.pathway), view.value(roles.confidence), rules[0] if rules else None)


def _duration(view: View) -> Duration:
    roles = view.content.roles
    days, rules = view.value(roles.days), view.rules(roles.duration_rules)
    return Duration(None if days is None else int(days), view.value(roles.band), rules[0] if rules else None)


def _derived(result: Evaluation) -> Iterator[tuple[str, Any]]:
    """The decisions whose value is one word, one number or a list of words; the others stand in full under `decisions`."""
    for name, one in result.decisions.items():
        words = isinstance(one.value, tuple) and all(isinstance(item, str) for item in one.value)
        if words or isinstance(one.value, (str, Decimal)):
            yield name, one.value


def _outcome(result: DecisionResult) -> DecisionOutcome:
    return DecisionOutcome(result.decision, result.rules, result.outputs, {one.rule: one.unknown for one in result.undetermined})


def _recommendations(view: View) -> Iterator[Recommendation]:
    """The recommendations of the decisions that the cards show: what is suppressed on a card is not recommended."""
    rules = view.release.model.rules()
    for decision in sections.shown(view):
        for rule, outputs in view.outputs(decision):
            for code in outputs.get("codes") or ():
                said = view.content.texts[rule]
                text = view.fill(said.clinician or said.patient, outputs)
                display = outputs.get("display") or view.content.recommendations[code].display
                yield Recommendation(code, display, rule, text, rules[rule].source.evidence)
