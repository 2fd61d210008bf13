"""Which release is in force, and that not one byte of it may differ from what was sealed."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.errors import ContentError, NotFound
from cds.releases import catalogue, checking, sealing
from cds.values.release import Release
from tests.releases import knees

AT = datetime(2030, 2, 1, 12, tzinfo=UTC)
FILES = sorted(path.relative_to(knees.SOURCE).as_posix() for path in knees.SOURCE.rglob("*") if path.is_file())


@pytest.fixture
def held(pristine: Path, content: Path) -> Path:
    """The sealed folder in a copy of this test's own."""
    shutil.copytree(pristine / knees.NAME, content / knees.NAME)
    return content / knees.NAME / "1.0.0"


def select(content: Path, **more: Any) -> Release:
    """The release in force at a fixed instant."""
    return catalogue.select(content, knees.NAME, **{"at": AT, **more})


def relist(content: Path, *versions: dict[str, Any]) -> None:
    """Writes the index anew."""
    (content / knees.NAME / "index.json").write_text(json.dumps({"name": knees.NAME, "versions": versions}), encoding="utf-8")


def listed(content: Path) -> dict[str, Any]:
    """The one version that the index lists."""
    version: dict[str, Any] = json.loads((content / knees.NAME / "index.json").read_text(encoding="utf-8"))["versions"][0]
    return version


def test_the_release_that_was_sealed_is_the_one_that_is_loaded(pristine: Path) -> None:
    release = select(pristine)
    assert (release.name, release.version, release.status, release.approved) == ("sore-knee", "1.0.0", "active", False)
    assert release.digest == listed(pristine)["digest"]
    assert (len(release.value_sets), release.facts.trigger, release.questionnaire["version"]) == (3, "knee-pain", "2.0.0")


@pytest.mark.parametrize("file", [*FILES, "compiled.json"])
def test_one_changed_byte_in_any_file_is_refused_and_named(held: Path, file: str) -> None:
    path = held / file
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    with pytest.raises(ContentError, match="not the one that was sealed") as caught:
        select(held.parents[1])
    assert caught.value.expression == file
    assert file in {one.expression.split(":")[0] for one in checking.check(held)}


@pytest.mark.parametrize("file", [*FILES, "compiled.json", "manifest.json"])
def test_a_file_that_was_removed_is_refused_and_named(held: Path, file: str) -> None:
    (held / file).unlink()
    with pytest.raises(ContentError) as caught:
        select(held.parents[1])
    assert caught.value.expression == file


