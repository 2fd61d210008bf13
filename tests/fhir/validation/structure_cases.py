"""The rules of structure, a row or more for each: the whole response of `forms` with one thing wrong in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.fhir.questionnaire import Form
from cds.foundation.errors import Severity
from tests.fhir import samples
from tests.fhir.samples import when
from tests.fhir.validation import forms
from tests.fhir.validation.cases import Case
from tests.fhir.validation.forms import DAYS, FORM, GUIDES, PAPERS, TRIPS, WHO, WHOLE, Raw, answer, ask, leg, means, put, sent, trip

_ROOT = "QuestionnaireResponse"
_TURNED = [{"url": "https://example.org/turned", "valueBoolean": True}]
_REASON = {"extension": [{"url": f"{forms.CORE}data-absent-reason", "valueCode": "asked-declined"}]}


def swapped(position: int, *items: Mapping[str, Any]) -> Raw:
    """The whole response with those items in place of the one at the position."""
    return sent(*WHOLE[:position], *items, *WHOLE[position + 1 :])


def case(
    rule: str,
    invalid: Raw,
    place: str,
    completed: Severity = "error",
    in_progress: Severity | None = "error",
    *,
    name: str = "",
    form: Form = FORM,
    valid: Raw | None = None,
    **more: Any,
) -> Case:
    """A case of the whole response, where no other is given; the place is within the response."""
    return Case(rule, form, valid or sent(*WHOLE), invalid, f"{_ROOT}{place}", completed, in_progress, name or rule, **more)


def small(
    rule: str,
    items: Sequence[Raw],
    valid: Sequence[Raw],
    invalid: Sequence[Raw],
    place: str,
    completed: Severity = "error",
    in_progress: Severity | None = "error",
    *,
    name: str,
) -> Case:
    """A case of a form of its own."""
    return case(rule, sent(*invalid), place, completed, in_progress, name=name, form=forms.form(*items), valid=sent(*valid))


UNNAMED = {"answer": [{"valueString": "x"}]}
HEADER = [
    case("questionnaireNotFound", sent(*WHOLE, questionnaire=None), ".questionnaire", name="not named"),
    case("questionnaireNotFound", sent(*WHOLE, questionnaire="https://example.org/other"), ".questionnaire", name="of another url"),
    case("questionnaireNotFound", sent(*WHOLE, questionnaire=f"{forms.URL}|9"), ".questionnaire", name="of another version"),
    case("questionnaireNotFound", sent(*WHOLE, questionnaire="#q"), ".questionnaire", name="not contained"),
    case("questionnaireInactive", sent(*WHOLE, authored="2025-12-31"), ".authored", "warning", "warning", name="before the period"),
    case("questionnaireInactive", sent(*WHOLE, authored="2027"), ".authored", "warning", "warning", name="after the period"),
    case("modifier", sent(*WHOLE, modifierExtension=_TURNED), ".modifierExtension"),
    case("modifier", sent(*WHOLE, implicitRules="https://example.org/rules"), ".implicitRules", name="rules"),
    case("subjectType", sent(*WHOLE, subject={"reference": "Device/d"}), ".subject"),
    case("subjectType", sent(*WHOLE, subject={"type": "Device", "identifier": {"value": "1"}}), ".subject", name="by its type"),
]
PLACES = [
    case("modifiedAnswer", swapped(0, WHO | {"modifierExtension": _TURNED}), ".item[0].modifierExtension", name="a group"),
    case("modifiedAnswer", swapped(0, put("who", items=(put("name", "Ada", modifierExtension=_TURNED),))), ".item[0].item[0].modifierExtension"),
    case(
        "modifiedAnswer",
        swapped(1, put("papers", answer(False, put("number", "7")) | {"modifierExtension": _TURNED})),
        ".item[1].answer[0].modifierExtension",
        name="an answer",
    ),
    case(
        "modifiedAnswer",
        swapped(1, put("papers", answer(False, put("number", answer("7") | {"modifierExtension": _TURNED})))),
        ".item[1].answer[0].item[0].answer[0].modifierExtension",
        name="an answer under an answer",
    ),
    case("linkIdMissing", swapped(0, WHO, UNNAMED), ".item[1].linkId"),
    case("invalidLinkId", swapped(0, WHO, put("nobody", "x")), ".item[1]"),
    case("invalidLinkId", swapped(1, put("papers", answer(False, put("number", "7"), put("x", "y")))), ".item[1].answer[0].item[1]", name="below"),
    case("wrongLevel", swapped(0, put("name", "Ada")), ".item[0]", name="at the top"),
    case("wrongLevel", swapped(0, put("who", items=(put("name", "Ada"), put("stamp", "s")))), ".item[0].item[1]", name="in a group"),
    case("wrongLevel", swapped(1, put("papers", answer(False, put("number", "7"), put("stamp", "s")))), ".item[1].answer[0].item[1]", name="deep"),
    case("wrongOrder", sent(PAPERS, WHO, *WHOLE[2:]), ".item[1]"),
    case("wrongOrder", swapped(0, put("who", items=(put("nickname", "A"), put("name", "Ada")))), ".item[0].item[1]", name="in a group"),
    case("wrongOrder", sent(WHO, PAPERS, TRIPS[0], DAYS, TRIPS[1], *GUIDES), ".item[4]", name="a repeat apart"),
    case("repeatedItem", sent(WHO, *WHOLE), ".item[1]", name="a group"),
    case("repeatedItem", sent(WHO, PAPERS, PAPERS, *WHOLE[2:]), ".item[2]", name="a question"),
    case("repeatedItem", sent(*WHOLE[:4], put("days", 1, 2), put("days", 3, 4), *GUIDES), ".item[5]", name="a question that repeats"),
    case("repeatedItem", swapped(2, trip("Rome"), put("trip", items=(put("where", "a"), put("where", "b")))), ".item[3].item[1]", name="in a repeat"),
    case("groupShouldNotHaveAnswers", swapped(0, WHO | {"answer": [{"valueString": "x"}]}), ".item[0].answer"),
    case("displayAnswer", swapped(0, put("who", items=(put("name", "Ada"), put("hello", "x")))), ".item[0].item[1].answer"),
    case("misplacedItems", swapped(1, put("papers", False, items=(put("number", "7"),))), ".item[1].item[0]", name="beside the answer"),
    case("textDiffers", swapped(1, PAPERS | {"text": "Another question"}), ".item[1].text", "warning", "warning"),
]
NUMBERS = [
    case("repeats", swapped(1, put("papers", answer(False, put("number", "7")), answer(False, put("number", "8")))), ".item[1].answer"),
    case("required", sent(*WHOLE[1:]), "", "error", "warning", name="a group left out"),
    case("required", swapped(0, put("who", items=(put("nickname", "A"),))), ".item[0]", "error", "warning", name="left out of a group"),
    case("required", swapped(0, put("who", items=(put("name"), put("nickname", "A")))), ".item[0].item[0]", "error", "warning", name="no answer"),
    case("required", swapped(1, put("papers", answer(False, put("issuer", "x")))), ".item[1].answer[0]", "error", "warning", name="under an answer"),
    case(
        "required",
        swapped(0, put("who", items=(put("name", _REASON), put("nickname", "A")))),
        ".item[0].item[0]",
        "error",
        "warning",
        name="a reason",
    ),
    case("required", swapped(3, trip("Oslo", leg("foot"), put("leg", items=()))), ".item[3].item[2]", "error", "warning", name="in the second leg"),
    case("required", swapped(3, trip("Oslo", leg("boat"), leg("train"))), ".item[3].item[2]", "error", "warning", name="enabled in the second leg"),
    case("minCount", swapped(4, put("days", 1)), ".item[4]", "error", "warning", name="answers"),
    case("minCount", sent(*WHOLE[:4], *GUIDES), "", "error", "warning", name="no answer"),
    case("minCount", sent(*WHOLE[:6]), ".item[5]", "error", "warning", name="groups"),
    case("maxCount", swapped(4, put("days", 1, 2, 3, 4)), ".item[4].answer", name="answers"),
    case("maxCount", swapped(2, trip("Rome", *[leg("foot")] * 4)), ".item[2].item[4]", name="groups"),
]
SEAT = put("by-train", items=(put("seat", "12"),))
ABROAD = put("papers", answer(True, put("number", "7")))
TWO = [ask("a", "integer"), ask("b", enableWhen=[when("a", ">", answerInteger=4), when("a", "=", answerInteger=1)], enableBehavior="any")]
BOTH = [ask("a", "integer"), ask("b", enableWhen=[when("a", ">", answerInteger=4), when("a", "<", answerInteger=9)], enableBehavior="all")]
OWN = [means("by", repeats=True, item=[ask("which", enableWhen=[when("by", "=", answerCoding=forms.code("boat"))])])]
INNER = [ask("g", "group", ask("h", "group", ask("a"), enableWhen=[when("on", "=", answerBoolean=True)])), ask("on", "boolean")]
ENABLED = [
    case(
        "notEnabled",
        sent(*WHOLE, SEAT),
        ".item[7]",
        "error",
        None,
        name="a group",
        valid=swapped(1, ABROAD) | {"item": [WHO, ABROAD, *WHOLE[2:], SEAT]},
    ),
    case(
        "notEnabled",
        swapped(3, trip("Oslo", leg("train", "A1"), leg("boat", "B2"))),
        ".item[3].item[2].item[1]",
        "error",
        None,
        name="by its own leg",
    ),
    case("notEnabled", swapped(2, trip("Rome", leg("foot", "A1"))), ".item[2].item[1].item[1]", "error", None, name="by its own trip"),
    small("notEnabled", TWO, [put("a", 1), put("b", "x")], [put("a", 4), put("b", "x")], ".item[1]", "error", None, name="any"),
    small("notEnabled", BOTH, [put("a", 5), put("b", "x")], [put("a", 9), put("b", "x")], ".item[1]", "error", None, name="all"),
    small(
        "notEnabled",
        OWN,
        [put("by", answer(forms.code("boat"), put("which", "x")))],
        [put("by", answer(forms.code("foot"), put("which", "x")))],
        ".item[0].answer[0].item[0]",
        "error",
        None,
        name="by the question it stands under",
    ),
    small(
        "notEnabled",
        INNER,
        [put("g", items=(put("h", items=(put("a", "x"),)),)), put("on", True)],
        [put("g", items=(put("h", items=(put("a", "x"),)),)), put("on", False)],
        ".item[0].item[0]",
        "error",
        None,
        name="by a later question",
    ),
]
EXPRESSED = [ask("a", required=True, extension=[forms.expression("sdc-questionnaire-enableWhenExpression")])]
CONSTRAINED = [ask("a", extension=[forms.constraint()])]
UNITS = [ask("a", "quantity"), ask("b", required=True, enableWhen=[when("a", ">", answerQuantity={"value": 5, "unit": "km"})])]
FAR = [ask("g", "group", ask("a", "boolean"), repeats=True), ask("b", required=True, enableWhen=[when("a", "=", answerBoolean=True)])]
KM, MILES = ({"valueQuantity": {"value": 6, "unit": unit}} for unit in ("km", "mi"))
TOLD: tuple[Severity, Severity] = ("information", "information")
UNKNOWN = [
    small("notChecked", CONSTRAINED, [], [put("a", "x")], ".item[0]", *TOLD, name="a constraint"),
    small("notChecked", UNITS, [put("a", KM), put("b", "x")], [put("a", MILES), put("b", "x")], ".item[1]", *TOLD, name="another unit"),
    small("notChecked", UNITS, [put("a", KM), put("b", "x")], [put("a", MILES)], "", *TOLD, name="another unit, not required"),
    small(
        "notChecked",
        FAR,
        [put("g", items=(put("a", True),)), put("g", items=(put("a", True),)), put("b", "x")],
        [put("g", items=(put("a", True),)), put("g", items=(put("a", False),))],
        "",
        *TOLD,
        name="groups that differ",
    ),
]
DAY = samples.item("onset", {"valueDate": "2026-03-01"})


def answered(**more: Any) -> Raw:
    """A response to the form of `samples`, whose facts are known."""
    asked = samples.now(samples.item("age", {"valueInteger": 34}), samples.item("fever", samples.coded("no")))
    return samples.response(asked, samples.run(DAY), **more)


FACTS: dict[str, Any] = {"form": samples.FORM, "definitions": samples.DEFINITIONS, "valid": answered()}
WARNED: tuple[Severity, Severity] = ("warning", "warning")
OTHER: dict[str, Any] = {"valid": sent(), "kept_by": forms.form()}
STATES = [
    case("questionnaireDraft", sent(), ".questionnaire", *WARNED, form=forms.form(status="draft"), **OTHER),
    case("questionnaireRetired", sent(), ".questionnaire", *WARNED, form=forms.form(status="retired"), **OTHER),
    case("notChecked", sent(), "", *TOLD, name="an expression that enables", form=forms.form(*EXPRESSED), **OTHER),
    case("notChecked", sent(), "", *TOLD, name="of the questionnaire", form=forms.form(extension=[forms.constraint()]), **OTHER),
    case(
        "questionnaireRetired", sent(), ".questionnaire", "warning", "warning", form=forms.form(status="retired"), valid=sent(), kept_by=forms.form()
    ),
    case("futureDate", answered(authored="2026-03-10T12:11:00Z"), ".authored", **FACTS),
    case("partialDate", answered(authored=None), ".authored", "warning", "warning", **FACTS),
    case("subjectType", answered(subject={"reference": "Group/g"}), ".subject", name="no patient", **FACTS),
]
CASES = [*HEADER, *PLACES, *NUMBERS, *ENABLED, *UNKNOWN, *STATES]
