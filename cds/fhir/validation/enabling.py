"""Which items of a form are enabled by the answers given (enableWhen, FHIR R4 Questionnaire).

True, False, or None where it cannot be told: an expression decides, the values cannot be compared, or the condition names a question
that stands in several groups, none of them nearer, with answers that differ.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cds.fhir.questionnaire import Condition, Form, Item
from cds.fhir.validation import comparing
from cds.fhir.validation.placing import Scope, Tree

State = bool | None
EXPRESSION = "sdc-questionnaire-enableWhenExpression"
"""The extension of SDC that enables an item by an expression."""


def enabled(form: Form, link_id: str, answers: Mapping[str, Sequence[Any]]) -> bool:
    """True unless the item or an item around it is surely not enabled; `answers` are all raw values by linkId, wherever they stand."""
    around = (form.items[name] for name in (*form.items[link_id].parents, link_id))
    return every(_own(item, lambda when: met(when, answers.get(when.question, ()))) for item in around) is not False


def state(item: Item, scope: Scope, tree: Tree) -> State:
    """Whether an item is enabled where its parent is; `scope` is where it stands, or would stand.

    Unknown as well once the conditions of the response have taken more comparisons than they may (`tree.context.comparisons`).
    """
    return _own(item, lambda when: _nearest(when, item, scope, tree))


def every(states: Iterable[State]) -> State:
    """False where one is, asking for no more then; unknown where one is unknown; else true."""
    found: State = True
    for one in states:
        if one is False:
            return False
        found = found if one else None
    return found


def met(condition: Condition, given: Sequence[Any]) -> State:
    """R4 enable operators: `!=` holds when no answer equals, so also without any answer; the others need one that holds."""
    if condition.operator == "exists":
        return bool(given) is condition.answer
    if condition.operator == "!=":
        return _not(_any(comparing.compare("=", condition.kind, value, condition.answer) for value in given))
    return _any(comparing.compare(condition.operator, condition.kind, value, condition.answer) for value in given)


def _own(item: Item, judge: Callable[[Condition], State]) -> State:
    if EXPRESSION in item.unjudged:
        return None
    states = (judge(condition) for condition in item.conditions)
    return every(states) if item.all_conditions or not item.conditions else _any(states)


def _any(states: Iterable[State]) -> State:
    return _not(every(map(_not, states)))


def _not(one: State) -> State:
    return None if one is None else not one


def _nearest(condition: Condition, item: Item, scope: Scope, tree: Tree) -> State:
    """By the question in the innermost scope that holds both it and the item; by what all say, where there are several in it."""
    target = tree.form.items.get(condition.question)
    if target is None or target.link_id in tree.strays:
        return None
    shared = _shared(target, item)
    if target.link_id in item.parents:
        own = scope.chain[shared + 1]
        return _alike([own.values, own.owner.values if own.owner else ()], condition, tree)
    near = scope.chain[shared]
    key = (id(condition), near)
    if not tree.context.comparisons.take(1):
        return None
    if key not in tree.met:
        tree.met[key] = _alike(tree.said.get((near, target.link_id), {"": ()}).values(), condition, tree)
    return tree.met[key]


def _alike(occurrences: Iterable[tuple[Any, ...]], condition: Condition, tree: Tree) -> State:
    """What the values of all occurrences say, which are those of one answer and of all where the item stands under the question."""
    found: set[State] = set()
    for values in occurrences:
        found.add(_met_once(condition, values, tree))
        if len(found) > 1 or None in found:
            return None
    return found.pop()


def _met_once(condition: Condition, values: tuple[Any, ...], tree: Tree) -> State:
    """Compared once with the values of one occurrence, which live as long as the tree."""
    key = (id(condition), id(values))
    if not tree.context.comparisons.take(1 if key in tree.met else 1 + len(values)):
        return None
    if key not in tree.met:
        tree.met[key] = met(condition, values)
    return tree.met[key]


def _shared(target: Item, item: Item) -> int:
    """How many items are around both, from the outermost inwards."""
    pairs = zip(target.parents, item.parents, strict=False)
    return next((depth for depth, (one, other) in enumerate(pairs) if one != other), min(len(target.parents), len(item.parents)))
