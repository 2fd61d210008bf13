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
    for phrase, show in (("note-findings", "facts"), ("note-conflicts", "conflicts")):
        found = list(sections.WRITERS[show](view, Section(show, "")))
        yield phrases[phrase].format(items="; ".join(found)) if found else ""
    yield from sections.WRITERS["negatives"](view, Section("negatives", ""))
    yield from sections.WRITERS["unanswered"](view, Section("unanswered", ""))
    advice = list(dict.fromkeys(sections.WRITERS["recommendations"](view, Section("recommendations", "", sections.shown(view)))))
    yield phrases["note-advice"].format(items=" ".join(advice)) if advice else ""
    yield from sections.WRITERS["rules"](view, Section("rules", ""))
