"""The Library holds a release together, and every artifact has the metadata of CRMI."""

import base64
from dataclasses import replace

from cds.dmn.formats.dmn import reading
from cds.dmn.model import LiteralExpression
from cds.fhir.knowledge import bundles, metadata
from cds.fhir.knowledge.publication import Predecessor, Publication
from tests.fhir.knowledge.conftest import Export, extensions
from tests.fhir.knowledge.test_citations import related

BEFORE = Predecessor("0.9.0", "sha256:0", frozenset({"final"}))


def test_the_library_is_composed_of_every_other_artifact(export: Export) -> None:
    others = {f"{one['url']}|{one['version']}" for one in export.resources if one is not export.library}
    assert {one["resource"] for one in related(export.library, "relatedArtifact", "composed-of")} == others


def test_every_decision_that_is_no_table_is_an_expression_of_the_library(export: Export) -> None:
    literals = {one.name: one.logic for one in export.release.model.decisions if isinstance(one.logic, LiteralExpression)}
    found = {one["extension"][0]["valueCode"]: one["extension"][1]["valueExpression"] for one in extensions(export.library, "decision-expression")}
    assert {name: one["expression"] for name, one in found.items()} == {name: logic.text for name, logic in literals.items()}
    assert {name: one.get("description", "") for name, one in found.items()} == {name: logic.source.because for name, logic in literals.items()}


def test_every_fact_is_an_input_and_none_is_required(export: Export) -> None:
    parameters = {one["name"]: one for one in export.library["parameter"]}
    assert parameters.keys() == export.release.facts.facts.keys()
    assert {(one["use"], one["min"]) for one in parameters.values()} == {("in", 0)}


def test_what_is_read_of_the_record_names_value_sets_of_the_release(export: Export) -> None:
    filters = [part for one in export.library["dataRequirement"] for part in one.get("codeFilter", ())]
    assert {one["valueSet"] for one in filters} <= {f"{one['url']}|{one['version']}" for one in export.of("ValueSet")}
    assert filters


def test_the_dmn_in_the_library_is_the_model(export: Export) -> None:
    (content,) = export.library["content"]
    body = base64.b64decode(content["data"])
    assert (content["contentType"], content["size"]) == ("application/dmn+xml", len(body))
    assert reading.read_model(body, "library.dmn") == export.release.model


def test_a_sealed_release_carries_its_digests_and_a_draft_none(export: Export) -> None:
    digests = [one["valueString"] for name in ("release-digest", "compiled-digest") for one in extensions(export.library, name)]
    assert digests[:1] == [one for one in [export.release.digest] if one]
    assert len(digests) == (2 if export.release.digest else 0)


def test_every_artifact_says_what_it_is_and_that_it_is_experimental(export: Export) -> None:
    release = export.release
    for one in export.resources:
        assert one["status"] == release.status
        assert one["url"].endswith(f"/{one['resourceType']}/{one['id']}")
        if one["resourceType"] in ("PlanDefinition", "Library", "CodeSystem"):
            assert one["experimental"] is True
            assert (one["version"], one["language"], one["publisher"]) == (release.version, release.language, release.cards.product)
            assert all(one[key] for key in ("name", "title", "description", "purpose", "copyright") if key != "copyright" or release.digest)
        if one["resourceType"] in ("PlanDefinition", "Library"):
            assert one["usage"] == release.cards.usage
        assert "approvalDate" not in one and "lastReviewDate" not in one


def test_an_approval_is_told_only_where_the_release_is_approved(export: Export) -> None:
    dates = {"date": "2030-01-01", "approvalDate": "2030-01-02", "lastReviewDate": "2030-01-03"}
    for approved in (True, False):
        published = Publication(replace(export.release, approved=approved), {}, dates)
        assert metadata.dates(published, "Library") == (dates if approved else {"date": "2030-01-01"})


def test_the_period_ends_on_the_last_day_in_force(export: Export) -> None:
    published = Publication(export.release, {}, {}, "2030-01-01", "2030-03-01")
    assert metadata.period(published) == {"effectivePeriod": {"start": "2030-01-01", "end": "2030-02-28"}}
    assert metadata.period(replace(published, end="")) == {"effectivePeriod": {"start": "2030-01-01"}}


def test_a_predecessor_is_named_by_what_was_there_before_and_by_nothing_new(export: Export) -> None:
    base = export.release.questionnaire["url"].rpartition("/Questionnaire/")[0]
    found = bundles.artifacts(Publication(export.release, {}, predecessor=BEFORE))
    named = {one["id"]: related(one, "relatedArtifact", "predecessor") for one in found if one["resourceType"] == "PlanDefinition"}
    name = export.release.name
    assert {key for key, value in named.items() if value} == {name, f"{name}-final"}
    assert named[name][0]["resource"] == f"{base}/PlanDefinition/{name}|0.9.0"
    library = next(one for one in found if one["resourceType"] == "Library")
    for kind in ("predecessor", "derived-from"):
        (before,) = related(library, "relatedArtifact", kind)
        assert (before["resource"], before["label"]) == (f"{base}/Library/{name}|0.9.0", "0.9.0")
        assert [one["valueString"] for one in extensions(before, "release-digest")] == ["sha256:0"]
