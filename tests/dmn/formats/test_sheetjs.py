"""SheetJS, which many programs read and write workbooks with, saves what we export again without losing anything of it.

Needs node, and the npm package under var/node: `make` installs it.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cds.dmn.formats import grid, xlsx
from cds.dmn.model import DecisionModel
from cds.releases import catalogue
from tests.dmn.formats import models, programs, sheets

NEWEST = catalogue.entries(sheets.ROOT / "cds/content", "low-back-pain")[-1].version
RELEASES = ("cds/content/low-back-pain/draft", f"cds/content/low-back-pain/{NEWEST}", "tests/releases/sore-knee")
RANDOM = 8
LOST = re.compile("[\U00010000-\U0010ffff]|_x(?=[0-9A-Fa-f]{4}_)")
"""What SheetJS 0.18.5 does not keep in any workbook: it halves signs beyond U+FFFF, and what looks like an escape it does not write as text."""


def saved(written: list[DecisionModel], folder: Path) -> list[DecisionModel]:
    """The models as they are read from their workbooks after the program saved these."""
    files = [folder / f"{number}.xlsx" for number in range(len(written))]
    for file, model in zip(files, written, strict=True):
        with file.open("wb") as into:
            xlsx.write(model, into)
    before = [file.read_bytes() for file in files]
    assert programs.run("resave.mjs", "xlsx", files) == [str(file) for file in files]
    assert all(file.read_bytes() != body for file, body in zip(files, before, strict=True))
    return [xlsx.read(io.BytesIO(file.read_bytes()), file.name) for file in files]


def keepable(part: Any) -> Any:
    """The same model, with an asterisk for what the program cannot keep."""
    if type(part) is str:
        return LOST.sub("*", part)
    if isinstance(part, tuple):
        return tuple(map(keepable, part))
    if isinstance(part, Mapping):
        return {keepable(name): keepable(value) for name, value in part.items()}
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{field.name: keepable(getattr(part, field.name)) for field in fields(part)})
    return part


@pytest.mark.parametrize("folder", RELEASES)
def test_every_table_of_a_release_comes_back_in_one_workbook_and_alone(folder: str, tmp_path: Path) -> None:
    model = sheets.released(folder)
    written = [model, *(grid.alone(model, name) for name in sheets.tables(model))]
    assert saved(written, tmp_path) == written


def test_random_models_come_back(tmp_path: Path) -> None:
    written = [keepable(model) for strategy in (models.models(), sheets.models()) for model in programs.drawn(strategy, RANDOM)]
    assert saved(written, tmp_path) == written
