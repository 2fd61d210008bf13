"""A prefetched QuestionnaireResponse -> Answers, read leniently: what cannot be used is unknown, and is recorded.

Nothing here refuses a response. An answer of another type, outside its range or not among the options counts as
unknown, and `problems` names its linkId and the kind of fault, never the value. Several answers where one is allowed
count as the worst of them. Answers to items that are not enabled are read as well: a "yes" is never thrown away.

Of several answers to one item, one that is unknown may be worse than all that are known. The worst that is known is used, so that
a warning sign is seen, and the response counts as in-progress, so that nobody is reassured; but the most reassuring code is unknown
then, and beside the worst code there is none that is worse. So it is with an answer that has a modifier (FHIR R4, Extensibility), and
with a worry about which the other answers do not ask: patient or form contradict themselves, and a rule may pass over it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from cds.facts import Answers, FactDefinition, FactDefinitions, Value
from cds.fhir import answer_values, dating, items
from cds.fhir.answer_values import Unusable
from cds.fhir.questionnaire import Form, Item
from cds.fhir.validation import enabling

STATUSES = frozenset({"in-progress", "completed", "amended", "entered-in-error", "stopped"})
"""The R4 codes of QuestionnaireResponse.status."""
_OPEN = "an answer that is unknown beside one that is known; the response counts as in-progress"
_UNASKED = "answered although the other answers do not ask for it; the response counts as in-progress"


@dataclass(frozen=True)
class _Said:
    """The value of all answers to one item, what was wrong with them, and whether an unknown one may be worse."""

    value: Value | None
    problems: list[str]
    open: bool


@dataclass(frozen=True)
class _Onset:
    """The earliest full date answered to one item, what was wrong, and whether an unknown one may be earlier."""

    day: date | None
    problems: list[str]
    open: bool


def read(response: Mapping[str, Any], form: Form, definitions: FactDefinitions, *, at: datetime) -> Answers:
    """What the patient said; a status that is not an R4 code counts as in-progress, a day after `at` as unknown."""
    collected = items.collect(response)
    problems = _structure(collected, form)
    values: dict[str, Value] = {}
    doubtful = False
    for definition, said in _facts(collected, form, definitions):
        values |= {} if said.value is None else {definition.name: said.value}
        problems += [f"{definition.link_id}: {kind}." for kind in said.problems]
        doubtful = doubtful or said.open
    authored = dating.authored(response.get("authored"))
    onsets = _onsets(collected, form, definitions, _today(authored, at))
    problems += [f"{link_id}: {kind}." for link_id, onset in onsets.items() for kind in onset.problems]
    days = [onset.day for onset in onsets.values() if onset.day]
    status, found = _status(response.get("status"))
    doubtful = doubtful or any(onset.open for onset in onsets.values())
    return Answers(values, "in-progress" if doubtful else status, authored, min(days, default=None), tuple(problems + found))


def _status(status: object) -> tuple[str, list[str]]:
    if isinstance(status, str) and status in STATUSES:
        return status, []
    return "in-progress", ["status: not a status of FHIR R4; counted as in-progress."]


def _structure(collected: items.Collected, form: Form) -> list[str]:
    strangers = sum(link_id not in form.items for link_id in collected.answers)
    found = [(collected.malformed, "without a readable linkId"), (strangers, "with a linkId that this questionnaire does not have")]
    bent = [f"{collected.misshapen} list(s) of items or answers not as FHIR R4 has them; read all the same."] if collected.misshapen else []
    return [f"{count} item(s) {kind} not read." for count, kind in found if count] + bent


def _facts(collected: items.Collected, form: Form, definitions: FactDefinitions) -> Iterator[tuple[FactDefinition, _Said]]:
    """What is said of each fact whose item has an answer."""
    raw = collected.values()
    for definition in definitions.facts.values():
        item, given = form.items.get(definition.link_id), collected.answers.get(definition.link_id)
        if item and given:
            said = _modified(given, item, definition) if item.link_id in collected.modified else _fact(given, item, definition)
            unasked = _worries(said.value, definition) and not enabling.enabled(form, item.link_id, raw)
            yield definition, replace(said, problems=[*said.problems, _UNASKED], open=True) if unasked else said


def _worries(value: Value | None, definition: FactDefinition) -> bool:
    """A value that is known not to be the one that reassures."""
    if isinstance(value, tuple):
        return bool(definition.exclusive) and value != (definition.exclusive,)
    return isinstance(value, str) and value not in definition.worst[-1:] and bool(definition.worst)


def _modified(given: list[Any], item: Item, definition: FactDefinition) -> _Said:
    """One modifier may turn any of the answers to the item."""
    said = _fact(given, item, definition, modified=True)
    return replace(said, problems=list(dict.fromkeys([*said.problems, answer_values.MODIFIED.kind])), open=True)


def _fact(given: list[Any], item: Item, definition: FactDefinition, *, modified: bool = False) -> _Said:
    readings = [answer_values.read_value(answer, item, definition) for answer in given]
    readings = [answer_values.modified(reading, definition) for reading in readings] if modified else readings
    known = [reading for reading in readings if reading is not None and not isinstance(reading, Unusable)]
    problems = sorted({reading.kind for reading in readings if isinstance(reading, Unusable)})
    complete = len(known) == len(readings)
    value: Value | None
    if definition.base == "list of string":
        value, found = _ticked(known, definition, complete=complete)
    else:
        value = _worst(known, definition, complete=complete)
        found = ["several answers where one is allowed; the worst counts"] if len(given) > 1 else []
    unclear = value is not None and not complete and definition.worst[:1] != (value,)
    return _Said(value, problems + found + ([_OPEN] if unclear else []), unclear)


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


def _onsets(collected: items.Collected, form: Form, definitions: FactDefinitions, today: date) -> dict[str, _Onset]:
    """By the linkId of each item that a definition counts days from."""
    links = [fact.onset_link_id for fact in definitions.facts.values() if fact.onset_link_id in form.items]
    return {link_id: _onset(collected.answers.get(link_id, []), today, modified=link_id in collected.modified) for link_id in links}


def _onset(given: list[Any], today: date, *, modified: bool) -> _Onset:
    """A day that has not come cannot be the one on which the complaint began."""
    if modified:
        return _Onset(None, [answer_values.MODIFIED.kind] if given else [], bool(given))
    read_days = [_day(answer) for answer in given if not items.is_absent(answer)]
    days = [day for day in read_days if day and day <= today]
    problems = ["not a full date; counted as unknown"] if None in read_days else []
    problems += ["in the future; counted as unknown"] if any(day and day > today for day in read_days) else []
    problems += ["several answers where one is allowed; the earliest counts"] if len(read_days) > 1 else []
    unclear = 0 < len(days) < len(given)
    return _Onset(min(days, default=None), problems + ([_OPEN] if unclear else []), unclear)


def _today(authored: datetime | None, at: datetime) -> date:
    """The day where the answers were given; in the zone of `at` when that is not known."""
    return (at.astimezone(authored.tzinfo) if authored else at).date()


def _day(answer: object) -> date | None:
    match items.values_of(answer):
        case [("valueDate", value)]:
            return dating.day(value)
    return None
