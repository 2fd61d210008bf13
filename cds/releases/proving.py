"""What is proved of a release: its tables, its composed decisions, and the properties that it declares. Each is told as a diagnostic.

An error stops the seal: a refuted or not proved property, a finding that is wrong and not accepted. The rest is information.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cds.dmn import typing
from cds.dmn.analysis import composition, graph, proofs, tables
from cds.dmn.analysis.composition import Graph
from cds.dmn.analysis.findings import Finding, Kind, NotProved
from cds.dmn.analysis.proofs import Refuted, Verdict
from cds.dmn.analysis.symbolic import solver
from cds.dmn.model import DecisionModel
from cds.foundation.errors import Diagnostic
from cds.releases.properties import UNKNOWN, Accepted, Declared

PROPERTY = "invariant"
"""The code of what is told of a declared property."""

FINDING = "business-rule"
TOLD = "informational"
ON_FACTS = (Kind.GAP, Kind.OVERLAP, Kind.DISAGREEMENT)
"""What a table can only suspect and the composed graph knows."""


def proved(model: DecisionModel, declared: Declared | None) -> Iterator[Diagnostic]:
    """Everything that the analysis of the model and the proof of its declared properties say.

    Without z3 only the tables are analysed, each alone, and one error tells what is not proved.
    """
    if not solver.installed():
        yield from _without_graph(model, declared)
        return
    composed = composition.compose(model)[0]
    yield from _findings(findings(model, composed), declared.accepted if declared else ())
    for one in declared.properties if declared else ():
        yield _of_property(one.id, one.sentence, proofs.prove(one.statement, composed), declared.places[one.id] if declared else "")


def _without_graph(model: DecisionModel, declared: Declared | None) -> Iterator[Diagnostic]:
    accepted = declared.accepted if declared else ()
    for one in (found for decision in model.decisions for found in tables.analyse(decision)):
        if one.severity == "error" and not any(entry.fits(one) for entry in accepted):
            yield Diagnostic(one.severity, FINDING, told(one), _place(one))
    count = len(declared.properties) if declared else 0
    text = f"What the decisions do together is not proved, nor are the {count} declared properties: {solver.ABSENT}."
    yield Diagnostic("error", PROPERTY, text)


def findings(model: DecisionModel, composed: Graph, *, alone: frozenset[str] = frozenset()) -> list[Finding]:
    """The findings of each table and of the composed graph, each once.

    Of gaps and rules that match together those that facts reach are told; where the graph has no answer, those of the table.
    Of the decisions in `alone` the graph is not asked.
    """
    on_facts = graph.analyse(composed, without=alone)
    unanswered = alone | {one.decision for one in on_facts if one.kind is Kind.NOT_ANALYSED}
    dead = {(one.decision, one.rule) for one in on_facts if one.kind is Kind.DEAD and not one.cell}
    found: list[Finding] = []
    for decision in model.decisions:
        for one in tables.analyse(decision):
            answered = decision.name not in unanswered
            if one.kind is Kind.NOT_ANALYSED and answered:
                found.append(replace(one, severity="information"))
            elif not (answered and (one.kind in ON_FACTS or (one.kind is Kind.DEAD and (one.decision, one.rule) in dead))):
                found.append(one)
        found += [one for one in on_facts if one.decision == decision.name]
    return found


def _findings(found: Iterable[Finding], accepted: tuple[Accepted, ...]) -> Iterator[Diagnostic]:
    used: set[str] = set()
    for one in found:
        because = next((entry for entry in accepted if entry.fits(one)), None)
        if because:
            used.add(because.place)
            yield Diagnostic("information", TOLD, f"Accepted ({because.because}): {told(one)}", _place(one))
        else:
            yield Diagnostic(one.severity, FINDING if one.severity == "error" else TOLD, told(one), _place(one))
    for entry in accepted:
        if entry.place not in used:
            yield Diagnostic("error", FINDING, "This finding is accepted but no longer found. Take the entry out.", entry.place)


def _place(finding: Finding) -> str:
    return finding.rule or finding.decision


def told(finding: Finding) -> str:
    """What was found, with an input that shows it."""
    return f"{finding.text}{_shown(' For example', finding.witness)}"


def _of_property(name: str, sentence: str, verdict: Verdict, place: str) -> Diagnostic:
    match verdict:
        case Refuted(facts, None):
            return Diagnostic("error", PROPERTY, f"{name} is refuted: {sentence}{_shown(' Not for', facts)}", place)
        case Refuted(facts, after):
            changed = {key: value for key, value in (after or {}).items() if value != facts.get(key)}
            step = ", ".join(f"{key} {_word(value)}" for key, value in changed.items())
            text = f"{name} is refuted: {sentence}{_shown(' Not for', facts).removesuffix('.')}; and then: {step}."
            return Diagnostic("error", PROPERTY, text, place)
        case NotProved(reason):
            return Diagnostic("error", PROPERTY, f"{name} is not proved ({reason}): {sentence}", place)
    return Diagnostic("information", PROPERTY, f"{name} is proved: {sentence}", place)


def _shown(lead: str, facts: Mapping[str, Any]) -> str:
    """An invented input, what is unknown left out."""
    if not facts:
        return ""
    known = ", ".join(f"{name} {_word(value)}" for name, value in facts.items() if value is not None)
    return f"{lead}: {known or 'nothing known'}."


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_word, value))}]"
    if value is None:
        return UNKNOWN
    return value if isinstance(value, str) else typing.json_text(value).strip('"')
