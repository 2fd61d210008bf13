"""A model that is written in one of our formats and read again is the same model: ids, reasons, evidence, claims and order."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings

from cds.dmn.formats import csv, xlsx, yaml, yaml_writer
from cds.dmn.formats.dmn import reading, writing
from cds.dmn.model import Clause, DecisionModel, DecisionTable, LiteralExpression
from cds.foundation import yaml as documents
from cds.releases import loading
from tests.dmn.formats import models
from tests.releases import drafts

ROOT = Path(__file__).parents[3]
RELEASES = [*drafts.folders(), ROOT / "tests/releases/sore-knee"]
CONFORMANCE = sorted((ROOT / "tests/conformance/models").glob("*.dmn"))
CHECKED = settings(max_examples=30, derandomize=True, deadline=None)


def from_yaml(texts: dict[str, str], like: DecisionModel) -> DecisionModel:
    """The model of the texts; the facts are no part of them."""
    read = {name: documents.parse(text, name=name) for name, text in texts.items()}
    return yaml.read(read.pop(yaml_writer.WIRING), read, like.inputs)


def type_names(model: DecisionModel) -> list[str]:
    """What the author calls the types of literal decisions and outputs, which equality leaves out."""
    found: list[LiteralExpression | Clause] = []
    for decision in model.decisions:
        if isinstance(decision.logic, DecisionTable):
            found += decision.logic.outputs
        elif isinstance(decision.logic, LiteralExpression):
            found.append(decision.logic)
    return [one.item.name for one in found]


@pytest.fixture(scope="module", params=RELEASES, ids=lambda folder: folder.name)
def released(request: pytest.FixtureRequest) -> DecisionModel:
    """The model of every release, and of the invented condition."""
    return loading.draft(request.param, name="trial").model


@pytest.mark.parametrize("version", writing.VERSIONS)
def test_every_release_comes_back_from_dmn(released: DecisionModel, version: str) -> None:
    back = reading.read_model(writing.write(released, version), "trial.dmn")
    assert back == released
    assert type_names(back) == type_names(released)


def test_every_release_comes_back_from_yaml(released: DecisionModel) -> None:
    back = from_yaml(yaml_writer.texts(released), released)
    assert back == released
    assert type_names(back) == type_names(released)


def test_every_release_comes_back_from_yaml_by_way_of_dmn(released: DecisionModel) -> None:
    through = reading.read_model(writing.write(released), "trial.dmn")
    assert yaml_writer.texts(through) == yaml_writer.texts(released)


def test_the_yaml_of_every_release_is_the_same_by_way_of_a_workbook(released: DecisionModel) -> None:
    body = io.BytesIO()
    xlsx.write(released, body)
    assert yaml_writer.texts(xlsx.read(body, "trial.xlsx")) == yaml_writer.texts(released)


def test_the_yaml_of_every_release_is_the_same_by_way_of_csv(released: DecisionModel) -> None:
    assert yaml_writer.texts(csv.read_model(csv.write_model(released))) == yaml_writer.texts(released)


@pytest.mark.parametrize("file", CONFORMANCE, ids=lambda file: file.stem)
def test_a_model_that_others_could_have_written_comes_back_from_dmn(file: Path) -> None:
    model = reading.read_model(file.read_bytes(), file.name)
    for version in writing.VERSIONS:
        assert reading.read_model(writing.write(model, version), file.name) == model


@CHECKED
@given(models.models())
def test_random_models_come_back_from_yaml(model: DecisionModel) -> None:
    back = from_yaml(yaml_writer.texts(model), model)
    assert back == model
    assert type_names(back) == type_names(model)


@CHECKED
@given(models.models())
def test_random_models_come_back_from_dmn(model: DecisionModel) -> None:
    for version in writing.VERSIONS:
        back = reading.read_model(writing.write(model, version), "trial.dmn")
        assert back == model
        assert type_names(back) == type_names(model)
