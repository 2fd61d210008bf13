"""A release as the service uses it: facts, decisions, card content, evidence, questionnaire and value sets, all frozen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cds.dmn.model import DecisionModel
from cds.facts import FactDefinitions

_MARKS = re.compile(r"\b[VM]\b")


@dataclass(frozen=True)
class ValueSet:
    """Codes as (system, code), and ingredient names that match as whole words unless an excluded word stands beside them."""

    name: str
    codes: frozenset[tuple[str, str]]
    names: tuple[str, ...] = ()
    excluded_words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """A cited source and whether its citation was verified (`V`) or waits for a check (`M`)."""

    id: str
    citation: str
    locator: str
    verification: str

    @property
    def marks(self) -> tuple[str, ...]:
        """The letters of its verification once each: V, M, or both where a part is from memory."""
        return tuple(dict.fromkeys(_MARKS.findall(self.verification)))


@dataclass(frozen=True)
class EvidenceEntry:
    """One key of the evidence map: certainty and strength in GRADE words, and the references behind it."""

    key: str
    topic: str
    certainty: str
    strength: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Coding:
    """A FHIR Coding."""

    system: str
    code: str
    display: str


@dataclass(frozen=True)
class RuleText:
    """What a card says when a rule matched: to the clinician, and in plain words for the patient.

    `order` is the reason that a draft order gives where the pathway is not its reason.
    """

    clinician: str = ""
    patient: str = ""
    order: str = ""


@dataclass(frozen=True)
class RecommendationContent:
    """A recommendation code of the release: its display grade and what it means; `proposed` when it may be ordered.

    `ordered_as` is the set of the codes of others by which such an order is recognised, empty where there is none.
    """

    code: str
    display: str
    meaning: str
    proposed: bool = False
    ordered_as: str = ""


@dataclass(frozen=True)
class OnlyRows:
    """That of the rows that a decision gave, those of one grade are all among the rules named, and there is one."""

    decision: str
    grade: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Variant:
    """A summary that is used when every named decision has the given value and `only` holds; `{name}` stands for a fact or a decision."""

    when: Mapping[str, str]
    text: str
    only: OnlyRows | None = None


@dataclass(frozen=True)
class Section:
    """A part of a card's detail: what kind of content, under which heading, from which decisions; `phrase` is the key of a fixed text.

    With `deciding`, of the ranked decisions only the rules that set the urgency are shown; with `grades`, only rows of those displays;
    `without` names rules that are not spoken of; with `when`, the section is shown only where every named fact or decision has the given value.
    """

    show: str
    heading: str
    decisions: tuple[str, ...] = ()
    deciding: bool = False
    grades: tuple[str, ...] = ()
    phrase: str = ""
    when: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class CardTemplate:
    """A card by id: its summaries in order of preference, its sections, and whether it carries the proposals and a link to the form."""

    id: str
    summaries: tuple[Variant, ...]
    sections: tuple[Section, ...]
    suggestions: bool
    form: bool
    topic: str = ""


@dataclass(frozen=True)
class OrderedSet:
    """Orders in a value set by code or by name; with `daily_dose_over`, medicines of more milligrams a day than that, where it can be read."""

    value_set: str
    daily_dose_over: Decimal | None = None


@dataclass(frozen=True)
class NotJudged:
    """Where an order of a check was not judged. `phrase` is the key of what is said then.

    It was not where every named fact or decision in `when` has the given value, and of each decision in `rules` one of the rules named matched.
    """

    when: Mapping[str, str]
    phrase: str
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderCheck:
    """When a draft order gets the card: it is of one of the kinds and in one of the sets, and the decisions say so.

    They do when of each decision in `rules` one of the rules named matched, and each fact or decision in `when` has one of the values
    given. What is unknown has none of them. The card says of a rule in `read_as` what the other rule says.
    """

    card: CardTemplate
    indicator: str
    kinds: tuple[str, ...]
    sets: tuple[OrderedSet, ...]
    rules: Mapping[str, tuple[str, ...]]
    when: Mapping[str, tuple[str, ...]]
    not_judged: NotJudged | None = None
    read_as: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """Warning signs that are denied together in one line: fact names in order."""

    label: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class AssessmentRoles:
    """Which decision plays which part of an assessment; names of decisions or facts."""

    urgency: str
    screen: str
    ranked: tuple[str, ...]
    pathway: str
    pathway_rules: str
    pathway_name: str
    confidence: str
    also: str
    days: str
    band: str
    duration_rules: str
    missing: str
    referral: str
    assembly: str


@dataclass(frozen=True)
class HookService:
    """A service of CDS Hooks that a release offers; `cards` are the ids of the cards that it gives, empty for all of them.

    A `quiet` one gives an info card only beside a draft order that the release knows, or one that could not be read.
    """

    hook: str
    title: str
    description: str
    cards: tuple[str, ...] = ()
    quiet: bool = False


@dataclass(frozen=True)
class CardContent:
    """Everything a card says, as content: no word of it is in Python. `services` is empty in releases that offer `hook` alone."""

    title: str
    description: str
    hook: str
    usage: str
    product: str
    roles: AssessmentRoles
    words: Mapping[str, Mapping[str, str]]
    phrases: Mapping[str, str]
    texts: Mapping[str, RuleText]
    recommendations: Mapping[str, RecommendationContent]
    recommendation_system: str
    topics: Mapping[str, Coding]
    cards: Mapping[str, CardTemplate]
    without_content: tuple[str, ...]
    clusters: tuple[Cluster, ...]
    reason: Coding
    override_reasons: tuple[Coding, ...]
    services: tuple[HookService, ...] = ()
    orders: tuple[OrderCheck, ...] = ()

    @property
    def offered(self) -> tuple[HookService, ...]:
        """The services, the first of them under the name of the release."""
        return self.services or (HookService(self.hook, self.title, self.description),)


@dataclass(frozen=True)
class Release:
    """One immutable release in one of its languages. `digest` is that of its manifest; `approved` is False until it carries its signatures."""

    name: str
    version: str
    digest: str
    status: str
    approved: bool
    facts: FactDefinitions
    model: DecisionModel
    cards: CardContent
    evidence: Mapping[str, EvidenceEntry]
    references: Mapping[str, Reference]
    questionnaire: Mapping[str, Any]
    value_sets: Mapping[str, ValueSet]
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
