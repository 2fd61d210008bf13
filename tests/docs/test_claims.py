"""The reference of claims says what the check of a release does."""

import re
from pathlib import Path

from cds.foundation import schemas
from cds.releases import claims

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "claims.md").read_text(encoding="utf-8")


def test_the_displays_of_each_stance_are_those_of_the_check() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", PAGE, re.MULTILINE)
    assert {stance: set(re.findall(r"`([^`]+)`", cell)) for stance, cell in rows} == claims.AGREEING


def test_the_stances_that_may_be_left_out_are_those_of_the_check() -> None:
    assert tuple(re.findall(r"`([A-Z_]+)`", PAGE.split("Only claims of the stances ")[1].split(" may.")[0])) == claims.LEFT_OUT


def test_every_key_of_an_exception_is_told() -> None:
    schema = schemas.validator("exceptions").schema
    assert isinstance(schema, dict)
    text = PAGE.split("## Rows of the notes")[1]
    assert [key for key in schema["$defs"]["exception"]["properties"] if f"`{key}`" not in text] == []
