"""The strict pass over R4: what HL7's JSON Schema refuses is refused, what it takes is refused only where the schema is known to be lax."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds.fhir import limits
from cds.fhir.validation import models, strict
from cds.foundation import strict_json
from cds.foundation.errors import Diagnostic
from tests.fhir import oracle
from tests.fhir.samples import CANARY
from tests.fhir.validation import model_samples
from tests.fhir.validation.model_samples import PARAMETERS, QUESTIONNAIRE, RESPONSE, WHOLE, Raw

EACH = pytest.mark.parametrize("kind", list(WHOLE))
STRICTER = frozenset({"required", "invariant", "code-invalid", "not-supported"})
"""Codes of problems that the schema does not know: it requires no primitive, holds no invariant and few of the required bindings."""
LOOSE = frozenset({"", " ", "\x01", "2026-02-30", CANARY})
"""Text that the schema takes as some primitive: an empty uri, a control character, no day of the calendar."""
PLAIN = {"resourceType": "Patient", "id": "p", "gender": "female", "name": [{"given": ["A"]}]}
ROOT = "QuestionnaireResponse"


def at(problems: list[Diagnostic]) -> list[tuple[str, str]]:
    return [(problem.code, problem.expression) for problem in problems]


@EACH
def test_a_resource_that_the_schema_takes_has_no_problem(kind: str) -> None:
    assert models.problems(WHOLE[kind], kind) == []


@EACH
def test_the_schema_takes_the_samples_too(kind: str) -> None:
    assert oracle.accepts(aligned(WHOLE[kind]), kind)


@EACH
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_the_schema_refuses_is_refused_and_the_rest_only_where_the_schema_is_lax(kind: str, data: st.DataObject) -> None:
    sent = data.draw(model_samples.mutated(aligned(WHOLE[kind])))
    before = json.dumps(sent, default=str)
    problems = models.problems(sent, kind)
    assert json.dumps(sent, default=str) == before
    assert not any(CANARY in f"{problem.text}{problem.expression}{problem.code}" for problem in problems)
    if not oracle.accepts(sent, kind):
        assert problems
    else:
        assert [problem for problem in problems if not lax(problem, sent)] == []


def aligned(resource: Raw) -> Raw:
    """Without the nulls that keep the places of extensions, which the schema does not take."""
    return resource | {"contained": [PLAIN]} if resource is RESPONSE else resource


def lax(problem: Diagnostic, sent: Raw) -> bool:
    """True where the schema is wider than the standard: besides the codes above, what is no object or empty, two values, some primitives."""
    if problem.code in STRICTER or "More than one type" in problem.text or problem.expression.endswith(("text.div", ".data")):
        return True
    held = list(found(sent, problem.expression.split(".")[1:]))
    if problem.text == strict.EMPTY:
        return any(value in (None, [], {}) or (isinstance(value, dict) and value.keys() <= {"id"}) for value in held)
    if problem.code == "structure":
        return any(not isinstance(value, dict) for value in held)
    return any(isinstance(value, (int, float, Decimal)) or str(value) in LOOSE for value in held)


def found(value: Any, path: list[str]) -> Iterator[Any]:
    """What stands at a FHIRPath; a choice is any member that begins with its name, and an extension is beside its primitive."""
    if not path:
        yield value
        return
    name, _, position = path[0].removesuffix("]").partition("[")
    for member, inner in value.items() if isinstance(value, dict) else ():
        bare = member.removeprefix("_")
        if bare == name or (bare.startswith(name) and bare[len(name)].isupper()):
            held = inner[int(position)] if position and isinstance(inner, list) and len(inner) > int(position) else inner
            yield from found(held, path[1:])


def changed(**more: Any) -> Raw:
    return {name: value for name, value in (RESPONSE | more).items() if value is not ...}


def containing(resource: Raw) -> Raw:
    return changed(contained=[resource], subject={"reference": "Patient/1"})


def asking(**item: Any) -> Raw:
    return QUESTIONNAIRE | {"item": [{"linkId": "a", "type": "integer"} | item]}


def given_as(**value: Any) -> Raw:
    return PARAMETERS | {"parameter": [{"name": "a"} | value]}


def answered(**value: Any) -> Raw:
    return changed(item=[{"linkId": "a", "answer": [value]}])


CONTAINED = f"{ROOT}.contained[0]"
ANSWER = f"{ROOT}.item[0].answer[0]"


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (changed(status="complete"), ("code-invalid", f"{ROOT}.status")),
        (changed(status=...), []),
        (changed(status=..., _status=...), ("required", f"{ROOT}.status")),
        (changed(status=None), ("structure", f"{ROOT}.status")),
        (changed(status="completed", _status={"id": "a"}), []),
        (changed(status=..., _status={"id": "a"}), ("structure", f"{ROOT}.status")),
        (changed(status="completed", _status={}), ("structure", f"{ROOT}.status")),
        (containing({"resourceType": "Patient", "name": [{"given": ["A", "B"], "_given": [{"id": "a"}, None]}]}), []),
        (
            containing({"resourceType": "Patient", "name": [{"given": ["A", None], "_given": [None, {"id": "a"}]}]}),
            ("structure", f"{CONTAINED}.name[0].given[1]"),
        ),
        (changed(item=[]), ("structure", f"{ROOT}.item")),
        (changed(item=[{}]), ("structure", f"{ROOT}.item[0]")),
        (changed(item={"linkId": "a"}), ("structure", f"{ROOT}.item")),
        (changed(item=[[{"linkId": "a"}]]), ("structure", f"{ROOT}.item[0]")),
        (changed(item=[{"text": "a"}]), ("required", f"{ROOT}.item[0].linkId")),
        (changed(item=[{"linkId": 5}]), ("value", f"{ROOT}.item[0].linkId")),
        (changed(**{CANARY: 1}), ("structure", ROOT)),
        (changed(fhir_comments="x"), ("structure", ROOT)),
        (changed(resource_type=ROOT), ("structure", ROOT)),
        (changed(subject='{"reference": "Patient/1"}'), ("structure", f"{ROOT}.subject")),
        (changed(subject={"resourceType": "Reference", "reference": "Patient/1"}), ("structure", f"{ROOT}.subject")),
        (changed(subject={"reference": "#nobody"}), ("invariant", f"{ROOT}.subject")),
        (changed(id="a_b"), ("value", f"{ROOT}.id")),
        (changed(id="a" * 65), ("value", f"{ROOT}.id")),
        (changed(questionnaire="https://example.org/a b"), ("value", f"{ROOT}.questionnaire")),
        (changed(authored="2026-03-10T08:00:00"), ("value", f"{ROOT}.authored")),
        (changed(authored="2026-03-10T08:00Z"), ("value", f"{ROOT}.authored")),
        (changed(meta={"lastUpdated": "2026-03-10"}), ("value", f"{ROOT}.meta.lastUpdated")),
        (containing({"resourceType": CANARY}), ("structure", CONTAINED)),
        (containing({"resourceType": ["Patient"]}), ("structure", CONTAINED)),
        (containing({"resourceType": "Citation", "status": "draft"}), ("structure", CONTAINED)),
        (containing({"resourceType": "MedicinalProduct"}), ("not-supported", CONTAINED)),
        (
            containing({"resourceType": "Observation", "status": "done", "code": {"text": "x"}}),
            ("code-invalid", f"{CONTAINED}.status"),
        ),
        (containing({"resourceType": "Patient", "contained": [{"resourceType": "Patient"}]}), ("invariant", ROOT)),
        (changed(extension=[{"url": "urn:x"}]), ("invariant", f"{ROOT}.extension[0]")),
        (changed(extension=[{"valueString": "x"}]), ("required", f"{ROOT}.extension[0].url")),
        (changed(extension=[{"url": "urn:x", "_valueString": {"extension": [{"url": "urn:y", "valueCode": "c"}]}}]), []),
        (changed(identifier={"period": {"start": "2026-02", "end": "2026-01-31"}}), ("invariant", f"{ROOT}.identifier.period")),
        (changed(identifier={"period": {"start": "2026-01-31", "end": "2026-01"}}), []),
        (answered(valueInteger="5"), ("value", f"{ANSWER}.value")),
        (answered(valueInteger=Decimal("5.0")), ("value", f"{ANSWER}.value")),
        (answered(valueInteger=True), ("value", f"{ANSWER}.value")),
        (answered(valueInteger=2**31), ("value", f"{ANSWER}.value")),
        (answered(valueBoolean="true"), ("value", f"{ANSWER}.value")),
        (answered(valueBoolean=1), ("value", f"{ANSWER}.value")),
        (answered(valueDecimal="1.5"), ("value", f"{ANSWER}.value")),
        (answered(valueDecimal=5), []),
        (answered(valueDate="2026-02-30"), ("value", f"{ANSWER}.value")),
        (answered(valueDate="0000"), ("value", f"{ANSWER}.value")),
        (answered(valueDate="2024-02-29"), []),
        (answered(valueTime="24:00:00"), ("value", f"{ANSWER}.value")),
        (answered(valueString=""), ("value", f"{ANSWER}.value")),
        (answered(valueString="a\x00b"), ("value", f"{ANSWER}.value")),
        (answered(valueString="a\ud800b"), ("value", f"{ANSWER}.value")),
        (answered(valueString="5\u00a0km \u2028 \U0001f600"), []),
        (answered(valueInteger=5, valueString="x"), ("structure", f"{ANSWER}.value")),
        (answered(valueInteger=5, _valueString={"id": "x", "extension": [{"url": "u", "valueCode": "c"}]}), ("structure", f"{ANSWER}.value")),
        (answered(valueCodeableConcept={"text": "x"}), ("structure", ANSWER)),
        (answered(valueCoding={"code": " a"}), ("value", f"{ANSWER}.value.code")),
        (answered(valueCoding={"code": "a  b"}), ("value", f"{ANSWER}.value.code")),
        (answered(valueQuantity={"value": 5, "code": "km"}), ("invariant", f"{ANSWER}.value")),
        (answered(valueQuantity={"value": 5, "comparator": "ca"}), ("code-invalid", f"{ANSWER}.value.comparator")),
        (answered(valueAttachment={"contentType": "a/b", "data": "QUI"}), ("value", f"{ANSWER}.value.data")),
        (answered(valueAttachment={"contentType": "a/b", "data": "QU JD\nQUJD+/=="}), []),
        (answered(valueAttachment={"data": "QUJD"}), ("invariant", f"{ANSWER}.value")),
        (answered(id="a"), ("structure", ANSWER)),
    ],
)
def test_what_the_models_let_through_is_told_at_its_place(sent: Raw, problem: tuple[str, str]) -> None:
    expected = [problem] if problem else []
    assert at(models.problems(sent, ROOT)) == expected


@pytest.mark.parametrize(
    ("sent", "kind", "problem"),
    [
        (given_as(), "Parameters", ("invariant", "Parameters.parameter[0]")),
        (given_as(valueInteger=1, valueUri="a"), "Parameters", ("structure", "Parameters.parameter[0].value")),
        (given_as(resource={"id": "x"}), "Parameters", ("structure", "Parameters.parameter[0].resource")),
        (given_as(valueUuid="urn:uuid:1"), "Parameters", ("value", "Parameters.parameter[0].value")),
        (given_as(valueUrl="ldap:x,y=z"), "Parameters", None),
        (given_as(valueMeta={"versionId": "1"}), "Parameters", None),
        (asking(type="question"), "Questionnaire", ("code-invalid", "Questionnaire.item[0].type")),
        (asking(maxLength=Decimal("1.5")), "Questionnaire", ("value", "Questionnaire.item[0].maxLength")),
        (asking(enableWhen=[{"question": "b", "operator": "="}]), "Questionnaire", ("required", "Questionnaire.item[0].enableWhen[0].answer")),
        (asking(initial=[{"valueInteger": "1"}]), "Questionnaire", ("value", "Questionnaire.item[0].initial[0].value")),
        ({"resourceType": "Patient"}, "Questionnaire", ("structure", "Questionnaire.resourceType")),
        ({}, "Bundle", ("structure", "Bundle.resourceType")),
    ],
)
def test_other_resources_are_judged_as_well(sent: Raw, kind: str, problem: tuple[str, str] | None) -> None:
    assert at(models.problems(sent, kind)) == ([problem] if problem else [])


@pytest.mark.parametrize("levels", [65, 200, 3_000])
def test_what_is_nested_too_deeply_is_told(levels: int) -> None:
    inner: Raw = {"linkId": "a"}
    for _ in range(levels):
        inner = {"linkId": "a", "item": [inner]}
    (problem,) = models.problems(changed(item=[inner]), ROOT)
    assert problem.code == "structure" and problem.expression.endswith(".item[0]")


def test_of_very_many_problems_some_are_told_and_that_there_are_more() -> None:
    told = models.problems(changed(item=[{"linkId": 1}] * 1_000), ROOT)
    assert [problem.code for problem in told] == ["value"] * limits.MAX_PROBLEMS + ["too-long"]


def test_every_resource_of_real_patients_is_taken(shared: Path) -> None:
    count = 0
    for file in sorted((shared / "data/patients").glob("*.json")):
        bundle = strict_json.loads(file.read_bytes(), limit=2**30)
        assert models.problems(bundle | {"entry": bundle["entry"][:5]}, "Bundle") == []
        for entry in bundle["entry"][::10]:
            resource = entry["resource"]
            assert models.problems(resource, resource["resourceType"]) == []
            count += 1
    assert count > 1_000
