"""The knowledge as FHIR: what is in force is read and searched, what was before by its version; releases name the one before."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from cds.fhir.knowledge import bundles
from cds.foundation.errors import NotFound, WrongShape
from cds.foundation.settings import Settings
from cds.service import application, knowledge
from cds.service.knowledge import Shelf
from tests.releases import knees

LATER = datetime(2030, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented condition in two releases, the second in force since June."""
    folder = tmp_path_factory.mktemp("two")
    knees.sealed(folder)
    knees.sealed(folder, "1.1.0", day=date(2030, 6, 1))
    return folder


@pytest.fixture(scope="module")
def shelf(content: Path) -> Shelf:
    """The artifacts of a service at an instant when the second release is in force."""
    settings = Settings(content=content, public_url="https://cds.example.org/")
    return knowledge.shelf(application.start(settings, audited=False, clock=lambda: LATER))


def found(shelf: Shelf, kind: str, *pairs: tuple[str, str]) -> list[dict[str, Any]]:
    """The resources that a lenient client finds."""
    bundle = knowledge.search(shelf, kind, pairs, False)
    resources = [entry["resource"] for entry in bundle.get("entry", ())]
    assert (bundle["type"], bundle["total"]) == ("searchset", len(resources))
    return resources


def predecessors(resource: dict[str, Any], kind: str = "predecessor") -> list[str]:
    """The canonicals of what was before."""
    return [one["resource"] for one in resource["relatedArtifact"] if one["type"] == kind]


def test_an_id_is_read_from_the_release_in_force(shelf: Shelf) -> None:
    library = knowledge.read(shelf, "Library", "sore-knee")
    assert (library["version"], library["meta"]) == ("1.1.0", {"versionId": "1.1.0"})
    assert knowledge.read(shelf, "Questionnaire", "sore-knee")["item"]
    assert knowledge.read(shelf, "ValueSet", "swelling")["version"] == "1.1.0"


def test_an_older_version_is_read_by_the_version_of_the_instance(shelf: Shelf) -> None:
    assert knowledge.read(shelf, "Library", "sore-knee", "1.0.0")["effectivePeriod"] == {"start": "2030-01-01", "end": "2030-05-31"}
    assert knowledge.read(shelf, "Library", "sore-knee", "1.1.0")["effectivePeriod"] == {"start": "2030-06-01"}


@pytest.mark.parametrize(("kind", "name", "version"), [("Library", "elbow", None), ("Library", "swelling", None), ("Library", "sore-knee", "9.9.9")])
def test_what_is_not_released_is_not_found(shelf: Shelf, kind: str, name: str, version: str | None) -> None:
    with pytest.raises(NotFound):
        knowledge.read(shelf, kind, name, version)


def test_a_release_and_its_tables_name_the_one_before(shelf: Shelf) -> None:
    canonical = "https://example.org/fhir/Library/sore-knee|1.0.0"
    for kind in ("predecessor", "derived-from"):
        assert predecessors(knowledge.read(shelf, "Library", "sore-knee"), kind) == [canonical]
        assert predecessors(knowledge.read(shelf, "Library", "sore-knee", "1.0.0"), kind) == []
    table = knowledge.read(shelf, "PlanDefinition", "sore-knee-band")
    assert predecessors(table) == ["https://example.org/fhir/PlanDefinition/sore-knee-band|1.0.0"]
    assert knowledge.read(shelf, "PlanDefinition", "sore-knee-band", "1.0.0")["version"] == "1.0.0"


def test_a_search_finds_what_is_in_force_and_by_version_what_was(shelf: Shelf) -> None:
    assert [one["version"] for one in found(shelf, "Library")] == ["1.1.0"]
    assert [one["version"] for one in found(shelf, "Library", ("version", "1.0.0"))] == ["1.0.0"]
    assert [one["version"] for one in found(shelf, "Library", ("version", "1.0.0,1.1.0"))] == ["1.0.0", "1.1.0"]
    assert found(shelf, "Library", ("status", "retired")) == []
    assert {one["id"] for one in found(shelf, "CodeSystem")} > {"knee-answers", "knee-topics"}


