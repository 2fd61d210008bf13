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
    """Whether an item is enabled where its parent is; `scope` is where it stands, or would stand."""
    return _own(item, lambda when: _nearest(when, item, scope, tree))


def every(states: Iterable[State]) -> State:
    """False where one is; unknown where one is unknown; else true."""
    found = set(states)
    return False if False in found else None if None in found else True


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
    states = [judge(condition) for condition in item.conditions]
    return every(states) if item.all_conditions or not states else _any(states)


def _any(states: Iterable[State]) -> State:
    return _not(every(map(_not, states)))


def _not(one: State) -> State:
    return None if one is None else not one


def _nearest(condition: Condition, item: Item, scope: Scope, tree: Tree) -> State:
    """By the question in the innermost scope that holds both it and the item; by what all say, where there are several in it."""
    target = tree.form.items.get(condition.question)
    if target is None or target.link_id in tree.strays:
        return None
    states = {met(condition, values) for values in _values(target, item, scope, tree)}
    return states.pop() if len(states) == 1 else None


def _values(target: Item, item: Item, scope: Scope, tree: Tree) -> Iterable[tuple[Any, ...]]:
    """The values of each occurrence, those that say the same once; of a question that the item stands under, of that answer and of all."""
    shared = _shared(target, item)
    if target.link_id in item.parents:
        own = scope.chain[shared + 1]
        return [own.values, own.owner.values if own.owner else ()]
    return tree.said.get((scope.chain[shared], target.link_id), {"": ()}).values()


def _shared(target: Item, item: Item) -> int:
    """How many items are around both, from the outermost inwards."""
    pairs = zip(target.parents, item.parents, strict=False)
    return next((depth for depth, (one, other) in enumerate(pairs) if one != other), min(len(target.parents), len(item.parents)))
