"""Two independent eyes: where a service is broken in a row, the row's own test of the conformance page fails as well."""

import pytest

from tests.client.broken.conftest import Bench
from tests.client.broken.test_report import MORE, VISIBLE
from tests.conformance.rows import own
from tests.conformance.rows.own import Check
from tests.conformance.rows.target import Target


def fails(test: Check, target: Target) -> bool:
    """Whether the test finds the row broken: by what it asserts, or because what it reads, or any answer, is not there."""
    try:
        test(target)
    except (AssertionError, LookupError, TypeError, AttributeError, ValueError, OSError):
        return True
    return False


@pytest.mark.parametrize("row", [*VISIBLE, *MORE])
def test_the_own_tests_of_a_row_pass_on_our_service_and_fail_on_the_broken_one(bench: Bench, row: str) -> None:
    tests = own.own_tests(row.split(maxsplit=1)[0])
    assert tests, "No test of this row runs against any target."
    assert not any(fails(test, bench.served.target) for test in tests)
    with bench.between.broken(bench.faults[row]):
        assert any(fails(test, bench.served.target) for test in tests)
