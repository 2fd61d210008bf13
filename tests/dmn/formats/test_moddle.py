"""dmn-moddle, which dmn-js and Camunda Modeler read and write with, opens what we export without a warning and loses nothing of it.

Needs node, and the npm package under var/node: `make` installs it.
"""

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from cds.dmn.formats.dmn import reading, writing
from cds.dmn.model import DecisionModel
from cds.releases import loading
from tests.dmn.formats import models, plain_dmn, programs
from tests.dmn.formats.test_round_trips import CONFORMANCE, RELEASES

RANDOM = 12


class Opened(NamedTuple):
    """What the library said of a file, and the file as it wrote it again."""

    warnings: list[str]
    xml: str


def opened(bodies: list[bytes], folder: Path) -> list[Opened]:
    """Each file through the library, in one run of node."""
    files = [folder / f"{number}.dmn" for number in range(len(bodies))]
    for file, body in zip(files, bodies, strict=True):
        file.write_bytes(body)
    return [Opened(**json.loads(line)) for line in programs.run("check.mjs", "dmn-moddle", files)]


@pytest.fixture(scope="module")
def written() -> list[DecisionModel]:
    """Every release, the invented condition, models with boxed expressions of all kinds, and random models."""
    released = [loading.draft(folder, name="trial").model for folder in RELEASES]
    return released + [reading.read_model(file.read_bytes(), file.name) for file in CONFORMANCE] + programs.drawn(models.models(), RANDOM)


@pytest.fixture(scope="module")
def through(written: list[DecisionModel], tmp_path_factory: pytest.TempPathFactory) -> list[Opened]:
    """The exports after the library."""
    return opened([writing.write(model) for model in written], tmp_path_factory.mktemp("dmn"))


def test_every_export_opens_without_a_warning(through: list[Opened]) -> None:
    assert [one.warnings for one in through] == [[] for _ in through]


def test_every_export_keeps_the_schema_of_the_standard(written: list[DecisionModel], through: list[Opened]) -> None:
    """The library brings the schema files with it."""
    schema = etree.XMLSchema(etree.parse(programs.INSTALLED / "node_modules/dmn-moddle/resources/dmn/xsd/DMN13.xsd"))
    for model, one in zip(written, through, strict=True):
        schema.assertValid(etree.fromstring(writing.write(model)))
        schema.assertValid(etree.fromstring(one.xml.encode()))


def test_what_the_library_writes_again_is_the_same_model(written: list[DecisionModel], through: list[Opened]) -> None:
    assert len(through) == len(written)
    for model, one in zip(written, through, strict=True):
        assert reading.read_model(one.xml.encode(), "again.dmn") == model


def test_an_export_without_our_extensions_opens_too(written: list[DecisionModel], tmp_path: Path) -> None:
    plain = [plain_dmn.without_extensions(writing.write(model)) for model in written[2:4]]
    assert [one.warnings for one in opened(plain, tmp_path)] == [[] for _ in plain]
