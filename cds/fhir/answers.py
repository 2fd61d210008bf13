"""A prefetched QuestionnaireResponse -> Answers, read leniently: what cannot be used is unknown, and is recorded.

Nothing here refuses a response. An answer of another type, outside its range or not among the options counts as
unknown, and `problems` names its linkId and the kind of fault, never the value. Several answers where one is allowed
count as the worst of them. Answers to items that are not enabled are read as well: a "yes" is never thrown away.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from cds.facts import Answers, FactDefinition, FactDefinitions, Value
from cds.fhir import dating, items
from cds.fhir.answer_values import Unusable, read_value
from cds.fhir.questionnaire import Form, Item

STATUSES = frozenset({"in-progress", "completed", "amended", "entered-in-error", "stopped"})
"""The R4 codes of QuestionnaireResponse.status."""


def read(response: Mapping[str, Any], form: Form, definitions: FactDefinitions) -> Answers:
    """What the patient said; a status that is not an R4 code counts as in-progress."""
    collected = items.collect(response)
    problems = _structure(collected, form)
    values: dict[str, Value] = {}
    for definition in definitions.facts.values():
        item, given = form.items.get(definition.link_id), collected.answers.get(definition.link_id)
        if item and given:
            value, found = _fact(given, item, definition)
            values |= {} if value is None else {definition.name: value}
            problems += [f"{item.link_id}: {kind}." for kind in found]
    onset, found = _onset(collected, form, definitions)
    status = response.get("status")
    if not isinstance(status, str) or status not in STATUSES:
        status, found = "in-progress", [*found, "status: not a status of FHIR R4; counted as in-progress."]
    return Answers(values, status, dating.authored(response.get("authored")), onset, tuple(problems + found))


def _structure(collected: items.Collected, form: Form) -> list[str]:
    strangers = sum(link_id not in form.items for link_id in collected.answers)
    found = [(collected.malformed, "without a readable linkId"), (strangers, "with a linkId that this questionnaire does not have")]
    return [f"{count} item(s) {kind} not read." for count, kind in found if count]


def _fact(given: list[Any], item: Item, definition: FactDefinition) -> tuple[Value | None, list[str]]:
    """The value of all answers to one item, and what was wrong with them."""
    readings = [read_value(answer, item, definition) for answer in given]
    known = [reading for reading in readings if reading is not None and not isinstance(reading, Unusable)]
    problems = sorted({reading.kind for reading in readings if isinstance(reading, Unusable)})
    if definition.base == "list of string":
        value, dropped = _ticked(known, definition, complete=len(known) == len(readings))
        return value, problems + dropped
    if len(given) > 1:
        problems.append("several answers where one is allowed; the worst counts")
    return _worst(known, definition, complete=len(known) == len(readings)), problems


def _ticked(known: list[Value], definition: FactDefinition, *, complete: bool) -> tuple[Value | None, list[str]]:
    """The ticked codes in the definition's order; the exclusive one only when nothing else was answered."""
    ticked = tuple(code for code in definition.allowed if code in known)
    if definition.exclusive not in ticked or (ticked == (definition.exclusive,) and complete):
        return ticked or None, []
    rest = tuple(code for code in ticked if code != definition.exclusive)
    return rest or None, ["an exclusive option beside another answer; the exclusive one is dropped"]


def _worst(known: list[Value], definition: FactDefinition, *, complete: bool) -> Value | None:
    """The highest number, or the worst code; the best code beside an unknown answer reassures nobody and is unknown."""
    if not known:
        return None
    coded = [value for value in known if isinstance(value, str)]
    if not coded:
        return max(value for value in known if not isinstance(value, (str, tuple)))
    order = definition.worst or definition.allowed
    value = min(coded, key=lambda code: order.index(code) if code in order else len(order))
    return None if not complete and len(order) > 1 and value == order[-1] else value


def _onset(collected: items.Collected, form: Form, definitions: FactDefinitions) -> tuple[date | None, list[str]]:
    """The day the complaint began: the earliest full date answered to an item that a definition counts from."""
    days: list[date] = []
    problems: list[str] = []
    links = [fact.onset_link_id for fact in definitions.facts.values() if fact.onset_link_id in form.items]
    for link_id in links:
        given = [answer for answer in collected.answers.get(link_id, []) if not items.is_absent(answer)]
        read_days = [_day(answer) for answer in given]
        days += [day for day in read_days if day]
        problems += [f"{link_id}: not a full date; counted as unknown."] if None in read_days else []
        problems += [f"{link_id}: several answers where one is allowed; the earliest counts."] if len(given) > 1 else []
    return min(days, default=None), problems


def _day(answer: object) -> date | None:
    match items.values_of(answer):
        case [("valueDate", value)]:
            return dating.day(value)
    return None
