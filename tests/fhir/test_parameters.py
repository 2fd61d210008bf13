"""The parameters of an operation, as a body, inside Parameters, or in an address."""

from typing import Any

import pytest

from cds.fhir import parameters
from tests.fhir.samples import CANARY

RESPONSE = {"resourceType": "QuestionnaireResponse", "status": "completed"}


def sent(*parts: Any) -> dict[str, Any]:
    """Parameters with these parts."""
    return {"resourceType": "Parameters", "parameter": list(parts)}


def told(*parts: Any) -> list[tuple[str, str]]:
    """Severity and place of what is said of these parts, which repeats no name."""
    found = list(parameters.unread(parameters.of_body(sent(*parts), "resource"), ("resource",), ("mode",)))
    assert CANARY not in str(found)
    return [(one.severity, one.expression) for one in found]


def test_a_body_that_is_a_resource_is_the_one_parameter() -> None:
    (part,) = parameters.of_body(RESPONSE, "resource")
    assert (part.name, part.resource, part.place) == ("resource", RESPONSE, "")


def test_each_part_is_found_by_its_name_with_its_place() -> None:
    parts = parameters.of_body(sent({"name": "mode", "valueCode": "create"}, {"name": "resource", "resource": RESPONSE}), "resource")
    mode, resource = parameters.text(parts, "mode"), parameters.resource(parts, "response", "resource")
    assert mode
    assert resource
    assert (mode.text, mode.place) == ("create", "Parameters.parameter[0]")
    assert (resource.resource, resource.place) == (RESPONSE, "Parameters.parameter[1]")
    assert parameters.resource(parts, "questionnaire") is None


def test_the_parameters_of_every_address_are_no_parameters_of_the_operation() -> None:
    assert [part.name for part in parameters.of_query([("_format", "json"), ("mode", "create")])] == ["mode"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (({"name": "resource", "resource": RESPONSE},), []),
        (({"name": CANARY, "valueString": CANARY},), [("warning", "Parameters.parameter[0]")]),
        (({"name": "mode", "valueCode": "create"}, {"name": "mode", "valueCode": "update"}), [("error", "Parameters.parameter[1]")]),
        (({"name": "mode", "resource": RESPONSE},), [("error", "Parameters.parameter[0]")]),
        (({"name": "resource", "valueString": CANARY},), [("error", "Parameters.parameter[0]")]),
        (({"name": "mode", "valueInteger": 5},), [("error", "Parameters.parameter[0]")]),
        ((CANARY, None, 5, [], {"name": [CANARY]}), [("warning", f"Parameters.parameter[{position}]") for position in range(5)]),
    ],
)
def test_what_is_not_read_is_told(parts: tuple[Any, ...], expected: list[tuple[str, str]]) -> None:
    assert told(*parts) == expected


@pytest.mark.parametrize("held", [None, CANARY, {"name": "resource", "resource": RESPONSE}])
def test_parts_that_are_no_list_are_none(held: Any) -> None:
    assert parameters.of_body({"resourceType": "Parameters", "parameter": held}, "resource") == ()
