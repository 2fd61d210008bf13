"""Without our extensions an exported file still decides the same: the standard's form alone holds the meaning."""

import random
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn import evaluation
from cds.dmn.formats.dmn import reading, writing
from cds.dmn.model import LIST, DecisionModel, ItemDefinition
from cds.releases import loading
from tests.dmn.formats import models, plain_dmn
from tests.dmn.formats.test_round_trips import RELEASES

CASES = 60
MOST = 100


@settings(max_examples=30, derandomize=True, deadline=None)
@given(models.models(), st.lists(models.INPUTS, min_size=5, max_size=5))
def test_random_models_decide_the_same(model: DecisionModel, cases: list[dict[str, object]]) -> None:
    plain = reading.read_model(plain_dmn.without_extensions(writing.write(model)), "trial.dmn")
    for inputs in cases:
        for decision in model.decisions:
            assert plain_dmn.value(plain, inputs, decision.name) == plain_dmn.value(model, inputs, decision.name)


def picked(chance: random.Random, item: ItemDefinition) -> Any:
    """A value of the type, or unknown."""
    if chance.random() < 1 / 4:
        return None
    if item.base == LIST:
        return tuple(word for word in item.allowed if chance.random() < 1 / 3)
    if item.allowed:
        return chance.choice(item.allowed)
    return Decimal(chance.randint(int(item.minimum or 0), int(item.maximum or MOST)))


def values(model: DecisionModel, inputs: Mapping[str, Any], wanted: DecisionModel) -> dict[str, Any]:
    result = evaluation.evaluate(model, inputs)
    return {decision.name: result.value(decision.name) for decision in wanted.decisions}


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_releases_decide_the_same(folder: Path) -> None:
    model = loading.draft(folder, name="trial").model
    plain = reading.read_model(plain_dmn.without_extensions(writing.write(model)), "trial.dmn")
    chance = random.Random(1)
    for _ in range(CASES):
        inputs = {name: picked(chance, item) for name, item in model.inputs.items()}
        assert values(plain, inputs, model) == values(model, inputs, model)
