"""Scenes: the context of each hook, and the records that files hold."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from cds.client import scenes
from cds.client.scenes import NotAScene, Scene

PATIENT = {"resourceType": "Patient", "id": "p"}
ORDERS = ({"resourceType": "ServiceRequest", "id": "mri"}, {"resourceType": "MedicationRequest"})
SCENE = Scene("p", encounter="e", orders=ORDERS)
BASE = {"userId": "Practitioner/example", "patientId": "p", "encounterId": "e"}
DRAFTS = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": ORDERS[0]}, {"resource": {"resourceType": "MedicationRequest", "id": "draft-2"}}],
}


@pytest.mark.parametrize(
    ("hook", "more"),
    [
        ("patient-view", {}),
        ("encounter-start", {}),
        ("order-sign", {"draftOrders": DRAFTS}),
        ("order-select", {"draftOrders": DRAFTS, "selections": ["ServiceRequest/mri", "MedicationRequest/draft-2"]}),
    ],
)
def test_the_context_is_that_of_the_hook(hook: str, more: dict[str, Any]) -> None:
    assert SCENE.context(hook) == BASE | more


@pytest.mark.parametrize("hook", ["encounter-start", "encounter-discharge"])
def test_a_hook_of_an_encounter_needs_one(hook: str) -> None:
    with pytest.raises(NotAScene):
        Scene("p").context(hook)
    assert "encounterId" not in Scene("p").context("patient-view")


def test_context_of_other_hooks_can_be_given() -> None:
    assert Scene("p", more={"performer": "Practitioner/x", "patientId": "q"}).context("order-dispatch")["patientId"] == "q"


def test_each_request_is_an_instance_of_its_own() -> None:
    one, other = SCENE.request("patient-view"), SCENE.request("patient-view", {"a": None})
    assert uuid.UUID(one["hookInstance"]) != uuid.UUID(other["hookInstance"])
    assert ("prefetch" in one, other["prefetch"]) == (False, {"a": None})


def test_access_is_handed_on_as_the_standard_has_it() -> None:
    handed = scenes.access("https://e.example/fhir", "t", patient="p", subject="s")
    assert handed["fhirServer"] == "https://e.example/fhir"
    assert handed["fhirAuthorization"] | {"scope": ""} == {
        "access_token": "t",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "",
        "subject": "s",
        "patient": "p",
    }
    assert scenes.access("https://e.example/fhir", "", patient="p", subject="s") == {"fhirServer": "https://e.example/fhir"}


def written(folder: Path, **files: Any) -> Path:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_a_folder_holds_resources_bundles_lists_and_requests(tmp_path: Path) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "A", "id": "1"}}, {"fullUrl": "x"}]}
    files = {
        "a": PATIENT,
        "b": bundle,
        "c": [{"resourceType": "B"}, PATIENT],
        "d": {"hook": "x", "prefetch": {"k": bundle, "n": None}},
        "e": {"other": 1},
    }
    found = scenes.read(written(tmp_path, **files))
    assert [one["resourceType"] for one in found] == ["Patient", "A", "B"]
    assert scenes.read(tmp_path / "a.json") == (PATIENT,)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"resourceType": 5}', '{"a": 1, "a": 2}'])
def test_a_file_without_a_resource_is_refused_by_its_name(content: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(NotAScene) as caught:
        scenes.read(file)
    assert caught.value.expression == str(file)


def test_an_empty_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(NotAScene):
            scenes.read(place)


@pytest.mark.parametrize("record", [(), (PATIENT, {**PATIENT, "id": "q"})])
def test_the_patient_is_the_only_one_or_must_be_named(record: tuple[Any, ...]) -> None:
    assert scenes.only_patient((PATIENT, {"resourceType": "A"})) == "p"
    with pytest.raises(NotAScene):
        scenes.only_patient(record)
