"""Which release is meant by a version, by `draft` or by a folder; nothing is guessed where several conditions have it."""

import json
import shutil
from pathlib import Path

import pytest

from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings
from cds.service import versions

CONTENT = Path(__file__).parents[2] / "cds" / "content"
KNEE = Path(__file__).parents[1] / "releases" / "sore-knee"
WHICH = "Say which."


def found(content: Path, *asked: str, name: str | None = None) -> list[tuple[str, str]]:
    """Name and version of what is meant."""
    return [(one.name, one.version) for one in versions.releases(Settings(content=content), *asked, which=WHICH, name=name)]


@pytest.fixture
def knees(tmp_path: Path) -> Path:
    """Two conditions, each with a draft and no release."""
    for name in ("sore-knee", "stiff-knee"):
        shutil.copytree(KNEE, tmp_path / name / "draft")
        (tmp_path / name / "index.json").write_text(json.dumps({"versions": []}), encoding="utf-8")
    return tmp_path


def test_a_version_a_draft_and_a_folder_are_of_the_condition_that_has_them() -> None:
    assert found(CONTENT, "1.0.0", "draft", str(KNEE)) == [("low-back-pain", "1.0.0"), ("low-back-pain", "draft"), ("low-back-pain", "draft")]


def test_a_folder_alone_is_named_as_the_folder_around_it(knees: Path) -> None:
    assert found(CONTENT, str(knees / "stiff-knee" / "draft")) == [("stiff-knee", "draft")]


def test_where_several_conditions_have_a_version_the_reader_is_told_what_to_do(knees: Path) -> None:
    with pytest.raises(NotFound, match=r"Several conditions have draft: sore-knee, stiff-knee\. Say which\."):
        found(knees, "draft")
    assert found(knees, "draft", name="stiff-knee") == [("stiff-knee", "draft")]


@pytest.mark.parametrize(("asked", "missing"), [(("9.9.9",), "9.9.9"), (("draft", "no/such/folder"), "no/such/folder")])
def test_what_is_not_there_is_named(asked: tuple[str, ...], missing: str) -> None:
    with pytest.raises(NotFound, match="No release has that version") as caught:
        found(CONTENT, *asked)
    assert caught.value.expression == missing


def test_a_version_that_the_named_condition_does_not_have_is_named() -> None:
    with pytest.raises(NotFound, match="low-back-pain has no such version") as caught:
        found(CONTENT, "9.9.9", name="low-back-pain")
    assert caught.value.expression == "9.9.9"
