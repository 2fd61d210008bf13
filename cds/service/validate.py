"""A QuestionnaireResponse against its Questionnaire: `$validate` (FHIR R4, Resource) and the file of the command line. Nothing is decided."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cds.fhir import outcomes, parameters
from cds.fhir.parameters import Part
from cds.fhir.validation import foreign, rules
from cds.fhir.validation import response as validation
from cds.foundation import strict_json
from cds.foundation.errors import Diagnostic
from cds.service import questionnaires
from cds.service.questionnaires import Library

RESOURCE, QUESTIONNAIRE, MODE, PROFILE = "resource", "questionnaire", "mode", "profile"
MODES = frozenset({"create", "update", "delete"})
OWN_PROFILE = "http://hl7.org/fhir/StructureDefinition/QuestionnaireResponse"
MAX_ISSUES = 500
"""So many problems are told one by one, the worst first; of more, only their number."""
_ROOT = "QuestionnaireResponse"
Document = dict[str, Any]


def validate(library: Library, body: bytes, query: Iterable[tuple[str, str]] = ()) -> Document:
    """An OperationOutcome of every problem of a response, or of Parameters with one (`resource`, and its `questionnaire`).

    Raises NotJson, TooLarge and WrongShape for what is no JSON object; all else, no FHIR included, has an outcome.
    """
    sent = strict_json.load_object(body, limit=library.app.settings.body_limit)
    parts = (*parameters.of_body(sent, RESOURCE), *parameters.of_query(query))
    response, form = parameters.resource(parts, RESOURCE), parameters.resource(parts, QUESTIONNAIRE)
    about = [*parameters.unread(parts, (RESOURCE, QUESTIONNAIRE), (MODE, PROFILE)), *_asked(parts)]
    if response is None or response.resource is None:
        return outcome(
            [*about, Diagnostic("error", "required", "There is no response to check. Send one as the body, or in the parameter resource.")]
        )
    return outcome([*about, *problems(library, response.resource, form.resource if form else None)])


def validate_file(library: Library, response: bytes, form: bytes | None) -> list[Diagnostic]:
    """The problems of the response in a file, against the Questionnaire of another file where there is one; raises as `validate`."""
    limit = library.app.settings.body_limit
    sent = strict_json.load_object(response, limit=limit)
    return bounded(problems(library, sent, None if form is None else strict_json.load_object(form, limit=limit)))


def problems(library: Library, response: Mapping[str, Any], form: Mapping[str, Any] | None = None) -> list[Diagnostic]:
    """Against the Questionnaire given, else the one contained and referred to by `#id`, else the released one that the canonical names."""
    at = library.app.clock()
    if response.get("resourceType") != _ROOT:
        return [Diagnostic("error", "structure", "Not a QuestionnaireResponse. Send one.", f"{_ROOT}.resourceType")]
    along = form if form is not None else foreign.contained(response)
    if along is not None:
        return foreign.problems(response, along, library.expansions(), at=at)
    held = questionnaires.named(library, response.get(QUESTIONNAIRE))
    if held is None:
        return _not_held(library, response)
    return validation.validate(response, held.form, at=at, definitions=held.definitions)


def outcome(found: Sequence[Diagnostic]) -> Document:
    """The problems as an OperationOutcome, no more than are told."""
    return outcomes.operation_outcome(bounded(found))


def bounded(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """All in their order, or of too many the worst."""
    if len(found) <= MAX_ISSUES:
        return list(found)
    severities = ("fatal", "error", "warning", "information")
    worst = sorted(found, key=lambda one: severities.index(one.severity))
    left = Diagnostic("information", "too-long", f"{len(found) - MAX_ISSUES} more problems are not listed. Correct these first.")
    return [*worst[:MAX_ISSUES], left]


def failed(found: Iterable[Diagnostic]) -> bool:
    """Whether one of the problems is an error."""
    return any(one.severity in ("fatal", "error") for one in found)


def _asked(parts: Sequence[Part]) -> Iterator[Diagnostic]:
    """What was asked for beyond a general check, and cannot be had: silence would say that it was checked."""
    mode, profile = parameters.text(parts, MODE), parameters.text(parts, PROFILE)
    if mode and mode.text in MODES:
        text = "No response is stored here, so nothing can be created, updated or deleted. Leave the mode out for a general check."
        yield Diagnostic("error", "not-supported", text, mode.place)
    elif mode and mode.text != PROFILE:
        yield Diagnostic("error", "code-invalid", "Not a mode of FHIR R4. Leave it out for a general check.", mode.place)
    elif mode and not profile:
        yield Diagnostic("error", "required", "The mode profile needs the parameter profile. Send both, or neither.", mode.place)
    if profile and profile.text.partition("|")[0] != OWN_PROFILE:
        text = f"A profile that cannot be checked here; the rest was. Leave it out, or send {OWN_PROFILE}."
        yield Diagnostic("error", "not-supported", text, profile.place)


def _not_held(library: Library, response: Mapping[str, Any]) -> list[Diagnostic]:
    """What can be said without a Questionnaire: that it is not held, and what FHIR R4 itself asks."""
    held = ", ".join(f"{one.form.url}|{one.form.version}" for one in library.held())
    text = f"It names no questionnaire that is held here. Send the Questionnaire along, contained or as a parameter, or answer one of: {held}."
    return [*rules.broken("questionnaireNotFound", response.get("status"), text, f"{_ROOT}.questionnaire"), *foreign.alone(response)]
