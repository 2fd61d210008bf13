"""What a card rests on, as lines of a section: findings with their source, conflicts, what was denied, and what is not known.

Only coded text reaches a card: words of the content, codes, dates and references, never what somebody typed.
"""

from collections.abc import Callable, Iterator

from cds.assessment.view import View
from cds.facts import Fact, FactDefinition
from cds.foundation import canonical
from cds.values.release import Section

STATUS = "response-status"


def facts(view: View, section: Section) -> Iterator[str]:
    """What the named decisions rest on; else what the urgency rests on, and every warning sign that is there."""
    signs = [name for cluster in view.content.clusters for name in cluster.facts if name in view.facts.known]
    named = view.grounds(given(view, section))
    for name in named if section.decisions else dict.fromkeys((*view.grounds(decisive_rules(view)), *signs)):
        definition = view.release.facts.facts[name]
        if not definition.sensitive and not is_reassuring(view, definition):
            yield f"{definition.label}: {view.word(name, view.facts.known[name].value)} ({origin(view, view.facts.known[name])})"


def given(view: View, section: Section) -> tuple[str, ...]:
    """The rules that the section's decisions gave, in order, but those that it does not speak of."""
    return tuple(rule for decision in section.decisions for rule in view.rules(decision) if rule not in section.without)


def decisive_rules(view: View) -> tuple[str, ...]:
    """The rules that set the urgency, the pathway and the time band."""
    roles = view.content.roles
    return (*view.triage.because, *view.rules(roles.pathway_rules), *view.rules(roles.duration_rules))


def origin(view: View, fact: Fact) -> str:
    """Where a fact comes from, in words: source, resource of the record, provenance and date."""
    phrases = view.content.phrases
    parts = [phrases["ehr"] if fact.source == "ehr" else phrases["questionnaire"] if fact.source == "questionnaire" else phrases["derived"]]
    parts += [view.word("prefetch", fact.of)] if fact.source == "ehr" else []
    parts += [phrases[fact.note.replace(" ", "-")]] if fact.note else []
    return ", ".join([*parts, *([fact.date] if fact.date else [])])


def conflicts(view: View, _: Section) -> Iterator[str]:
    """Where patient and record disagree, with what each says."""
    for conflict in view.facts.conflicts:
        definition = view.release.facts.facts[conflict.name]
        said = view.word(conflict.name, conflict.questionnaire)
        recorded = f"{view.word(conflict.name, conflict.ehr)} ({origin(view, view.facts.known[conflict.name])})"
        yield f"{definition.label}: {view.content.phrases['patient-says'].format(questionnaire=said, ehr=recorded)}"


def unanswered(view: View, section: Section) -> Iterator[str]:
    """What is not known: stale answers, warning signs that are open, data that were not given or could not be used."""
    phrases = view.content.phrases
    if view.facts.stale:
        yield phrases["stale"]
    yield from clusters(view, phrases["open"], _is_open)
    if not view.missing():
        yield phrases["none-missing"]
    yield from not_checked(view, section)
    if view.facts.problems:
        yield phrases["not-used"].format(n=len(view.facts.problems))


def not_checked(view: View, _: Section) -> Iterator[str]:
    """What the record did not give."""
    if view.facts.not_checked:
        names = ", ".join(view.word("prefetch", key) for key in view.facts.not_checked)
        yield view.content.phrases["not-checked"].format(items=names)


def negatives(view: View, _: Section) -> Iterator[str]:
    """The warning signs that were asked and denied."""
    return clusters(view, view.content.phrases["denied"], is_denied)


def clusters(view: View, phrase: str, holds: Callable[[View, FactDefinition], bool]) -> Iterator[str]:
    """One line a cluster of warning signs, with the items for which `holds`; a cluster without any is left out."""
    for cluster in view.content.clusters:
        definitions = [view.release.facts.facts[name] for name in cluster.facts]
        items = [definition.denied or definition.label for definition in definitions if not definition.sensitive and holds(view, definition)]
        if items:
            yield phrase.format(cluster=cluster.label, items="; ".join(items))


def is_denied(view: View, definition: FactDefinition) -> bool:
    """Whether the item was asked and answered with its most reassuring word; not applicable is not denied."""
    fact = view.facts.known.get(definition.name)
    return bool(fact and definition.denied and fact.source == "questionnaire" and fact.value == definition.worst[-1])


def is_reassuring(view: View, definition: FactDefinition) -> bool:
    """Whether a warning sign is known and not there: denied, or not applicable."""
    return bool(definition.denied and view.facts.known[definition.name].value == definition.worst[-1])


def _is_open(view: View, definition: FactDefinition) -> bool:
    return definition.name not in view.facts.known


def missing(view: View, _: Section) -> Iterator[str]:
    """The questions of the screen that must still be asked."""
    phrases = view.content.phrases
    if view.facts.stale:
        yield phrases["stale"]
    if view.value(STATUS) == "in-progress":
        yield phrases["in-progress"]
    for name in view.missing():
        yield view.word("question", name)


def on_record(view: View, _: Section) -> Iterator[str]:
    """What the record holds that decides nothing, newest of each: value, resource, date, and what is to be known of it."""
    labels = {one.name: one.label for one in view.release.facts.shown}
    notes = view.content.words.get("on-record", {})
    for one in view.facts.shown:
        value = "" if one.value is None else f": {canonical.plain(one.value)} {view.word('unit', one.unit)}".rstrip()
        old = [view.content.phrases["old"]] if one.old else []
        source = ", ".join(part for part in (one.reference, one.date, *old) if part)
        yield f"{labels[one.name]}{value} ({source}). {notes.get(one.name, '')}".rstrip()
