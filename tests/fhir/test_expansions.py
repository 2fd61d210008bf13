"""The codes of value sets: what lists them all counts, what lists a part of them does not."""

from typing import Any

import pytest

from cds.fhir import expansions

SYSTEM, URL = "https://example.org/CodeSystem/a", "https://example.org/ValueSet/a"
ONE, TWO = ({"system": SYSTEM, "code": code, "display": code.title()} for code in ("one", "two"))
BOTH = {(SYSTEM, "one"): "One", (SYSTEM, "two"): "Two"}
LISTED = {"include": [{"system": SYSTEM, "concept": [{"code": "one", "display": "One"}, {"code": "two"}]}]}
CORE = "http://hl7.org/fhir/StructureDefinition/"


def value_set(**members: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "id": "a", "url": URL, "version": "2", "status": "active"} | members


def test_an_expansion_has_its_codes_with_their_displays_at_any_depth() -> None:
    group = {"display": "All", "abstract": True, "contains": [ONE, TWO]}
    assert expansions.of(value_set(expansion={"total": 3, "contains": [group]})) == BOTH


@pytest.mark.parametrize(
    "part",
    [
        {"total": 2_000},
        {"offset": 100},
        {"total": 3, "offset": 0},
        {"extension": [{"url": f"{CORE}valueset-unclosed", "valueBoolean": True}]},
        {"extension": [{"url": f"{CORE}valueset-toocostly", "valueBoolean": True}]},
    ],
)
def test_a_part_of_an_expansion_is_no_expansion(part: dict[str, Any]) -> None:
    expansion = {"contains": [ONE, TWO]} | part
    assert expansions.of(value_set(expansion=expansion)) is None
    assert expansions.of(value_set(expansion=expansion, compose=LISTED)) == BOTH | {(SYSTEM, "two"): ""}


@pytest.mark.parametrize("whole", [{}, {"total": 2}, {"offset": 0}, {"total": 2, "offset": 0}])
def test_a_whole_expansion_counts(whole: dict[str, Any]) -> None:
    assert expansions.of(value_set(expansion={"contains": [ONE, TWO]} | whole)) == BOTH


@pytest.mark.parametrize("more", [{"exclude": LISTED["include"]}, {"include": [{"system": SYSTEM}]}, {"include": [{"valueSet": [URL]}]}])
def test_what_asks_for_more_than_a_list_is_not_resolved(more: dict[str, Any]) -> None:
    assert expansions.of(value_set(compose=LISTED | more)) is None


def test_a_contained_value_set_is_known_by_its_id_and_by_its_canonical() -> None:
    held = dict(expansions.contained({"contained": [value_set(compose=LISTED), {"resourceType": "Patient", "id": "p"}]}))
    assert list(held) == ["#a", URL, f"{URL}|2"]


@pytest.mark.parametrize("modifier", [{"implicitRules": "urn:x"}, {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}])
def test_a_contained_value_set_with_a_modifier_is_not_read(modifier: dict[str, Any]) -> None:
    assert dict(expansions.contained({"contained": [value_set(compose=LISTED, **modifier)]})) == {}
