"""Compares two versions of a condition: where they decide differently, each place with an input that shows it."""

from collections.abc import Mapping
from typing import Any

from cds.dmn.analysis.findings import NotProved
from cds.dmn.analysis.proofs import Proved, Refuted, Verdict
from cds.dmn.difference import effects, models
from cds.dmn.difference.findings import DecisionDifference, Difference, Outcome, Region
from cds.dmn.feel import ast, writer
from cds.foundation import canonical
from cds.foundation.settings import Settings
from cds.service import versions
from cds.values.release import Release


def compare(settings: Settings, old: str, new: str, *, name: str | None = None) -> dict[str, Any]:
    """The difference of two versions as a document; each is a version, `draft`, or the folder of a release.

    Without a `name` the condition is the one that has both. NotFound where there is none, or several.
    """
    before, after = versions.releases(settings, old, new, name=name, which="Say which with --name.")
    found = models.difference(before.model, after.model)
    return {"from": _named(before, old), "to": _named(after, new), "urgency": _urgency(before, after, found), **_document(found)}


def _named(release: Release, asked: str) -> dict[str, str]:
    return {"name": release.name, "version": release.version if release.digest else asked, "digest": release.digest}


def _urgency(before: Release, after: Release, found: Difference) -> dict[str, Any] | None:
    """Whether the urgency of any patient can rise or fall; None where the versions decide alike."""
    if not found:
        return None
    decision = after.cards.roles.urgency
    effect = effects.effect(before.model, after.model, found, decision)
    moves = {"rises": effect.rises, "falls": effect.falls}
    return {"decision": decision, **{name: _move(before, after, decision, verdict) for name, verdict in moves.items()}}


def _move(before: Release, after: Release, decision: str, verdict: Verdict) -> dict[str, Any]:
    """`possible` is None where that is not proved; a witness are facts of the whole graph, those left out being unknown."""
    match verdict:
        case Proved():
            return {"possible": False}
        case NotProved(reason):
            return {"possible": None, "reason": reason}
        case Refuted(facts):
            old, new = effects.values(before.model, after.model, decision, facts)
            known = {name: _plain(value) for name, value in facts.items() if value is not None}
            return {"possible": True, "witness": known, "old": _plain(old), "new": _plain(new)}


def _document(found: Difference) -> dict[str, Any]:
    return {"inputs": list(found.inputs), "decisions": [_decision(decision) for decision in found.decisions]}


def _decision(found: DecisionDifference) -> dict[str, Any]:
    return {
        "decision": found.decision,
        "changes": list(found.changes),
        "eachRule": found.each_rule,
        "regions": [_region(region) for region in found.regions],
        "notProved": [one.reason for one in found.not_proved],
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "cells": dict(region.cells),
        "witness": {name: _plain(value) for name, value in region.witness.items()},
        "old": _outcome(region.old),
        "new": _outcome(region.new),
        "sameOutputs": region.same_outputs,
        "certain": region.certain,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    outputs = [{name: _output(entry) for name, entry in one.items()} for one in outcome.outputs]
    return {"rules": list(outcome.rules), "outputs": outputs, "violation": outcome.violation}


def _output(entry: ast.Expression) -> Any:
    """A constant as its value, anything else as the text of its expression."""
    match entry:
        case ast.Constant(value):
            return _plain(value)
        case ast.ListOf(items):
            return [_output(item) for item in items]
    return {"expression": writer.expression(entry)}


def _plain(value: Any) -> Any:
    """The value for JSON; dates, times and durations as FEEL writes them."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return writer.constant(value) if isinstance(value, ast.Temporal) else canonical.plain(value)


def differs(document: Mapping[str, Any]) -> bool:
    """Whether there is any difference, or one could not be excluded."""
    return bool(document["inputs"] or document["decisions"])
