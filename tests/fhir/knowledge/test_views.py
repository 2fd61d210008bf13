"""A part of a resource is marked as one, is still valid, and a summary is exactly what FHIR marks as summary."""

import importlib
from typing import Any

import pytest

from cds.fhir import capability, operations
from cds.fhir.knowledge import views
from cds.fhir.knowledge.views import View
from cds.foundation.errors import WrongShape
from tests.fhir import oracle
from tests.fhir.knowledge.conftest import Export

TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def marked_as_summary(kind: str) -> set[str]:
    """The elements of a type that the R4B models mark as summary, those that only repeat another in R4B and not in R4 left out."""
    model: Any = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    return set(model.summary_elements_sequence())


@pytest.mark.parametrize("kind", capability.KINDS)
def test_a_summary_has_the_elements_that_fhir_marks(kind: str) -> None:
    every = dict.fromkeys((*marked_as_summary(kind), *["description", "purpose", "copyright", "item", "action", "concept", "text", "extension"]), "x")
    part = views.view({"_summary": "true"}).of({**every, "resourceType": kind, "meta": {}})
    assert part.keys() - {"resourceType"} == marked_as_summary(kind)


@pytest.mark.parametrize("sent", [{"_summary": "true"}, {"_elements": "url"}, {"_elements": "nothing"}])
def test_a_part_of_every_artifact_is_valid_and_says_that_it_is_one(export: Export, sent: dict[str, str]) -> None:
    for resource in (*export.resources, *operations.definitions("1")):
        part = views.view(sent).of(resource)
        assert (oracle.problems(part), part["meta"]["tag"], part.items() <= {**resource, "meta": part["meta"]}.items()) == ([], [TAG], True)
        oracle.model(part)


def test_elements_are_those_named_with_or_without_their_type() -> None:
    resource = {"resourceType": "ValueSet", "id": "a", "status": "draft", "url": "u", "name": "n", "_name": {"id": "x"}, "title": "t"}
    part = views.view({"_elements": "url, ValueSet.name"}).of(resource)
    assert part == {"resourceType": "ValueSet", "id": "a", "status": "draft", "url": "u", "name": "n", "_name": {"id": "x"}, "meta": {"tag": [TAG]}}


def test_the_whole_is_not_marked_and_what_was_marked_stays_so() -> None:
    resource = {"resourceType": "ValueSet", "id": "a", "meta": {"versionId": "1", "tag": [{"code": "b"}]}}
    assert View().of(resource) is resource
    assert views.view({"_summary": "true"}).of(resource)["meta"] == {"versionId": "1", "tag": [{"code": "b"}, TAG]}
    assert resource["meta"] == {"versionId": "1", "tag": [{"code": "b"}]}


@pytest.mark.parametrize("sent", [{"_summary": "text"}, {"_summary": "canary"}, {"_summary": "true", "_elements": "url"}])
def test_a_summary_of_another_kind_is_refused_without_its_words(sent: dict[str, str]) -> None:
    with pytest.raises(WrongShape) as refused:
        views.view(sent)
    (told,) = refused.value.diagnostics()
    assert (told.code, "canary" in told.text) == ("not-supported", False)
