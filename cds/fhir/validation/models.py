"""A resource that is sent by itself against FHIR R4: strictly by the shapes of its types, then by the R4B models of fhir.resources.

The models alone read `"5"` as 5 and text as an object when it is JSON, drop nulls and empty elements, and take any code. Of the
standard's invariants only those of `invariants` are held. Slow, so not for prefetched data.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pydantic

from cds.fhir import limits
from cds.fhir.validation import shapes, strict
from cds.foundation.errors import Diagnostic

_CODES = {"missing": "required", "model_validation_format": "structure", "list_type": "structure"}
_TEXTS = {
    "required": "A required element is missing. Add it.",
    "structure": "Not the structure of FHIR R4: an element that is not known here, or a list or object where another is expected.",
    "value": "Not a value that FHIR R4 allows here. Send the type and form that the element has.",
}
_OWN = ("uuid", "url", "base64", "extra_forbidden")
"""Types of pydantic's errors where the models know less than R4 has: forms of primitives, and extensions of an extension's value."""


def problems(resource: Mapping[str, Any], kind: str) -> list[Diagnostic]:
    """Every breach of FHIR R4 in a resource of that type, of contained ones too, with its FHIRPath; beyond a bound only that there are more.

    All are errors, and no text holds anything of the resource.
    """
    found = list(itertools.islice(dict.fromkeys(strict.problems(resource, kind)), limits.MAX_PROBLEMS + 1))
    found = found or list(dict.fromkeys(_by_the_models(resource, kind)))
    if len(found) <= limits.MAX_PROBLEMS:
        return found
    return [*found[: limits.MAX_PROBLEMS], Diagnostic("error", "too-long", "There are more problems. Correct these and send it again.", kind)]


def _by_the_models(resource: Mapping[str, Any], kind: str) -> Iterator[Diagnostic]:
    """What the models refuse of JSON that the strict pass took."""
    try:
        shapes.model(kind).model_validate(dict(resource))
    except pydantic.ValidationError as error:
        for problem in error.errors(include_input=False, include_context=False, include_url=False):
            if not problem["type"].startswith(_OWN):
                code = next((code for part, code in _CODES.items() if part in problem["type"]), "value")
                yield Diagnostic("error", code, _TEXTS[code], _path(kind, problem["loc"]))


def _path(root: str, place: tuple[int | str, ...]) -> str:
    path = root
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
