"""Checks a release folder, draft or sealed: schemas, cells, keys, words, codes and cases. Each finding names its place."""

import dataclasses
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds.dmn.feel import ast
from cds.dmn.model import DecisionTable, Rule
from cds.foundation.errors import CdsError, Diagnostic
from cds.releases import attributes, cases, claims, documents, exceptions, loading, manifests, order_checks, properties, proving, questions, wording
from cds.releases.documents import Documents
from cds.values.release import CardTemplate, Release

CODES = "codes"
PLACES = frozenset({"within", "missing", "review-date"})
ASSEMBLY_OUTPUT = "cards"


COUNTED = ("fatal", "error")


@dataclass(frozen=True)
class Report:
    """Everything that is to be said of a release folder, the cases that fail last since they may be many.

    Only errors count: the rest says what was proved and what is worth knowing.
    """

    told: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What must be mended before the folder may be sealed."""
        return tuple(one for one in self.told if one.severity in COUNTED)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What would be an error in a draft, in a release that was sealed before releases declared properties."""
        return tuple(one for one in self.told if one.severity == "warning")

    @property
    def proved(self) -> tuple[Diagnostic, ...]:
        """The declared properties that hold for every input."""
        return tuple(one for one in self.told if one.severity == "information" and one.code == proving.PROPERTY)


def check(folder: Path) -> list[Diagnostic]:
    """Every error of a release folder; an empty list means that it may be sealed, or is as it was sealed."""
    return list(report(folder).errors)


def report(folder: Path) -> Report:
    """The whole report of a release folder, with the proofs of its decisions."""
    try:
        sources = documents.authored(folder)
        release = loading.draft(folder, name=folder.parent.name, documents=sources)
        sealed = (folder / documents.MANIFEST).exists()
        attributes.read(folder, release.facts)
        questions.read(folder, release.model)
        found = [*_content(release, sources), *(_sealed(folder, sources) if sealed else ())]
        found += wording.findings(sources, loading.form(folder))
        found += [*claims.findings(release, sources, sealed=sealed), *exceptions.findings(release, folder)]
        failed = tuple(cases.failures(release, folder))
        return Report((*found, *_proved(release, folder, sealed=sealed), *failed))
    except CdsError as error:
        return Report(error.diagnostics())


def _proved(release: Release, folder: Path, *, sealed: bool) -> Iterator[Diagnostic]:
    """A release that was sealed before releases declared properties is told of, not faulted."""
    declared = properties.read(folder, release.model)
    if declared is None and not sealed:
        yield _finding("The draft declares no properties. Say in this file what its decisions must do for every input.", properties.FILE)
    for one in proving.proved(release.model, declared):
        yield dataclasses.replace(one, severity="warning") if declared is None and one.severity in COUNTED else one


def _sealed(folder: Path, sources: Documents) -> Iterator[Diagnostic]:
    manifests.verified(folder)
    if sources.compiled() != (folder / documents.COMPILED).read_bytes():
        yield _finding("compiled.json is not what the YAML says. Seal a new version.", documents.COMPILED)


def _finding(text: str, place: str) -> Diagnostic:
    return Diagnostic("error", "business-rule", text, place)


def _content(release: Release, sources: Documents) -> Iterator[Diagnostic]:
    known = {entry["id"] for entry in sources.evidence.value["claims"]}
    for rule in release.model.rules().values():
        yield from _keys(release, rule, known)
    for entry in release.evidence.values():
        for key in entry.references:
            if key not in release.references:
                yield _finding(f"The evidence {entry.key} rests on {key}, which is no reference of evidence.yaml.", "evidence.yaml")
    yield from _ranks(release)
    said = f"{documents.TEXTS}/{documents.ENGLISH}.yaml" if sources.texts else "cards.yaml"
    yield from _codes(release)
    yield from _names(release, said)


def _keys(release: Release, rule: Rule, known: set[str]) -> Iterator[Diagnostic]:
    for key in rule.source.evidence:
        if key not in release.evidence and key not in release.references:
            yield _finding(f"The evidence key {key} is in neither list of evidence.yaml.", rule.id)
    for claim in rule.source.claims:
        if claim not in known:
            yield _finding(f"The claim {claim} is not in evidence.yaml.", rule.id)
    if rule.source.origin != "expert" and not rule.source.evidence and not rule.source.claims:
        yield _finding(f"The origin is {rule.source.origin} but no evidence or claim is named.", rule.id)


def _ranks(release: Release) -> Iterator[Diagnostic]:
    """An urgency and its rank always go together, and one word has one rank."""
    rank_of: dict[object, object] = {}
    for rule in (rule for name, table in _tables(release).items() if name in release.cards.roles.ranked for rule in table.rules):
        urgency, rank = (entry.value if isinstance(entry, ast.Constant) else None for entry in map(rule.then.get, ("urgency", "rank")))
        if urgency is None or rank is None or rank_of.setdefault(urgency, rank) != rank:
            yield _finding("The rule must give an urgency and the rank that this urgency has everywhere.", rule.id)
    if len(set(rank_of.values())) != len(rank_of):
        yield _finding("Two urgencies have the same rank.", "decisions")


def _tables(release: Release) -> dict[str, DecisionTable]:
    return {decision.name: decision.logic for decision in release.model.decisions if isinstance(decision.logic, DecisionTable)}


def codes_by_rule(release: Release) -> dict[str, tuple[str, ...]]:
    """The recommendation codes that each rule gives, where it gives any."""
    found = {}
    for rule in release.model.rules().values():
        entry = rule.then.get(CODES)
        if isinstance(entry, ast.ListOf):
            found[rule.id] = tuple(str(item.value) for item in entry.items if isinstance(item, ast.Constant))
    return found