@pytest.mark.parametrize("file", ["more.txt", "valuesets/more.json", "decisions/.hidden", "valuesets/manifest.json", "cases/manifest.json"])
def test_a_file_that_was_added_is_refused_and_named(held: Path, file: str) -> None:
    (held / file).write_text("{}", encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        select(held.parents[1])
    assert caught.value.expression == file


def test_a_manifest_that_was_changed_is_not_the_one_that_the_index_names(held: Path) -> None:
    knees.edit(held / "manifest.json", '"date": "2030-01-01"', '"date": "2030-01-02"')
    with pytest.raises(ContentError, match="not the one that the index names") as caught:
        select(held.parents[1])
    assert caught.value.expression == "manifest.json"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": {}}'])
def test_a_manifest_that_cannot_be_read_is_refused(held: Path, text: str) -> None:
    (held / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        select(held.parents[1])
    assert all(one.expression.startswith("manifest.json") for one in caught.value.diagnostics())


def test_an_index_with_another_digest_is_refused(held: Path) -> None:
    content = held.parents[1]
    relist(content, listed(content) | {"digest": "sha256:" + "0" * 64})
    with pytest.raises(ContentError, match="not the one that the index names"):
        select(content)


def test_an_index_that_breaks_its_schema_is_refused(held: Path) -> None:
    content = held.parents[1]
    relist(content, {"version": "1.0.0"})
    with pytest.raises(ContentError, match=r"index\.schema\.json"):
        select(content)


PERIODS = [
    ({"start": "2030-02-01"}, True),
    ({"start": "2030-02-02"}, False),
    ({"start": "2030-01-01", "end": "2030-02-01"}, False),
    ({"start": "2030-01-01", "end": "2030-02-02"}, True),
]


@pytest.mark.parametrize(("period", "active"), PERIODS)
def test_a_release_is_in_force_from_its_first_day_until_the_day_of_its_end(held: Path, period: dict[str, str], active: bool) -> None:
    content = held.parents[1]
    relist(content, listed(content) | {"effectivePeriod": period})
    assert [entry.active(AT) for entry in catalogue.entries(content, knees.NAME)] == [active]
    if active:
        assert select(content).version == "1.0.0"
    else:
        with pytest.raises(ContentError, match="0 releases of sore-knee are active"):
            select(content)


def test_two_active_releases_are_refused(held: Path) -> None:
    content = held.parents[1]
    relist(content, listed(content), listed(content) | {"version": "1.0.1"})
    with pytest.raises(ContentError, match="2 releases of sore-knee are active"):
        select(content)


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_a_release_that_is_not_active_is_not_served_unless_it_is_pinned(held: Path, status: str) -> None:
    content = held.parents[1]
    relist(content, listed(content) | {"status": status})
    with pytest.raises(ContentError, match="0 releases"):
        select(content)
    assert select(content, pin="1.0.0").status == status


def test_a_pin_wins_over_the_date(condition: Path) -> None:
    sealing.seal(condition, "1.1.0", day=date(2030, 1, 15), engine=knees.ENGINE)
    assert select(condition.parent).version == "1.1.0"
    assert select(condition.parent, pin="1.0.0").version == "1.0.0"


def test_two_releases_of_one_day_follow_each_other_at_an_instant(condition: Path) -> None:
    noon = datetime(2030, 1, 15, 12, tzinfo=UTC)
    sealing.seal(condition, "1.1.0", day=date(2030, 1, 15), engine=knees.ENGINE)
    start = sealing.begins(condition, noon)
    sealing.seal(condition, "1.2.0", day=noon.date(), engine=knees.ENGINE, start=start)
    assert start == "2030-01-15T12:00:00Z"
    assert [(one.start, one.end) for one in catalogue.entries(condition.parent, knees.NAME)][1:] == [("2030-01-15", start), (start, "")]
    assert select(condition.parent, at=noon - timedelta(seconds=1)).version == "1.1.0"
    assert select(condition.parent, at=noon).version == "1.2.0"


def test_a_release_that_is_sealed_on_a_later_day_begins_with_that_day(condition: Path) -> None:
    assert sealing.begins(condition, datetime(2030, 1, 2, 12, tzinfo=UTC)) == "2030-01-02"


def test_a_pin_that_names_nothing_is_refused(pristine: Path) -> None:
    with pytest.raises(NotFound, match=r"No release 9\.9\.9 of sore-knee"):
        select(pristine, pin="9.9.9")


def test_a_condition_that_is_not_there_is_refused(pristine: Path) -> None:
    with pytest.raises(NotFound, match="No release named elbow"):
        catalogue.entries(pristine, "elbow")


def test_conditions_are_those_with_an_index_in_order_and_versions_stand_as_they_were_sealed(condition: Path) -> None:
    content = condition.parent
    sealing.seal(condition, "1.10.0", day=date(2030, 3, 1), engine=knees.ENGINE)
    sealing.seal(condition, "1.9.1", day=date(2030, 4, 1), engine=knees.ENGINE)
    knees.draft(content, "a-draft-only")
    shutil.copytree(condition, content / "bad-knee")
    assert catalogue.names(content) == ("bad-knee", "sore-knee")
    assert [entry.version for entry in catalogue.entries(content, "sore-knee")] == ["1.0.0", "1.10.0", "1.9.1"]
