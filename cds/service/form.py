"""The form for people: a page for each step, made anew from what was filled in so far, and the advice at its end.

Nothing is kept between two pages: all answers travel with them. Our validator alone judges the answers, and nothing that it finds
keeps a person from advice: an answer that cannot be used is left out and named.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, partial
from typing import Any

from cds.fhir import dating
from cds.fhir.filling import asking, carrying, live, sheet, telling, writing
from cds.fhir.filling.asking import Step
from cds.fhir.filling.carrying import Marks
from cds.fhir.filling.fields import COUNT, Fields
from cds.fhir.filling.sheet import Asked, Page
from cds.fhir.filling.telling import Fault
from cds.fhir.filling.writing import Written
from cds.fhir.questionnaire import Form
from cds.fhir.validation import response as validation
from cds.foundation import canonical
from cds.foundation.errors import NotFound, NotProcessable
from cds.releases import catalogue, loading
from cds.service import deciding
from cds.service.application import Application
from cds.service.deciding import Evidence
from cds.values.release import Release

CHANNEL = "form"
FINISHED, UNFINISHED = "completed", "in-progress"
_ORDER = ("critical", "warning", "info")
_TWICE = 2
_ROUNDS = 8
"""How often answers that refuse the response are left out before the response is given up."""


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
    they are all of the page. `carried` are the fields of the other pages. `renewed` says that the form is another one than at the page before.
    """

    head: Head
    step: int
    place: int
    of: int
    title: str
    asked: tuple[Asked, ...]
    carried: tuple[tuple[str, str], ...]
    faults: tuple[Fault, ...] = ()
    fresh: tuple[Asked, ...] = ()
    notices: tuple[Asked, ...] = ()
    interrupt: bool = False
    renewed: bool = False

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
    carried: tuple[tuple[str, str], ...]


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


def desk(app: Application) -> Desk:
    """The forms of an application."""
    return Desk(app, cache(partial(_steps, app)))


def listed(desk: Desk) -> tuple[Head, ...]:
    """The forms that are released."""
    return tuple(desk.head(name) for name in desk.app.releases)


def start(desk: Desk, name: str) -> View:
    """The first page, with what the author of the form has filled in."""
    head = desk.head(name)
    return _view(_Turn(desk, head, carrying.initial(desk.steps(name))), 0)


def turn(desk: Desk, name: str, fields: Fields) -> View | Advice:
    """The page that follows what was sent, or the advice at the end, which is recorded before it is given.

    First of all comes what the answers warn of, once; then what is wrong with the step or missing, once; then what the answers have
    newly brought up; then the next step. A person can always go back, and can always have the advice that the answers so far allow.
    """
    one = _Turn(desk, desk.head(name), fields)
    if one.marks.form != one.head.version:
        return _view(one, 0, renewed=True)
    match one.marks.go:
        case "back":
            return _view(one, max((place for place in one.places() if place < one.marks.step), default=0))
        case "finish":
            return _advice(one, UNFINISHED)
        case "next" | "anyway" | "on":
            return _onwards(one)
    return _view(one, one.marks.step)


def submitted(desk: Desk, name: str, fields: Fields) -> bytes:
    """The QuestionnaireResponse that the advice was made of, for the person to keep."""
    one = _Turn(desk, desk.head(name), fields)
    now = desk.app.clock()
    authored = dating.authored(one.marks.authored)
    at = authored if authored and authored <= now else now
    written, _ = _usable(one, FINISHED if one.marks.go == FINISHED else UNFINISHED, at)
    return canonical.dumps(written.response)


@dataclass(frozen=True)
class _Turn:
    """What was sent of one form."""

    desk: Desk
    head: Head
    sent: Fields

    @property
    def release(self) -> Release:
        return self.desk.app.releases[self.head.name]

    @property
    def form(self) -> Form:
        return self.desk.app.forms[self.head.name]

    @cached_property
    def fields(self) -> Fields:
        """With one more slot where one was asked for."""
        wanted = self.marks.go.removeprefix("add ")
        if wanted == self.marks.go:
            return self.sent
        often = self.sent.get(wanted, ("1",))[-1]
        return {**self.sent, wanted: (str(int(often) + 1 if COUNT.fullmatch(often) else 2),)}

    @cached_property
    def marks(self) -> Marks:
        return carrying.marks(self.sent, len(self.desk.steps(self.head.name)))

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        return sheet.fill(self.desk.steps(self.head.name), self.form, self.fields)

    def places(self) -> list[int]:
        """The steps on which there is anything to see."""
        return [place for place, page in enumerate(self.pages) if page.shown]

    def notices(self) -> tuple[Asked, ...]:
        """What the answers bring up as a text, in any step."""
        return tuple(one for page in self.pages for one in page.walk() if one.question.urgent and one.enabled)


