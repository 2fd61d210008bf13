"""What becomes of the claims of lay articles: each one stands on a rule or is left out for a reason, and no rule says the opposite of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cds.dmn.feel import ast
from cds.dmn.model import DecisionTable, LiteralExpression, Rule, Source
from cds.foundation.errors import Diagnostic
from cds.releases.documents import Documents
from cds.values.release import Release

PLACE = "evidence.yaml"
DISPLAY = "display"
CODES = "codes"
NONE = "none"
"""In place of a display, where a rule shows nothing that is graded: it sets an urgency or names a pathway."""

LEFT_OUT = ("EXCLUDE_COMMERCIAL", "INFO_ONLY")
TALK = "INFO_ONLY"
RECOMMEND = "RECOMMEND"
SUPPORTED = frozenset({"RECOMMEND", "OPTION", "INFO", "OK", "CAUTION", "AVOID", "CONTRAINDICATED", "PRESCRIBER_ONLY", "SPECIALIST_ONLY", NONE})
REJECTED = frozenset({"NOT_RECOMMENDED", "AVOID", "CONTRAINDICATED"})
AGREEING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ADOPT": SUPPORTED,
        "ADOPT_CAVEAT": SUPPORTED,
        "INFO_ONLY": frozenset({"OPTION", "INFO", "INSUFFICIENT_EVIDENCE", NONE}),
        "INSUFFICIENT_EVIDENCE": frozenset({"INFO", "INSUFFICIENT_EVIDENCE", "CAUTION", "AVOID"}),
        "NOT_RECOMMENDED": REJECTED,
        "CONTRADICTED": REJECTED,
        "EXCLUDE_COMMERCIAL": frozenset(),
    }
)
"""On which displays a claim of each stance may stand. How safe a medicine is for a patient says nothing against a claim on its use."""


@dataclass(frozen=True)
class Placed:
    """A rule, or a decision that is an expression, as claims see it: its sources and the displays that it shows."""

    id: str
    source: Source
    displays: frozenset[str]


def findings(release: Release, sources: Documents, *, sealed: bool) -> Iterator[Diagnostic]:
    """Every claim without a place, every place without reason. A release that was sealed before claims had to be accounted for has none."""
    value = sources.evidence.value
    if sealed and "exclusions" not in value:
        return
    stances = {entry["id"]: entry["stance"] for entry in value["claims"]}
    placed = list(places(release))
    yield from _unplaced(stances, placed, value.get("exclusions", ()))
    yield from _opposed(stances, placed, value.get("answers", ()))
    for place in placed:
        yield from _unsupported(release, stances, place)


def places(release: Release) -> Iterator[Placed]:
    """Everything in the model that has sources."""
    for decision in release.model.decisions:
        if isinstance(decision.logic, DecisionTable):
            yield from (Placed(rule.id, rule.source, displays(release, rule)) for rule in decision.logic.rules)
        elif isinstance(decision.logic, LiteralExpression):
            yield Placed(decision.logic.id or decision.name, decision.logic.source, frozenset({NONE}))


def displays(release: Release, rule: Rule) -> frozenset[str]:
    """What a rule shows: its own display where it gives one, else those of its codes."""
    own = rule.then.get(DISPLAY)
    if isinstance(own, ast.Constant):
        return frozenset({str(own.value)})
    listed = release.cards.recommendations
    codes = rule.then.get(CODES)
    given = [str(item.value) for item in codes.items if isinstance(item, ast.Constant)] if isinstance(codes, ast.ListOf) else []
    return frozenset(listed[code].display for code in given if code in listed) or frozenset({NONE})


def _unplaced(stances: Mapping[str, str], placed: Sequence[Placed], exclusions: Sequence[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    named = {claim for place in placed for claim in place.source.claims}
    excluded = [entry["claim"] for entry in exclusions]
    for claim, stance in stances.items():
        if claim not in named and claim not in excluded:
            yield _finding(f"The claim {claim} ({stance}) is in no rule. Name it on the rule that says or answers it, or exclude it with a reason.")
    for claim in sorted({claim for claim in excluded if excluded.count(claim) > 1}):
        yield _finding(f"The claim {claim} is excluded twice.")
    for claim in dict.fromkeys(excluded):
        if claim not in stances:
            yield _finding(f"The claim {claim} is excluded but is not in the list of claims.")
        elif stances[claim] not in LEFT_OUT:
            yield _finding(f"The claim {claim} is excluded, but its stance is {stances[claim]}. Only {' and '.join(LEFT_OUT)} may be left out.")
        if claim in named:
            rules = ", ".join(place.id for place in placed if claim in place.source.claims)
            yield _finding(f"The claim {claim} is excluded but stands on {rules}. Take it from one of the two.")


def _opposed(stances: Mapping[str, str], placed: Sequence[Placed], answers: Sequence[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    """A claim stands on a rule that shows something else only where `answers` says what the rule answers."""
    answered = {(entry["claim"], rule) for entry in answers for rule in entry["rules"]}
    opposed = {(claim, place.id): place for place in placed for claim in place.source.claims if _disagree(stances.get(claim), place)}
    for (claim, rule), place in opposed.items():
        if (claim, rule) not in answered:
            shown = ", ".join(sorted(place.displays))
            yield _finding(f"The claim {claim} is {stances[claim]}, but the rule shows {shown}. Say in `answers` how it answers.", rule)
    for claim, rule in sorted(answered - opposed.keys()):
        yield _finding(f"The rule {rule} is said to answer the claim {claim}, but it does not name it or shows what the claim says.")


def _disagree(stance: str | None, place: Placed) -> bool:
    return stance is not None and not place.displays <= AGREEING[stance]


def _unsupported(release: Release, stances: Mapping[str, str], place: Placed) -> Iterator[Diagnostic]:
    """What articles say is recommended only where a reference says so too, and talk of causes alone carries no rule."""
    source = place.source
    references = {key for name in source.evidence for key in _references(release, name)}
    if source.claims and RECOMMEND in place.displays and not references:
        yield _finding("The rule recommends what articles claim, but no reference supports it.", place.id)
    if source.claims and not source.evidence and {stances.get(claim) for claim in source.claims} == {TALK}:
        yield _finding(f"The rule rests on claims that are {TALK} alone.", place.id)


def _references(release: Release, key: str) -> tuple[str, ...]:
    return release.evidence[key].references if key in release.evidence else (key,)


def _finding(text: str, place: str = PLACE) -> Diagnostic:
    return Diagnostic("error", "business-rule", text, place)
