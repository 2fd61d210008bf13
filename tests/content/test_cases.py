"""The cases beside the tables hit every rule, and every rule is passed over by some case."""

from collections import Counter
from pathlib import Path

import pytest

from cds.releases import cases, catalogue, loading
from cds.values.release import Release
from tests.content.conftest import CONTENT
from tests.content.mutation import suite
from tests.content.mutation.suite import Suite

HERE = Path(__file__).parent
DRAFT = CONTENT / "low-back-pain" / "draft"

UNREACHABLE = {"A-7"}
"""A-7 is the `-` row that every FIRST table ends with: TR-1 gives `none` exactly where A-6 matches, so nothing is left for it."""


@pytest.fixture(scope="module")
def release() -> Release:
    return loading.draft(DRAFT, name="low-back-pain")


@pytest.fixture(scope="module")
def told(release: Release) -> Suite:
    return suite.read(release, DRAFT)


@pytest.fixture(scope="module")
def hits(told: Suite) -> Counter[str]:
    """In how many cases for the whole graph each rule gave something."""
    graph = [one for one in told.told if cases.TABLE not in one.case]
    return Counter(rule for one in graph for result in one.results.values() for rule in result.rules) + Counter(cases=len(graph))


def test_every_rule_is_hit_by_a_case(release: Release, hits: Counter[str]) -> None:
    assert {rule for rule in release.model.rules() if not hits[rule]} == UNREACHABLE


def test_no_rule_is_hit_by_every_case(release: Release, hits: Counter[str]) -> None:
    assert not {rule for rule in release.model.rules() if hits[rule] == hits["cases"]}


def test_every_case_holds(release: Release) -> None:
    assert list(cases.failures(release, DRAFT)) == []


def test_every_case_added_to_a_sealed_release_holds() -> None:
    entries = [entry for name in catalogue.names(CONTENT) for entry in catalogue.entries(CONTENT, name) if (HERE / entry.version).is_dir()]
    releases = [catalogue.load(CONTENT, entry) for entry in entries]
    found = [finding for release in releases for finding in cases.failures(release, HERE, release.version)]
    assert found == []


def test_no_two_cases_say_the_same_sentence(told: Suite) -> None:
    counted = Counter(one.case["case"] for one in told.told)
    assert [sentence for sentence, count in counted.items() if count > 1] == []


def test_every_row_that_a_case_names_is_a_rule(release: Release, told: Suite) -> None:
    stems = {rule.split(".")[0] for rule in release.model.rules()} | set(release.model.rules())
    named = {row for one in told.told for row in _rows(one.case["row"])}
    assert {row for row in named if row.startswith(("CES", "FX", "M-", "P-", "R-", "F-", "U-", "A-", "W-", "T-"))} <= stems


def _rows(row: str | list[str]) -> list[str]:
    return [row] if isinstance(row, str) else row
