"""The assessment as JSON (interfaces.md, Assessment): what the command line prints, the ledger keeps and the explanation shows."""

from collections.abc import Mapping
from typing import Any

from cds.assessment import words
from cds.dmn.model import Rule
from cds.facts import Fact
from cds.foundation import canonical
from cds.values.assessment import Assessment, DecisionOutcome
from cds.values.release import Release


def render(assessment: Assessment, release: Release, cards: list[dict[str, Any]]) -> dict[str, Any]:
    """The document; `cards` are the cards as they go on the wire. Elements without a value are left out."""
    facts = {name: _fact(fact) for name, fact in sorted(assessment.facts.known.items())}
    derived = {name: {"value": value, "source": "derived", "of": name} for name, value in assessment.derived.items()}
    document = {
        "decisionId": assessment.decision_id,
        "release": {"name": assessment.release, "version": assessment.version, "digest": assessment.digest, "language": release.language},
        "engine": {"version": assessment.engine},
        "decidedAt": instant(assessment),
        "approved": release.approved,
        "facts": facts | derived,
        "unknown": list(assessment.facts.unknown),
        "conflicts": [{"name": one.name, "questionnaire": one.questionnaire, "ehr": one.ehr} for one in assessment.facts.conflicts],
        "notChecked": list(assessment.facts.not_checked),
        "problems": list(assessment.facts.problems),
        "stale": assessment.facts.stale,
        "triage": _without_none(urgency=assessment.triage.urgency, withinHours=assessment.triage.within_hours, screen=assessment.triage.screen)
        | {"because": list(assessment.triage.because)},
        "pathway": _without_none(code=assessment.pathway.code, confidence=assessment.pathway.confidence, rule=assessment.pathway.rule),
        "duration": _without_none(days=assessment.duration.days, band=assessment.duration.band, rule=assessment.duration.rule),
        "decisions": [_decision(one) for one in assessment.decisions],
        "recommendations": [
            {"code": one.code, "display": one.display, "rule": one.rule, "text": one.text, "evidence": list(one.evidence)}
            for one in assessment.recommendations
        ],
        "cards": cards,
        "note": assessment.note,
    }
    return canonical.plain(document | _on_record(assessment))  # type: ignore[no-any-return]


def instant(assessment: Assessment) -> str:
    """The instant of the decision, RFC 3339 in UTC."""
    return assessment.decided_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def explained(document: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """The document with the reason, origin and references of every rule that it names, and words for its facts and their values."""
    rules = release.model.rules()
    explanation = [
        {"decision": decision["decision"], "rules": [_rule(rules[rule], release) for rule in decision["rules"]]}
        for decision in document["decisions"]
        if decision["rules"]
    ]
    labels = {one.name: one.label for one in release.facts.shown} | {name: fact.label for name, fact in release.facts.facts.items()}
    said = {name: words.word(release, name, fact["value"]) for name, fact in document["facts"].items()}
    return {**document, "explanation": explanation, "labels": labels, "words": said}


def _fact(fact: Fact) -> dict[str, Any]:
    return {"value": fact.value, "source": fact.source, "of": fact.of} | {
        key: text for key, text in (("date", fact.date), ("note", fact.note)) if text
    }


def _on_record(assessment: Assessment) -> dict[str, Any]:
    """What the record holds beside the facts; a condition has no value, and `old` tells that it would not count."""
    shown = [
        {"name": one.name, "reference": one.reference, "old": one.old} | _without_none(value=one.value, unit=one.unit or None, date=one.date or None)
        for one in assessment.facts.shown
    ]
    return {"onRecord": shown} if shown else {}


def _without_none(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _decision(outcome: DecisionOutcome) -> dict[str, Any]:
    outputs = [{name: value for name, value in output.items() if value is not None} for output in outcome.outputs]
    open_rules = [{"rule": rule, "unknown": list(names)} for rule, names in outcome.undetermined.items()]
    return {"decision": outcome.decision, "rules": list(outcome.rules), "outputs": outputs, "undetermined": open_rules}


def _rule(rule: Rule, release: Release) -> dict[str, Any]:
    source = rule.source
    keys = dict.fromkeys(
        reference for key in source.evidence for reference in (release.evidence[key].references if key in release.evidence else (key,))
    )
    references = [release.references[key] for key in keys if key in release.references]
    certainty = [release.evidence[key].certainty for key in source.evidence if key in release.evidence]
    return {
        "id": rule.id,
        "because": source.because,
        "origin": source.origin,
        "evidence": list(source.evidence),
        "claims": list(source.claims),
        "references": [{"id": one.id, "citation": one.citation, "locator": one.locator, "verification": one.verification} for one in references],
    } | _without_none(annotation=source.annotation or None, certainty="; ".join(certainty) or None)
