"""The operations of the service as FHIR OperationDefinitions (R4, 5.8): what each takes, gives and does not do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BASE = "https://back-pain-cds.example/fhir"
"""The canonical base of what the software publishes of itself; the same wherever the service runs."""

KIND = "OperationDefinition"
DATE = "2026-11-22"
"""The day on which an operation last changed."""

Resource = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation: `use` is in or out, `most` a number or `*`, `parts` those of a parameter without a type."""

    name: str
    use: str
    least: int
    most: str
    type: str
    text: str
    parts: tuple["Parameter", ...] = ()


@dataclass(frozen=True)
class Operation:
    """An operation on a type, and where `instance` also on one resource of it. `of` is the definition that it follows, where there is one."""

    code: str
    resource: str
    title: str
    text: str
    parameters: tuple[Parameter, ...]
    of: str = ""
    instance: bool = False

    @property
    def id(self) -> str:
        """The id of its definition."""
        return f"{self.resource}-{self.code}"

    @property
    def url(self) -> str:
        """The canonical of its definition, without a version."""
        return f"{BASE}/{KIND}/{self.id}"


QUESTIONNAIRE = Parameter(
    "questionnaire", "in", 0, "1", "Questionnaire", "The Questionnaire to check against, where it is not the released one that the response names."
)
OUTCOME = Parameter("return", "out", 1, "1", "OperationOutcome", "Every problem with its place, its severity and the rule that it breaks.")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "validate",
        "QuestionnaireResponse",
        "Validate a QuestionnaireResponse",
        "Checks a response against its Questionnaire and tells every problem. Nothing is stored and nothing is decided. "
        "The answer is 200 whatever was found.",
        (
            Parameter("resource", "in", 1, "1", "QuestionnaireResponse", "The response. It may also be the body itself."),
            QUESTIONNAIRE,
            Parameter("mode", "in", 0, "1", "code", "Only profile is taken. Any other is told as an error, beside the general check."),
            Parameter("profile", "in", 0, "1", "uri", "Only the base profile of the type. Any other is told as an error, beside the general check."),
            OUTCOME,
        ),
        of="http://hl7.org/fhir/OperationDefinition/Resource-validate",
    ),
    Operation(
        "evaluate",
        "QuestionnaireResponse",
        "Evaluate a QuestionnaireResponse",
        "Decides on a response, records the decision, and gives it as a Bundle of GuidanceResponse, RequestGroup and proposals; "
        "to a caller who prefers application/json as CDS Hooks cards.",
        (
            Parameter("resource", "in", 1, "1", "Resource", "The body: a QuestionnaireResponse, or a Bundle of it and resources of its subject."),
            Parameter("return", "out", 1, "1", "Bundle", "The guidance: a collection that begins with the GuidanceResponse."),
        ),
    ),
    Operation(
        "process-response",
        "Questionnaire",
        "Process a QuestionnaireResponse",
        "Takes a response as a form receiver does and tells whether it is accepted: a completed one must conform fully, "
        "one in progress may lack answers. Nothing is stored and nothing is decided.",
        (Parameter("in", "in", 1, "1", "QuestionnaireResponse", "The response. It may also be the body itself."), OUTCOME),
        of="http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-process-response",
    ),
    Operation(
        "populate",
        "Questionnaire",
        "Populate a Questionnaire",
        "Fills a released Questionnaire in from resources of the subject that are sent along. "
        "What the record does not say stays open: silence is never a no.",
        (
            Parameter("questionnaire", "in", 0, "1", "canonical", "The Questionnaire, where the address does not name it."),
            Parameter("subject", "in", 0, "1", "Reference", "The patient. May be left out where one Patient is sent."),
            Parameter(
                "context",
                "in",
                0,
                "*",
                "",
                "What to fill in from. The body may also be a Bundle of resources, where the address names the Questionnaire.",
                (
                    Parameter("name", "in", 1, "1", "string", "What the content is."),
                    Parameter("content", "in", 1, "*", "Resource", "A resource of the patient, or a Bundle of them."),
                ),
            ),
            Parameter("response", "out", 1, "1", "QuestionnaireResponse", "The response, in progress."),
            Parameter("issues", "out", 0, "1", "OperationOutcome", "What could not be read or was not checked."),
        ),
        of="http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-populate",
        instance=True,
    ),
)


def definitions(version: str) -> tuple[Resource, ...]:
    """The definition of each operation; `version` is that of the software."""
    return tuple(_definition(one, version) for one in OPERATIONS)


def _definition(one: Operation, version: str) -> Resource:
    name = "".join(word[:1].upper() + word[1:] for word in one.id.split("-"))
    return {
        "resourceType": KIND,
        "id": one.id,
        "meta": {"versionId": version},
        "url": one.url,
        "version": version,
        "name": name,
        "title": one.title,
        "status": "active",
        "kind": "operation",
        "experimental": True,
        "date": DATE,
        "description": one.text,
        "affectsState": one.code == "evaluate",
        "code": one.code,
        **({"base": one.of} if one.of else {}),
        "resource": [one.resource],
        "system": False,
        "type": True,
        "instance": one.instance,
        "parameter": list(_parameters(one.parameters)),
    }


def _parameters(parameters: tuple[Parameter, ...]) -> Iterator[Resource]:
    for one in parameters:
        kind = {"type": one.type} if one.type else {}
        parts = {"part": list(_parameters(one.parts))} if one.parts else {}
        yield {"name": one.name, "use": one.use, "min": one.least, "max": one.most, "documentation": one.text} | kind | parts
