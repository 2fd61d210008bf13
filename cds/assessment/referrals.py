"""Referral rows merged by recommendation code, the most urgent kept, and the proposals made of them (D9)."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.assessment.view import View
from cds.values.assessment import Proposal, Suggestion
from cds.values.release import Coding

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
