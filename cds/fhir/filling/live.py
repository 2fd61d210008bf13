"""The conditions of an item as a script in the page can judge them, by the fields that it can see; the same rules as `validation.enabling`.

Conditions on a choice are judged here, once for each choice, and the script looks the result up. A date is told as its first and its last
millisecond, a time as seconds. Null stands for what cannot be told, and what cannot be told is shown.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, dating
from cds.fhir.filling import fields as naming
from cds.fhir.filling.asking import Question
from cds.fhir.filling.sheet import Asked, Guard, Test
from cds.fhir.questionnaire import Condition
from cds.fhir.validation import enabling
from cds.foundation import canonical

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AS: Mapping[tuple[str, str], str] = MappingProxyType(
    {(kind, answer): "number" for kind in ("whole", "number") for answer in ("answerInteger", "answerDecimal")}
    | {(kind, answer): "date" for kind in ("date", "moment") for answer in ("answerDate", "answerDateTime")}
    | {("quantity", "answerQuantity"): "quantity", ("time", "answerTime"): "time"}
    | {(kind, "answerString"): "text" for kind in ("line", "area")}
)
"""How a typed answer is compared, by the control and the name of the condition's answer[x]; all else never holds."""


def conditions(asked: Asked) -> str:
    """The conditions as JSON; empty for an item that has none."""
    return json.dumps(_judged(Guard(asked.question.item.all_conditions, asked.tests)), default=canonical.plain) if asked.tests else ""


def _judged(guard: Guard) -> dict[str, Any]:
    return {"all": guard.all, "tests": [_test(test) for test in guard.tests]}


def _test(test: Test) -> dict[str, Any]:
    """Of a silent question, which has no field, what the condition says where the question is enabled and where it is not."""
    target, condition = test.target, test.condition
    if target.silent:
        states = [enabling.met(condition, values) for values in ([value for _, value in target.fixed], [])]
        guards = [[_judged(guard) for guard in guards if guard.tests] for guards in test.guards or ((),) * len(test.near)]
        return {"states": states, "guards": guards}
    near = [[naming.name("q", target, index) for index in occurrence] for occurrence in test.near]
    said = {"near": near, "operator": condition.operator, "kind": target.kind}
    if condition.operator == "exists":
        return said | {"wanted": condition.answer}
    if target.choices or target.open:
        return said | {"as": "choice", "choices": _by_choice(target, condition), "wanted": condition.answer if _is_text(condition) else None}
    compared = _AS.get((target.kind, condition.kind), "never")
    return said | {"as": compared} | ({} if compared == "never" else _wanted(compared, condition, target))


def _is_text(condition: Condition) -> bool:
    return condition.kind == "answerString"


def _by_choice(target: Question, condition: Condition) -> dict[str, bool | None]:
    positive = replace(condition, operator="=") if condition.operator == "!=" else condition
    return {choice.key: enabling.met(positive, [choice.value]) for choice in target.choices}


def _wanted(compared: str, condition: Condition, target: Question) -> dict[str, Any]:
    answer = condition.answer
    match compared:
        case "date":
            when = dating.read(answer)
            return {"wanted": [_milliseconds(when.earliest), _milliseconds(when.latest)] if when else None}
        case "time":
            clock = time.fromisoformat(concepts.text(answer))
            return {"wanted": clock.hour * 3600 + clock.minute * 60 + clock.second}
        case "quantity":
            return {"wanted": concepts.mapping(answer).get("value"), "units": _units(target, condition)}
    return {"wanted": answer}


def _units(target: Question, condition: Condition) -> dict[str, bool]:
    """Which of the units can be compared with that of the condition; the key is empty where there is no choice of units."""
    codings = {one.key: one.value for one in target.units} if len(target.units) > 1 else {"": target.units[0].value if target.units else {}}
    same = replace(condition, operator="=")
    value = concepts.mapping(condition.answer).get("value")
    return {key: enabling.met(same, [{"value": value, **_said(coding)}]) is True for key, coding in codings.items()}


def _said(coding: Mapping[str, Any]) -> dict[str, Any]:
    parts = {"unit": coding.get("display"), "system": coding.get("system"), "code": coding.get("code")}
    return {part: value for part, value in parts.items() if value}


def _milliseconds(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds() * 1000)
