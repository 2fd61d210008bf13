"""The service answers as its OpenAPI document says, whatever is drawn from it; every call has a token."""

from schemathesis import GenerationMode

from tests.fuzz import specification
from tests.fuzz.serving import Fuzzed

EXAMPLES = 8


def test_every_operation_answers_as_the_document_says(guarded: Fuzzed) -> None:
    right, wrong = set[str](), set[str]()
    for operation in specification.operations(guarded):
        seen = specification.held(guarded, operation, examples=EXAMPLES)
        right |= {operation.label} if seen[GenerationMode.POSITIVE] else set()
        wrong |= {operation.label} if seen[GenerationMode.NEGATIVE] else set()
    document = guarded.client.get(specification.ADDRESS).get_json()["paths"]
    assert right == {f"{method.upper()} {path}" for path, methods in document.items() for method in methods} - {f"GET {specification.ADDRESS}"}
    assert {one for one in right if one.startswith("POST")} <= wrong
