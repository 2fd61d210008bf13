"""Reads `questions.yaml` of a release: what waits for a clinician, and which rules each question touches."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds.dmn.model import DecisionModel, DecisionTable, requirement
from cds.foundation import yaml
from cds.foundation.errors import ContentError, Diagnostic
from cds.releases.documents import read as text_of
from cds.releases.documents import require_valid

FILE = "questions.yaml"
ALL = "*"


@dataclass(frozen=True)
class Question:
    """One question: the heading it stands under, what the tables do until it is answered, and the ids of the rules it touches."""

    id: str
    about: str
    text: str
    now: str
    rules: tuple[str, ...]


def listed(folder: Path) -> bool:
    """Whether a release lists its open questions; those before 1.1.0 do not, which does not mean that they have none."""
    return (folder / FILE).exists()


def read(folder: Path, model: DecisionModel) -> tuple[Question, ...]:
    """The questions of a release folder in order; none where it has no such file, as releases before 1.1.0 have not.

    ContentError names each question whose rules, facts or decisions the model does not have.
    """
    if not listed(folder):
        return ()
    document = yaml.parse(text_of(folder / FILE, folder), name=FILE)
    require_valid("questions", document)
    entries = document.value["questions"]
    lost = [
        Diagnostic("error", "not-found", f"{entry['id']} touches {name}, which the decisions do not have.", document.place("questions", index))
        for index, entry in enumerate(entries)
        for name in _lost(entry, model)
    ]
    if lost:
        raise ContentError(f"{FILE} names {len(lost)} things that the decisions do not have.", more=tuple(lost))
    return tuple(_question(entry, model) for entry in entries)


def testing(model: DecisionModel, names: Collection[str]) -> Iterator[str]:
    """The ids of the rules with a cell on one of the facts or decisions named, or on an expression that is worked out from them."""
    read = set(names)
    for decision in model.decisions:
        if not isinstance(decision.logic, DecisionTable):
            read |= {decision.name} if read & set(map(requirement, decision.requires)) else set()
            continue
        for rule in decision.logic.rules:
            if any(requirement(name) in read for alternative in rule.when for name in alternative):
                yield rule.id


def _question(entry: Mapping[str, Any], model: DecisionModel) -> Question:
    touched = {rule for said in entry.get("rules", ()) for rule in _meant(said, model)} | set(testing(model, entry.get("facts", ())))
    touched |= {rule for name in entry.get("decisions", ()) for rule in _of_table(name, model)}
    return Question(entry["id"], entry["about"], entry["question"], entry["now"], tuple(rule for rule in model.rules() if rule in touched))


def _meant(said: str, model: DecisionModel) -> Iterator[str]:
    """The rule of that id, the parts of a rule that was split, or all that begin so."""
    for rule in model.rules():
        if rule.startswith(said.removesuffix(ALL)) if said.endswith(ALL) else rule == said or rule.startswith(f"{said}."):
            yield rule


def _of_table(name: str, model: DecisionModel) -> tuple[str, ...]:
    logic = next((decision.logic for decision in model.decisions if decision.name == name), None)
    return tuple(rule.id for rule in logic.rules) if isinstance(logic, DecisionTable) else ()


def _lost(entry: Mapping[str, Any], model: DecisionModel) -> Iterator[str]:
    yield from (said for said in entry.get("rules", ()) if not any(_meant(said, model)))
    yield from (name for name in entry.get("facts", ()) if name not in model.inputs)
    yield from (name for name in entry.get("decisions", ()) if not _of_table(name, model))
