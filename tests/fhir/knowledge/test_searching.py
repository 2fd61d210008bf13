"""Search parameters as FHIR has them: known ones hold, unknown ones are left out or refused, pages follow each other."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cds.fhir.knowledge import searching
from cds.fhir.knowledge.searching import Query
from cds.foundation.errors import WrongShape

URL = "https://example.org/PlanDefinition/knee-plan"
RESOURCE = {"resourceType": "PlanDefinition", "id": "knee-plan", "url": URL, "version": "1.0.0", "status": "active", "name": "KneePlan"}
ADDRESS = "https://cds.example.org/fhir/Library"


def query(*pairs: tuple[str, str], strict: bool = False) -> Query:
    """A query that a lenient client sent."""
    return searching.query(pairs, strict=strict)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("_id", "knee-plan", True),
        ("_id", "knee", False),
        ("url", "https://example.org/PlanDefinition/knee-plan", True),
        ("url", "https://example.org/PlanDefinition/knee", False),
        ("url", "https://example.org/PlanDefinition/knee-plan|1.0.0", True),
        ("url", "https://example.org/PlanDefinition/knee-plan|2.0.0", False),
        ("url", r"https://example.org/PlanDefinition/knee-plan\|1.0.0", True),
        ("version", "1.0.0", True),
        ("version", "|1.0.0", True),
        ("version", "1.0", False),
        ("version", "0.9.0,1.0.0", True),
        ("status", "active", True),
        ("status", "http://hl7.org/fhir/publication-status|active", True),
        ("status", "retired", False),
        ("name", "kneeP", True),
        ("name", "Plan", False),
        ("name", "", True),
    ],
)
def test_a_parameter_finds_what_it_names(name: str, value: str, found: bool) -> None:
    assert query((name, value)).matches(RESOURCE) is found


def test_parameters_hold_together_and_an_escaped_comma_parts_nothing() -> None:
    assert query(("status", "active"), ("name", "knee")).matches(RESOURCE)
    assert not query(("status", "active"), ("status", "retired")).matches(RESOURCE)
    assert query(("name", r"a\,b")).matches(RESOURCE | {"name": "A,b"})
    assert query(("name", r"a\\b")).matches(RESOURCE | {"name": r"a\b"})


@pytest.mark.parametrize(("pair", "every"), [(("version", "1.0.0"), True), (("url", "http://x|1.0.0"), True), (("url", "http://x"), False)])
def test_a_version_by_itself_or_in_a_canonical_reaches_every_release(pair: tuple[str, str], every: bool) -> None:
    assert query(pair).version is every


@pytest.mark.parametrize("name", ["_format", "_pretty", "_summary", "_elements", "_count"])
def test_what_shapes_the_answer_finds_nothing_and_is_known_to_strict_clients(name: str) -> None:
    value = {"_count": "5", "_summary": "false"}.get(name, "url")
    assert query((name, value), strict=True).matches(RESOURCE)


def test_a_search_for_too_many_values_is_refused() -> None:
    most = searching.MOST_VALUES
    assert query(("name", ",".join(["a"] * most))).pairs
    for pairs in ([("name", ",".join(["a"] * (most + 1)))], [("name", "a")] * (most + 1)):
        with pytest.raises(WrongShape):
            query(*pairs)


def test_a_part_of_each_is_on_the_page_and_the_link_says_which() -> None:
    asked = query(("_elements", "name"), ("_count", "1"))
    (part,) = asked.page([RESOURCE, RESOURCE])
    assert ("name" in part, "url" in part) == (True, False)
    assert asked.links(ADDRESS, 2)["next"] == f"{ADDRESS}?_elements=name&_count=1&_offset=1"


def test_a_count_alone_has_no_page() -> None:
    asked = query(("_summary", "count"), ("_count", "1"))
    assert (asked.page([RESOURCE]), asked.links(ADDRESS, 5)) == ((), {"self": f"{ADDRESS}?_summary=count&_count=1"})


def test_a_parameter_that_is_not_known_is_left_out_and_the_link_shows_it() -> None:
    asked = query(("title", "knee"), ("status", "active"))
    assert asked.links(ADDRESS, 3) == {"self": f"{ADDRESS}?status=active"}
    assert query().links(ADDRESS, 3) == {"self": ADDRESS}


def test_a_strict_client_has_an_unknown_parameter_refused_without_its_words() -> None:
    with pytest.raises(WrongShape) as refused:
        query(("canary", "1"), strict=True)
    (told,) = refused.value.diagnostics()
    assert (told.code, "canary" in told.text, "_id, url, version, status, name" in told.text) == ("not-supported", False, True)
    assert query(("_count", "1"), ("name", "knee"), strict=True).count == 1


@pytest.mark.parametrize("pair", [("name:exact", "KneePlan"), ("_count", "-1"), ("_count", "many"), ("_count", "9" * 12), ("_offset", "\u0663")])
def test_a_modifier_and_a_count_that_is_none_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(WrongShape):
        query(pair)


def test_pages_follow_each_other_and_miss_nothing() -> None:
    found: list[dict[str, Any]] = [{"id": str(number)} for number in range(5)]
    first, second, last = (query(("_count", "2"), ("_offset", str(offset))) for offset in (0, 2, 4))
    assert [one for page in (first, second, last) for one in page.page(found)] == found
    assert first.links(ADDRESS, 5)["next"] == f"{ADDRESS}?_count=2&_offset=2"
    assert (second.links(ADDRESS, 5)["next"], "next" in last.links(ADDRESS, 5)) == (f"{ADDRESS}?_count=2&_offset=4", False)
    assert (query(("_count", "0")).page(found), query(("_count", "0")).links(ADDRESS, 5)) == ([], {"self": f"{ADDRESS}?_count=0"})


@pytest.mark.parametrize("pairs", [(), (("_count", "999999999"),), (("_count", str(searching.MOST_FOUND + 1)),)])
def test_no_page_has_more_than_the_most_and_all_pages_together_have_each_once(pairs: tuple[tuple[str, str], ...]) -> None:
    every = [RESOURCE | {"id": str(number)} for number in range(2 * searching.MOST_FOUND + 1)]
    pages, sent = list[int](), pairs
    while True:
        asked = query(*sent)
        pages += [int(one["id"]) for one in asked.page(every)]
        assert len(asked.page(every)) <= searching.MOST_FOUND
        following = asked.links(ADDRESS, len(every)).get("next")
        if following is None:
            break
        sent = tuple(parse_qsl(urlsplit(following).query))
    assert pages == list(range(len(every)))
