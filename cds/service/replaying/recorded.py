"""A recorded assessment read back: the facts that it was made of, exact, and what is not among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cds.facts import Conflict, Fact, FactDefinition, FactDefinitions, Facts, Shown, Value
from cds.foundation.errors import CdsError

DERIVED = "derived"


class NotReplayable(CdsError):
    """A decision that cannot be made again, and why."""

    code = "not-supported"


@dataclass(frozen=True)
class Given:
    """What a decision was made of: its own id, its instant, its facts, and the version of the software that made it."""

    decision_id: str
    at: datetime
    facts: Facts
    engine: str

    @property
    def answered(self) -> bool:
        """Whether there was a response to the form; without one nothing is known and nothing is decided."""
        return bool(self.facts.known)


def given(document: Mapping[str, Any], definitions: FactDefinitions) -> Given:
    """What the recorded assessment was made of, in the facts of a release. Raises NotReplayable.

    A value that the release decided is left out: it is decided again. A fact that the release does not have is left out, one that it has and
    nobody recorded is unknown.
    """
    try:
        return Given(
            decision_id=document["decisionId"],
            at=datetime.fromisoformat(document["decidedAt"]),
            facts=_facts(document, definitions),
            engine=document["engine"]["version"],
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        raise NotReplayable("The record is not a whole assessment: it does not say which facts it was made of.") from None


def _facts(document: Mapping[str, Any], definitions: FactDefinitions) -> Facts:
    said = {name: one for name, one in document["facts"].items() if name in definitions.facts and not _is_decided(name, one)}
    known = {name: _fact(definitions.facts[name], one) for name, one in said.items()}
    return Facts(
        known=known,
        unknown=tuple(name for name in definitions.facts if name not in known),
        conflicts=tuple(_conflict(one, definitions) for one in document["conflicts"] if one["name"] in definitions.facts),
        not_checked=tuple(document["notChecked"]),
        problems=tuple(document["problems"]),
        stale=document["stale"],
        shown=tuple(_shown(one) for one in document.get("onRecord", ())),
    )


def _is_decided(name: str, recorded: Mapping[str, Any]) -> bool:
    """Whether a decision gave it; what the merge of answers and record derived names another source than itself."""
    return bool(recorded["source"] == DERIVED and recorded["of"] == name)


def _fact(definition: FactDefinition, recorded: Mapping[str, Any]) -> Fact:
    value = _value(definition, recorded["value"])
    return Fact(value, recorded["source"], recorded["of"], recorded.get("date", ""), recorded.get("note", ""))


def _conflict(recorded: Mapping[str, Any], definitions: FactDefinitions) -> Conflict:
    definition = definitions.facts[recorded["name"]]
    return Conflict(definition.name, _value(definition, recorded["questionnaire"]), _value(definition, recorded["ehr"]))


def _shown(recorded: Mapping[str, Any]) -> Shown:
    value = recorded.get("value")
    return Shown(
        recorded["name"],
        None if value is None else exact(value),
        recorded.get("unit", ""),
        recorded["reference"],
        recorded.get("date", ""),
        recorded["old"],
    )


def _value(definition: FactDefinition, recorded: Any) -> Value:
    """The value as the decisions take it. NotReplayable where it is of another type, or a word that the release does not have."""
    value = exact(recorded)
    words = value if isinstance(value, tuple) else (value,)
    if not _is_of(definition, value) or (definition.allowed and not set(words) <= set(definition.allowed)):
        raise NotReplayable(f"{definition.name}: the recorded value is none that the release knows.")
    return Decimal(value) if definition.base == "number" and isinstance(value, int) else value


def _is_of(definition: FactDefinition, value: Value) -> bool:
    kinds: dict[str, tuple[type, ...]] = {"string": (str,), "list of string": (tuple,)}
    return isinstance(value, kinds.get(definition.base, (int, Decimal)))


def exact(recorded: Any) -> Value:
    """A recorded value as the decisions take it: exact numbers, and lists that do not change."""
    if isinstance(recorded, list | tuple):
        return tuple(str(one) for one in recorded)
    if isinstance(recorded, float):
        return Decimal(str(recorded))
    if isinstance(recorded, bool) or not isinstance(recorded, str | int | Decimal):
        raise TypeError("not a value of a fact")
    return recorded
