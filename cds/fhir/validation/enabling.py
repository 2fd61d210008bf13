"""Which items of a form are enabled by the answers given (enableWhen, FHIR R4 Questionnaire).

A target is looked up by linkId over the whole response: a form with repeating groups would need the nearest instance,
and ours has none.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, dating, numbers
from cds.fhir.questionnaire import Condition, Form

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType({">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le})


def enabled(form: Form, link_id: str, answers: Mapping[str, Sequence[Any]]) -> bool:
    """True when the item and every group around it are enabled; `answers` are the raw values by linkId."""
    item = form.items[link_id]
    return all(_holds(form, name, answers) for name in (*item.parents, link_id))


def _holds(form: Form, link_id: str, answers: Mapping[str, Sequence[Any]]) -> bool:
    item = form.items[link_id]
    if not item.conditions:
        return True
    results = (_met(condition, answers.get(condition.question, ())) for condition in item.conditions)
    return all(results) if item.all_conditions else any(results)


def _met(condition: Condition, given: Sequence[Any]) -> bool:
    """R4 enable operators: `!=` holds when no answer equals, so also without any answer."""
    if condition.operator == "exists":
        return bool(given) is condition.answer
    if condition.operator in ("=", "!="):
        same = any(_equal(value, condition.answer) for value in given)
        return same is (condition.operator == "=")
    return any(_ordered(condition.operator, value, condition.answer) for value in given)


def _equal(value: Any, wanted: Any) -> bool:
    """Codings by code and system; an answer without a system is compared by its code alone."""
    if isinstance(wanted, Mapping) and "code" in wanted and "value" not in wanted:
        said = concepts.mapping(value)
        system = said.get("system", wanted.get("system"))
        return (said.get("code"), system) == (wanted["code"], wanted.get("system"))
    left, right = _comparable(value), _comparable(wanted)
    return left == right if left is not None else type(value) is type(wanted) and bool(value == wanted)


def _ordered(symbol: str, value: Any, wanted: Any) -> bool:
    left, right = _comparable(value), _comparable(wanted)
    if left is None or right is None or left[0] != right[0]:
        return False
    return _ORDER[symbol](left[1], right[1]) if symbol in _ORDER else False


def _comparable(value: Any) -> tuple[str, Any] | None:
    """What may be put in order: numbers, quantities of one unit, dates; None for all else."""
    if isinstance(value, Mapping):
        measured = numbers.number(value.get("value"))
        return None if measured is None else (f"quantity {value.get('code')}", measured)
    amount = numbers.number(value)
    if amount is not None:
        return ("number", amount)
    when = dating.read(value)
    return None if when is None else ("date", when.earliest)
