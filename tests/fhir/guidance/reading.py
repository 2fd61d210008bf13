"""The FHIR rendering of an answer read back as CDS Hooks cards, by what the standard says of each element and not by our code."""

from collections.abc import Iterator
from typing import Any

INDICATORS = {"stat": "critical", "urgent": "warning", "routine": "info"}
BASE = "https://back-pain-cds.example/fhir/StructureDefinition/"
DECISION = "org.back-pain-cds.decision"


def of(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The resources of a type."""
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def guidance(bundle: dict[str, Any]) -> dict[str, Any]:
    """Its one GuidanceResponse."""
    (found,) = of(bundle, "GuidanceResponse")
    return found


def contained(resource: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    """The contained resource that is referred to."""
    (found,) = (one for one in resource["contained"] if f"#{one['id']}" == reference["reference"])
    return dict(found)


def findings(answer: dict[str, Any]) -> dict[str, Any]:
    """The output parameters by name."""
    held = contained(answer, answer["outputParameters"])["parameter"]
    return {one["name"]: one.get("valueCode", one.get("valueInteger")) for one in held}


def cards(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The cards that the RequestGroup of the answer says; none when the answer has no result."""
    answer = guidance(bundle)
    if "result" not in answer:
        assert of(bundle, "RequestGroup") == []
        return []
    held = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    group = held[answer["result"]["reference"]]
    assert group["resourceType"] == "RequestGroup"
    return [_card(action, held) for action in group["action"]]


def leaves(actions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The actions that hold no others."""
    for action in actions:
        yield from leaves(action["action"]) if "action" in action else [action]


def _card(action: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    assert ("action" in action) != ("resource" in action)
    source, *links = action["documentation"]
    (topic,) = action["code"][0]["coding"]
    told = {
        "uuid": action["id"],
        "summary": action["title"],
        "detail": action.get("description", ""),
        "indicator": INDICATORS[action["priority"]],
        "source": {"label": source["display"], **({"url": source["url"]} if "url" in source else {}), "topic": topic},
        "suggestions": [_suggestion(one, held) for one in action.get("action", ())],
        "selectionBehavior": action.get("selectionBehavior", ""),
        "overrideReasons": [one["valueCoding"] for one in _extensions(action, "override-reason")],
        "links": [{"label": one["display"], "url": one["url"], "type": "absolute"} for one in links],
        "extension": {DECISION: _decision(action)},
    }
    return {name: value for name, value in told.items() if value}


def _suggestion(action: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    assert action["selectionBehavior"] == "all"
    return {"label": action["title"], "uuid": action["id"], "actions": [_creation(one, held) for one in action["action"]]}


def _creation(action: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    (kind,) = action["type"]["coding"]
    return {"type": kind["code"], "description": action["description"], "resource": held[action["resource"]["reference"]]}


def _decision(action: dict[str, Any]) -> dict[str, Any]:
    (found,) = _extensions(action, "decision")
    parts = [(part["url"], part["valueString"]) for part in found["extension"]]
    rules = [value for name, value in parts if name == "rule"]
    return {name: value for name, value in parts if name != "rule"} | ({"rules": rules} if rules else {})


def _extensions(action: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [one for one in action.get("extension", ()) if one["url"].endswith(f"/StructureDefinition/{name}")]
