"""Every row has its tests, and the page of conformance says what they are."""

import pytest

from cds.client import rows
from tests.conformance.rows import counting, own, page


def test_every_row_has_a_test_of_its_number() -> None:
    assert [row for row, names in own.tests().items() if not names] == []


def test_every_row_that_can_be_judged_from_outside_has_a_test_that_needs_a_target_alone() -> None:
    assert [row.id for row in rows.load().values() if row.outside and not own.own_tests(row.id)] == []


def test_the_page_is_what_the_tests_are_when_all_of_them_pass() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(page.expected()), "make conformance"


def test_a_row_of_which_one_test_failed_has_not_passed() -> None:
    outcomes = page.expected()
    first = next(iter(outcomes["A1"]))
    told = page.page(outcomes | {"A1": outcomes["A1"] | {first: counting.FAILED}})
    assert "**92 of 93 rows passed**" in told
    assert page.page(outcomes | {"A1": {}}).count("| no |") > page.page(outcomes).count("| no |")


def report(name: str, outcome: str, when: str = "call") -> pytest.TestReport:
    """What pytest reports of a test of row A1."""
    node = f"tests/conformance/rows/test_a_transport.py::{name}"
    return pytest.TestReport(node, ("", 0, ""), {}, outcome, None, when)  # type: ignore[arg-type]


def test_a_run_counts_the_rows_that_passed_and_names_the_others() -> None:
    good = [report("test_a1_one", "passed"), report("test_a1_one", "passed", "teardown")]
    assert counting.line(counting.read([])) == ""
    assert counting.line(counting.read(good)) == "CDS Hooks: 1 of 93 rows passed"
    for bad in (report("test_a1_two", "failed"), report("test_a1_two", "skipped"), report("test_a1_one", "failed", "teardown")):
        assert counting.line(counting.read([*good, bad])) == "CDS Hooks: 0 of 93 rows passed; not A1"
        assert counting.line(counting.read([bad, *good])) == "CDS Hooks: 0 of 93 rows passed; not A1"
