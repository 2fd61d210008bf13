"""Faults of a table name file, line, rule and cell."""

import pytest

from cds.foundation import yaml
from cds.foundation.errors import ContentError
from tests.dmn.models import model, rule, table

GOOD = rule("R-1", "{trend: worse}", "{urgency: urgent}")


def refused(*rules: str, outputs: str = "urgency", inputs: str = "trend, pain, signs", wiring: str = "") -> str:
    with pytest.raises(ContentError) as caught:
        model(table("triage", "FIRST", outputs, *rules, inputs=inputs), wiring=wiring)
    return " ".join(f"{one.expression} {one.text}" for one in caught.value.diagnostics())


def test_a_word_that_is_not_allowed_is_named_with_its_place() -> None:
    told = refused(GOOD, rule("R-2", "{trend: sideways}", "{urgency: urgent}"))
    assert "decisions/triage.yaml:7" in told
    assert "Rule R-2, cell trend" in told
    assert "better, same, worse" in told


def test_a_column_that_was_not_declared_is_refused() -> None:
    assert "not a column" in refused(rule("R-1", "{trend: worse}", "{urgency: urgent}"), inputs="pain")


def test_an_input_that_nobody_knows_is_refused() -> None:
    assert "neither a fact nor a decision" in refused(GOOD, inputs="trend, mood")


@pytest.mark.parametrize("outputs", ["advice", "rank", "urgency, rank"])
def test_priority_needs_words_to_rank_by(outputs: str) -> None:
    with pytest.raises(ContentError, match="PRIORITY needs"):
        model(table("triage", "PRIORITY", outputs, rule("R-1", "{}", "{}")))


@pytest.mark.parametrize("outputs", ["urgency", "rank, urgency"])
def test_collect_max_needs_one_number(outputs: str) -> None:
    with pytest.raises(ContentError, match="COLLECT MAX needs"):
        model(table("triage", "COLLECT MAX", outputs, rule("R-1", "{}", "{}")))


def test_an_id_that_stands_twice_is_refused() -> None:
    with pytest.raises(ContentError, match="R-1 stands in"):
        model(table("one", "FIRST", "urgency", GOOD), table("two", "FIRST", "urgency", GOOD))


def test_decisions_that_require_each_other_are_named_in_a_circle() -> None:
    wiring = "  - {name: a, type: integer, expression: b}\n  - {name: b, type: integer, expression: a}\n"
    assert "a -> b -> a" in refused(GOOD, wiring=wiring)


def test_an_expression_with_an_unknown_name_is_refused() -> None:
    assert "Decision a" in refused(GOOD, wiring="  - {name: a, type: integer, expression: nobody + 1}\n")


def test_a_type_that_is_not_declared_is_refused() -> None:
    assert "not declared" in refused(GOOD, wiring="  - {name: a, type: mood, expression: '1'}\n")


def test_the_rules_of_a_decision_can_only_be_its_own() -> None:
    with pytest.raises(ContentError, match="R-9"):
        reader = table("reader", "FIRST", "urgency", rule("X-1", "{triage.rules: R-9}", "{urgency: urgent}"), inputs="triage.rules")
        model(table("triage", "FIRST", "urgency", GOOD), reader)


def test_no_is_a_word_and_numbers_keep_their_zeros() -> None:
    assert yaml.parse("a: no\nb: 1.50\nc: 0x10\n", name="x").value == {"a": "no", "b": "1.50", "c": "0x10"}


def test_a_key_that_stands_twice_is_refused_with_its_line() -> None:
    with pytest.raises(ContentError) as caught:
        yaml.parse("a: 1\nb: 2\na: 3\n", name="x.yaml")
    assert caught.value.diagnostics()[0].expression == "x.yaml:3"


def test_what_is_not_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(ContentError) as caught:
        yaml.parse("a: [1\nb: 2\n", name="x.yaml")
    assert caught.value.diagnostics()[0].expression.startswith("x.yaml:")


def test_a_folded_scalar_is_one_line_of_text() -> None:
    assert yaml.parse("a: >-\n  one\n  two\n", name="x").value == {"a": "one two"}


ENDLESS = ["a: &x [*x]", "&a {b: *a}", "[" * 5_000 + "]" * 5_000, "- " * 3_000 + "a", "{a: " * 40 + "1" + "}" * 40]


@pytest.mark.parametrize("text", ENDLESS, ids=range(len(ENDLESS)))
def test_an_alias_within_its_own_anchor_and_too_many_levels_are_refused(text: str) -> None:
    with pytest.raises(ContentError, match="Nested deeper than 32 levels") as caught:
        yaml.parse(text, name="x.yaml")
    assert caught.value.expression.startswith("x.yaml")


def test_a_character_that_yaml_has_not_is_named_with_its_line() -> None:
    with pytest.raises(ContentError) as caught:
        yaml.parse("a: 1\nb: \x01\n", name="x.yaml")
    assert caught.value.expression == "x.yaml:2"


def test_an_alias_stands_for_what_it_names() -> None:
    assert yaml.parse("a: &x [1]\nb: *x\n", name="x").value == {"a": ["1"], "b": ["1"]}
