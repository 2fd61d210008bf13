"""The draft orders as an assessment sees them: which of them a release knows, and what its cards say of those that were not judged."""

from collections.abc import Iterator, Mapping

from cds.assessment import referrals
from cds.assessment.view import View
from cds.values.order import Order
from cds.values.release import OrderCheck, Section


def concerns(check: OrderCheck, order: Order) -> bool:
    """Whether a check looks at an order: it is selected, of one of the kinds and in one of the sets."""
    return order.selected and order.kind in check.kinds and not order.sets.isdisjoint(check.sets)


def matched(view: View, rules: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether of each decision one of the rules named matched."""
    return all(not set(named).isdisjoint(view.rules(decision)) for decision, named in rules.items())


def is_known(view: View, order: Order) -> bool:
    """Whether the release says anything of such an order: a check looks at it, or it is for a service that may be proposed."""
    return any(concerns(check, order) for check in view.content.orders) or referrals.is_of_a_service(view, order)


def lines(view: View, _: Section) -> Iterator[str]:
    """The proposals that are ordered already, those of which a draft is less urgent, and what of the draft orders was not judged."""
    phrases, orders = view.content.phrases, view.drafts.orders
    if view.evaluation.decisions:
        ordered = referrals.ordered(view)
        yield from (phrases["already-ordered"].format(item=one.label) for one in ordered.standing)
        yield from (phrases["draft-less-urgent"].format(item=one.label) for one in ordered.lesser)
        unknown = sum(one.selected and not is_known(view, one) for one in orders)
        if unknown:
            yield phrases["orders-not-known"].format(n=unknown)
    elif orders:
        yield phrases["orders-without-answers"]
    yield from _passed_over(view)


def _passed_over(view: View) -> Iterator[str]:
    phrases, drafts = view.content.phrases, view.drafts
    if drafts.others:
        yield phrases["orders-of-another"]
    if drafts.problems:
        yield phrases["orders-not-read"].format(n=len(drafts.problems))


def not_judged(view: View, _: Section) -> Iterator[str]:
    """What the checks say of the orders that they look at, where these were not judged."""
    for check in view.content.orders:
        waits = check.not_judged
        looked_at = any(concerns(check, order) for order in view.drafts.orders)
        if waits and looked_at and view.holds(waits.when) and matched(view, waits.rules):
            yield view.content.phrases[waits.phrase]
