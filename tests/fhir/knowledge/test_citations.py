"""What a rule rests on travels with it, each reference with the mark of its verification."""

import re
from typing import Any

import pytest

from cds.fhir.knowledge import citations
from tests.fhir.knowledge.conftest import Export, extensions
from tests.fhir.knowledge.test_plans import actions


def related(element: dict[str, Any], key: str, kind: str) -> list[dict[str, Any]]:
    """The related artifacts of one type."""
    return [one for one in element.get(key, ()) if one["type"] == kind]


def test_every_key_of_evidence_is_cited_with_its_grading_and_its_references(export: Export) -> None:
    release = export.release
    for rule, action in actions(export):
        gradings = {one["label"]: one for one in related(action, "documentation", "justification")}
        cited = {one["citation"] for one in related(action, "documentation", "citation")}
        named = [key for key in rule.source.evidence if key in release.evidence]
        assert list(gradings) == named
        for key in named:
            entry = release.evidence[key]
            assert gradings[key]["display"] == entry.topic
            assert [one["valueString"] for one in extensions(gradings[key], "evidence-certainty")] == [entry.certainty]
            assert [one["valueString"] for one in extensions(gradings[key], "strength-of-recommendation")] == [entry.strength]
        references = {one for key in rule.source.evidence for one in (release.evidence[key].references if key in named else (key,))}
        assert cited == {release.references[one].citation for one in references}


def test_every_reference_carries_its_mark_and_no_mark_is_made_better(export: Export) -> None:
    cited = {one["label"].partition(" [")[0]: one for one in related(export.library, "relatedArtifact", "citation")}
    assert cited.keys() == export.release.references.keys()
    for name, reference in export.release.references.items():
        assert [one["valueString"] for one in extensions(cited[name], "reference-verification")] == [reference.verification]
        marks = cited[name]["label"].removeprefix(f"{name} [").removesuffix("]").split(", ")
        assert set(marks) == {"V", "M"} & set(re.split(r"\W+", reference.verification))
        assert marks[0] == reference.verification[0]


@pytest.mark.parametrize(
    ("locator", "url"),
    [
        ("10.1000/a(1)b<2>", "https://doi.org/10.1000/a(1)b%3C2%3E"),
        ("https://example.org/a b?c=d", "https://example.org/a%20b?c=d"),
        ("ISBN 1", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_a_locator_is_an_address_only_where_it_is_a_doi_or_a_page(locator: str, url: str) -> None:
    assert citations.address(locator) == url