def _codes(release: Release) -> Iterator[Diagnostic]:
    given = codes_by_rule(release)
    listed = release.cards.recommendations
    for rule, codes in given.items():
        for code in codes:
            if code not in listed:
                yield _finding(f"The recommendation code {code} is not listed in cards.yaml.", rule)
        if rule not in release.cards.texts:
            yield _finding("The rule gives a recommendation but no text says it.", rule)
    for code in sorted(listed.keys() - {code for codes in given.values() for code in codes}):
        yield _finding(f"No rule gives the recommendation code {code}.", "cards.yaml")


def _places(release: Release, place: str) -> Iterator[Diagnostic]:
    """Every `{name}` of a summary or a text is a fact, a decision, an output, or one of the places that cards have."""
    outputs = {clause.name for one in release.model.decisions if isinstance(one.logic, DecisionTable) for clause in one.logic.outputs}
    known = outputs | {one.name for one in release.model.decisions} | release.facts.facts.keys() | PLACES
    said = [(f"card {card.id}", variant.text) for card in templates(release) for variant in card.summaries]
    said += [(f"text of {rule}", f"{words.clinician} {words.patient} {words.order}") for rule, words in release.cards.texts.items()]
    for spot, text in said:
        for name in sorted({name for _, name, _, _ in string.Formatter().parse(text) if name} - known):
            yield _finding(f"The {spot} has the place {{{name}}}, which nothing fills.", place)


def _form(release: Release) -> Iterator[Diagnostic]:
    """Every fact that an item answers has that item, and the item offers every word of the fact."""
    options = dict(_options(release.questionnaire))
    for fact in release.facts.facts.values():
        for link_id in filter(None, (fact.link_id, fact.onset_link_id)):
            if link_id not in options:
                yield _finding(f"The fact {fact.name} needs the item {link_id}, which the questionnaire does not have.", "questionnaire.json")
        missing = set(fact.allowed) - options.get(fact.link_id, set()) if fact.link_id else set()
        if missing:
            yield _finding(f"The item {fact.link_id} does not offer {', '.join(sorted(missing))}.", "questionnaire.json")


def _options(item: Mapping[str, Any]) -> Iterator[tuple[str, set[str]]]:
    for child in item.get("item", ()):
        yield child["linkId"], {option["valueCoding"]["code"] for option in child.get("answerOption", ()) if "valueCoding" in option}
        yield from _options(child)


def _conditions(release: Release) -> Iterator[Diagnostic]:
    """A summary or section is chosen by facts and by decisions with one output; any other condition could never hold."""
    single = order_checks.single(release)
    for card in templates(release):
        for name in sorted({name for variant in card.summaries for name in variant.when} - single):
            yield _finding(f"A summary of the card {card.id} depends on {name}, which is no fact and no decision with one output.", "cards.yaml")
        for name in sorted({name for section in card.sections for name in section.when} - single):
            yield _finding(f"A section of the card {card.id} depends on {name}, which is no fact and no decision with one output.", "cards.yaml")


def _names(release: Release, said: str) -> Iterator[Diagnostic]:
    rules = release.model.rules()
    decisions = {decision.name for decision in release.model.decisions}
    for rule in release.cards.texts.keys() - rules.keys() - {"offer"}:
        yield _finding(f"A text is for the rule {rule}, which is in no table.", said)
    for card in templates(release):
        for name in {name for section in card.sections for name in section.decisions} - decisions:
            yield _finding(f"The card {card.id} shows the decision {name}, which does not exist.", "cards.yaml")
    yield from _conditions(release)
    yield from _places(release, said)
    yield from _form(release)
    for fact in {fact for cluster in release.cards.clusters for fact in cluster.facts} - release.facts.facts.keys():
        yield _finding(f"A cluster names the fact {fact}, which does not exist.", "cards.yaml")
    for name in sorted(_value_sets(release) - release.value_sets.keys()):
        yield _finding(f"The value set {name} has no file in valuesets/.", "facts.yaml")
    for role in sorted(_roles(release) - decisions - release.facts.facts.keys()):
        yield _finding(f"The assessment names {role}, which is no decision and no fact.", "cards.yaml")
    yield from _assembly(release)
    yield from order_checks.findings(release)


def templates(release: Release) -> Iterator[CardTemplate]:
    """Every card that the release may give."""
    yield from release.cards.cards.values()
    yield from (check.card for check in release.cards.orders)


def _value_sets(release: Release) -> set[str]:
    sources = [source for fact in release.facts.facts.values() for source in (*fact.sources, fact.reads) if source]
    sources += [one.source for one in release.facts.shown]
    return {name for source in sources for name in (source.value_set, source.answer_in) if name} | {release.facts.trigger}


def _roles(release: Release) -> set[str]:
    roles = dataclasses.astuple(release.cards.roles)
    return {name for role in roles for name in ((role,) if isinstance(role, str) else role)}


def _assembly(release: Release) -> Iterator[Diagnostic]:
    name, tables = release.cards.roles.assembly, _tables(release)
    outputs = tables[name].outputs if name in tables else ()
    shown = {card for clause in outputs if clause.name == ASSEMBLY_OUTPUT for card in clause.item.allowed}
    for missing in sorted(shown - release.cards.cards.keys() - set(release.cards.without_content)):
        yield _finding(f"The decision {name} names the card {missing}, which does not exist.", "cards.yaml")
