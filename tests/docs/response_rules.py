"""Writes `docs/reference/response-rules.md` from the table of rules: `python -m tests.docs.response_rules`."""

from cds.fhir import limits, outcomes
from cds.fhir.validation import rules
from cds.fhir.validation.rules import Rule
from tests.docs.tables import ROOT

PAGE = ROOT / "docs" / "reference" / "response-rules.md"
_HEAD = f"""# The rules of a response

A QuestionnaireResponse is checked against FHIR R4 and then, item by item, against its Questionnaire.
A breach of R4 itself is always an error: it names the element, and the rules below are not asked before it is mended, save those of the
questionnaire, subject and date.
Each rule has a code. It stands in the OperationOutcome as `issue.details.coding`, with the system `{outcomes.RULES}`;
`issue.expression` is the FHIRPath of the place, `issue.diagnostics` says what to do and holds nothing of the response.

"""
_TAIL = f"""
A response that is completed or amended must conform fully. One in progress, or stopped, may be incomplete, and may hold answers that are not enabled.
What refuses no evaluation is still an error: the answer to a question that was skipped is unknown, and an emergency that was reported is
seen all the same.
A response that was entered in error is valid FHIR and is not evaluated.

## Modifiers
FHIR lets a `modifierExtension`, or `implicitRules`, turn the meaning of what has it, and lets nobody pass over one that is not understood.
None is understood here.

- Of the whole response (`modifier`): it is not evaluated. One in a prefetch is not used; since it may be the newest, the form is offered,
  and what another response says reassures nobody.
- Of a group, an item or an answer (`modifiedAnswer`): it holds for everything below. An answer that reassures, a number and a date count as
  unknown, one that worries still counts, and the response counts as in-progress.
- Of a Questionnaire that is sent along, or of an item of it: an error of the Questionnaire.

## The subject
A patient is referred to as `Patient/` and an id, by an absolute address that ends so, by the `urn:uuid:` of the Patient in the Bundle, or is
contained in the response (`#` and its id). Nobody else can refer to a contained patient: an evaluation then proposes nothing and names no
subject, and resources sent beside the response are nobody's, told and not used.

## How items are found
- Items under a question stand under its answer (`answer.item`), those of a group under the group (`item`). What stands elsewhere is told,
  and is not told again as missing.
- A group that repeats has an item for each time; a question that repeats has one item with all its answers.
- Required, minOccurs and maxOccurs are counted in each instance of a repeating group and under each answer. Limits are allowed values.
- A group that is left out and neither required nor repeating counts as there and empty: its required questions are asked for, at the place
  where the group should stand.
- An answer that only says why it has no value counts as none, and so do blanks and an attachment without data and address.

## Which items are enabled
An item is enabled when its `enableWhen` holds and every item around it is enabled. An item that is not enabled has no other rules.
An evaluation reads its answer all the same. If it worries, patient or form contradict themselves: the answer is told as a problem and the
response counts as in-progress, so that nobody is reassured and the card asks for the form again.

- The question of a condition is looked for in the innermost group, or answer, that holds both it and the item: in a repeating group, in the
  same instance. An instance without an answer to it has none.
- Codings are the same by system and code; where one of the two has no system by code, where they have no code by display. References are the
  same by address, or by identifier. Quantities are compared in one unit. A partial date is all the days that it may mean.
- Whether an item is enabled is unknown where an expression decides, where units or partial dates cannot be compared, where the question
  stands in a wrong place, and where several instances of the question are equally near and their answers differ. Of such an item nothing is
  required and no answer is refused, and `notChecked` says so.

## What is not checked
Expressions are not evaluated: `enableWhenExpression`, `targetConstraint`, `questionnaire-constraint` and the like are named, one
`notChecked` for each item and kind. Where an expression gives a bound or another element, the value that stands there as well does not bind.
Quantities are not converted and attachments are not opened; that is told in the same way. A quantity with a comparator says where a value ends,
not what it is: it is compared with no bound, and an evaluation counts it as unknown.
A value set counts when it is held here, contained in the Questionnaire, or contained in the response beside it; one page of an expansion does
not. Of any other nothing is looked up, and `tsError` says so.
Regular expressions are tried as long as they are short and few, and as re2 knows them.
After {limits.MAX_COMPARISONS:,} comparisons with items and conditions the check ends, and the error `too-long` says so.
"""
_COLUMNS = ("rule", "breach", "completed, amended", "in progress, stopped", "refuses an evaluation", "issue code")


def page() -> str:
    """The page of the rules as they are."""
    head = [f"| {' | '.join(_COLUMNS)} |", "|" + "---|" * len(_COLUMNS)]
    return _HEAD + "\n".join([*head, *map(_row, rules.RULES.values())]) + "\n" + _TAIL


def _row(rule: Rule) -> str:
    cells = (f"`{rule.code}`", rule.meaning, rule.finished, rule.unfinished or "allowed", "yes" if rule.refuses else "no", rule.issue)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {len(rules.RULES)} rules")
