"""Each way in with what is sent to it, asked as often as one likes; the draws are the same every time."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.strategies import SearchStrategy

from tests.fuzz import judging, messages
from tests.fuzz.messages import Document
from tests.fuzz.serving import Fuzzed

FHIR = "application/fhir+json"
JSON = "application/json"


@dataclass(frozen=True)
class Way:
    """An address, the type that is asked for, what kind of document it answers with, and what it takes."""

    path: str
    accept: str
    kind: str
    takes: Callable[[Document], SearchStrategy[Document]]


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "validate": Way("/fhir/QuestionnaireResponse/$validate", FHIR, "OperationOutcome", messages.responses),
        "evaluate as cards": Way("/fhir/QuestionnaireResponse/$evaluate", JSON, "cards", messages.submissions),
        "evaluate as FHIR": Way("/fhir/QuestionnaireResponse/$evaluate", FHIR, "Bundle", messages.submissions),
        "process-response": Way("/fhir/Questionnaire/$process-response", FHIR, "OperationOutcome", messages.responses),
        "populate": Way("/fhir/Questionnaire/$populate", FHIR, "Parameters", messages.requests_to_populate),
        "batch": Way("/fhir", FHIR, "Bundle", messages.batches),
        "hook": Way("/cds-services/{name}", JSON, "cards", messages.hook_calls),
        "order-select": Way("/cds-services/{name}-order-select", JSON, "cards", messages.order_selections),
        "order-sign": Way("/cds-services/{name}-order-sign", JSON, "cards", messages.order_signatures),
        "feedback": Way("/cds-services/{name}/feedback", JSON, "feedback", messages.feedbacks),
    }
)


def drawn(strategy: SearchStrategy[Any], check: Callable[[Any], None], *, examples: int) -> None:
    """Checks so many draws of a strategy, without shrinking what fails: the seed is fixed, so that it fails again."""
    chosen = hypothesis.settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )

    def each(case: Any) -> None:
        check(case)

    chosen(hypothesis.given(strategy)(each))()


def sent(fuzzed: Fuzzed, way: Way, body: bytes) -> Any:
    """The document that a body is answered with, judged."""
    response = fuzzed.client.post(way.path.format(name=fuzzed.name), data=body, content_type=way.accept, headers={"Accept": way.accept})
    return judging.judge(fuzzed, response, way.kind)


def spoilt(fuzzed: Fuzzed, way: Way, *, examples: int) -> None:
    """Sends so many messages, each spoilt a little or not at all."""
    strategy = messages.spoilt(way.takes(fuzzed.form))
    drawn(strategy, lambda message: sent(fuzzed, way, json.dumps(message).encode()), examples=examples)


def noise(fuzzed: Fuzzed, way: Way, *, examples: int) -> None:
    """Sends so many bodies that may be no JSON."""
    drawn(messages.noise(), lambda body: sent(fuzzed, way, body), examples=examples)
