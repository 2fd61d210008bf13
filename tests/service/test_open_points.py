"""What waits for a clinician, and the source attributes, of the releases as shipped."""

import json
from pathlib import Path

import pytest

from cds.foundation.errors import NotFound
from cds.foundation.settings import PACKAGED_CONTENT, Settings
from cds.service import application, attributes, open_points, releases
from cds.service.application import Application
from cds.service.attributes import Sheets

NAME = "low-back-pain"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings(content=PACKAGED_CONTENT)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Application:
    return application.start(settings, audited=False)


@pytest.fixture(scope="module")
def held(app: Application) -> Sheets:
    return attributes.sheets(app)


def test_each_open_point_names_the_rules_that_it_touches(settings: Settings) -> None:
    found = open_points.of(settings, "draft", name=NAME)
    asked = {one["id"]: one["rules"] for one in found["questions"]}
    assert asked["Q-01"] == ["FX-4"]
    assert {"N-04.1", "N-04.2", "N-24", "F-10.1"} <= set(asked["Q-42"])
    cited = {one["id"]: one["rules"] for one in found["references"]}
    assert "N-18" in cited["BEERS2023"]
    assert "NG65" not in cited
    assert {"HAN2023", "NG59"} <= cited.keys()
    read = {one["valueSet"]: one["rules"] for one in found["codes"]}
    assert {"FX-3", "FX-4", "N-14"} <= set(read["steroids"])


def test_the_page_has_a_row_for_each_open_point(settings: Settings) -> None:
    found = open_points.of(settings, "draft", name=NAME)
    page = open_points.markdown(found)
    for one in (
        *(one["id"] for one in found["questions"]),
        *(one["id"] for one in found["references"]),
        *(one["valueSet"] for one in found["codes"]),
    ):
        assert f"\n| {one} |" in page
    assert f"There are {len(found['questions'])} questions" in page


def test_what_is_shown_of_a_release_counts_what_nobody_has_checked(settings: Settings) -> None:
    shown = releases.show(settings, "1.0.0")
    points = open_points.of(settings, "1.0.0", name=NAME)
    assert (shown["openQuestions"], points["listed"], points["questions"]) == ("not listed in this release", False, [])
    assert "does not list its questions" in open_points.markdown(points)
    assert shown["unverifiedCodes"] == sum(len(one["codes"]) for one in points["codes"]) > 0
    assert shown["unverifiedReferences"] == [one["id"] for one in points["references"]]


def test_a_code_that_is_marked_as_not_checked_is_named_and_one_that_is_checked_is_not(held: Sheets) -> None:
    told = attributes.of(held, NAME, "1.0.0")["unverifiedCodes"]
    named = {(name, one["code"]) for name, codes in told.items() for one in codes}
    assert named == set(_marked(PACKAGED_CONTENT / NAME / "1.0.0"))


def _marked(folder: Path) -> list[tuple[str, str]]:
    found = []
    for path in (folder / "valuesets").glob("*.json"):
        for include in json.loads(path.read_text(encoding="utf-8")).get("compose", {}).get("include", ()):
            if include["extension"][0]["valueCode"] in ("unverified", "from-memory"):
                found += [(path.stem, concept["code"]) for concept in include["concept"]]
    return found


def test_a_release_before_1_1_0_says_what_it_does_not_state(app: Application, held: Sheets) -> None:
    told = attributes.of(held, NAME, "1.0.0")
    assert told["developer"] == told["funding"] == attributes.NOT_STATED
    assert (told["version"], told["released"], told["revisionOf"], told["approved"]) == ("1.0.0", "2026-11-21", None, False)
    assert len(told["citations"]) == len(app.releases[NAME].references)


def test_every_release_in_force_is_described(app: Application, held: Sheets) -> None:
    (told,) = attributes.in_force(held)["releases"]
    release = app.releases[NAME]
    assert (told["name"], told["version"], told["digest"]) == (NAME, release.version, release.digest)


def test_the_source_attributes_of_a_version_are_made_once(held: Sheets) -> None:
    for version in ("1.0.0", held.app.releases[NAME].version):
        assert attributes.of(held, NAME, version) is attributes.of(held, NAME, version)
    assert attributes.in_force(held)["releases"][0] is attributes.of(held, NAME, held.app.releases[NAME].version)


@pytest.mark.parametrize(("name", "version"), [(NAME, "9.9.9"), (NAME, "draft"), (NAME, ".."), ("..", "1.0.0"), ("nobody", "1.0.0"), ("", "")])
def test_what_is_no_release_is_not_found(held: Sheets, name: str, version: str) -> None:
    with pytest.raises(NotFound):
        attributes.of(held, name, version)
