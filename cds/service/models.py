"""Runs a decision of any DMN model on inputs given as JSON. Nothing is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds.dmn import evaluation, typing
from cds.dmn.formats.dmn import reading
from cds.dmn.model import DecisionModel
from cds.foundation import strict_json
from cds.foundation.errors import Diagnostic, NotFound, NotProcessable, WrongShape

INPUT_LIMIT = 8 * 1024 * 1024
INPUTS = "inputs"
DECISION = "decision"


@dataclass(frozen=True)
class Answer:
    """The value of a decision as FEEL has it, and the rules that gave it."""

    decision: str
    value: Any
    rules: tuple[str, ...]

    @property
    def text(self) -> str:
        """The value as one line of JSON."""
        return typing.json_text(self.value)


def load(body: bytes, file: str) -> DecisionModel:
    """The model in the bytes of a DMN file; ContentError names each fault's place in `file`."""
    return reading.read_model(body, file)


def answer(model: DecisionModel, body: bytes, *, decision: str | None = None) -> Answer:
    """The answer for one JSON object: input values by name, or `{"decision": name, "inputs": {...}}`.

    `decision` is the one asked for when the object names none. An input that is left out is unknown.
    """
    document = strict_json.load_object(body, limit=INPUT_LIMIT)
    asked, given = _case(model, document)
    return _evaluated(model, _decision(model, decision if asked is None else asked), given)


def _case(model: DecisionModel, document: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    """A case is known by its `inputs`, unless the model has an input that is called so; what else it holds is the caller's own."""
    if INPUTS not in document or INPUTS in model.inputs:
        return None, document
    asked, given = document.get(DECISION), document[INPUTS]
    if not isinstance(given, Mapping) or not isinstance(asked, str | None):
        raise WrongShape(f'Write {{"{DECISION}": name, "{INPUTS}": {{name: value}}}}.', expression=INPUTS)
    return asked, given


def _decision(model: DecisionModel, asked: str | None) -> str:
    known = [decision.name for decision in model.decisions]
    if asked is None and len(known) == 1:
        return known[0]
    if asked not in known:
        fault = "The model has no such decision" if asked is not None else "The model has not just one decision"
        raise NotFound(f"{fault}. Ask for one of: {', '.join(known)}.", expression=DECISION)
    return asked


def _evaluated(model: DecisionModel, decision: str, given: Mapping[str, Any]) -> Answer:
    result = evaluation.evaluate(model, _typed(model, given), only=decision).decisions[decision]
    return Answer(decision, result.value, result.rules)


def _typed(model: DecisionModel, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inputs as values of their types; every one that is wrong is told."""
    values, problems = {}, []
    for name, value in given.items():
        if name not in model.inputs:
            known = ", ".join(model.inputs) or "none"
            problems.append(Diagnostic("error", "not-found", f"The model has no input of this name. It has: {known}.", INPUTS))
            continue
        try:
            values[name] = typing.from_json(name, model.inputs[name], value)
        except typing.WrongType as error:
            problems.extend(error.diagnostics())
    if problems:
        raise NotProcessable("The inputs do not fit the model.", more=tuple(problems))
    return values
