"""The items of a response against the items of its Questionnaire (FHIR R4; SDC extensions): place, number, enablement, then values.

Runs on what the R4 models accepted. An item that is not enabled has no other rules; of one whose enablement cannot be told,
nothing is asked that only an enabled item must have. Texts name a linkId only when it is one of the Questionnaire's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cds.fhir import concepts, limits
from cds.fhir.questionnaire import Form, Item
from cds.fhir.validation import counting, enabling, placing, rules, values
from cds.fhir.validation.enabling import State
from cds.fhir.validation.placing import Placed, Scope, Tree
from cds.foundation.errors import Diagnostic

_ASKING = frozenset({enabling.EXPRESSION, "cqf-expression", "cqf-calculatedValue", "questionnaire-minOccurs"})
"""Extensions whose expressions may enable or require an item that is not there."""


@dataclass(frozen=True)
class Past:
    """The items whose dates cannot lie ahead, and the last day that has begun somewhere."""

    link_ids: frozenset[str]
    last_day: date


def check(response: Mapping[str, Any], form: Form, past: Past | None) -> Iterator[Diagnostic]:
    """Every breach: first of the places of items, then item by item in the order of the form, then what nothing here judges."""
    tree, misplaced = placing.place(response, form)
    yield from misplaced
    yield from _scope(tree.root, form.top, True, tree, past)
    yield from _unjudged(tree)
    if tree.context.comparisons.exceeded:
        text = f"More than {limits.MAX_COMPARISONS} comparisons with items and conditions: the rest was not checked. Send fewer items and answers."
        yield Diagnostic("error", "too-long", text, placing.ROOT)


def _scope(scope: Scope, names: Sequence[str], around: State, tree: Tree, past: Past | None) -> Iterator[Diagnostic]:
    """The items that may stand in a scope, as far as the comparisons last; `around` is whether what holds them is enabled."""
    for name in names:
        if tree.context.comparisons.exceeded or not tree.context.comparisons.take(1):
            return
        item = tree.form.items[name]
        given = tree.held.get((scope, name), [])
        if not given and not counting.asked_for(item):
            continue
        own = enabling.state(item, scope, tree)
        yield from _untold(item, given, scope, own, tree)
        state = enabling.every((around, own))
        if state is False:
            yield from _not_enabled(item, given, tree)
            continue
        yield from counting.check(item, given, scope, tree, enabled=state is True)
        for one in given:
            yield from _given(one, tree, past)
            for inner in tree.inner[one]:
                yield from _scope(inner, item.children, state, tree, past)
        if not given and counting.counts_as_there(item):
            yield from _scope(Scope(scope.place, scope.chain), item.children, state, tree, past)


def _not_enabled(item: Item, given: Sequence[Placed], tree: Tree) -> Iterator[Diagnostic]:
    for one in given:
        if one.values or any(inner in tree.answered for inner in tree.inner[one]):
            text = f"{item.link_id} is answered but not enabled by the other answers. Check both: if it worries, an evaluation reassures nobody."
            yield from rules.broken("notEnabled", tree.status, text, one.place)


def _given(one: Placed, tree: Tree, past: Past | None) -> Iterator[Diagnostic]:
    item = one.item
    text = concepts.text(one.given.get("text")).strip()
    if text and item.texts and text not in {known.strip() for known in item.texts}:
        wording = f"The text of {item.link_id} is not that of the questionnaire: another question may have been asked. Send its text, or none."
        yield from rules.broken("textDiffers", tree.status, wording, f"{one.place}.text")
    if len(one.answers) > 1 and not item.repeats:
        yield from rules.broken("repeats", tree.status, f"{item.link_id} takes one answer. Send one.", f"{one.place}.answer")
    last_day = past.last_day if past and item.link_id in past.link_ids else None
    for position, answer in enumerate(one.answers):
        yield from values.check(answer, item, tree.context, f"{one.place}.answer[{position}]", last_day=last_day)
    yield from values.check_all(one.answers, item, tree.context, one.place)


def _untold(item: Item, given: Sequence[Placed], scope: Scope, own: State, tree: Tree) -> Iterator[Diagnostic]:
    """That nothing here can tell whether an item is enabled; a question in a wrong place has been told already."""
    told = enabling.EXPRESSION in item.unjudged or any(when.question in tree.strays for when in item.conditions)
    if own is not None or told or tree.context.comparisons.exceeded:
        return
    text = f"Whether {item.link_id} is enabled was not checked: the answers that decide it cannot be compared, or differ. Check it by hand."
    yield from rules.broken("notChecked", tree.status, text, given[0].place if given else scope.place)


def _unjudged(tree: Tree) -> Iterator[Diagnostic]:
    """One for each expression of the form, and of an item that is there or that an expression may ask for."""
    for kind in tree.form.unjudged:
        text = f"An expression of the questionnaire was not checked ({kind}). Check by hand what it asks for."
        yield from rules.broken("notChecked", tree.status, text, placing.ROOT)
    for item in tree.form.items.values():
        first = tree.first.get(item.link_id)
        for kind in item.unjudged if first else _ASKING & set(item.unjudged):
            text = f"An expression of {item.link_id} was not checked ({kind}). Check by hand what it asks for."
            yield from rules.broken("notChecked", tree.status, text, first.place if first else placing.ROOT)
