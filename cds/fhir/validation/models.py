"""Validation of a submitted resource by the R4B models of fhir.resources, and of what those let through.

The models read `"5"` as 5, text as an object when it is JSON, and drop nulls and empty elements: a second pass compares
the JSON as sent with the model made of it. The only module that imports fhir.resources; slow, so not for prefetched data.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pydantic
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from cds.foundation.errors import Diagnostic

_ROOT = "QuestionnaireResponse"
_CODES = {"missing": "required", "extra_forbidden": "structure", "model_validation_format": "structure", "list_type": "structure"}
_TEXTS = {
    "required": "A required element is missing. Add it.",
    "structure": "Not the structure of FHIR R4: an element that is not known here, or a list or object where another is expected.",
    "value": "Not a value that FHIR R4 allows here. Send the type and form that the element has.",
}


def problems(response: Mapping[str, Any]) -> list[Diagnostic]:
    """Every breach of FHIR R4 (by the R4B models) with its FHIRPath; no text holds anything of the response."""
    try:
        model = QuestionnaireResponse.model_validate(dict(response))
    except pydantic.ValidationError as error:
        found = error.errors(include_input=False, include_context=False, include_url=False)
        return list(dict.fromkeys(_diagnostic(str(problem["type"]), problem["loc"]) for problem in found))
    except (KeyError, TypeError, RecursionError):
        text = "A resource in it has no type of FHIR R4, or is nested too deeply. Leave contained resources out."
        return [Diagnostic("error", "structure", text, f"{_ROOT}.contained")]
    return list(_loose(response, model, _ROOT))


def _diagnostic(kind: str, place: tuple[int | str, ...]) -> Diagnostic:
    """The last name of an unknown element is the caller's own word: its parent is named instead."""
    if kind == "extra_forbidden":
        place = place[:-1]
    code = next((code for part, code in _CODES.items() if part in kind), "value")
    return Diagnostic("error", code, _TEXTS[code], _path(place))


def _path(place: tuple[int | str, ...]) -> str:
    path = _ROOT
    for part in place:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part != "root":
            path += f".{element(part)}"
    return path


def element(name: str) -> str:
    """The FHIRPath name of a JSON member: `value` for every value[x], and the bare name of `_name`."""
    bare = name.removeprefix("_").removesuffix("__ext")
    return "value" if bare.startswith("value") and bare != "value" and bare[5:6].isupper() else bare


def _loose(raw: Any, made: Any, path: str) -> Iterator[Diagnostic]:
    """What the model took although the JSON was of another type, or was null or empty."""
    if raw is None or raw in ([], {}):
        yield Diagnostic("error", "structure", "An element is null or empty. Leave it out.", path)
    elif isinstance(made, pydantic.BaseModel):
        yield from _loose_object(raw, made, path)
    elif isinstance(made, list) and isinstance(raw, list):
        for position, (part, model) in enumerate(zip(raw, made, strict=False)):
            yield from _loose(part, model, f"{path}[{position}]")
    elif not _same_kind(raw, made):
        yield Diagnostic("error", "value", "A value of another JSON type than this element has. Send the type that FHIR R4 gives.", path)


def _loose_object(raw: Any, made: pydantic.BaseModel, path: str) -> Iterator[Diagnostic]:
    if not isinstance(raw, Mapping):
        yield Diagnostic("error", "structure", "Text where an object is expected. Send the object itself.", path)
        return
    names = {field.alias or name: name for name, field in type(made).model_fields.items()}
    for member, value in raw.items():
        if member in names:
            yield from _loose(value, getattr(made, names[member]), f"{path}.{element(member)}")


def _same_kind(raw: Any, made: Any) -> bool:
    """Numbers for numbers, whole ones for integers, booleans for booleans, text for text and dates."""
    if isinstance(raw, bool) or isinstance(made, bool):
        return raw is made
    if isinstance(made, int):
        return isinstance(raw, int)
    if isinstance(made, (Decimal, float)):
        return isinstance(raw, (int, float, Decimal))
    return isinstance(raw, str)
