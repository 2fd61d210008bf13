"""Referral rows merged by recommendation code, the most urgent kept, and the proposals made of them (D9)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cds.assessment.view import View
from cds.values.assessment import Proposal, Suggestion
from cds.values.order import Order
from cds.values.release import Coding, OrderedSet

NO_LIMIT = 10**6
PRIORITIES = ("routine", "urgent", "asap", "stat")
"""Of FHIR R4, the least urgent first."""
CRITICAL = "critical"


@dataclass(frozen=True)
class Ordered:
    """The suggestions that a draft order stands for, and those that stay because the draft is less urgent."""

    standing: tuple[Suggestion, ...]
    lesser: tuple[Suggestion, ...]


@dataclass(frozen=True)
class _Offer:
    """A suggestion; `own_words` where its service has words of its own, narrower than its code."""

    suggestion: Suggestion
    own_words: bool


def kept(view: View, decision: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The rules of a decision with their outputs; of referrals, those that add a service or a code to the more urgent ones."""
    rows = list(view.outputs(decision))
    if decision != view.content.roles.referral:
        return rows
    rows.sort(key=lambda row: _hours(row[1]))
    covered: set[str] = set()
    chosen = []
    for rule, outputs in rows:
        offered = {outputs["service"], *outputs["codes"]}
        if not offered <= covered:
            chosen.append((rule, outputs))
        covered |= offered
    return chosen


def grade(view: View, outputs: Mapping[str, Any]) -> str:
    """The display of a row: its own output where the table has one, else that of its first recommendation code."""
    codes = outputs.get("codes") or ()
    own = outputs.get("display") or (view.content.recommendations[codes[0]].display if codes else "")
    return str(own)


def _hours(outputs: Mapping[str, Any]) -> int:
    return NO_LIMIT if outputs["within"] is None else int(outputs["within"])


def suggestions(view: View) -> Iterator[Suggestion]:
    """The suggestions that nothing among the draft orders stands for."""
    drafted = {one.uuid for one in ordered(view).standing}
    return (one.suggestion for one in _proposed(view) if one.suggestion.uuid not in drafted)


def ordered(view: View) -> Ordered:
    """The suggestions that are among the draft orders.

    An order stands for one suggestion, and for none that is more urgent than the order: where several have its code, for the one that it
    words, else for the least urgent, so that what is most urgent is still proposed.
    """
    left = list(_proposed(view))
    labels = frozenset(one.suggestion.label for one in left)
    standing, lesser = [], []
    for order in sorted(view.drafts.orders, key=lambda one: labels.isdisjoint(one.names)):
        found = [one for one in left if _is_for(view, order, one)]
        asked = [one for one in found if one.suggestion.label in order.names] or found
        for one in [one for one in asked if _is_soon_enough(view, order, one.suggestion)][-1:]:
            left.remove(one)
            standing.append(one.suggestion)
            break
        else:
            lesser += [one.suggestion for one in asked[-1:]]
    return Ordered(tuple(standing), tuple(dict.fromkeys(one for one in lesser if one not in standing)))


def labels(view: View) -> frozenset[str]:
    """The words of all that would be proposed."""
    return frozenset(one.suggestion.label for one in _proposed(view))


def is_of_a_service(view: View, order: Order) -> bool:
    """Whether an order is for a service that the release may propose to anybody."""
    offered = (code for code, one in view.content.recommendations.items() if one.proposed)
    return any(_has_code(view, order, code) for code in offered)


def _is_for(view: View, order: Order, offer: _Offer) -> bool:
    """Whether an order has the code of that suggestion; one with words of its own is also named by these."""
    named = not offer.own_words or offer.suggestion.label in order.names
    return named and _has_code(view, order, offer.suggestion.proposal.code.code)


def _has_code(view: View, order: Order, code: str) -> bool:
    """Whether an order is for that recommendation: by our code, or by a code of its value set."""
    known_as = view.content.recommendations[code].ordered_as
    return (view.content.recommendation_system, code) in order.codes or (bool(known_as) and OrderedSet(known_as) in order.sets)


def _is_soon_enough(view: View, order: Order, suggestion: Suggestion) -> bool:
    """Whether the order is at least as urgent, by its priority and its time; beside a critical card only the highest priority is."""
    wanted = PRIORITIES[-1] if view.any_output("indicator") == CRITICAL else suggestion.proposal.priority
    return PRIORITIES.index(order.priority) >= PRIORITIES.index(wanted) and not _is_late(view, order, suggestion)


def _is_late(view: View, order: Order, suggestion: Suggestion) -> bool:
    """Whether the order says a time that lies later than advised; one that says none goes by its priority alone."""
    hours = suggestion.proposal.within_hours
    return order.due is not None and hours is not None and order.due > view.at + timedelta(hours=hours)


def _proposed(view: View) -> Iterator[_Offer]:
    """One suggestion for each code that may be proposed, the most urgent; a service with words of its own is one beside it."""
    given: set[tuple[str, str]] = set()
    for rule, outputs in kept(view, view.content.roles.referral):
        named = view.content.words.get("service", {}).get(outputs["service"], "")
        for code in outputs["codes"]:
            if view.content.recommendations[code].proposed and (named, code) not in given:
                given.add((named, code))
                yield _Offer(_suggestion(view, rule, outputs, code), bool(named))


def _suggestion(view: View, rule: str, outputs: Mapping[str, Any], code: str) -> Suggestion:
    recommended = view.content.recommendations[code]
    asked = view.content.words.get("service", {}).get(outputs["service"], recommended.meaning)
    hours = None if outputs["within"] is None else int(outputs["within"])
    text = f"{asked}, {view.within(hours)}" if hours is not None else asked
    proposal = Proposal(
        code=Coding(view.content.recommendation_system, code, recommended.meaning),
        text=text,
        priority=outputs["priority"] or "routine",
        within_hours=hours,
        reason=view.content.reason,
        reason_text=view.fill(view.content.texts[rule].order or view.content.phrases["order-reason"], outputs),
        rules=(rule,),
    )
    return Suggestion(view.identifier("suggestion", rule, code), text, proposal)
