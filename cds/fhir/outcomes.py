"""Diagnostics -> OperationOutcome (FHIR R4)."""

from collections.abc import Iterable
from typing import Any

from cds.foundation.errors import Diagnostic

RULES = "https://back-pain-cds.example/fhir/CodeSystem/response-rules"
"""The code system of the rules that a response is checked by; the same wherever the service runs."""


def operation_outcome(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """One issue a diagnostic; with none, one that says that nothing was found, because an outcome needs an issue."""
    issues = [_issue(diagnostic) for diagnostic in diagnostics]
    nothing = {"severity": "information", "code": "informational", "diagnostics": "No problem was found."}
    return {"resourceType": "OperationOutcome", "issue": issues or [nothing]}


def _issue(diagnostic: Diagnostic) -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": diagnostic.severity, "code": diagnostic.code, "diagnostics": diagnostic.text}
    rule = {"details": {"coding": [{"system": RULES, "code": diagnostic.rule}]}} if diagnostic.rule else {}
    place = {"expression": [diagnostic.expression]} if diagnostic.expression else {}
    return issue | rule | place