def test_a_canonical_with_its_version_finds_what_was_and_nothing_else(shelf: Shelf) -> None:
    (found_then,) = found(shelf, "Library", ("url", "https://example.org/fhir/Library/sore-knee|1.0.0"))
    assert found_then["version"] == "1.0.0"
    assert found(shelf, "Library", ("url", "https://example.org/fhir/Library/sore-knee|9.9.9")) == []


def test_the_definitions_of_the_operations_are_read_and_searched(shelf: Shelf) -> None:
    (definition,) = found(shelf, "OperationDefinition", ("name", "questionnaireresponsevalidate"))
    assert definition == knowledge.read(shelf, "OperationDefinition", "QuestionnaireResponse-validate")
    assert knowledge.read(shelf, "OperationDefinition", definition["id"], definition["version"]) == definition
    assert found(shelf, "OperationDefinition", ("url", definition["url"])) == [definition]
    assert found(shelf, "OperationDefinition", ("version", "1.0.0")) == []
    with pytest.raises(NotFound):
        knowledge.read(shelf, "OperationDefinition", definition["id"], "1.0.0")


def test_a_count_has_no_resources_and_a_part_is_marked(shelf: Shelf) -> None:
    counted = knowledge.search(shelf, "ValueSet", [("_summary", "count")], False)
    assert (counted["total"], "entry" in counted) == (3, False)
    parts = knowledge.search(shelf, "Questionnaire", [("_elements", "url")], False)["entry"]
    assert all("item" not in one["resource"] and one["resource"]["meta"]["tag"] for one in parts)
    assert knowledge.read(shelf, "Questionnaire", "sore-knee")["item"]


def test_a_form_that_did_not_change_is_found_once_as_it_stands_in_the_newest_release(shelf: Shelf) -> None:
    (form,) = found(shelf, "Questionnaire", ("version", "2.0.0"))
    assert form["meta"] == {"versionId": "1.1.0"}


def test_what_was_found_is_addressed_at_this_service(shelf: Shelf) -> None:
    bundle = knowledge.search(shelf, "PlanDefinition", [("name", "sorekneeband"), ("title", "x")], False)
    assert [entry["fullUrl"] for entry in bundle["entry"]] == ["https://cds.example.org/fhir/PlanDefinition/sore-knee-band"]
    assert bundle["link"] == [{"relation": "self", "url": "https://cds.example.org/fhir/PlanDefinition?name=sorekneeband"}]


def test_a_page_tells_how_many_there_are_and_where_the_next_is(shelf: Shelf) -> None:
    bundle = knowledge.search(shelf, "ValueSet", [("_count", "2")], False)
    assert (bundle["total"], len(bundle["entry"])) == (3, 2)
    assert bundle["link"][1] == {"relation": "next", "url": "https://cds.example.org/fhir/ValueSet?_count=2&_offset=2"}


def test_a_strict_client_has_an_unknown_parameter_refused(shelf: Shelf) -> None:
    with pytest.raises(WrongShape):
        knowledge.search(shelf, "Library", [("title", "x")], True)


def test_a_draft_comes_after_the_newest_release_and_has_no_date(content: Path) -> None:
    library = knowledge.exported(Settings(content=content), "draft")[0]
    assert (library["resourceType"], library["version"], library["status"]) == ("Library", "draft", "draft")
    assert predecessors(library) == ["https://example.org/fhir/Library/sore-knee|1.1.0"]
    assert not {"date", "effectivePeriod"} & library.keys()


def test_a_version_is_exported_as_it_is_served(content: Path, shelf: Shelf) -> None:
    exported = {knowledge.file_name(one): one for one in knowledge.exported(Settings(content=content), "1.0.0")}
    for kind in bundles.KINDS:
        for resource in found(shelf, kind, ("version", "1.0.0")):
            served = {key: value for key, value in resource.items() if key != "meta"}
            assert exported.pop(f"{kind}-{resource['id']}.json") == served
    assert list(exported) == ["Questionnaire-sore-knee.json"]
