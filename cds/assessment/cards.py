"""Assembles the cards that the release asks for (D13), from its templates."""

from collections.abc import Iterator

from cds.assessment import referrals, sections
from cds.assessment.view import View
from cds.values.assessment import Card, Link
from cds.values.release import CardTemplate, Variant


def assemble(view: View) -> tuple[Card, ...]:
    """The cards of the assembly decision in order; names without a template have no content in this release."""
    said = (template for template in sections.shown_cards(view) if sections.has_content(view, template))
    return tuple(card(view, template, view.any_output("indicator")) for template in said)


def card(view: View, template: CardTemplate, indicator: str) -> Card:
    """One card of its template. Its rules are those that gave the urgency, the pathway and what it shows."""
    parts = (sections.markdown(view, section) for section in template.sections)
    roles = view.content.roles
    decisions = (*roles.ranked, roles.pathway_rules, *sections.recommending(template), roles.assembly) if view.evaluation.decisions else ()
    rules = dict.fromkeys(rule for decision in decisions for rule in view.rules(decision))
    topic = template.topic or view.value(roles.pathway_rules)
    return Card(
        uuid=view.identifier("card", template.id),
        id=template.id,
        summary=_summary(view, template.summaries),
        detail="\n\n".join(part for part in parts if part),
        indicator=indicator,
        source_label=f"{view.content.product} {view.release.name} {view.release.version}",
        topic=view.content.topics[topic],
        suggestions=tuple(referrals.suggestions(view)) if template.suggestions else (),
        rules=tuple(rules),
        links=tuple(_links(view, template)),
    )


def _links(view: View, template: CardTemplate) -> Iterator[Link]:
    if template.form:
        yield Link(view.content.phrases["form"], "form")
    yield Link(view.content.phrases["explanation"], "explanation")


def _summary(view: View, variants: tuple[Variant, ...]) -> str:
    chosen = next(variant for variant in variants if view.holds(variant.when))
    return view.fill(chosen.text)
