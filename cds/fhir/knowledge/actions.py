"""One rule of a table as one action of its PlanDefinition."""

from collections.abc import Iterator

from cds.dmn.feel import ast, writer
from cds.dmn.formats import conditions
from cds.dmn.model import DecisionTable, Rule
from cds.fhir.knowledge import citations
from cds.fhir.knowledge.publication import Publication, Resource
from cds.values.release import RecommendationContent

CODES = "codes"
"""The output that holds recommendation codes, in every table that recommends."""

DISPLAY = "display"
"""The output that holds the grade of a row, where it is not that of its codes."""


def action(published: Publication, decision: str, table: DecisionTable, rule: Rule) -> Resource:
    """The action: what the rule asks in FEEL, what it gives, why, and what a card says of it."""
    recommended = [published.release.cards.recommendations[code] for code in _codes(rule)]
    told: Resource = {
        "id": rule.id,
        "extension": [*_grades(published, rule, recommended), *_extensions(published, rule)],
        "prefix": rule.id,
        "title": "; ".join(f"{_grade(rule, one)}: {one.meaning}" for one in recommended) or f"{decision}: {rule.id}",
    }
    optional: Resource = {
        "description": rule.source.because,
        "textEquivalent": said(published, rule.id),
        "code": [_concept(published, one.code, one.meaning) for one in recommended],
        "documentation": citations.documentation(published, rule.source.evidence),
    }
    expression = published.feel(writer.expression(conditions.of_rule(rule, table)))
    condition = [{"kind": "applicability", "expression": expression}]
    return {key: value for key, value in (told | optional).items() if value} | {"condition": condition}


def said(published: Publication, rule: str) -> str:
    """What a card says when the rule matched: to the clinician, then what to tell the patient. `{name}` stands for a fact or a decision."""
    cards = published.release.cards
    if rule not in cards.texts:
        return ""
    text = cards.texts[rule]
    patient = f"{cards.phrases['tell-patient']}: {text.patient}" if text.patient else ""
    return "\n".join(filter(None, (text.clinician, patient)))


def _codes(rule: Rule) -> Iterator[str]:
    match rule.then.get(CODES):
        case ast.ListOf(items):
            yield from (item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str))
        case ast.Constant(str(code)):
            yield code


def _grade(rule: Rule, recommended: RecommendationContent) -> str:
    """How the row grades it, else how the release does; without it a thing advised against would read as advice."""
    match rule.then.get(DISPLAY):
        case ast.Constant(str(word)):
            return word
    return recommended.display


def _grades(published: Publication, rule: Rule, recommended: list[RecommendationContent]) -> Iterator[Resource]:
    for grade in dict.fromkeys(_grade(rule, one) for one in recommended):
        yield published.extension("recommendation-grade", valueCode=grade)


def _concept(published: Publication, code: str, meaning: str) -> Resource:
    return {"coding": [{"system": published.release.cards.recommendation_system, "code": code, "display": meaning}]}


def _extensions(published: Publication, rule: Rule) -> Iterator[Resource]:
    for name, tree in rule.then.items():
        parts = [{"url": "name", "valueCode": name}, {"url": "value", "valueExpression": published.feel(writer.expression(tree))}]
        yield published.extension("decision-output", extension=parts)
    if rule.source.origin:
        yield published.extension("rule-origin", valueCode=rule.source.origin)
    for claim in rule.source.claims:
        yield published.extension("rule-claim", valueCode=claim)
    if rule.source.annotation:
        yield published.extension("rule-annotation", valueString=rule.source.annotation)
