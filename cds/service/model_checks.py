"""What can be said of any DMN model before it runs: gaps, overlaps, rules without effect, each with an input that shows it."""

from collections.abc import Iterator
from dataclasses import replace

from cds.dmn.analysis import composition, domains, tables
from cds.dmn.analysis.findings import Finding, Kind
from cds.dmn.model import BoxedContext, BoxedList, Decision, DecisionModel, DecisionTable, Invocation, Logic
from cds.foundation.errors import Severity
from cds.releases import proving


def check(model: DecisionModel) -> tuple[Finding, ...]:
    """The findings of every table, and of the composed graph as far as it can be proved, by decision.

    Only what the hit policy forbids and what can never decide is an error. A gap gives null in DMN, and what is not proved may be so or not:
    both are warnings. What is merely worth knowing is information.
    """
    alone = frozenset(decision.name for decision in model.decisions if _alone(decision, model))
    found = proving.findings(model, composition.compose(model)[0], alone=alone)
    inner = [table for decision in model.decisions for table in _inner(decision.name, decision.logic)]
    for knowledge in model.knowledge:
        inner += _tables(knowledge.name, knowledge.body)
    return tuple(_ranked(one) for one in (*found, *(one for table in inner for one in tables.analyse(table))))


def _alone(decision: Decision, model: DecisionModel) -> bool:
    """Whether the table reads nothing but inputs of the model as they are, and compares them with constants.

    Then its own analysis is exact, and tells every region of a gap where the graph has one example.
    """
    table = decision.logic
    if not isinstance(table, DecisionTable) or any(one.expression is not None or model.inputs.get(one.name) != one.item for one in table.inputs):
        return False
    return all(domains.is_constant(test) for _, row in table.rows for tests in row.values() for test in tests)


def _ranked(finding: Finding) -> Finding:
    severity: Severity = finding.severity
    if finding.kind is Kind.GAP or (finding.kind is Kind.NOT_ANALYSED and severity == "error"):
        severity = "warning"
    return replace(finding, severity=severity)


def _tables(name: str, logic: Logic) -> Iterator[Decision]:
    """The table, or the tables inside a boxed expression, each under the way to it."""
    if isinstance(logic, DecisionTable):
        yield Decision(name, logic, ())
    else:
        yield from _inner(name, logic)


def _inner(name: str, logic: Logic) -> Iterator[Decision]:
    match logic:
        case BoxedContext(parts) | Invocation(_, parts):
            for entry, part in parts:
                yield from _tables(f"{name}.{entry}" if entry else name, part)
        case BoxedList(items):
            for number, part in enumerate(items, start=1):
                yield from _tables(f"{name}[{number}]", part)
