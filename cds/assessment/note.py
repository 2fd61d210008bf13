"""A plain-text note to paste into the chart: triage, pathway, findings, pertinent negatives, what was not asked, advice."""

from collections.abc import Iterator

from cds.assessment import sections
from cds.assessment.view import View
from cds.values.release import Section


def plain(view: View) -> str:
    """The note, a sentence a line; coded text only."""
    return "\n".join(line for line in _lines(view) if line)


def _lines(view: View) -> Iterator[str]:
    phrases, triage = view.content.phrases, view.triage
    roles = view.content.roles
    yield f"{phrases['note-title']}, {view.at.date().isoformat()}"
    timed = phrases["note-triage"] if triage.within_hours is not None else phrases["note-triage-untimed"]
    screen = view.word(roles.screen, triage.screen)
    yield timed.format(urgency=view.word(roles.urgency, triage.urgency), within=view.within(triage.within_hours), screen=screen)
    yield phrases["note-pathway"].format(pathway=view.word(roles.pathway_name, view.value(roles.pathway_name)))
    also = Section("values", "", (roles.also,))
    for phrase, section in (("note-also", also), ("note-findings", Section("facts", "")), ("note-conflicts", Section("conflicts", ""))):
        found = list(sections.WRITERS[section.show](view, section))
        yield phrases[phrase].format(items="; ".join(found)) if found else ""
    for line in sections.WRITERS["negatives"](view, Section("negatives", "")):
        yield phrases["note-denied"].format(items=line)
    yield from (line for line in sections.WRITERS["unanswered"](view, Section("unanswered", "")) if line != phrases["none-missing"])
    advice = dict.fromkeys(line for section in _advice(view) for line in sections.WRITERS[section.show](view, section))
    yield from (phrases["note-advice"].format(items=line) for line in advice)
    yield from sections.WRITERS["rules"](view, Section("rules", ""))
    yield from sections.WRITERS["limits"](view, Section("limits", ""))


def _advice(view: View) -> Iterator[Section]:
    for card in sections.shown_cards(view):
        yield from (section for section in card.sections if section.show == "recommendations")
