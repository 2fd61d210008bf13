"""A facts file, `{"facts": {name: value}}`: facts typed in by hand, checked against their definitions."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cds.facts import Answers, FactDefinition, FactDefinitions, Facts, Record, RecordFact, Value, merge
from cds.foundation.errors import Diagnostic, NotProcessable, WrongShape

STATUS = "response-status"
FILE = "facts file"
EXCLUSIVE = "an exclusive option beside another answer; the exclusive one is dropped"


def read(document: Mapping[str, Any], definitions: FactDefinitions, *, at: datetime) -> Facts:
    """The facts as if they had been answered at `at`; null is unknown. NotProcessable names each fact that cannot be used."""
    given = document["facts"]
    if not isinstance(given, Mapping):
        raise WrongShape("`facts` is not an object of names and values.", expression="facts")
    problems = [problem for name, value in given.items() if (problem := _problem(definitions.facts.get(name), name, value))]
    if problems:
        raise NotProcessable("The facts file has facts that cannot be used.", more=tuple(problems))
    typed = {name: _typed(definitions.facts[name], value) for name, value in given.items()}
    known = {name: value for name, value in typed.items() if value is not None}
    said = {name: value for name, value in known.items() if definitions.facts[name].link_id}
    recorded = {name: RecordFact(value, FILE) for name, value in known.items() if name not in said and name != STATUS}
    mixed = tuple(f"{name}: {EXCLUSIVE}." for name, value in given.items() if _is_mixed(definitions.facts[name], value))
    answers = Answers(said, str(known.get(STATUS, "completed")), at, problems=mixed)
    return merge(definitions, answers, Record(recorded), at=at)


def _typed(definition: FactDefinition, value: Any) -> Value | None:
    """As answers to the form are read: the options in their order, the exclusive one only alone; none at all is unknown."""
    left_out = definition.exclusive if _is_mixed(definition, value) else None
    return tuple(code for code in definition.allowed if code in value and code != left_out) or None if isinstance(value, list) else value


def _is_mixed(definition: FactDefinition, value: Any) -> bool:
    return isinstance(value, list) and definition.exclusive in value and len(set(value)) > 1


def _problem(definition: FactDefinition | None, name: str, value: Any) -> Diagnostic | None:
    if definition is None:
        return Diagnostic("error", "not-found", "No fact has this name. Use the names of facts.yaml.", "facts")
    if value is None or _fits(definition, value):
        return None
    expected = f"{definition.base} {', '.join(definition.allowed) or _bounds(definition)}".strip()
    return Diagnostic("error", "value", f"The value is not one of this fact. Expected: {expected}; null for unknown.", f"facts.{name}")


def _bounds(definition: FactDefinition) -> str:
    low, high = definition.minimum, definition.maximum
    return "" if low is None else f"from {low}" + (f" to {high}" if high is not None else "")


def _fits(definition: FactDefinition, value: Any) -> bool:
    if definition.base == "list of string":
        return isinstance(value, list) and all(isinstance(item, str) and item in definition.allowed for item in value)
    if definition.base == "string":
        return isinstance(value, str) and value in definition.allowed
    kinds = (int,) if definition.base == "integer" else (int, Decimal)
    if not isinstance(value, kinds) or isinstance(value, bool):
        return False
    low, high = definition.minimum, definition.maximum
    return (low is None or value >= low) and (high is None or value <= high)
