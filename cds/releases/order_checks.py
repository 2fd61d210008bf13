"""Checks what a release says of services and draft orders: every set, rule, value, card and word that it names is there."""

from collections.abc import Iterator

from cds.dmn.model import DecisionTable
from cds.foundation.errors import Diagnostic
from cds.values.release import OrderCheck, Release

PLACE = "cards.yaml"
WORDS = "order"
MEDICINES = "MedicationRequest"


def findings(release: Release) -> Iterator[Diagnostic]:
    """Every finding; a release without services and checks has none."""
    yield from _services(release)
    yield from _recognised(release)
    ids = [*release.cards.cards, *(check.card.id for check in release.cards.orders)]
    for twice in sorted({name for name in ids if ids.count(name) > 1}):
        yield _finding(f"Two cards are called {twice}. Rename one of them.")
    for check in release.cards.orders:
        yield from _check(release, check)


def single(release: Release) -> set[str]:
    """What a condition may ask for: facts, decisions with one output, and the places `missing` and `stale`."""
    several = {one.name for one in release.model.decisions if isinstance(one.logic, DecisionTable) and len(one.logic.outputs) > 1}
    return {one.name for one in release.model.decisions} - several | release.facts.facts.keys() | {"missing", "stale"}


def _services(release: Release) -> Iterator[Diagnostic]:
    content = release.cards
    hooks = [one.hook for one in content.services]
    if hooks and hooks[0] != content.hook:
        yield _finding(f"The first of the services must be on the hook {content.hook}, which `service` names. Put it first.")
    for hook in sorted({hook for hook in hooks if hooks.count(hook) > 1}):
        yield _finding(f"Two services are on the hook {hook}. Keep one.")
    for one in content.services:
        for card in sorted(set(one.cards) - content.cards.keys()):
            yield _finding(f"The service on {one.hook} gives the card {card}, which does not exist.")


def _recognised(release: Release) -> Iterator[Diagnostic]:
    for one in release.cards.recommendations.values():
        if one.ordered_as and one.ordered_as not in release.value_sets:
            yield _finding(f"The recommendation {one.code} is recognised by the value set {one.ordered_as}, which has no file in valuesets/.")
        if one.ordered_as and not one.proposed:
            yield _finding(f"The recommendation {one.code} is never proposed, so nothing recognises it. Take out its value set.")


def _check(release: Release, check: OrderCheck) -> Iterator[Diagnostic]:
    yield from _sets(release, check)
    yield from _matched(release, check)
    yield from _values(release, check)
    if check.card.topic not in release.cards.topics:
        yield _finding(f"The check {check.card.id} has the topic {check.card.topic}, which does not exist.")


def _sets(release: Release, check: OrderCheck) -> Iterator[Diagnostic]:
    name = check.card.id
    for one in check.sets:
        if one.value_set not in release.value_sets:
            yield _finding(f"The check {name} looks for the value set {one.value_set}, which has no file in valuesets/.")
        if one.value_set not in release.cards.words.get(WORDS, {}):
            yield _finding(f"The check {name} has no words for {one.value_set}. Say them under words / {WORDS}.")
        if one.daily_dose_over is not None and MEDICINES not in check.kinds:
            yield _finding(f"The check {name} asks for a dose and looks at no medicine.")


def _matched(release: Release, check: OrderCheck) -> Iterator[Diagnostic]:
    tables = _rules(release)
    for decision, rules in (*check.rules.items(), *(check.not_judged.rules.items() if check.not_judged else ())):
        for rule in sorted(set(rules) - tables.get(decision, frozenset())):
            yield _finding(f"The check {check.card.id} waits for the rule {rule} of {decision}, which is not there.")
    for rule, other in sorted(check.read_as.items()):
        if not any({rule, other} <= rules for rules in tables.values()):
            yield _finding(f"The check {check.card.id} reads the rule {rule} as {other}. Name two rules of one table.")
    known = release.model.rules().keys()
    shown = {rule for section in check.card.sections for rule in section.without}
    spoken_of = {rule for variant in check.card.summaries if variant.only for rule in variant.only.rules}
    for rule in sorted((shown | spoken_of) - known):
        yield _finding(f"The card {check.card.id} names the rule {rule}, which is not there.")
    for decision in sorted({variant.only.decision for variant in check.card.summaries if variant.only} - tables.keys()):
        yield _finding(f"A summary of the card {check.card.id} speaks of the rows of {decision}, which is no decision table.")


def _values(release: Release, check: OrderCheck) -> Iterator[Diagnostic]:
    """A value that a fact or a decision never has would make a check that never fails."""
    known = single(release)
    waits = {name: (value,) for name, value in check.not_judged.when.items()} if check.not_judged else {}
    for name, values in (*check.when.items(), *waits.items()):
        if name not in known:
            yield _finding(f"The check {check.card.id} depends on {name}, which is no fact and no decision with one output.")
        allowed = _allowed(release, name)
        for value in sorted(set(values) - set(allowed)) if allowed else ():
            yield _finding(f"The check {check.card.id} waits for {name} to be {value}, which it never is.")


def _allowed(release: Release, name: str) -> tuple[object, ...]:
    """The values that a fact or a decision may have; empty where they are not listed."""
    if name in release.facts.facts:
        return tuple(release.facts.facts[name].allowed)
    decision = next((one for one in release.model.decisions if one.name == name), None)
    if decision is None:
        return ()
    item = decision.logic.outputs[0].item if isinstance(decision.logic, DecisionTable) else getattr(decision.logic, "item", None)
    return tuple(item.allowed) if item else ()


def _rules(release: Release) -> dict[str, frozenset[str]]:
    """The ids of the rules of each table."""
    tables = {one.name: one.logic for one in release.model.decisions}
    return {name: frozenset(rule.id for rule in logic.rules) for name, logic in tables.items() if isinstance(logic, DecisionTable)}


def _finding(text: str) -> Diagnostic:
    return Diagnostic("error", "business-rule", text, PLACE)
