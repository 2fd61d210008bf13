"""Referral rows merged by recommendation code, the most urgent kept, and the proposals made of them (D9)."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.assessment.view import View
from cds.values.assessment import Proposal, Suggestion
from cds.values.order import Order
from cds.values.release import Coding, OrderedSet

NO_LIMIT = 10**6


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
    drafted = {one.uuid for one, _ in ordered(view)}
    return (one for one in _proposed(view) if one.uuid not in drafted)


def ordered(view: View) -> Iterator[tuple[Suggestion, Order]]:
    """Each suggestion that a draft order stands for, with that order.

    An order stands for one suggestion: where several have its code, for the one that it words, else for the least urgent,
    so that what is most urgent is still proposed.
    """
    left = list(_proposed(view))
    labels = frozenset(one.label for one in left)
    for order in sorted(view.drafts.orders, key=lambda one: labels.isdisjoint(one.names)):
        found = [one for one in left if _stands_for(view, order, one.proposal.code)]
        worded = [one for one in found if one.label in order.names]
        for one in (worded or found)[-1:]:
            left.remove(one)
            yield one, order


def _stands_for(view: View, order: Order, code: Coding) -> bool:
    """Whether an order is for that recommendation: by our code, or by a code of its value set."""
    known_as = view.content.recommendations[code.code].ordered_as
    return (code.system, code.code) in order.codes or (bool(known_as) and OrderedSet(known_as) in order.sets)


def _proposed(view: View) -> Iterator[Suggestion]:
    """One suggestion for each code that may be proposed, the most urgent; a service with words of its own is one beside it."""
    given: set[tuple[str, str]] = set()
    for rule, outputs in kept(view, view.content.roles.referral):
        named = view.content.words.get("service", {}).get(outputs["service"], "")
        for code in outputs["codes"]:
            if view.content.recommendations[code].proposed and (named, code) not in given:
                given.add((named, code))
                yield _suggestion(view, rule, outputs, code)


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
