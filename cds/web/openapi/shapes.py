"""The shapes of bodies: our own, closed, and the schemas of `schemas/`."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cds.foundation import schemas

Schema = dict[str, Any]

PLACE = "#/components/schemas"
WRITTEN = ("assessment", "services-sent", "cards-sent", "cds-hooks-request", "cds-hooks-feedback")
"""Those of `schemas/` that are served."""

TEXT: Schema = {"type": "string", "minLength": 1}
TEXTS: Schema = {"type": "array", "items": TEXT}
FHIR_ID: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}


def reference(name: str) -> Schema:
    """The schema of that name in the document."""
    return {"$ref": f"{PLACE}/{name}"}


def closed(**members: Schema) -> Schema:
    """An object of exactly these members."""
    return {"type": "object", "additionalProperties": False, "required": list(members), "properties": members}


def resource(*kinds: str) -> Schema:
    """A resource of FHIR R4 of one of these types; what else it holds is FHIR's to say."""
    return {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"enum": list(kinds)}}}


ISSUE: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["severity", "code", "diagnostics"],
    "properties": {
        "severity": {"enum": ["fatal", "error", "warning", "information"]},
        "code": TEXT,
        "details": {"type": "object"},
        "diagnostics": TEXT,
        "expression": {"type": "array", "minItems": 1, "items": TEXT},
    },
}
RELEASE = closed(name=TEXT, version=TEXT, digest=TEXT)
ATTRIBUTES = closed(
    **dict.fromkeys(("name", "version", "title", "digest", "status"), TEXT),
    approved={"type": "boolean"},
    **dict.fromkeys(("developer", "funding", "intendedUser", "intendedUse", "notFor", "released"), TEXT),
    inForce=closed(**{"from": TEXT, "until": {"type": ["string", "null"]}}),
    reviewBy=TEXT,
    revisionOf={"type": ["string", "null"]},
    inputs={"type": "array", "items": {"type": "object"}},
    limits=TEXTS,
    gaps=TEXTS,
    citations={"type": "array", "items": {"type": "object"}},
    unverifiedReferences=TEXTS,
    unverifiedCodes={"type": "object"},
    openQuestions=TEXTS,
)
COUNT: Schema = {"type": "integer", "minimum": 0}
AUDIT: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["unauditedAnswers"],
    "properties": {**dict.fromkeys(("unauditedAnswers", "entries", "spooled", "headSize", "headAgeSeconds"), COUNT), "trouble": TEXT},
}
FEEDBACK_KEPT: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["received"],
    "properties": {
        "received": {"type": "integer", "minimum": 0},
        "items": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["index", "status"],
                "properties": {
                    "index": {"type": "integer", "minimum": 0},
                    "status": {"enum": ["recorded", "repeated", "card-unknown"]},
                    "card": TEXT,
                    "unknownSuggestions": {"type": "integer", "minimum": 1},
                },
            },
        },
    },
}

OWN: Mapping[str, Schema] = MappingProxyType(
    {
        "OperationOutcome": closed(resourceType={"const": "OperationOutcome"}, issue={"type": "array", "minItems": 1, "items": ISSUE}),
        "alive": closed(alive={"const": True}),
        "readiness": closed(
            ready={"type": "boolean"}, checks=closed(ledger=TEXT, audit=AUDIT, releases={"type": "object", "additionalProperties": TEXT})
        ),
        "erasure": {"oneOf": [closed(patient=TEXT), closed(decision=TEXT)]},
        "erased": closed(erased=COUNT),
        "versions": closed(software=TEXT, engine=TEXT, releases={"type": "array", "items": RELEASE}),
        "attributes": ATTRIBUTES,
        "attributes-in-force": closed(releases={"type": "array", "items": reference("attributes")}),
        "feedback-kept": FEEDBACK_KEPT,
        "openapi": {"type": "object", "required": ["openapi", "info", "paths"]},
    }
)


def all_of_them() -> dict[str, Schema]:
    """Our own schemas and the written ones by name."""
    return dict(OWN) | {name: _moved(_written(name), name) for name in WRITTEN}


def _written(name: str) -> Schema:
    found: Schema = json.loads((schemas.folder() / f"{name}.schema.json").read_text(encoding="utf-8"))
    return {key: value for key, value in found.items() if key not in ("$schema", "$id")}


def _moved(value: Any, name: str) -> Any:
    """The schema with its inner references made to lead where it stands in the document."""
    if isinstance(value, dict):
        return {
            key: f"{PLACE}/{name}{part.removeprefix('#')}" if key == "$ref" and isinstance(part, str) else _moved(part, name)
            for key, part in value.items()
        }
    return [_moved(part, name) for part in value] if isinstance(value, list) else value
