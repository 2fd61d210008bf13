"""One row of the table of rules: a response that keeps a rule, one that breaks it, where, and how severe that is by status."""

from dataclasses import dataclass
from typing import Any

from cds.facts import FactDefinitions
from cds.fhir.questionnaire import Form
from cds.fhir.validation import response as validation
from cds.foundation.errors import Diagnostic, Severity
from tests.fhir import samples


@dataclass(frozen=True)
class Case:
    """`invalid` breaks `rule` at `place` and nothing else, `valid` breaks nothing; both are completed."""

    rule: str
    form: Form
    valid: dict[str, Any]
    invalid: dict[str, Any]
    place: str
    completed: Severity = "error"
    in_progress: Severity | None = "error"
    name: str = ""
    definitions: FactDefinitions | None = None
    kept_by: Form | None = None

    def problems(self, *, status: str = "completed") -> list[Diagnostic]:
        """What is told of the response that breaks the rule, in that status."""
        return validation.validate(self.invalid | {"status": status}, self.form, at=samples.AT, definitions=self.definitions)

    def kept(self) -> list[Diagnostic]:
        """What is told of the response that keeps it, as an answer to the form, or to another where the form is what breaks the rule."""
        return validation.validate(self.valid, self.kept_by or self.form, at=samples.AT, definitions=self.definitions)


def told(problems: list[Diagnostic]) -> list[tuple[str, str, str]]:
    """Rule, place and severity of each problem."""
    return [(problem.rule, problem.expression, problem.severity) for problem in problems]
