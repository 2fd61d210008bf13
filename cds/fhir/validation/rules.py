"""The rules by which a QuestionnaireResponse is checked: what each is called, how severe a breach is, and whether it refuses an evaluation.

A response that is completed or amended must conform fully; one in progress, or stopped, may be incomplete. What refuses no
evaluation is still an error of `$validate`: a question that was skipped must not keep an emergency from being seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cds.foundation.errors import Diagnostic, Severity

FINISHED = frozenset({"completed", "amended"})
"""The statuses of a response that must conform fully."""


@dataclass(frozen=True)
class Rule:
    """One rule: its code, the FHIR IssueType of a breach, its severity once finished and before (None: allowed), and whether it refuses."""

    code: str
    meaning: str
    issue: str
    finished: Severity
    unfinished: Severity | None
    refuses: bool = True

    def severity(self, status: object) -> Severity | None:
        """How severe a breach is in a response of that status; a status that cannot be read counts as finished."""
        return self.unfinished if status in ("in-progress", "stopped") else self.finished


def _error(code: str, issue: str, meaning: str) -> Rule:
    return Rule(code, meaning, issue, "error", "error")


def _warning(code: str, issue: str, meaning: str) -> Rule:
    return Rule(code, meaning, issue, "warning", "warning", refuses=False)


_ALL = (
    _error("questionnaireNotFound", "not-found", "The questionnaire is not named, or not held in that version"),
    _warning("questionnaireDraft", "business-rule", "The questionnaire is a draft"),
    _warning("questionnaireRetired", "business-rule", "The questionnaire is retired"),
    _warning("questionnaireInactive", "business-rule", "Authored outside the effective period of the questionnaire"),
    _error("modifier", "extension", "A modifier of the whole response"),
    Rule("modifiedAnswer", "A modifier of an item or an answer", "extension", "error", "error", refuses=False),
    Rule("enteredInError", "The response was entered in error", "business-rule", "warning", "warning"),
    _error("linkIdMissing", "required", "An item without a linkId"),
    _error("invalidLinkId", "not-found", "A linkId that is not in the questionnaire"),
    _error("wrongLevel", "structure", "An item at a level where the questionnaire does not have it"),
    Rule("wrongOrder", "Items in another order than in the questionnaire", "structure", "error", "error", refuses=False),
    _error("repeatedItem", "structure", "An item that does not repeat stands more than once"),
    _error("repeats", "structure", "Several answers to an item that takes one"),
    Rule("required", "A required item without an answer", "required", "error", "warning", refuses=False),
    Rule("minCount", "Fewer answers or groups than minOccurs", "required", "error", "warning", refuses=False),
    _error("maxCount", "structure", "More answers or groups than maxOccurs"),
    _error("groupShouldNotHaveAnswers", "structure", "An answer to a group"),
    _error("displayAnswer", "structure", "An answer to a display"),
    _error("misplacedItems", "structure", "Items under a question that belong under its answer, or under an answer of a group"),
    Rule("notEnabled", "An answer to an item that is not enabled", "business-rule", "error", None, refuses=False),
    _error("emptyAnswer", "required", "An answer without a value and without a reason for its absence"),
    _error("invalidAnswerType", "value", "A value of another type than the item takes"),
    _error("invalidAnswerOption", "code-invalid", "An answer that is not one of the options"),
    _error("exclusiveAnswerOption", "business-rule", "An exclusive option beside another answer"),
    _warning("duplicateAnswer", "duplicate", "The same answer twice"),
    _error("invalidCoding", "code-invalid", "A coding that is not in the value set of the item"),
    _warning("codingWithoutSystem", "code-invalid", "A coding without a system"),
    _warning("tsError", "not-found", "A value set that is not held here, so that the answer was not checked with it"),
    _warning("displayDiffers", "code-invalid", "A coding whose display is that of another option"),
    _warning("optionAsText", "value", "Text that is the display of an option"),
    _error("minValue", "value", "A value below the least one allowed"),
    _error("maxValue", "value", "A value above the greatest one allowed"),
    _error("maxDecimalPlaces", "value", "More decimal places than allowed"),
    _error("minLength", "value", "Text shorter than allowed"),
    _error("maxLength", "too-long", "Text longer than allowed"),
    _error("regex", "value", "Text that does not have the form asked for"),
    _warning("lineBreak", "value", "A line break in an answer of one line"),
    _error("invalidQuantity", "value", "A quantity without a value"),
    _warning("comparator", "value", "A quantity with a comparator, so that the bounds were not checked"),
    _error("invalidUnit", "value", "A unit that is not offered"),
    _error("invalidUnitValueSet", "code-invalid", "A unit that is not in the value set of units"),
    _error("attachmentType", "value", "An attachment of a type that is not taken"),
    _error("attachmentSize", "too-long", "An attachment larger than allowed"),
    _error("attachmentLength", "value", "An attachment whose size is not that of its data"),
    _error("invalidRefType", "value", "A reference to a resource of another type than is taken"),
    _error("invalidRefValue", "value", "A reference that is not well formed"),
    _warning("textDiffers", "business-rule", "The text of an item differs from the questionnaire"),
    _error("subjectType", "value", "A subject of another type than the questionnaire is about"),
    _error("futureDate", "value", "A day that has not come"),
    _warning("partialDate", "incomplete", "A date that is not full"),
    Rule("notChecked", "Something that this check cannot judge", "not-supported", "information", "information", refuses=False),
)
RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _ALL})


def broken(code: str, status: object, text: str, place: str) -> list[Diagnostic]:
    """The breach of a rule as the diagnostic of a response of that status; none where that status allows it.

    `text` says what is wrong and what to do, and holds nothing of the response.
    """
    rule = RULES[code]
    severity = rule.severity(status)
    return [Diagnostic(severity, rule.issue, text, place, rule.code)] if severity else []
