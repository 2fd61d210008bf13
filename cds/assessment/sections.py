"""The sections of a card's detail as short Markdown: one writer for each kind that cards.yaml may show."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cds.assessment import drafts, grounds, referrals
from cds.assessment.view import View
from cds.dmn.model import Rule
from cds.values.release import CardTemplate, Section

Writer = Callable[[View, Section], Iterator[str]]


def markdown(view: View, section: Section) -> str:
    """The section with its heading; empty when there is nothing to say, or when it is not for this case."""
    if not view.holds(section.when):
        return ""
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


def _graded(view: View, section: Section) -> Iterator[str]:
    """A line a row with its grade in words and its id; of the grades that the section names, or of all."""
    for decision in section.decisions:
        for rule, outputs, grade in _graded_rows(view, section, decision):
            text = view.content.texts.get(rule)
            if text:
                yield f"{view.word('display', grade)}: {view.fill(text.patient or text.clinician, outputs)} ({rule})"


def _graded_rows(view: View, section: Section, decision: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for rule, outputs in referrals.kept(view, decision):
        grade = referrals.grade(view, outputs)
        if (grade in section.grades or not section.grades) and rule not in section.without:
            yield rule, outputs, grade


def cited(view: View, card: CardTemplate) -> Iterator[str]:
    """The rules whose recommendations a card shows, once each and decision by decision; of a section of some grades only those of these grades."""
    sections = [one for one in card.sections if one.show in RECOMMENDING and view.holds(one.when)]
    shown = {rule for section in sections for decision in section.decisions for rule in _rows_of(view, section, decision)}
    return (rule for decision in dict.fromkeys(recommending(card)) for rule in view.rules(decision) if rule in shown)


def _rows_of(view: View, section: Section, decision: str) -> Iterator[str]:
    if section.grades or section.without:
        return (rule for rule, _, _ in _graded_rows(view, section, decision))
    return iter(view.rules(decision))


def _shown_rows(view: View, section: Section, decision: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    ranked = section.deciding and decision in view.content.roles.ranked
    for rule, outputs in referrals.kept(view, decision):
        if rule not in section.without and (not ranked or outputs["urgency"] == view.triage.urgency):
            yield rule, outputs


def _why(view: View, section: Section) -> Iterator[str]:
    """The reasons, of the named decisions or of the urgency and the pathway.

    That of a rule which rests on a sensitive answer would give the answer away and is left to the explanation.
    """
    rules = view.release.model.rules()
    facts = view.release.facts.facts
    deciding = (*view.triage.because, *view.rules(view.content.roles.pathway_rules))
    for rule in grounds.given(view, section) if section.decisions else deciding:
        private = any(facts[name].sensitive for name in view.tested(rule) if name in facts)
        yield f"{view.content.phrases['private'] if private else rules[rule].source.because} ({rule})"


def _rules(view: View, section: Section) -> Iterator[str]:
    roles = view.content.roles
    decisions = section.decisions or (*roles.ranked, roles.pathway_rules, *shown(view))
    ids = view.cited or [rule for decision in decisions for rule in view.rules(decision)]
    digest = view.release.digest[:19]
    yield view.content.phrases["rules"].format(
        rules=", ".join(dict.fromkeys(ids)), product=view.content.product, release=view.release.name, version=view.release.version, digest=digest
    )


def shown(view: View) -> tuple[str, ...]:
    """The decisions whose recommendations the assembled cards show, in the order of the cards."""
    return tuple(dict.fromkeys(name for card in shown_cards(view) for name in recommending(card)))


def recommending(card: CardTemplate) -> Iterator[str]:
    """The decisions whose recommendations a card shows."""
    return (name for section in card.sections if section.show in RECOMMENDING for name in section.decisions)


def has_content(view: View, card: CardTemplate) -> bool:
    """Whether a card has something to say beside its grounds and limits; one without is left out (D13)."""
    saying = [section for section in card.sections if section.show in SAYING]
    return any(line for section in saying for line in WRITERS[section.show](view, section))


def shown_cards(view: View) -> tuple[CardTemplate, ...]:
    """The templates of the cards that the assembly names; a name without a template has no content in this release."""
    return tuple(view.content.cards[name] for name in view.any_output("cards") or () if name in view.content.cards)


def _references(view: View, section: Section) -> Iterator[str]:
    """The sources of the named decisions; else of what set the urgency and the pathway."""
    rules = view.release.model.rules()
    deciding = (*view.triage.because, *view.rules(view.content.roles.pathway_rules))
    cited = [rules[rule] for rule in (grounds.given(view, section) if section.decisions else deciding)]
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
    return view.content.phrases["reference"].format(id=key, mark="+".join(view.release.references[key].marks))


def _values(view: View, section: Section) -> Iterator[str]:
    """The words for the value of each decision; of a list, for each of its items."""
    for decision in section.decisions:
        value = view.value(decision)
        for item in value if isinstance(value, tuple) else (value,) if value is not None else ():
            yield view.word(decision, item)


def _phrase(view: View, section: Section) -> Iterator[str]:
    yield view.content.phrases[section.phrase]


def _limits(view: View, _: Section) -> Iterator[str]:
    yield view.content.phrases["limits"]
    if not view.release.approved:
        yield view.content.phrases["not-approved"]


def _offer(view: View, _: Section) -> Iterator[str]:
    yield view.content.texts["offer"].clinician


def _skipped(view: View, _: Section) -> Iterator[str]:
    if view.facts.problems:
        yield view.content.phrases["not-used"].format(n=len(view.facts.problems))


def _ordered(view: View, _: Section) -> Iterator[str]:
    """What was ordered, by the words for the value sets that the orders are in; never the words of the order itself."""
    for name in dict.fromkeys(one.value_set for order in view.drafts.orders for one in sorted(order.sets, key=str)):
        yield view.word(ORDER, name)


ORDER = "order"
"""What the words for value sets of orders stand under."""
RECOMMENDING = ("recommendations", "graded")
"""The kinds of section whose rules are the recommendations of an assessment."""
SAYING = (*RECOMMENDING, "missing", "offer")
"""The kinds of section that a card is made for; the others give its grounds."""

WRITERS: dict[str, Writer] = {
    "recommendations": _recommendations,
    "graded": _graded,
    "not-checked": grounds.not_checked,
    "why": _why,
    "facts": grounds.facts,
    "conflicts": grounds.conflicts,
    "unanswered": grounds.unanswered,
    "on-record": grounds.on_record,
    "negatives": grounds.negatives,
    "missing": grounds.missing,
    "rules": _rules,
    "references": _references,
    "values": _values,
    "phrase": _phrase,
    "limits": _limits,
    "offer": _offer,
    "skipped": _skipped,
    "ordered": _ordered,
    "drafts": drafts.lines,
    "not-judged": drafts.not_judged,
}
