"""Requests drawn from our own OpenAPI document by schemathesis, right ones and wrong ones, and answers held to it."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.fuzz import cases
from tests.fuzz.serving import Fuzzed

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ADDRESS = "/openapi.json"
TURNED_AWAY = (401, 429)
"""Documented, and never the answer here: every call has a good token, and none is one too many."""


Operation = schemathesis.APIOperation[Any, Any, Any, Any]


def operations(fuzzed: Fuzzed) -> Iterator[Operation]:
    """Every operation of the document."""
    for found in schemathesis.openapi.from_wsgi(ADDRESS, fuzzed.flask).get_all_operations():
        if isinstance(found, Err):
            raise found.err()
        yield found.ok()


def held(fuzzed: Fuzzed, operation: Operation, *, examples: int) -> Counter[GenerationMode]:
    """Sends so many right and so many wrong requests; how many of each there were, as some have nothing that could be wrong."""
    seen = Counter[GenerationMode]()
    for mode in GenerationMode:
        try:
            cases.drawn(operation.as_strategy(mode), partial(_check, seen, mode), examples=examples)
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE
    fuzzed.logged()
    return seen


def _check(seen: Counter[GenerationMode], mode: GenerationMode, case: schemathesis.Case[Operation]) -> None:
    seen[mode] += 1
    response = case.call()
    assert response.status_code not in TURNED_AWAY
    case.validate_response(response, checks=CHECKS)