def _onwards(one: _Turn) -> View | Advice:
    step, notices = one.marks.step, one.notices()
    if any(notice.name not in one.marks.seen for notice in notices) and one.marks.go != "on":
        return _view(one, step, interrupt=True)
    places = [(place, asked) for place, page in enumerate(one.pages[: step + 1]) for asked in _fresh(one, page)]
    faults = () if one.marks.go == "anyway" else _faults(one, one.pages[step])
    if places or faults:
        first = min([place for place, _ in places], default=step)
        return _view(one, first, faults=faults if first == step else (), fresh=tuple(asked for place, asked in places if place == first))
    later = [place for place in one.places() if place > step]
    return _view(one, later[0]) if later else _advice(one, FINISHED)


def _fresh(one: _Turn, page: Page) -> list[Asked]:
    """What is asked by now and was not when the page was shown."""
    return [asked for asked in page.walk() if asked.enabled and asked.question.answerable and asked.name not in one.marks.shown]


def _faults(one: _Turn, page: Page) -> tuple[Fault, ...]:
    """What is wrong with what was shown; what is no FHIR at all keeps the rules of the form from being tried, so that it is left out first."""
    at = one.desk.app.clock()
    shown = {asked.name for asked in page.walk() if asked.shown and asked.name in one.marks.shown}
    found: dict[str, Fault] = {}
    without: Counter[str] = Counter()
    for _ in range(_TWICE):
        written = writing.write(one.pages, one.form, status=FINISHED, authored=at, without=without)
        problems = validation.validate(written.response, one.form, at=at, definitions=one.release.facts)
        found |= {fault.asked.name: fault for fault in telling.faults(page, written, problems) if fault.asked.name not in found}
        without.update({name: _TWICE for name in telling.unusable(written, validation.refusals(problems))})
    return tuple(found[asked.name] for asked in page.walk() if asked.name in found and asked.name in shown)


def _view(one: _Turn, step: int, **told: Any) -> View:
    """The page of a step; on an interruption all its answers are carried, and the notices count as seen from then on."""
    places = one.places()
    page, interrupt = one.pages[step], told.get("interrupt", False)
    others = [other for other in one.pages if interrupt or other is not page]
    notices = one.notices()
    seen = {notice.name for notice in notices} if interrupt else one.marks.seen
    carried = (*carrying.answers(others), *carrying.shown(others, one.marks.shown), *((carrying.SEEN, name) for name in sorted(seen)))
    of, place = len(places), sum(other <= step for other in places)
    return View(one.head, step, place, of, page.title, page.asked, carried, notices=notices, **told)


def _advice(one: _Turn, status: str) -> Advice:
    """Decides as `$evaluate` does, by the same rules, and records the decision."""
    app, at = one.desk.app, one.desk.app.clock()
    written, left_out = _usable(one, status, at)
    evidence = Evidence(written.response, {}, "")
    assessment = deciding.assess(app, one.release, evidence, at=at)
    received = deciding.received(CHANNEL, canonical.dumps(written.response))
    cards = deciding.conclude(app, one.release, assessment, received, evidence)["cards"]
    return Advice(
        head=one.head,
        decision=assessment.decision_id,
        cards=tuple(sorted(cards, key=lambda card: _ORDER.index(card["indicator"]))),
        notices=one.notices(),
        left_out=left_out,
        status=status,
        step=one.marks.step,
        authored=at.isoformat(),
        carried=(
            *carrying.answers(one.pages),
            *carrying.shown(one.pages, one.marks.shown),
            *((carrying.SEEN, name) for name in sorted(one.marks.seen)),
        ),
    )


def _usable(one: _Turn, status: str, at: datetime) -> tuple[Written, tuple[str, ...]]:
    """The response without the answers that would refuse it, and the questions that they were given to."""
    left_out = telling.unreadable(one.pages)
    without: Counter[str] = Counter()
    for _ in range(_ROUNDS):
        written = writing.write(one.pages, one.form, status=status, authored=at, without=without)
        refusals = validation.refusals(validation.validate(written.response, one.form, at=at, definitions=one.release.facts))
        if not refusals:
            return written, tuple(asked.question.item.text for asked in left_out.values())
        found = telling.unusable(written, refusals)
        without.update(found.keys())
        left_out |= found
    raise NotProcessable("The answers cannot be used. Start the form again, or send them to `$evaluate`.", more=tuple(refusals))


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
