"""What an assessment says of the orders that are about to be placed: cards against some of them, and no proposal of what is ordered already.

Nothing is decided here: urgency, decisions and facts are those of the assessment, whatever is ordered.
"""

from collections.abc import Iterator
from dataclasses import replace

from cds.assessment import cards
from cds.assessment.view import View
from cds.dmn import evaluation
from cds.dmn.evaluation import DecisionResult
from cds.dmn.model import DecisionTable
from cds.values.assessment import Assessment, Card
from cds.values.order import Drafts, Order
from cds.values.release import CardTemplate, HookService, OrderCheck, Release

CRITICAL = "critical"
ASKING = "missing"
"""The kind of section that asks what is missing: a card with one is never left out."""


def review(release: Release, assessment: Assessment, drafts: Drafts, service: HookService) -> Assessment:
    """The assessment with the cards of this service: those of the checks that an order fails, and of the others those that the service names.

    An emergency comes first and is always shown, as is what must still be asked. Where nothing was decided, nothing is said against an order.
    """
    if not assessment.decisions:
        return replace(assessment, cards=tuple(_kept(release, assessment.cards, service)))
    result = evaluation.evaluate(release.model, assessment.facts.values())
    view = View(release, assessment.facts, result, assessment.triage, assessment.decision_id, assessment.decided_at, drafts)
    kept = [cards.card(view, release.cards.cards[one.id], one.indicator) for one in _kept(release, assessment.cards, service)]
    first = [one for one in kept if one.indicator == CRITICAL]
    rest = [one for one in kept if one.indicator != CRITICAL]
    return replace(assessment, cards=(*first, *_against(view, drafts), *rest))


def _kept(release: Release, given: tuple[Card, ...], service: HookService) -> Iterator[Card]:
    for card in given:
        if not service.cards or card.id in service.cards or card.indicator == CRITICAL or _asks(release.cards.cards[card.id]):
            yield card


def _asks(template: CardTemplate) -> bool:
    return any(section.show == ASKING for section in template.sections)


def _against(view: View, drafts: Drafts) -> Iterator[Card]:
    for check in view.content.orders:
        found = tuple(_looked_at(check, order) for order in drafts.orders if _concerns(check, order))
        if found and holds(view, check):
            yield cards.card(replace(view, drafts=replace(drafts, orders=found)), check.card, check.indicator)


def _concerns(check: OrderCheck, order: Order) -> bool:
    return order.selected and order.kind in check.kinds and not order.sets.isdisjoint(check.sets)


def _looked_at(check: OrderCheck, order: Order) -> Order:
    """The order in those of its sets that the check looks at."""
    return replace(order, sets=order.sets.intersection(check.sets))


def holds(view: View, check: OrderCheck) -> bool:
    """Whether the decisions speak against such an order. What an unknown input leaves open does not."""
    if any(_result(view, decision).undetermined for decision in check.settled):
        return False
    matched = all(_gave(view, decision, rules) for decision, rules in check.rules.items())
    return matched and all(any(view.holds({name: value}) for value in values) for name, values in check.when.items())


def _gave(view: View, decision: str, rules: tuple[str, ...]) -> bool:
    """Whether one of the rules matched; of a table that takes one rule, with no other rule before it left open."""
    logic, result = view.release.model.decision(decision).logic, _result(view, decision)
    single = isinstance(logic, DecisionTable) and logic.hit_policy.single
    open_before = single and any(one.rule not in rules for one in result.undetermined)
    return not open_before and not set(rules).isdisjoint(result.rules)


def _result(view: View, decision: str) -> DecisionResult:
    return view.evaluation.decisions[decision]
