"""Prefetch templates -> what a FHIR server has of the patient (CDS Hooks 3.0, Prefetch Template): keys that were not sent, and further pages.

A key that was sent is never asked for again: null is an answer, and so is an OperationOutcome. What cannot be fetched is told, by key
and kind of failure, and never guessed. What must be had is asked for first, and has bytes of its own: nothing else may use up its time.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from cds.facts import FactDefinitions
from cds.fhir import bundles, concepts, priorities, searches
from cds.fhir.bundles import Unavailable
from cds.foundation.outbound.budgets import LATE, Allowance, NotFetched
from cds.foundation.outbound.calls import Call
from cds.foundation.outbound.origins import Location
from cds.values.release import ValueSet

PAGES = 5
"""Pages fetched for one key, the first included where that was fetched too."""
OTHER = "the server answered with something else than was asked for"
ELSEWHERE = "the link to it cannot be read or leads to another server"
CIRCLE = "the link to it leads back"
MORE = "there are more pages than are read"
UNFILLED = "its template asks for an id that the call does not give"
_TOKEN = re.compile(r"\{\{([^{}]*)\}\}")
_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True)
class Brought:
    """By key what was sent and what was fetched, an Unavailable for what could not be had; and where pages are lacking, why.

    `refused` says that a server was named and not asked.
    """

    resources: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True)
class _Asked:
    """What one template asks for: at which address, of which type, and the id where it is one resource."""

    location: Location
    kind: str
    id: str


class _Course:
    """How far one key has come: the pages so far, and why there are no more of them; empty when all are there.

    A thread fills it while another may read it when time is up; so pages are only added, and `fault` is taken away last.
    """

    def __init__(self, sent: Mapping[str, Any] | None = None) -> None:
        self.pages: list[Mapping[str, Any]] = [] if sent is None else [sent]
        self.fault = LATE


def lacking(definitions: FactDefinitions, sent: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of which something is left to fetch: those not sent, and those sent with a link to a further page."""
    return tuple(key for key in definitions.prefetch if key not in sent or (_is_cut(sent[key]) and not _enough(definitions, key, sent[key])))


def fetch(
    call: Call, definitions: FactDefinitions, value_sets: Mapping[str, ValueSet], sent: Mapping[str, Any], *, context: Mapping[str, str]
) -> Brought:
    """What was sent, completed from the server; `context` gives the ids that templates ask for, by name."""
    courses = {key: _Course(sent.get(key)) for key in lacking(definitions, sent)}
    others = replace(call, allowance=Allowance(call.budget.size))
    order = [key for key in priorities.order(definitions, value_sets) if key in courses]
    call.together([_job(call if key in definitions.required else others, definitions, key, courses[key], context) for key in order])
    ends = {key: (tuple(course.pages), course.fault) for key, course in courses.items()}
    problems = [f"{key}: a further page was not fetched: {fault}." for key, (pages, fault) in ends.items() if pages and fault]
    return Brought({**sent, **{key: _joined(pages, fault) for key, (pages, fault) in ends.items()}}, tuple(problems))


def _is_cut(value: object) -> bool:
    bundle = concepts.mapping(value)
    return _is_page(bundle) and bundles.has_next(bundle) and not bundles.has_failed(bundle)


def _enough(definitions: FactDefinitions, key: str, page: Mapping[str, Any]) -> bool:
    """Whether the first page is all that is asked for, and is the page that was asked for."""
    return key in definitions.first_page and searches.enough(page, searches.of(definitions.prefetch[key]))


def _is_page(bundle: Mapping[str, Any]) -> bool:
    return bundle.get("resourceType") == "Bundle" and isinstance(bundle.get("entry", []), list)


def _job(call: Call, definitions: FactDefinitions, key: str, course: _Course, context: Mapping[str, str]) -> Callable[[], None]:
    def run() -> None:
        try:
            asked = _filled(call, definitions.prefetch[key], context)
            most = PAGES if course.pages else PAGES - 1
            if not course.pages:
                course.pages.append(_first(call, asked))
            if not _enough(definitions, key, course.pages[0]):
                _follow(call, course.pages, asked.location, most)
            course.fault = ""
        except NotFetched as error:
            course.fault = error.text

    return run


def _first(call: Call, asked: _Asked) -> Mapping[str, Any]:
    found = call.get(asked.location)
    wanted = found.get("resourceType") == asked.kind and found.get("id") == asked.id if asked.id else _is_page(found)
    if not wanted:
        raise NotFetched(OTHER)
    return found


def _follow(call: Call, pages: list[Mapping[str, Any]], here: Location, most: int) -> None:
    """Adds the pages that the last one links to; NotFetched when there are more than `most`, or one cannot be had."""
    seen = {here}
    while bundles.has_next(pages[-1]):
        link = bundles.next_link(pages[-1])
        following = here.follow(link) if link else None
        if following is None:
            raise NotFetched(ELSEWHERE)
        if following in seen:
            raise NotFetched(CIRCLE)
        if len(seen) > most:
            raise NotFetched(MORE)
        page = call.get(following)
        if not _is_page(page):
            raise NotFetched(OTHER)
        pages.append(page)
        here = following
        seen.add(here)
    if bundles.has_unreadable_link(pages[-1]):
        raise NotFetched(ELSEWHERE)


def _joined(pages: tuple[Mapping[str, Any], ...], fault: str) -> Any:
    """One resource of all pages; a link that says so where more exist."""
    if not pages:
        return Unavailable(f"not fetched: {fault}")
    if len(pages) == 1:
        return pages[0]
    entries = [entry for page in pages for entry in page.get("entry", ())]
    return {**pages[0], "entry": entries, "link": [{"relation": "next"}] if fault else []}


def _filled(call: Call, template: str, context: Mapping[str, str]) -> _Asked:
    """The template with the ids of the context in it, its values percent-encoded; only a FHIR id may stand for a token."""
    path, _, query = _TOKEN.sub(lambda token: _id(context, token[1]), template).partition("?")
    kind, _, identity = path.partition("/")
    members = (parameter.partition("=") for parameter in query.split("&"))
    encoded = "&".join(f"{name}={quote(value, safe='/:,')}" for name, _, value in members) if query else ""
    return _Asked(call.below(f"{path}?{encoded}" if encoded else path), kind, identity)


def _id(context: Mapping[str, str], token: str) -> str:
    value = context.get(token.strip(), "")
    if not _ID.fullmatch(value):
        raise NotFetched(UNFILLED)
    return value
