"""Sealing: what it writes, what it refuses, and that a refusal leaves nothing behind."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cds.foundation import canonical
from cds.foundation.errors import ContentError
from cds.releases import checking, documents, loading, manifests, sealing
from tests.releases import knees


def index(condition: Path) -> Any:
    """The versions that the index lists."""
    return json.loads((condition / "index.json").read_text(encoding="utf-8"))["versions"]


def manifest(condition: Path, version: str = "1.0.0") -> Any:
    """The manifest of a version."""
    return json.loads((condition / version / "manifest.json").read_text(encoding="utf-8"))


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_sealed_release_is_the_draft_with_its_compiled_form_and_its_manifest(condition: Path) -> None:
    sealed = tree(condition / "1.0.0")
    assert {name: text for name, text in sealed.items() if name not in ("compiled.json", "manifest.json")} == tree(condition / "draft")
    assert sealed.keys() - tree(condition / "draft").keys() == {"compiled.json", "manifest.json"}


def test_the_manifest_holds_the_digest_of_every_other_file(condition: Path) -> None:
    files = {name: text for name, text in tree(condition / "1.0.0").items() if name != "manifest.json"}
    assert manifest(condition)["files"] == {name: canonical.digest(text) for name, text in files.items()}


def test_the_manifest_says_what_was_sealed_when_and_from_what(condition: Path) -> None:
    held = manifest(condition)
    assert (held["name"], held["version"], held["date"], held["engine"], held["derivedFrom"]) == ("sore-knee", "1.0.0", "2030-01-01", "0.1.0", None)
    assert held["url"] == "https://example.org/fhir/Library/sore-knee"
    assert held["questionnaire"] == {"url": "https://example.org/fhir/Questionnaire/sore-knee", "version": "2.0.0"}
    assert held["reviewBy"] == (knees.DAY + timedelta(days=365)).isoformat()
    assert [one["citation"] for one in held["relatedArtifact"]] == ["An invented review of knees", "An invented memo"]


def test_the_index_lists_the_version_with_the_digest_of_its_manifest(condition: Path) -> None:
    digest = manifests.digest(manifest(condition))
    assert index(condition) == [{"version": "1.0.0", "digest": digest, "status": "active", "effectivePeriod": {"start": "2030-01-01"}}]


def test_the_compiled_form_is_what_the_yaml_says(condition: Path) -> None:
    folder = condition / "1.0.0"
    assert documents.authored(folder).compiled() == (folder / "compiled.json").read_bytes()
    loaded, written = loading.sealed(folder, name="sore-knee", status="active"), loading.draft(folder, name="sore-knee")
    assert (loaded.model, loaded.facts, loaded.cards, loaded.evidence) == (written.model, written.facts, written.cards, written.evidence)


def test_the_order_of_members_in_the_yaml_changes_no_byte_of_the_compiled_form(draft: Path) -> None:
    before = documents.authored(draft).compiled()
    knees.edit(draft / "evidence.yaml", "    verdict: AGREE\n    certainty: moderate\n", "    certainty: moderate\n    verdict: AGREE   # the same\n")
    assert documents.authored(draft).compiled() == before


def test_a_sealed_release_has_no_findings(condition: Path) -> None:
    assert checking.check(condition / "1.0.0") == []


def test_a_compiled_form_that_is_not_the_yaml_is_a_finding(condition: Path) -> None:
    folder = condition / "1.0.0"
    knees.edit(folder / "cards.yaml", "Do not force the knee.", "Do not bend the knee.")
    held = manifest(condition)
    held["files"]["cards.yaml"] = canonical.digest((folder / "cards.yaml").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(held), encoding="utf-8")
    assert [(one.expression, one.text[:17]) for one in checking.check(folder)] == [("compiled.json", "compiled.json is ")]


def test_the_same_version_is_never_sealed_twice(condition: Path) -> None:
    before = tree(condition)
    with pytest.raises(ContentError, match="sealed already"):
        sealing.seal(condition, "1.0.0", day=knees.DAY, engine=knees.ENGINE)
    assert tree(condition) == before


def test_a_draft_with_a_finding_is_not_sealed_and_nothing_is_left_behind(draft: Path) -> None:
    knees.edit(draft / "cards.yaml", "facts: [locked, swelling]", "facts: [locked, elbow]")
    before = tree(draft.parent)
    with pytest.raises(ContentError, match="1 findings") as caught:
        sealing.seal(draft.parent, "1.0.0", day=knees.DAY, engine=knees.ENGINE)
    assert [one.text for one in caught.value.diagnostics()] == ["A cluster names the fact elbow, which does not exist."]
    assert tree(draft.parent) == before
    assert [path.name for path in draft.parent.iterdir()] == ["draft"]


@pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "1.0.0.0", "", "../1.0.0", "draft", "1.0.0\n"])
def test_a_version_is_three_numbers(draft: Path, version: str) -> None:
    with pytest.raises(ContentError, match="three numbers"):
        sealing.seal(draft.parent, version, day=knees.DAY, engine=knees.ENGINE)


def test_the_next_version_ends_the_one_before_and_is_derived_from_it(condition: Path) -> None:
    first = index(condition)[0]["digest"]
    knees.edit(condition / "draft" / "cards.yaml", "Do not force the knee.", "Do not bend the knee.")
    sealing.seal(condition, "1.1.0", day=date(2030, 3, 1), engine=knees.ENGINE)
    assert [(one["version"], one["effectivePeriod"]) for one in index(condition)] == [
        ("1.0.0", {"start": "2030-01-01", "end": "2030-03-01"}),
        ("1.1.0", {"start": "2030-03-01"}),
    ]
    assert manifest(condition, "1.1.0")["derivedFrom"] == first
    assert {"type": "predecessor", "label": "1.0.0", "digest": first} in manifest(condition, "1.1.0")["relatedArtifact"]
    assert checking.check(condition / "1.0.0") == []


def test_what_an_interrupted_sealing_left_is_swept_away(draft: Path) -> None:
    stale = draft.parent / ".1.0.0.partial"
    stale.mkdir()
    (stale / "old.txt").write_text("old", encoding="utf-8")
    knees.sealed(draft.parent.parent)
    assert sorted(path.name for path in draft.parent.iterdir()) == ["1.0.0", "draft", "index.json"]
    assert not (draft.parent / "1.0.0" / "old.txt").exists()


def test_the_same_draft_on_the_same_day_is_sealed_to_the_same_digest(tmp_path: Path) -> None:
    digests = [index(knees.sealed(tmp_path / name))[0]["digest"] for name in ("a", "b")]
    assert digests[0] == digests[1]
