"""Errors as what a caller is told."""

import pytest

from cds.foundation import errors
from cds.foundation.errors import CdsError, Diagnostic


def test_an_error_tells_its_own_text_and_place() -> None:
    error = errors.NotFound("No such thing. Ask for another.", expression="id")
    assert error.diagnostics() == (Diagnostic("error", "not-found", "No such thing. Ask for another.", "id"),)


def test_an_error_with_more_tells_all_of_that() -> None:
    more = (Diagnostic("error", "value", "First."), Diagnostic("warning", "value", "Second."))
    assert errors.NotProcessable("Two problems.", more=more).diagnostics() == more


ISSUE_TYPES = {
    *("invalid", "too-long", "structure", "not-found", "deleted", "required", "processing"),
    *("transient", "exception", "login", "forbidden", "throttled"),
}


@pytest.mark.parametrize("kind", [CdsError, *CdsError.__subclasses__()], ids=lambda kind: kind.__name__)
def test_every_meaning_that_rooms_share_has_an_issue_type_of_fhir(kind: type[CdsError]) -> None:
    if kind.__module__ == errors.__name__:
        assert kind.code in ISSUE_TYPES
    assert kind("Text.").diagnostics()[0].severity == "error"
