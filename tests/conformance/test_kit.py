"""Every case of the TCK's level 2, run as `cds dmn run` runs it."""

from collections.abc import Callable

import pytest

from cds.dmn import results
from cds.dmn.model import DecisionModel
from cds.service import models
from tests.conformance import kit
from tests.conformance.conftest import EXPECTS

CASES = list(kit.cases())

pytestmark = pytest.mark.skipif(not CASES, reason="../shared is absent")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_kit_is_answered_as_it_expects(case: kit.Case, record_property: Callable[[str, object], None]) -> None:
    record_property(EXPECTS, "null" if case.expects_null else "value")
    model = models.load(case.model.read_bytes(), case.model.name)
    for expected in case.expected:
        assert _answers(model, case.inputs, expected), expected


def _answers(model: DecisionModel, inputs: bytes, expected: kit.Expectation) -> bool:
    try:
        return kit.agrees(expected.value, models.answer(model, inputs, decision=expected.decision).value)
    except results.HitPolicyViolation:
        return expected.error
