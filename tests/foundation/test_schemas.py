"""Problems against a schema: every one, with its path, and never with the value. The schemas themselves: `tests/schemas`."""

from typing import Any

import pytest

from cds.foundation import schemas

INDEX: dict[str, Any] = {"name": "sore-knee", "versions": []}


def test_a_value_that_keeps_to_its_schema_has_no_problem() -> None:
    assert schemas.problems("index", INDEX) == []


def test_every_breach_is_told_with_its_path() -> None:
    version = {"version": "1", "digest": "x", "status": "active", "effectivePeriod": {}}
    found = schemas.problems("index", {"versions": [version], "more": 1})
    assert [path for path, _ in found] == [(), (), ("versions", 0, "digest"), ("versions", 0, "effectivePeriod"), ("versions", 0, "version")]
    assert {diagnostic.severity for _, diagnostic in found} == {"error"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"name": "a"}, "(top): lacks versions."),
        ({**INDEX, "extra": 1}, "(top): has a member that does not belong there; the members are name, versions."),
        ({**INDEX, "name": 5}, 'name: breaks type: expected "string".'),
    ],
)
def test_a_problem_says_where_and_what_was_expected(value: Any, text: str) -> None:
    assert [diagnostic.text for _, diagnostic in schemas.problems("index", value)] == [text]


def test_a_problem_does_not_repeat_the_value() -> None:
    found = schemas.problems("index", {"name": "Canary 1", "versions": "canary 2", "canary-3": "canary"})
    assert len(found) == 3
    assert not any("anary" in diagnostic.text for _, diagnostic in found)


def test_a_schema_is_read_once_and_kept() -> None:
    assert schemas.validator("index") is schemas.validator("index")
