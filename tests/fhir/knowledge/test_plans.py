"""Each table is a PlanDefinition with an action a rule; the whole release is one that names the tables in order."""

import re
from typing import Any

from cds.dmn.feel import ast
from cds.dmn.model import DecisionTable, Rule
from tests.fhir.knowledge.conftest import Export, extensions

NAME = re.compile(r"[A-Z][A-Za-z0-9_]{0,254}")
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


def tables(export: Export) -> dict[str, DecisionTable]:
    """The tables of the model by name, in order."""
    return {one.name: one.logic for one in export.release.model.decisions if isinstance(one.logic, DecisionTable)}


def plans(export: Export) -> dict[str, dict[str, Any]]:
    """The PlanDefinition of each table."""
    return {name: export.one("PlanDefinition", f"{export.release.name}-{name}") for name in tables(export)}


def actions(export: Export) -> list[tuple[Rule, dict[str, Any]]]:
    """Every rule with its action."""
    pairs = ((table, plans(export)[name]["action"]) for name, table in tables(export).items())
    return [pair for table, found in pairs for pair in zip(table.rules, found, strict=True)]


def test_every_table_is_exported_and_the_release_and_nothing_else(export: Export) -> None:
    assert len(export.of("PlanDefinition")) == len(tables(export)) + 1 == len(plans(export)) + 1
    assert {plan["type"]["coding"][0]["code"] for plan in plans(export).values()} == {"eca-rule"}


def test_each_rule_is_an_action_in_its_place_and_there_is_no_other(export: Export) -> None:
    assert [action["id"] for _, action in actions(export)] == [rule.id for rule, _ in actions(export)]
    assert len(actions(export)) == len(export.release.model.rules())


def test_an_action_says_why_and_what_a_card_says_and_recommends(export: Export) -> None:
    cards = export.release.cards
    for rule, action in actions(export):
        assert action.get("description", "") == rule.source.because
        assert action["prefix"] == rule.id
        said = cards.texts.get(rule.id)
        for text in (said.clinician, said.patient) if said else ():
            assert text in action["textEquivalent"]
        assert bool(said) == ("textEquivalent" in action)


def test_an_action_carries_the_codes_of_its_rule_with_what_they_mean(export: Export) -> None:
    cards, seen = export.release.cards, set[str]()
    for _, action in actions(export):
        codings = [coding for concept in action.get("code", ()) for coding in concept["coding"]]
        assert [(one["system"], one["display"]) for one in codings] == [
            (cards.recommendation_system, cards.recommendations[one["code"]].meaning) for one in codings
        ]
        given = [one["extension"][1]["valueExpression"]["expression"] for one in extensions(action, "decision-output")]
        assert all(any(f'"{one["code"]}"' in text for text in given) for one in codings)
        seen |= {one["code"] for one in codings}
    assert seen == set(cards.recommendations)


def test_what_is_advised_against_says_so_where_its_name_stands(export: Export) -> None:
    cards, grades = export.release.cards, set[str]()
    for rule, action in actions(export):
        own = rule.then.get("display")
        codings = [coding for concept in action.get("code", ()) for coding in concept["coding"]]
        told = [str(own.value) if isinstance(own, ast.Constant) else cards.recommendations[one["code"]].display for one in codings]
        names = [f"{grade}: {one['display']}" for grade, one in zip(told, codings, strict=True)]
        assert action["title"] == ("; ".join(names) if names else f"{action['title'].partition(':')[0]}: {rule.id}")
        assert [one["valueCode"] for one in extensions(action, "recommendation-grade")] == list(dict.fromkeys(told))
        grades |= set(told)
    assert grades


def test_a_condition_is_feel_and_says_so_where_the_schema_has_no_code_for_it(export: Export) -> None:
    for _, action in actions(export):
        (condition,) = action["condition"]
        expression = condition["expression"]
        assert condition["kind"] == "applicability" and expression["expression"]
        assert [one["valueUri"] for one in expression["_language"]["extension"]] == ["https://www.omg.org/spec/DMN/20230324/FEEL/"]


def test_every_output_of_a_rule_is_told(export: Export) -> None:
    for rule, action in actions(export):
        assert [one["extension"][0]["valueCode"] for one in extensions(action, "decision-output")] == list(rule.then)


def test_the_origin_claims_and_notes_of_a_rule_travel_with_it(export: Export) -> None:
    for rule, action in actions(export):
        assert [one["valueCode"] for one in extensions(action, "rule-origin")] == [rule.source.origin]
        assert [one["valueCode"] for one in extensions(action, "rule-claim")] == list(rule.source.claims)
        assert [one["valueString"] for one in extensions(action, "rule-annotation")] == [text for text in (rule.source.annotation,) if text]


def test_the_hit_policy_of_a_table_is_told_to_programs_and_to_people(export: Export) -> None:
    for name, table in tables(export).items():
        plan = plans(export)[name]
        assert [one["valueString"] for one in extensions(plan, "hit-policy")] == [table.hit_policy.value]
        assert f"Hit policy {table.hit_policy.value}: " in plan["description"]


def test_the_release_names_its_tables_in_order_each_after_those_it_needs(export: Export) -> None:
    whole = export.one("PlanDefinition", export.release.name)
    assert [one["definitionCanonical"] for one in whole["action"]] == [f"{plan['url']}|{plan['version']}" for plan in plans(export).values()]
    done = set[str]()
    for step in whole["action"]:
        assert {one["actionId"] for one in step.get("relatedAction", ())} <= done
        done.add(step["id"])
    assert any(step.get("relatedAction") for step in whole["action"])


def test_ids_are_valid_and_unique_and_names_are_for_programs(export: Export) -> None:
    ids = [f"{one['resourceType']}/{one['id']}" for one in export.resources]
    assert len(ids) == len(set(ids)) == len({one["url"] for one in export.resources})
    assert [one["id"] for one in export.resources if not ID.fullmatch(one["id"])] == []
    ours = [one for one in export.resources if one["resourceType"] not in ("Questionnaire", "ValueSet")]
    assert [one["name"] for one in ours if not NAME.fullmatch(one["name"])] == []
