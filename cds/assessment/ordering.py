"""What an assessment says of the orders that are about to be placed: cards against some of them, and no proposal of what is ordered already.

Nothing is decided here: urgency, decisions and facts are those of the assessment, whatever is ordered.
"""

from collections.abc import Iterator
from dataclasses import replace

from cds.assessment import cards, drafts, referrals
from cds.assessment.view import View
from cds.dmn import evaluation
from cds.dmn.evaluation import Evaluation
from cds.values.assessment import Assessment, Card
from cds.values.order import Drafts, Order
from cds.values.release import CardTemplate, HookService, OrderCheck, Release

INFO = "info"
CRITICAL = "critical"
ASKING = "missing"
"""The kind of section that asks what is missing: a card with one is never left out."""


def review(release: Release, assessment: Assessment, given: Drafts, service: HookService) -> Assessment:
    """The assessment with the cards of this service: those of the checks that an order fails, and of the others those that the service gives.

    What is more than info stands before the checks. An emergency, and what must still be asked, is always shown. Where nothing was decided,
    nothing is said against an order.
    """
    view = _view(release, assessment, given)
    kept = [cards.card(view, release.cards.cards[one.id], one.indicator) for one in _kept(view, assessment.cards, service)]
    first = [one for one in kept if one.indicator != INFO]
    rest = [one for one in kept if one.indicator == INFO]
    return replace(assessment, cards=(*first, *_against(view), *rest))


def labels(release: Release, assessment: Assessment) -> frozenset[str]:
    """The words of all that would be proposed, none where nothing was decided: by no other words does the name of an order count."""
    return referrals.labels(_view(release, assessment, Drafts())) if assessment.decisions else frozenset()


def _view(release: Release, assessment: Assessment, given: Drafts) -> View:
    result = evaluation.evaluate(release.model, assessment.facts.values()) if assessment.decisions else Evaluation()
    return View(release, assessment.facts, result, assessment.triage, assessment.decision_id, assessment.decided_at, given)


def _kept(view: View, shown: tuple[Card, ...], service: HookService) -> Iterator[Card]:
    spoken_of = not service.quiet or bool(view.drafts.told) or any(one.selected and drafts.is_known(view, one) for one in view.drafts.orders)
    for card in shown:
        named = not service.cards or card.id in service.cards
        if card.indicator == CRITICAL or _asks(view.content.cards[card.id]) or (named and (card.indicator != INFO or spoken_of)):
            yield card


def _asks(template: CardTemplate) -> bool:
    return any(section.show == ASKING for section in template.sections)


def _against(view: View) -> Iterator[Card]:
    for check in view.content.orders if view.evaluation.decisions else ():
        found = tuple(_looked_at(check, order) for order in view.drafts.orders if drafts.concerns(check, order))
        if found and holds(view, check):
            yield cards.of_check(replace(view, drafts=replace(view.drafts, orders=found)), check)


def _looked_at(check: OrderCheck, order: Order) -> Order:
    """The order in those of its sets that the check looks at."""
    return replace(order, sets=order.sets.intersection(check.sets))


def holds(view: View, check: OrderCheck) -> bool:
    """Whether the decisions, as they were given, speak against such an order."""
    return drafts.matched(view, check.rules) and all(any(view.holds({name: value}) for value in values) for name, values in check.when.items())
