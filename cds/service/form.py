"""The form for people: a page for each step, made anew from what was filled in so far, and the advice at its end.

Nothing is kept between two pages: all answers travel with them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any

from cds.fhir import dating
from cds.fhir.filling import asking, carrying, live, slotting, telling
from cds.fhir.filling.asking import Step
from cds.fhir.filling.carrying import Pair
from cds.fhir.filling.fields import Fields
from cds.fhir.filling.sheet import Asked
from cds.fhir.filling.telling import Fault
from cds.foundation import canonical
from cds.foundation.errors import LedgerUnavailable, NotFound, TooManyRequests
from cds.releases import catalogue, loading
from cds.service import deciding
from cds.service.application import Application
from cds.service.deciding import Evidence
from cds.service.filled import ADD, DROP, FINISHED, UNFINISHED, Filled
from cds.values.profile import ClientProfile

CHANNEL = "form"
_ORDER = ("critical", "warning", "info")
_ONWARDS = ("next", "anyway", "on")
_MOVES = (*_ONWARDS, "back", ADD, DROP)
"""What asks for another page than the one in hand: before any of these comes what the answers warn of."""


@dataclass(frozen=True)
class Head:
    """The form itself: the name of its address, its title, its language and its version."""

    name: str
    title: str
    language: str
    version: str


@dataclass(frozen=True)
class View:
    """One page of the form.

    `place` counts the steps that are shown, from 1, and `of` says how many there are. `faults` are wrong or missing, `fresh` are questions
    that the answers have just brought up, `notices` the texts that the answers bring up, which come before anything else: with `interrupt`
    they are all of the page. `carried` are the fields of the other pages. `renewed` says that the form is another one than at the page
    before, `first` that nothing was sent yet, `full` that no item may be repeated once more.
    """

    head: Head
    step: int
    place: int
    of: int
    title: str
    asked: tuple[Asked, ...]
    carried: tuple[Pair, ...]
    faults: tuple[Fault, ...] = ()
    fresh: tuple[Asked, ...] = ()
    notices: tuple[Asked, ...] = ()
    interrupt: bool = False
    renewed: bool = False
    first: bool = False
    full: bool = False

    def fault(self, asked: Asked) -> str:
        """What is wrong with one question; empty when nothing is."""
        return next((fault.text for fault in self.faults if fault.asked is asked), "")

    def conditions(self, asked: Asked) -> str:
        """The conditions of one question as the script of the page reads them; empty when it has none."""
        return live.conditions(asked)


@dataclass(frozen=True)
class Advice:
    """The end: the cards of the decision that was recorded, and the questions whose answers could not be used."""

    head: Head
    decision: str
    cards: tuple[dict[str, Any], ...]
    notices: tuple[Asked, ...]
    left_out: tuple[str, ...]
    status: str
    step: int
    authored: str
    carried: tuple[Pair, ...]


@dataclass(frozen=True)
class Delay:
    """No advice, since it could not be recorded: what the answers warn of, and all that was sent, to be sent again with the same `go`.

    `wait` is in seconds where there were too many calls, else 0.
    """

    head: Head
    step: int
    go: str
    notices: tuple[Asked, ...]
    carried: tuple[Pair, ...]
    wait: int = 0


@dataclass(frozen=True)
class Desk:
    """A running application with the pages of its forms, each worked out when it is first asked for."""

    app: Application
    steps: Callable[[str], tuple[Step, ...]]

    def head(self, name: str) -> Head:
        """The form of that name; NotFound when none is released."""
        release = self.app.releases.get(name)
        if release is None:
            raise NotFound("No form of that name is released here. `GET /form` lists the forms.")
        form = release.questionnaire
        return Head(name, form.get("title") or form.get("name") or name, release.language, form.get("version", ""))

    def filled(self, name: str, sent: Fields, at: datetime) -> Filled:
        """The form of that name as it was sent."""
        return Filled(self.steps(name), self.app.forms[name], self.app.releases[name], at, sent)


def desk(app: Application) -> Desk:
    """The forms of an application; people are shown every card, whatever a client profile leaves out."""
    whole = replace(app, profile=ClientProfile())
    return Desk(whole, cache(partial(_steps, whole)))


def listed(desk: Desk) -> tuple[Head, ...]:
    """The forms that are released."""
    return tuple(desk.head(name) for name in desk.app.releases)


def start(desk: Desk, name: str) -> View:
    """The first page, with what the author of the form has filled in."""
    head = desk.head(name)
    return _at_start(_Turn(desk, head, desk.filled(name, slotting.begun(desk.steps(name)), desk.app.clock())), first=True)


def _uncounted() -> None:
    """For those who may have as much advice recorded as they like."""


def turn(desk: Desk, name: str, fields: Fields, count: Callable[[], None] = _uncounted, trace: str = "") -> View | Advice | Delay:
    """The page that follows what was sent, or the advice at the end, which is recorded before it is given.

    First of all comes what the answers warn of, once for the same answers; then what is wrong with the step or missing, once; then what
    the answers have newly brought up; then the next step. A person can always go back, and can always have the advice that the answers
    so far allow. `count` is called before a decision is made, and raises TooManyRequests, or LedgerUnavailable, where none may be recorded.
    """
    head = desk.head(name)
    one = _Turn(desk, head, desk.filled(name, fields, desk.app.clock()), count, trace)
    marks = one.filled.marks
    if marks.form != head.version:
        return _at_start(one, renewed=True)
    go = marks.go.partition(" ")[0]
    if go == "finish":
        return _advice(one, UNFINISHED)
    if one.filled.notices() and (go == "stop" or (go in _MOVES and not one.filled.causes() <= marks.seen)):
        return _view(one, marks.step, interrupt=True)
    if go == "back":
        return _view(one, max((place for place in one.filled.places() if place < marks.step), default=marks.step))
    return _onwards(one) if go in _ONWARDS else _view(one, marks.step)


def delayed(desk: Desk, name: str, fields: Fields, wait: int) -> View | Delay:
    """The page for somebody whose answers are not looked at now: what they warn of comes all the same, and all are sent again.

    `wait` is in seconds, 0 where nobody can say. Of a form that is another one by now it is the first page.
    """
    head = desk.head(name)
    one = _Turn(desk, head, desk.filled(name, fields, desk.app.clock()))
    return _at_start(one, renewed=True) if one.filled.marks.form != head.version else _delay(one, wait)


def submitted(desk: Desk, name: str, fields: Fields) -> bytes:
    """The QuestionnaireResponse that the advice was made of, for the person to keep."""
    desk.head(name)
    now = desk.app.clock()
    marks = desk.filled(name, fields, now).marks
    authored = dating.authored(marks.authored)
    sent = desk.filled(name, fields, authored if authored and authored <= now else now)
    return canonical.dumps(sent.usable(FINISHED if marks.go == FINISHED else UNFINISHED).response)


@dataclass(frozen=True)
class _Turn:
    """What was sent of one form."""

    desk: Desk
    head: Head
    filled: Filled
    count: Callable[[], None] = _uncounted
    trace: str = ""


def _at_start(one: _Turn, **told: Any) -> View:
    return _view(one, min(one.filled.places(), default=0), **told)


def _onwards(one: _Turn) -> View | Advice | Delay:
    filled, step = one.filled, one.filled.marks.step
    places = [(place, asked) for place, page in enumerate(filled.pages[: step + 1]) for asked in filled.fresh(page)]
    faults = () if filled.marks.go == "anyway" else filled.faults(filled.pages[step])
    if places or faults:
        first = min([place for place, _ in places], default=step)
        return _view(one, first, faults=faults if first == step else (), fresh=tuple(asked for place, asked in places if place == first))
    later = [place for place in filled.places() if place > step]
    return _view(one, later[0]) if later else _advice(one, FINISHED)


def _view(one: _Turn, step: int, **told: Any) -> View:
    """The page of a step; on an interruption all its answers are carried, and what brought it up counts as seen from then on."""
    filled = one.filled
    places = filled.places()
    page, interrupt = filled.pages[step], told.get("interrupt", False)
    others = [other for other in filled.pages if interrupt or other is not page]
    seen = filled.causes() if interrupt else filled.causes() & filled.marks.seen
    carried = (*carrying.answers(others), *carrying.shown(others, filled.marks.shown), *_seen(seen))
    of, place = max(1, len(places)), max(1, sum(other <= step for other in places))
    full = filled.is_full()
    return View(one.head, step, place, of, page.title, page.asked, carried, notices=filled.notices(), full=full, **told)


def _seen(causes: frozenset[str]) -> Iterator[Pair]:
    return ((carrying.SEEN, cause) for cause in sorted(causes))


def _advice(one: _Turn, status: str) -> Advice | Delay:
    try:
        one.count()
        return _decided(one, status)
    except TooManyRequests as error:
        return _delay(one, error.retry_after)
    except LedgerUnavailable:
        return _delay(one)


def _delay(one: _Turn, wait: int = 0) -> Delay:
    marks = one.filled.marks
    return Delay(one.head, marks.step, marks.go, one.filled.notices(), _carried(one.filled), wait)


def _carried(filled: Filled) -> tuple[Pair, ...]:
    shown, seen = carrying.shown(filled.pages, filled.marks.shown), _seen(filled.causes() & filled.marks.seen)
    return (*carrying.answers(filled.pages), *shown, *seen)


def _decided(one: _Turn, status: str) -> Advice:
    """Decides as `$evaluate` does, by the same rules, and records the decision."""
    app, filled = one.desk.app, one.filled
    written = filled.usable(status)
    evidence = Evidence(written.response, {}, "")
    assessment = deciding.assess(app, filled.release, evidence, at=filled.at)
    received = deciding.received(filled.at, CHANNEL, canonical.dumps(written.response), one.trace)
    cards = deciding.conclude(app, filled.release, assessment, received, evidence)["cards"]
    return Advice(
        head=one.head,
        decision=assessment.decision_id,
        cards=tuple(sorted(cards, key=lambda card: _ORDER.index(card["indicator"]))),
        notices=filled.notices(),
        left_out=tuple(dict.fromkeys(asked.question.text for asked in telling.left_out(filled.pages, written))),
        status=status,
        step=filled.marks.step,
        authored=filled.at.isoformat(),
        carried=_carried(filled),
    )


def _steps(app: Application, name: str) -> tuple[Step, ...]:
    return asking.steps(app.releases[name].questionnaire, app.forms[name], _value_sets(app, name))


def _value_sets(app: Application, name: str) -> Iterator[Mapping[str, Any]]:
    """The value sets of the release in force, read only where an item refers to one."""
    items = app.forms[name].items.values()
    if any(canonical and not canonical.startswith("#") for item in items for canonical in (item.value_set, item.unit_value_set)):
        digest = app.releases[name].digest
        for entry in (entry for entry in catalogue.entries(app.settings.content, name) if entry.digest == digest):
            folder = app.settings.content / name / entry.version
            yield from (loading.json_file(path, folder) for path in sorted((folder / "valuesets").glob("*.json")))
