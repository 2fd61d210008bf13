"""The cases beside the tables hit every rule, and every rule is passed over by some case."""

from collections import Counter
from pathlib import Path

import pytest

from cds.dmn import evaluation
from cds.releases import cases, loading
from cds.values.release import Release

DRAFT = Path(__file__).parents[2] / "cds" / "content" / "low-back-pain" / "draft"

UNREACHABLE = {"A-7"}
"""A-7 is the `-` row that every FIRST table ends with: TR-1 gives `none` exactly where A-6 matches, so nothing is left for it."""


@pytest.fixture(scope="module")
def release() -> Release:
    return loading.draft(DRAFT, name="low-back-pain")


@pytest.fixture(scope="module")
def hits(release: Release) -> Counter[str]:
    """How many cases each rule gave something in."""
    files = {Path(document.name).stem: document for document in cases.documents(DRAFT)}
    bases = files.pop(cases.BASES).value
    counted: Counter[str] = Counter()
    for document in files.values():
        for case in document.value["cases"]:
            result = evaluation.evaluate(release.model, cases.inputs(release, bases, case))
            counted.update(rule for one in result.decisions.values() for rule in one.rules)
    counted["cases"] = sum(len(document.value["cases"]) for document in files.values())
    return counted


def test_every_rule_is_hit_by_a_case(release: Release, hits: Counter[str]) -> None:
    assert {rule for rule in release.model.rules() if not hits[rule]} == UNREACHABLE


def test_no_rule_is_hit_by_every_case(release: Release, hits: Counter[str]) -> None:
    assert not {rule for rule in release.model.rules() if hits[rule] == hits["cases"]}


def test_every_case_holds(release: Release) -> None:
    assert list(cases.failures(release, DRAFT)) == []


def test_every_row_that_a_case_names_is_a_rule(release: Release) -> None:
    stems = {rule.split(".")[0] for rule in release.model.rules()} | set(release.model.rules())
    documents = [document for document in cases.documents(DRAFT) if Path(document.name).stem != cases.BASES]
    named = {row for document in documents for case in document.value["cases"] for row in _rows(case.get("row", []))}
    assert {row for row in named if row.startswith(("CES", "FX", "M-", "P-", "R-", "F-", "U-", "A-", "W-", "T-"))} <= stems


def _rows(row: str | list[str]) -> list[str]:
    return [row] if isinstance(row, str) else row
