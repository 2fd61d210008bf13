"""The sections of a card's detail as short Markdown: one function for each kind that cards.yaml may show.

Only coded text reaches a card: words of the content, codes, dates and references, never what somebody typed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cds.assessment import referrals
from cds.assessment.view import View
from cds.dmn.model import Rule
from cds.facts import Fact, FactDefinition
from cds.values.release import CardTemplate, Section

STATUS = "response-status"
MARKS = re.compile(r"\b[VM]\b")
Writer = Callable[[View, Section], Iterator[str]]


def markdown(view: View, section: Section) -> str:
    """The section with its heading; empty when there is nothing to say."""
    lines = list(dict.fromkeys(WRITERS[section.show](view, section)))
    return "\n".join([f"**{section.heading}**", "", *(f"- {line}" for line in lines)]) if lines else ""


def _recommendations(view: View, section: Section) -> Iterator[str]:
    for decision in section.decisions:
        for rule, outputs in _shown_rows(view, section, decision):
            text = view.content.texts.get(rule)
            if text and text.clinician:
                yield view.fill(text.clinician, outputs)
            if text and text.patient:
                yield f"{view.content.phrases['tell-patient']}: {view.fill(text.patient, outputs)}"


def _shown_rows(view: View, section: Section, decision: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    ranked = section.deciding and decision in view.content.roles.ranked
    for rule, outputs in referrals.kept(view, decision):
        if not ranked or outputs["urgency"] == view.triage.urgency:
            yield rule, outputs


def _why(view: View, _: Section) -> Iterator[str]:
    """The reasons; that of a rule which rests on a sensitive answer would give the answer away and is left to the explanation."""
    rules = view.release.model.rules()
    facts = view.release.facts.facts
    for rule in (*view.triage.because, *view.rules(view.content.roles.pathway_rules)):
        private = any(facts[name].sensitive for name in view.tested(rule) if name in facts)
        yield f"{view.content.phrases['private'] if private else rules[rule].source.because} ({rule})"


def _facts(view: View, _: Section) -> Iterator[str]:
    """What the decision rests on, and every warning sign that is there, whether it decided or not."""
    signs = [name for cluster in view.content.clusters for name in cluster.facts if name in view.facts.known]
    for name in dict.fromkeys((*view.grounds(decisive_rules(view)), *signs)):
        definition = view.release.facts.facts[name]
        if not definition.sensitive and not is_reassuring(view, definition):
            yield f"{definition.label}: {view.word(name, view.facts.known[name].value)} ({origin(view, view.facts.known[name])})"


def decisive_rules(view: View) -> tuple[str, ...]:
    """The rules that set the urgency, the pathway and the time band."""
    roles = view.content.roles
    return (*view.triage.because, *view.rules(roles.pathway_rules), *view.rules(roles.duration_rules))


def origin(view: View, fact: Fact) -> str:
    """Where a fact comes from, in words: source, resource of the record, provenance and date."""
    phrases = view.content.phrases
    parts = [phrases["ehr"] if fact.source == "ehr" else phrases["questionnaire"] if fact.source == "questionnaire" else phrases["derived"]]
    parts += [fact.of] if fact.source == "ehr" else []
    parts += [phrases[fact.note.replace(" ", "-")]] if fact.note else []
    return ", ".join([*parts, *([fact.date] if fact.date else [])])


def _conflicts(view: View, _: Section) -> Iterator[str]:
    for conflict in view.facts.conflicts:
        definition = view.release.facts.facts[conflict.name]
        said = view.word(conflict.name, conflict.questionnaire)
        recorded = f"{view.word(conflict.name, conflict.ehr)} ({origin(view, view.facts.known[conflict.name])})"
        yield f"{definition.label}: {view.content.phrases['patient-says'].format(questionnaire=said, ehr=recorded)}"


def _unanswered(view: View, _: Section) -> Iterator[str]:
    phrases = view.content.phrases
    if view.facts.stale:
        yield phrases["stale"]
    yield from clusters(view, phrases["open"], _is_open)
    if not view.missing():
        yield phrases["none-missing"]
    if view.facts.not_checked:
        names = ", ".join(view.word("prefetch", key) for key in view.facts.not_checked)
        yield phrases["not-checked"].format(items=names)
    if view.facts.problems:
        yield phrases["not-used"].format(n=len(view.facts.problems))


def _negatives(view: View, _: Section) -> Iterator[str]:
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


def _missing(view: View, _: Section) -> Iterator[str]:
    phrases = view.content.phrases
    if view.facts.stale:
        yield phrases["stale"]
    if view.value(STATUS) == "in-progress":
        yield phrases["in-progress"]
    for name in view.missing():
        yield view.word("question", name)


def _rules(view: View, section: Section) -> Iterator[str]:
    roles = view.content.roles
    ids = [rule for decision in (*roles.ranked, roles.pathway_rules, *shown(view)) for rule in view.rules(decision)]
    digest = view.release.digest[:19]
    yield view.content.phrases["rules"].format(
        rules=", ".join(dict.fromkeys(ids)), product=view.content.product, release=view.release.name, version=view.release.version, digest=digest
    )


def shown(view: View) -> tuple[str, ...]:
    """The decisions whose recommendations the assembled cards show, in the order of the cards."""
    sections = (section for card in shown_cards(view) for section in card.sections if section.show == "recommendations")
    return tuple(dict.fromkeys(name for section in sections for name in section.decisions))


def shown_cards(view: View) -> tuple[CardTemplate, ...]:
    """The templates of the cards that the assembly names; a name without a template has no content in this release."""
    return tuple(view.content.cards[name] for name in view.any_output("cards") or () if name in view.content.cards)


def _references(view: View, _: Section) -> Iterator[str]:
    rules = view.release.model.rules()
    cited = [rules[rule] for rule in (*view.triage.because, *view.rules(view.content.roles.pathway_rules))]
    keys = dict.fromkeys(key for rule in cited for key in rule.source.evidence)
    inside = {one for key in keys if key in view.release.evidence for one in view.release.evidence[key].references}
    for key in keys:
        if key not in inside:
            yield reference(view, key)
    if any(rule.source.evidence for rule in cited):
        yield view.content.phrases["marks"]
    local = [rule.id for rule in cited if _has_no_source(rule)]
    if local:
        yield view.content.phrases["expert"].format(rules=", ".join(local))


def _has_no_source(rule: Rule) -> bool:
    return rule.source.origin == "expert" and not rule.source.evidence


def reference(view: View, key: str) -> str:
    """An evidence key with certainty, strength and references, or a reference; each reference with its marks."""
    entry = view.release.evidence.get(key)
    if entry is None:
        return _marked(view, key)
    references = ", ".join(_marked(view, one) for one in entry.references) or key
    phrase = view.content.phrases["evidence"]
    return phrase.format(topic=entry.topic, certainty=entry.certainty, strength=entry.strength, references=references)


def _marked(view: View, key: str) -> str:
    """A reference with the marks of its verification: V, M, or both where a part is from memory."""
    marks = dict.fromkeys(MARKS.findall(view.release.references[key].verification))
    return view.content.phrases["reference"].format(id=key, mark="+".join(marks))


def _values(view: View, section: Section) -> Iterator[str]:
    """The words for the value of each decision; of a list, for each of its items."""
    for decision in section.decisions:
        value = view.value(decision)
        for item in value if isinstance(value, tuple) else (value,) if value is not None else ():
            yield view.word(decision, item)


def _limits(view: View, _: Section) -> Iterator[str]:
    yield view.content.phrases["limits"]
    if not view.release.approved:
        yield view.content.phrases["not-approved"]


def _offer(view: View, _: Section) -> Iterator[str]:
    yield view.content.texts["offer"].clinician


def _skipped(view: View, _: Section) -> Iterator[str]:
    if view.facts.problems:
        yield view.content.phrases["not-used"].format(n=len(view.facts.problems))


WRITERS: dict[str, Writer] = {
    "recommendations": _recommendations,
    "why": _why,
    "facts": _facts,
    "conflicts": _conflicts,
    "unanswered": _unanswered,
    "negatives": _negatives,
    "missing": _missing,
    "rules": _rules,
    "references": _references,
    "values": _values,
    "limits": _limits,
    "offer": _offer,
    "skipped": _skipped,
}
