"""What travels with a page beside its own fields: the answers of the other pages, and what was shown and seen already."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cds.fhir.filling import fields as naming
from cds.fhir.filling.fields import Fields
from cds.fhir.filling.sheet import Asked, Page

STEP, GO, SHOWN, SEEN, FORM, AUTHORED = "step", "go", "shown", "seen", "form", "authored"
"""Names of the fields that are no answers; those of answers all have a colon."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Marks:
    """Where the person is, what they asked for, the names of the fields that were shown, and what brought up the notices that were seen."""

    step: int
    go: str
    shown: frozenset[str]
    seen: frozenset[str]
    form: str
    authored: str


def marks(fields: Fields, steps: int) -> Marks:
    """The marks of a page; a step that there is not counts as the first."""
    step = _last(fields, STEP)
    place = int(step) if naming.COUNT.fullmatch(step) else 0
    shown, seen = (frozenset(fields.get(name, ())) for name in (SHOWN, SEEN))
    return Marks(place if place < steps else 0, _last(fields, GO), shown, seen, _last(fields, FORM), _last(fields, AUTHORED))


def answers(pages: Iterable[Page]) -> Iterator[Pair]:
    """The fields of these pages as they were filled in."""
    for one in (one for page in pages for one in page.walk()):
        if one.position == 1 and one.of > 1:
            yield one.counter, str(one.of)
        if one.typed.answered:
            yield from _parts(one)


def shown(pages: Iterable[Page], marked: frozenset[str]) -> Iterator[Pair]:
    """The marks of what was shown on these pages."""
    yield from ((SHOWN, one.name) for page in pages for one in page.walk() if one.name in marked)


def _parts(one: Asked) -> Iterator[Pair]:
    yield from ((one.name, text) for text in one.typed.raw)
    parts = {"o": one.typed.other, "u": one.typed.unit, "z": one.typed.zone if one.question.kind == "moment" else ""}
    yield from ((one.part(letter), text) for letter, text in parts.items() if text)


def _last(fields: Fields, name: str) -> str:
    given = fields.get(name, ())
    return given[-1] if given else ""
