"""The request of a CDS client, checked against the shape of its hook (CDS Hooks 3.0, "HTTP Request" and hook library).

Strict about types, tolerant of fields that are not ours: the standard lets clients add top-level fields and `extension`.
The prefetched resources stay plain dicts; reading them is not this room's work.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from cds.foundation.errors import Diagnostic, WrongShape

Text = Annotated[str, Field(min_length=1)]
Address = Annotated[str, Field(pattern=r"^https?://")]
FHIR_ID = r"^[A-Za-z0-9\-.]{1,64}$"
EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "an http(s) address, or a FHIR id of at most 64 letters, digits, dots and hyphens",
    "int_type": "a whole number",
    "dict_type": "a JSON object",
    "model_type": "a JSON object",
    "mapping_type": "a JSON object",
}


def _bare(value: Any) -> Any:
    """`Patient/x` as `x`: some clients send the reference where the standard has the bare id."""
    return value.removeprefix("Patient/") if isinstance(value, str) else value


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class PatientContext(_Message):
    """Context of `patient-view` 1.0. `patient_id` is a bare FHIR id."""

    user_id: Annotated[Text, Field(alias="userId")]
    patient_id: Annotated[str, BeforeValidator(_bare), Field(alias="patientId", pattern=FHIR_ID)]
    encounter_id: Annotated[Text | None, Field(alias="encounterId")] = None


class FhirAuthorization(_Message):
    """How to call the client's FHIR server. The token is transient: it is shown nowhere and kept nowhere."""

    access_token: Annotated[Text, Field(repr=False)]
    token_type: Text
    expires_in: int
    scope: Text
    subject: Text


class HookRequest(_Message):
    """One call of a service. `prefetch` is empty when none was sent; a None in it means "asked, and there is none"."""

    hook: Text
    hook_instance: Annotated[Text, Field(alias="hookInstance")]
    context: PatientContext
    fhir_server: Annotated[Address | None, Field(alias="fhirServer")] = None
    fhir_authorization: Annotated[FhirAuthorization | None, Field(alias="fhirAuthorization")] = None
    prefetch: Mapping[str, dict[str, Any] | None] = Field(default_factory=dict)
    extension: dict[str, Any] | None = None


def parse(document: dict[str, Any], *, hook: str) -> HookRequest:
    """The request, or WrongShape with one diagnostic a field; no diagnostic holds what was sent."""
    try:
        request = HookRequest.model_validate(_without_null_prefetch(document))
    except ValidationError as error:
        raise _wrong(_diagnostics(error.errors(include_input=False, include_context=False, include_url=False))) from None
    if problems := _disagreements(request, hook):
        raise _wrong(problems)
    return request


def _without_null_prefetch(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "prefetch" or value is not None}


def _disagreements(request: HookRequest, hook: str) -> list[Diagnostic]:
    problems = []
    if request.hook != hook:
        text = f"This service answers the hook {hook}. Send that hook, or call the service that discovery lists for yours."
        problems.append(Diagnostic("error", "value", text, "hook"))
    if request.fhir_authorization and not request.fhir_server:
        text = "fhirAuthorization was sent without fhirServer. Send both or neither."
        problems.append(Diagnostic("error", "required", text, "fhirServer"))
    return problems


def _wrong(problems: Sequence[Diagnostic]) -> WrongShape:
    return WrongShape("The request is not a CDS Hooks request for this service.", more=tuple(problems))


def _diagnostics(errors: Sequence[ErrorDetails]) -> list[Diagnostic]:
    found: dict[str, Diagnostic] = {}
    for error in errors:
        path = _path(error["loc"])
        found.setdefault(path, _diagnostic(error, path))
    return list(found.values())


def _diagnostic(error: ErrorDetails, path: str) -> Diagnostic:
    if error["type"] == "missing":
        return Diagnostic("error", "required", f"{path} is missing. Send it.", path)
    if path == "prefetch":
        return Diagnostic("error", "structure", "Send prefetch as an object whose values are resources or null.", path)
    return Diagnostic("error", "structure", f"Send {path} as {EXPECTED.get(error['type'], 'CDS Hooks 3.0 has it')}.", path)


def _path(location: tuple[int | str, ...]) -> str:
    """Names of our own models only: under `prefetch` and `extension` the key is the caller's, so the path stops there."""
    names = [str(part) for part in location]
    return names[0] if names[0] in ("prefetch", "extension") else ".".join(names)
