"""`$validate` of a response of forty items, whole and in its parts."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cds.fhir.validation import models, structure
from cds.foundation import strict_json
from cds.service import questionnaires, validate
from cds.service.application import Application
from tests.benchmarks import body, timing
from tests.benchmarks.timing import Timing

ITEMS = 40
_EXAMPLE = Path(__file__).parents[2] / "examples" / "responses" / "strain-improving.json"
_KIND = "QuestionnaireResponse"


def response() -> dict[str, Any]:
    """The example with its first forty items, groups counted."""
    document: dict[str, Any] = json.loads(_EXAMPLE.read_text(encoding="utf-8"))
    return {**document, "item": list(_first(document["item"], ITEMS))}


def measured(app: Application, *, rounds: int) -> Mapping[str, Timing]:
    """The whole call, as bytes in and an outcome out, then what it consists of."""
    library, sent = questionnaires.library(app), response()
    data, limit = body.encoded(sent), app.settings.body_limit
    held = questionnaires.named(library, sent["questionnaire"])
    assert held
    parts = {
        "whole $validate": lambda: validate.validate(library, data),
        "  strict JSON": lambda: strict_json.load_object(data, limit=limit),
        "  FHIR R4": lambda: models.problems(sent, _KIND),
        "  rules of items": lambda: list(structure.check(sent, held.form, None)),
    }
    return {name: timing.measure(part, rounds=rounds) for name, part in parts.items()}


def _first(items: list[dict[str, Any]], left: int) -> Iterator[dict[str, Any]]:
    """The items in their order until so many stand in the response."""
    for item in items:
        if left <= 0:
            return
        inner = list(_first(item.get("item", []), left - 1))
        yield item | ({"item": inner} if inner else {})
        left -= 1 + len(inner)
