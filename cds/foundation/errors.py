"""The base error, its diagnostics, and the meanings that several rooms share.

A room raises a meaning; only `cds.web` knows which HTTP status it has and only `cds.cli` which exit code.
No message holds a value that a patient or a caller typed.
"""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True)
class Diagnostic:
    """One problem in the shape of an OperationOutcome issue (FHIR R4, 2.40).

    `code` is a FHIR IssueType; `expression` a FHIRPath, or a `file:line` for content; `text` says what to do.
    `rule` is the code of the rule that was broken, where the rules of a check have codes.
    """

    severity: Severity
    code: str
    text: str
    expression: str = ""
    rule: str = ""


class CdsError(Exception):
    """Base of all errors of this project; `diagnostics` is what a caller is told."""

    code = "exception"

    def __init__(self, text: str, *, expression: str = "", more: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.expression = expression
        self.more = more

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every problem found, this error's own first unless `more` tells all."""
        return self.more or (Diagnostic("error", self.code, self.text, self.expression),)


class NotJson(CdsError):
    """The bytes are not one strict JSON text: syntax, duplicate keys, NaN, too deep."""

    code = "invalid"


class TooLarge(CdsError):
    """The body is larger than the configured limit."""

    code = "too-long"


class WrongShape(CdsError):
    """JSON, but not the message this route takes."""

    code = "structure"


class NotFound(CdsError):
    """Nothing has that id or name."""

    code = "not-found"


class Erased(CdsError):
    """It was there, and what is asked for was erased for good, or is sealed for who asks."""

    code = "deleted"


class Forbidden(CdsError):
    """The caller is known and has not the role that this needs."""

    code = "forbidden"


class DataMissing(CdsError):
    """Required data was not sent and cannot be had."""

    code = "required"


class NotProcessable(CdsError):
    """Understood, but not valid FHIR, not this questionnaire, or about somebody else."""

    code = "processing"


class Unauthorized(CdsError):
    """The caller is not let in. Callers are told nothing but that: the cause is for the ledger."""

    code = "login"


class TooManyRequests(CdsError):
    """More calls than one caller may make; `retry_after` is in whole seconds."""

    code = "throttled"

    def __init__(self, text: str, *, retry_after: int = 60) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Overloaded(CdsError):
    """More is asked for at once than is done at once; nothing is wrong with the request."""

    code = "throttled"


class LedgerUnavailable(CdsError):
    """The decision could not be recorded, so it must not be given."""

    code = "transient"


class ContentError(CdsError):
    """A file of a release is wrong; names file, line, rule and cell."""

    code = "invalid"
