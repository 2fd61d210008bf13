"""The request of a CDS client, checked against the shape of its hook (CDS Hooks 3.0, "HTTP Request" and hook library).

Strict about what an answer needs, tolerant of the rest: the standard lets clients add top-level fields and `extension`, and a prefetch
key that is optional, or not ours, refuses nothing whatever it holds. What was prefetched stays plain JSON; reading it is not this room's work.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from cds.foundation.errors import Diagnostic, WrongShape
from cds.hooks import contexts
from cds.hooks.contexts import Context, EncounterContext, Message, OrderContext, SelectionContext, Text

Address = Annotated[str, Field(pattern=r"^https?://")]
_AUTHORIZATION = "fhirAuthorization"
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
ODD_INSTANCE = "hookInstance: not a UUID."
EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "an http(s) address, or a FHIR id of at most 64 letters, digits, dots and hyphens",
    "int_type": "a whole number",
    "dict_type": "a JSON object",
    "model_type": "a JSON object",
    "mapping_type": "a JSON object",
    "list_type": "a list",
    "too_short": "a list that is not empty",
    contexts.NO_BUNDLE: "a Bundle of FHIR R4 with a list of entries",
}


class FhirAuthorization(Message):
    """How to call the client's FHIR server. The token is transient: it is shown nowhere and kept nowhere. Of `UNUSABLE` nothing is.

    `patient` is the bare id of the patient whose data the token opens, where it says so.
    """

    access_token: Annotated[Text, Field(repr=False)]
    token_type: Text
    expires_in: int
    scope: Text
    subject: Text
    patient: Annotated[Text | None, BeforeValidator(contexts.bare), BeforeValidator(contexts.absent)] = None


UNUSABLE = FhirAuthorization(access_token="none", token_type="none", expires_in=0, scope="none", subject="none")
"""Stands for an authorization that was sent and cannot be read: it has no token that could be sent on."""


class HookRequest(Message):
    """One call of a service. `prefetch` is empty when none was sent, and may hold any JSON; a None in it means "asked, and there is none"."""

    hook: Text
    hook_instance: Annotated[Text, Field(alias="hookInstance")]
    context: Context
    fhir_server: Annotated[Address | None, BeforeValidator(contexts.absent), Field(alias="fhirServer")] = None
    fhir_authorization: Annotated[FhirAuthorization | None, Field(alias=_AUTHORIZATION)] = None
    prefetch: Mapping[str, Any] = Field(default_factory=dict)
    extension: dict[str, Any] | None = None

    @property
    def noted(self) -> tuple[str, ...]:
        """What is odd about the call and refused nothing, in words of ours; for the ledger."""
        odd = () if _UUID.fullmatch(self.hook_instance) else (ODD_INSTANCE,)
        return (*odd, *self.context.noted())


class EncounterRequest(HookRequest):
    """A call of `encounter-start`."""

    context: EncounterContext


class SelectionRequest(HookRequest):
    """A call of `order-select`."""

    context: SelectionContext


class OrderRequest(HookRequest):
    """A call of `order-sign`."""

    context: OrderContext


REQUESTS: Mapping[str, type[HookRequest]] = MappingProxyType(
    {"patient-view": HookRequest, "encounter-start": EncounterRequest, "order-select": SelectionRequest, "order-sign": OrderRequest}
)
"""The closed table of the hooks that can be answered."""


def parse(document: dict[str, Any], *, hook: str, required: Collection[str]) -> HookRequest:
    """The request, or WrongShape with one diagnostic a field; no diagnostic holds what was sent.

    `hook` is one of `REQUESTS`; of a call of another hook only that is told, since the rest of it is of another shape.
    `required` are the prefetch keys that an answer needs. Where all of them were sent an authorization that cannot be read refuses nothing.
    """
    if isinstance(document.get("hook"), str) and document["hook"] not in ("", hook):
        text = f"This service answers the hook {hook}. Send that hook, or call the service that discovery lists for yours."
        raise _wrong([Diagnostic("error", "value", text, "hook")])
    model, sent = REQUESTS[hook], _without_null_prefetch(document)
    try:
        request = model.model_validate(sent)
    except ValidationError as error:
        found = _diagnostics(error.errors(include_input=False, include_context=False, include_url=False))
        if not all(one.expression.startswith(_AUTHORIZATION) for one in found) or not _holds(sent.get("prefetch"), required):
            raise _wrong(found) from None
        request = model.model_validate(sent | {_AUTHORIZATION: UNUSABLE})
    if problems := _disagreements(request, required):
        raise _wrong(problems)
    return request


def _holds(prefetch: object, required: Collection[str]) -> bool:
    return isinstance(prefetch, Mapping) and all(key in prefetch for key in required)


def _without_null_prefetch(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "prefetch" or value is not None}


def _disagreements(request: HookRequest, required: Collection[str]) -> list[Diagnostic]:
    problems = []
    for key in required:
        if not isinstance(request.prefetch.get(key), Mapping | None):
            problems.append(Diagnostic("error", "structure", f"Send prefetch.{key} as a resource or null.", f"prefetch.{key}"))
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
