"""JSON Schemas of what we author, store or send, by name: the folder `schemas/`, which ships in the wheel."""

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from cds.foundation.errors import Diagnostic

PACKAGED = Path(__file__).parent.parent / "_schemas"
CHECKOUT = Path(__file__).parent.parent.parent / "schemas"


def folder() -> Path:
    """Where the schemas are: in an installed package, or at the top of a checkout."""
    return PACKAGED if PACKAGED.is_dir() else CHECKOUT


@functools.cache
def validator(name: str) -> Draft202012Validator:
    """The validator of `schemas/<name>.schema.json`."""
    schema = json.loads((folder() / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def problems(name: str, value: Any) -> list[tuple[tuple[str | int, ...], Diagnostic]]:
    """Every breach of the schema with its path; the text names the rule broken, never the value."""
    found = sorted(validator(name).iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path])
    return [(tuple(error.absolute_path), _diagnostic(error)) for error in found]


def _diagnostic(error: Any) -> Diagnostic:
    path = ".".join(str(part) for part in error.absolute_path) or "(top)"
    return Diagnostic("error", "structure", f"{path}: {_expected(error)}.", path)


def _expected(error: Any) -> str:
    if error.validator == "required":
        lacking = [name for name in error.validator_value if name not in error.instance]
        return f"lacks {', '.join(lacking)}"
    if error.validator == "additionalProperties":
        known = ", ".join(error.schema.get("properties", {}))
        return f"has a member that does not belong there; the members are {known}"
    return f"breaks {error.validator}: expected {json.dumps(error.validator_value)[:200]}"
