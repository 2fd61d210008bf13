"""The shapes of FHIR's resources, as far as the routes look at them or an answer promises them; what else they hold is FHIR's to say."""

from collections.abc import Mapping
from types import MappingProxyType

from cds.fhir import capability, proposals
from cds.web import batch
from cds.web.openapi import shapes
from cds.web.openapi.shapes import FHIR_ID, TEXT, Schema

OBJECT: Schema = {"type": "object"}
OBJECTS: Schema = {"type": "array", "items": OBJECT}


def resource(kind: str, /, *required: str, **members: Schema) -> Schema:
    """A resource of that type with these members."""
    return {"type": "object", "required": ["resourceType", *required], "properties": {"resourceType": {"const": kind}, **members}}


def bundle(kind: str, entry: Schema, **more: int) -> Schema:
    """A Bundle of that type, its entries of that shape; `more` says how many."""
    return resource("Bundle", "type", type={"const": kind}, entry={"type": "array", "items": entry, **more})


def either(*names: str) -> Schema:
    """One of the resources of the document, told apart by their types."""
    return {"oneOf": [shapes.reference(name) for name in names], "discriminator": {"propertyName": "resourceType"}}


def parameter(name: str, held: str) -> Schema:
    """A parameter that is a resource of the document."""
    return {"type": "object", "required": ["name", "resource"], "properties": {"name": {"const": name}, "resource": shapes.reference(held)}}


COMMON: Mapping[str, Schema] = MappingProxyType(
    {
        "id": FHIR_ID,
        "meta": {"type": "object", "properties": {"versionId": TEXT}},
        "status": {"enum": ["draft", "active", "retired", "unknown"]},
        **dict.fromkeys(("url", "version", "name", "title", "date", "description", "publisher"), TEXT),
        "experimental": {"type": "boolean"},
    }
)
"""Of every artifact. A search may leave out all that FHIR does not demand (`_elements`, `_summary`)."""
PARTS: Mapping[str, Mapping[str, Schema]] = MappingProxyType(
    {
        "PlanDefinition": {"action": OBJECTS, "library": {"type": "array", "items": TEXT}},
        "Library": {"content": OBJECTS, "parameter": OBJECTS, "dataRequirement": OBJECTS},
        "Questionnaire": {"item": OBJECTS, "subjectType": {"type": "array", "items": TEXT}},
        "ValueSet": {"compose": OBJECT, "expansion": OBJECT},
        "CodeSystem": {"concept": OBJECTS, "property": OBJECTS, "content": TEXT},
        "OperationDefinition": {"parameter": OBJECTS, "code": TEXT, "kind": {"const": "operation"}},
    }
)
"""What the artifacts of each type are there for."""
ORDERED = tuple(proposals.KINDS)
CALLED: Schema = {
    "type": "object",
    "required": ["request"],
    "properties": {
        "request": {
            "type": "object",
            "required": ["method", "url"],
            "properties": {"method": {"enum": ["GET", "HEAD", "POST"]}, "url": TEXT, "ifNoneMatch": TEXT},
        },
        "resource": OBJECT,
    },
}
ANSWERED: Schema = {
    "type": "object",
    "required": ["response"],
    "properties": {
        "response": {"type": "object", "required": ["status"], "properties": {"status": TEXT, "outcome": shapes.reference("OperationOutcome")}},
        "resource": OBJECT,
    },
}
FOUND: Schema = {
    "type": "object",
    "required": ["fullUrl", "resource"],
    "properties": {"fullUrl": TEXT, "resource": either(*capability.KINDS), "search": OBJECT},
}
GUIDED: Schema = {
    "type": "object",
    "required": ["fullUrl", "resource"],
    "properties": {"fullUrl": TEXT, "resource": either("GuidanceResponse", "RequestGroup", *ORDERED)},
}
ASKED: Schema = {
    "description": "`questionnaire`, `subject` and `context`, whose parts are `name` and `content`.",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": TEXT,
        "valueCanonical": TEXT,
        "valueUri": TEXT,
        "valueReference": {"type": "object", "properties": {"reference": TEXT}},
        "resource": OBJECT,
        "part": OBJECTS,
    },
}

ALL: Mapping[str, Schema] = MappingProxyType(
    {
        **{kind: resource(kind, **COMMON, **PARTS[kind]) for kind in capability.KINDS},
        "CapabilityStatement": resource("CapabilityStatement"),
        "QuestionnaireResponse": resource("QuestionnaireResponse", questionnaire=TEXT, status=TEXT, subject=OBJECT, item=OBJECTS),
        "GuidanceResponse": resource("GuidanceResponse", status={"enum": ["success", "data-requested"]}, moduleCanonical=TEXT, contained=OBJECTS),
        "RequestGroup": resource("RequestGroup", status={"const": "draft"}, intent={"const": "proposal"}, action=OBJECTS),
        **{kind: resource(kind, status={"const": "draft"}) for kind in ORDERED},
        "searchset": bundle("searchset", FOUND),
        "batch": bundle("batch", CALLED, maxItems=batch.MOST_ENTRIES),
        "batch-response": bundle("batch-response", ANSWERED),
        "guidance": bundle("collection", GUIDED, minItems=1),
        "populate-request": {
            "oneOf": [resource("Parameters", parameter={"type": "array", "items": ASKED}), resource("Bundle", entry=OBJECTS)],
            "discriminator": {"propertyName": "resourceType"},
        },
        "populate-answer": resource(
            "Parameters",
            "parameter",
            parameter={
                "type": "array",
                "items": {"oneOf": [parameter("response", "QuestionnaireResponse"), parameter("issues", "OperationOutcome")]},
            },
        ),
    }
)
"""The schemas by their names in the document."""
