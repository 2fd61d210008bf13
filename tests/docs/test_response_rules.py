"""The page of the rules of a response says what the rules are."""

import re

from cds.fhir.validation import rules
from tests.docs import response_rules

ROW = re.compile(r"^\| `(\w+)` \| .* \| (\w+) \| (\w+) \| (yes|no) \| [a-z-]+ \|$", re.MULTILINE)


def test_the_page_is_what_the_rules_say() -> None:
    assert response_rules.PAGE.read_text(encoding="utf-8") == response_rules.page(), "make docs"


def test_the_page_lists_each_rule_with_its_severities() -> None:
    listed = ROW.findall(response_rules.PAGE.read_text(encoding="utf-8"))
    held = [(rule.code, rule.finished, rule.unfinished or "allowed", "yes" if rule.refuses else "no") for rule in rules.RULES.values()]
    assert listed == held
