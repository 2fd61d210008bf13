"""The columns of the tables that are made of the ledger for analysis; `docs/reference/audit-columns.md` is written from them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from cds.facts import FactDefinition
from cds.population.parquet import Column, Kind

KINDS: Mapping[str, Kind] = MappingProxyType({"string": "text", "integer": "integer", "number": "number", "list of string": "texts"})
"""By the type of a fact in `facts.yaml`."""
NUMBERS = {"integer", "number"}

_WHOSE = (
    Column("client", "text", "The registered client; missing where nobody is registered."),
    Column("tenant", "text", "The tenant in its token."),
)
_RELEASE = (
    Column("release", "text", "The name of the release."),
    Column("version", "text", "Its version."),
)
_DECIDED = (
    Column("seq", "integer", "The number of the decision in the ledger."),
    Column("decision_id", "text", "The id of the decision."),
    Column("decided_at", "instant", "When it was decided."),
)
DECISIONS = (
    *_DECIDED,
    Column("received_at", "instant", "When the request came."),
    Column("month", "text", "The month of the decision in UTC, as 2026-11."),
    Column("channel", "text", "The way in, and after a colon which of its services."),
    Column("hook", "text", "The hook, where the way in is one."),
    *_WHOSE,
    Column("profile", "text", "The client profile that the answer was fitted to."),
    Column("subject", "text", "The pseudonym of the patient; the same patient of the same client and tenant has the same."),
    *_RELEASE,
    Column("digest", "text", "The digest of the release."),
    Column("language", "text", "The language of its texts."),
    Column("selected", "text", "How the release came to be the one."),
    Column("engine", "text", "The version of the software."),
    Column("urgency", "text", "The urgency of the triage."),
    Column("outcome", "text", "What left, or why there was no card."),
    Column("shown", "boolean", "Whether its cards went to the client of a hook, which can answer them."),
    Column("cards", "integer", "How many cards were decided."),
    Column("rules", "texts", "Every rule that matched."),
    Column("unknown", "texts", "The facts without a value; never read as no."),
    Column("provenance", "pairs", "The source of each known fact: questionnaire, ehr or derived."),
    Column("erased", "boolean", "Whether the facts were erased."),
)
CARDS = (
    *_DECIDED,
    Column("card", "text", "The uuid of the card."),
    Column("place", "integer", "Its place among the cards of the decision, from 1."),
    *_WHOSE,
    *_RELEASE,
    Column("shown", "boolean", "Whether it went to the client of a hook, which can answer it."),
    Column("state", "text", "What was done with it last: accepted or overridden; missing where nobody said."),
    Column("state_at", "instant", "When, by the client's clock."),
    Column("reason", "text", "Why it was overridden: a code of the release, `other`, or `none` given."),
    Column("rules", "texts", "The rules that the card names, where it was answered: which card names which rule is sealed."),
)
FEEDBACK = (
    Column("seq", "integer", "The number of the item in the ledger."),
    Column("feedback_id", "text", "Its id, made from what it says."),
    Column("received_at", "instant", "When it came."),
    Column("service", "text", "The service whose feedback address was called."),
    Column("card", "text", "The uuid of the card."),
    Column("decision_id", "text", "The decision that gave it; missing where the card is not known to this caller."),
    Column("release", "text", "Name and version of the release that decided."),
    Column("rules", "texts", "The rules that the card names."),
    Column("outcome", "text", "accepted or overridden."),
    Column("outcome_at", "instant", "When, by the client's clock."),
    Column("reason", "text", "The code of an override reason of the release."),
    Column("other_reason", "boolean", "Whether another reason was given."),
    Column("commented", "boolean", "Whether there was a comment, which is not kept."),
    Column("accepted", "texts", "The suggestions that were accepted."),
    *_WHOSE,
)
FACTS = (
    *_DECIDED,
    Column("subject", "text", "The pseudonym of the patient."),
    *_RELEASE,
    Column("others", "pairs", "What the decisions derived, and facts that no release held here defines, each as text."),
)
"""What stands in the table of facts before the facts themselves."""


def facts(definitions: Iterable[FactDefinition]) -> tuple[Column, ...]:
    """The table of facts: a column for each fact of any release, as wide as all of them need; text where their types differ.

    A fact with the name of a column that stands before the facts is among the others.
    """
    found: dict[str, Column] = {}
    taken = {column.name for column in FACTS}
    for one in (definition for definition in definitions if definition.name not in taken):
        held = found.get(one.name)
        kind = KINDS[one.base] if held is None else _wider(held.kind, KINDS[one.base])
        found[one.name] = Column(one.name, kind, one.label or one.name)
    return (*FACTS, *(found[name] for name in sorted(found)))


def value(column: Column, said: Any) -> Any:
    """The value of a fact as its column takes it."""
    if column.kind == "texts":
        return said if isinstance(said, (list, tuple)) else [str(said)]
    if column.kind == "text":
        return text(said)
    return None if isinstance(said, (str, list, tuple)) else said


def text(said: Any) -> str:
    """A value as text; several with commas between them."""
    return ", ".join(map(str, said)) if isinstance(said, (list, tuple)) else str(said)


def _wider(one: Kind, other: Kind) -> Kind:
    if one == other:
        return one
    return "number" if {one, other} == NUMBERS else "text"
