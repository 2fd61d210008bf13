"""The slots of what repeats: those that the author of a form has begun, one more, and one taken away."""

from collections.abc import Iterator, Sequence
from itertools import chain

from cds.fhir.filling import carrying
from cds.fhir.filling import fields as naming
from cds.fhir.filling.asking import Question, Step
from cds.fhir.filling.fields import Fields
from cds.fhir.filling.sheet import Asked, Index, Page
from cds.fhir.filling.starting import Start

Pair = tuple[str, str]


def begun(steps: Sequence[Step]) -> Fields:
    """The fields as the author of the form has filled them in."""
    return _gathered(pair for step in steps for question in step.questions for pair in _begun(question, ()))


def added(pages: Sequence[Page], fields: Fields, counter: str) -> Fields:
    """With one more slot, begun as its author has it; unchanged where there is none of that name, or no room."""
    last = [one for one in _slots(pages, counter) if one.may_grow]
    if not last:
        return fields
    fresh = _slot(last[0].question, (*last[0].index[:-1], last[0].of), ())
    return {**fields, **_gathered(fresh), counter: (str(last[0].of + 1),)}


def taken_away(pages: Sequence[Page], fields: Fields, counter: str, position: int) -> Fields:
    """Without that slot; those after it move up, with all that is in them and that was shown of them."""
    slots = _slots(pages, counter)
    if not (1 <= position <= len(slots) and slots[position - 1].may_go):
        return fields
    gone = {name for slot in slots[position - 1 :] for name, _ in _names(slot)}
    renamed = dict(chain.from_iterable(_names(slot) for slot in slots[position:]))
    marked = fields.get(carrying.SHOWN, ())
    shown = [name for name in marked if name not in gone] + [renamed[name] for name in marked if name in renamed]
    kept = {name: values for name, values in fields.items() if name not in gone}
    moved = {new: fields[old] for old, new in renamed.items() if old in fields}
    return kept | moved | {counter: (str(len(slots) - 1),), carrying.SHOWN: tuple(shown)}


def _slots(pages: Sequence[Page], counter: str) -> list[Asked]:
    return [one for page in pages for one in page.walk() if one.position and one.counter == counter]


def _begun(question: Question, outer: Index) -> Iterator[Pair]:
    if not question.slots:
        yield from _slot(question, outer, question.starts)
        return
    slots = min(naming.most(question), max(naming.least(question), len(question.starts)))
    if slots > 1:
        yield naming.name("n", question, outer), str(slots)
    for place in range(slots):
        yield from _slot(question, (*outer, place), question.starts[place : place + 1])


def _slot(question: Question, index: Index, starts: Sequence[Start]) -> Iterator[Pair]:
    if question.answerable:
        yield from ((naming.name(part, question, index), text) for start in starts for part, text in start.items())
    for child in question.children:
        yield from _begun(child, index)


def _names(slot: Asked) -> Iterator[Pair]:
    """The names of all fields of a slot, with the names that they have one slot further up."""
    depth = len(slot.index) - 1
    for one in slot.walk():
        up = (*one.index[:depth], one.index[depth] - 1, *one.index[depth + 1 :])
        yield from ((naming.name(part, one.question, one.index), naming.name(part, one.question, up)) for part in "qouz")
        if one.position and one is not slot:
            yield one.counter, naming.name("n", one.question, up[:-1])


def _gathered(pairs: Iterator[Pair]) -> Fields:
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return found
