"""Assembles the cards that the release asks for (D13), from its templates."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cds.assessment import referrals, sections
from cds.assessment.view import View
from cds.dmn.results import DecisionResult
from cds.values.assessment import Card, Link
from cds.values.release import CardTemplate, OnlyRows, OrderCheck, Variant


def assemble(view: View) -> tuple[Card, ...]:
    """The cards of the assembly decision in order; names without a template have no content in this release."""
    said = (template for template in sections.shown_cards(view) if sections.has_content(view, template))
    return tuple(card(view, template, view.any_output("indicator")) for template in said)


def card(view: View, template: CardTemplate, indicator: str) -> Card:
    """One card of its template. Its rules are those that gave the urgency, the pathway and what it shows."""
    return _written(view, template, indicator, _rules(view, template) if view.evaluation.decisions else ())


def of_check(view: View, check: OrderCheck) -> Card:
    """The card of a check of orders. Its rules are those of the rows that it shows, and no others."""
    read = _read_as(view, check)
    rules = tuple(sections.cited(read, check.card))
    return _written(replace(read, cited=rules), check.card, check.indicator, rules)


def _read_as(view: View, check: OrderCheck) -> View:
    """The view in which the rules that the check reads as others are these others."""
    if not check.read_as:
        return view
    decisions = {name: _renamed(one, check.read_as) for name, one in view.evaluation.decisions.items()}
    return replace(view, evaluation=replace(view.evaluation, decisions=decisions))


def _renamed(result: DecisionResult, names: Mapping[str, str]) -> DecisionResult:
    results = tuple(replace(one, rule=names.get(one.rule, one.rule)) for one in result.results)
    return result._replace(rules=tuple(names.get(rule, rule) for rule in result.rules), results=results)


def _rules(view: View, template: CardTemplate) -> tuple[str, ...]:
    roles = view.content.roles
    before = (rule for decision in (*roles.ranked, roles.pathway_rules) for rule in view.rules(decision))
    return tuple(dict.fromkeys((*before, *sections.cited(view, template), *view.rules(roles.assembly))))


def _written(view: View, template: CardTemplate, indicator: str, rules: tuple[str, ...]) -> Card:
    parts = (sections.markdown(view, section) for section in template.sections)
    topic = template.topic or view.value(view.content.roles.pathway_rules)
    return Card(
        uuid=view.identifier("card", template.id),
        id=template.id,
        summary=_summary(view, template.summaries),
        detail="\n\n".join(part for part in parts if part),
        indicator=indicator,
        source_label=f"{view.content.product} {view.release.name} {view.release.version}",
        topic=view.content.topics[topic],
        suggestions=tuple(referrals.suggestions(view)) if template.suggestions else (),
        rules=rules,
        links=tuple(_links(view, template)),
    )


def _links(view: View, template: CardTemplate) -> Iterator[Link]:
    if template.form:
        yield Link(view.content.phrases["form"], "form")
    yield Link(view.content.phrases["explanation"], "explanation")


def _summary(view: View, variants: tuple[Variant, ...]) -> str:
    chosen = next(variant for variant in variants if view.holds(variant.when) and (variant.only is None or _are_all(view, variant.only)))
    return view.fill(chosen.text)


def _are_all(view: View, only: OnlyRows) -> bool:
    found = {rule for rule, outputs in view.outputs(only.decision) if referrals.grade(view, outputs) == only.grade}
    return bool(found) and found <= set(only.rules)
