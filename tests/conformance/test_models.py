"""Models written from the standard's text, with their answers beside them: what the kit of level 2 does not ask."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cds.dmn import typing
from cds.dmn.model import ItemDefinition
from cds.foundation.errors import CdsError
from cds.service import models
from tests.conformance import kit

MODELS = Path(__file__).parent / "models"


def _cases() -> Iterator[tuple[str, str]]:
    for path in sorted(MODELS.glob("*.ndjson")):
        yield from ((path.stem, line) for line in path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(("model", "line"), list(_cases()))
def test_a_model_answers_as_the_standard_says(model: str, line: str) -> None:
    case = json.loads(line, parse_float=Decimal)
    asked = json.dumps({"decision": case["decision"], "inputs": case["inputs"]}, default=str).encode()
    answer = _answer(MODELS / f"{model}.dmn", asked)
    if "error" in case:
        assert isinstance(answer, CdsError)
        assert case["error"] in "".join(f"{one.expression}: {one.text}" for one in answer.diagnostics())
    else:
        assert isinstance(answer, models.Answer), answer.diagnostics()
        assert kit.agrees(_feel(case["value"]), _feel(json.loads(answer.text, parse_float=Decimal))), answer.text


def _feel(value: Any) -> Any:
    return typing.from_json("", ItemDefinition(typing.ANY), value)


def _answer(path: Path, asked: bytes) -> models.Answer | CdsError:
    loaded = models.load(path.read_bytes(), path.name)
    try:
        return models.answer(loaded, asked)
    except CdsError as error:
        return error


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.dmn")), ids=lambda path: path.stem)
def test_every_model_has_its_answers_beside_it(path: Path) -> None:
    assert path.with_suffix(".ndjson").read_text(encoding="utf-8")
