"""Faults of a table name file, line, rule and cell."""

from decimal import Decimal

import pytest

from cds.dmn.feel import ast
from cds.dmn.formats import cells, item_types
from cds.dmn.model import DecisionTable, HitPolicy, ItemDefinition
from cds.foundation import schemas, yaml
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


def test_an_id_that_stands_in_two_tables_is_refused_at_the_second() -> None:
    with pytest.raises(ContentError, match=r"R-1 stands in one \(decisions/one.yaml:6\), and here again") as caught:
        model(table("one", "FIRST", "urgency", GOOD), table("two", "FIRST", "urgency", GOOD))
    assert caught.value.expression == "decisions/two.yaml:6"


def test_an_id_that_stands_twice_in_one_table_is_refused_at_the_second_line() -> None:
    told = refused(GOOD, rule("R-2", "{}", "{urgency: urgent}"), GOOD)
    assert told.startswith("decisions/triage.yaml:8 The rule id R-1 stands in triage (decisions/triage.yaml:6), and here again.")


def test_a_decision_that_is_listed_twice_is_refused_at_its_line() -> None:
    assert "decision triage is listed twice" in refused(GOOD, wiring="  - triage\n")


def test_a_decision_with_the_name_of_a_fact_is_refused() -> None:
    entry = "  - {name: trend, type: string, expression: \"'worse'\"}\n"
    assert "The decision trend has the name of a fact" in refused(GOOD, wiring=entry)


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


def test_a_comparison_may_have_another_input_or_decision_as_its_bound() -> None:
    found = model(table("triage", "FIRST", "urgency", rule("R-1", "{pain: '< limit'}", "{urgency: urgent}")), wiring=LIMIT)
    decision = found.decision("triage")
    assert decision.logic.rules[0].when[0]["pain"] == (ast.Satisfies(ast.Binary("<", ast.Name("?"), ast.Name("limit"))),)  # type: ignore[union-attr]
    assert decision.requires == ("trend", "pain", "signs", "limit")


LIMIT = "  - {name: limit, type: integer, expression: '3'}\n"
ONE = rule("R-1", "{trend: worse}", "{rank: '3'}")


@pytest.mark.parametrize("policy", ["UNIQUE", "ANY", "FIRST", "RULE ORDER", "COLLECT", "COLLECT SUM", "COLLECT MIN", "COLLECT MAX", "COLLECT COUNT"])
def test_every_hit_policy_that_ranks_nothing_is_read(policy: str) -> None:
    assert logic(table("t", policy, "rank", ONE)).hit_policy is HitPolicy(policy)


@pytest.mark.parametrize("policy", ["PRIORITY", "OUTPUT ORDER"])
def test_values_of_an_output_rank_it_where_its_type_has_no_words(policy: str) -> None:
    found = logic(table("t", policy, "{name: rank, type: rank, values: ['3', '1']}", ONE))
    assert found.outputs[0].values == (Decimal(3), Decimal(1))
    with pytest.raises(ContentError, match=f"{policy} needs"):
        logic(table("t", policy, "rank", ONE))


@pytest.mark.parametrize("policy", ["COLLECT SUM", "COLLECT MIN", "COLLECT COUNT"])
def test_what_is_aggregated_is_one_output(policy: str) -> None:
    with pytest.raises(ContentError, match=f"{policy} needs one output"):
        logic(table("t", policy, "rank, urgency", ONE))


def test_only_a_count_takes_an_output_that_is_no_number() -> None:
    text = rule("R-1", "{}", "{urgency: urgent}")
    assert logic(table("t", "COLLECT COUNT", "urgency", text)).outputs[0].name == "urgency"
    with pytest.raises(ContentError, match="COLLECT SUM needs one output, and a number"):
        logic(table("t", "COLLECT SUM", "urgency", text))


def test_a_default_is_an_output_cell() -> None:
    found = logic(table("t", "FIRST", "{name: urgency, type: urgency, default: routine}", rule("R-1", "{}", "{urgency: none}")))
    assert found.outputs[0].default == ast.Constant("routine")
    with pytest.raises(ContentError, match="allowed are none, routine, urgent"):
        logic(table("t", "FIRST", "{name: urgency, type: urgency, default: soon}", rule("R-1", "{}", "{urgency: none}")))


def test_an_input_may_be_an_expression_with_a_type() -> None:
    document = table(
        "t", "FIRST", "rank", rule("R-1", "{double: '> 8'}", "{rank: '1'}"), inputs="{name: double, type: integer, expression: pain * 2}"
    )
    found = model(document).decision("t")
    assert (logic(document).inputs[0].expression, found.requires) == (ast.Binary("*", ast.Name("pain"), ast.Constant(Decimal(2))), ("pain",))
    with pytest.raises(ContentError, match="Input double: the expression"):
        model(table("t", "FIRST", "rank", ONE, inputs="{name: double, type: integer, expression: nobody * 2}"))


def logic(document: yaml.Document) -> DecisionTable:
    found = model(document).decisions[0].logic
    assert isinstance(found, DecisionTable)
    return found


TYPES = {
    "{type: boolean}": ItemDefinition("boolean"),
    "{type: date, unknown: never}": ItemDefinition("date", nullable=False),
    "{type: number, list: 'yes'}": ItemDefinition("number", collection=True),
    "{type: number, only: '> 3'}": ItemDefinition("number", constraint=(ast.Compare(">", Decimal(3)),)),
    "{type: context, entries: {a: {type: string}}}": ItemDefinition("context", components=(("a", ItemDefinition("string")),)),
}


@pytest.mark.parametrize("text", TYPES)
def test_a_type_is_read_from_its_entry_and_written_as_it_and_as_a_line(text: str) -> None:
    entry = yaml.parse(text, name="x").value
    assert schemas.problems("decision-model", {"model": "m", "types": {"t": entry}, "decisions": ["a"]}) == []
    assert (item_types.item(entry), item_types.entry(TYPES[text])) == (TYPES[text], entry)
    if not TYPES[text].components:
        assert item_types.parsed(item_types.text(TYPES[text])) == TYPES[text]


@pytest.mark.parametrize("line", ["strng", "integer: 3", "integer: a..b", "string: a; b", 'string: "a', "string; only: <<", ""])
def test_a_line_that_is_no_type_is_refused(line: str) -> None:
    with pytest.raises(item_types.BadType):
        item_types.parsed(line)


def test_a_boolean_is_tested_by_its_words() -> None:
    assert cells.input_entry("true", ItemDefinition("boolean")) == (ast.Equals(True),)
    with pytest.raises(cells.BadCell, match="the word 'yes', but the input is boolean"):
        cells.input_entry("yes", ItemDefinition("boolean"))
