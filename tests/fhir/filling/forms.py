"""An invented form of a bakery with every type of item, nested groups that repeat, and conditions of every kind."""

from collections.abc import Mapping
from typing import Any

from cds.fhir import questionnaire
from cds.fhir.filling import asking, sheet
from cds.fhir.filling.asking import Step
from cds.fhir.filling.sheet import Asked, Page
from tests.fhir.samples import bound, when

Raw = dict[str, Any]
CORE = "http://hl7.org/fhir/StructureDefinition/"
SYSTEM = "https://example.org/CodeSystem/bakery"
UCUM = "http://unitsofmeasure.org"


def ask(link_id: str, kind: str, *items: Raw, **more: Any) -> Raw:
    return {"linkId": link_id, "type": kind, "text": f"Text of {link_id}?"} | ({"item": list(items)} if items else {}) | more


def code(name: str) -> Raw:
    return {"system": SYSTEM, "code": name}


def options(*names: str, exclusive: str = "") -> list[Raw]:
    mark = {"extension": [{"url": f"{CORE}questionnaire-optionExclusive", "valueBoolean": True}]}
    return [{"valueCoding": code(name) | {"display": name.title()}} | (mark if name == exclusive else {}) for name in names]


def unit(name: str) -> Raw:
    return {"url": f"{CORE}questionnaire-unitOption", "valueCoding": {"system": UCUM, "code": name, "display": name}}


HIDDEN = [{"url": f"{CORE}questionnaire-hidden", "valueBoolean": True}]
LOAF = ask(
    "loaf",
    "group",
    ask("kind", "choice", answerOption=options("rye", "wheat"), required=True),
    ask("seeds", "boolean", enableWhen=[when("kind", "=", answerCoding=code("rye"))], required=True),
    ask("slice", "integer", ask("toasted", "boolean"), repeats=True, extension=[bound("minValue", 1)]),
    ask("thick", "string", enableWhen=[when("slice", ">", answerInteger=3)]),
    ask("batch", "integer", readOnly=True, initial=[{"valueInteger": 3}], enableWhen=[when("kind", "=", answerCoding=code("rye"))]),
    ask("thin", "string", enableWhen=[when("batch", ">", answerInteger=2)]),
    repeats=True,
)
STALE = [when("day", "<", answerDate="2026-11-20"), when("weight", ">", answerDecimal=9)]
QUESTIONNAIRE: Raw = {
    "resourceType": "Questionnaire",
    "url": "https://example.org/Questionnaire/bakery",
    "version": "1.0",
    "status": "active",
    "title": "At the bakery",
    "contained": [
        {"resourceType": "ValueSet", "id": "days", "compose": {"include": [{"system": SYSTEM, "concept": [{"code": "mon", "display": "Monday"}]}]}}
    ],
    "item": [
        ask(
            "danger",
            "group",
            ask("smoke", "choice", answerOption=options("yes", "no"), required=True),
            ask("burnt", "choice", answerOption=options("yes", "no", "unsure"), enableWhen=[when("smoke", "=", answerCoding=code("yes"))]),
            ask("stop", "display", enableWhen=[when("burnt", "=", answerCoding=code("yes"))]),
        ),
        ask("hello", "display"),
        ask("name", "string", maxLength=8),
        ask(
            "order",
            "group",
            ask("age", "integer", extension=[bound("minValue", 0), bound("maxValue", 120)], required=True),
            ask("hunger", "integer", extension=[bound("minValue", 0), bound("maxValue", 10)]),
            ask("weight", "decimal"),
            ask("long", "quantity", extension=[unit("cm"), unit("m")]),
            ask("day", "date"),
            ask("moment", "dateTime"),
            ask("hour", "time"),
            ask("page", "url"),
            ask("wish", "text"),
            ask("with", "choice", answerOption=options("butter", "jam", "none", exclusive="none"), repeats=True),
            ask("else", "open-choice", answerOption=options("tea", "milk")),
            ask("pickup", "choice", answerValueSet="#days"),
            ask("picture", "attachment"),
            ask("shop", "group",
                ask("mode", "choice", answerOption=options("a", "b"), initial=[{"valueCoding": code("a")}], extension=HIDDEN),
                extension=HIDDEN, enableWhen=[when("hunger", "exists", answerBoolean=True)]),
            LOAF,
        ),
        ask(
            "last",
            "group",
            ask("old", "string", enableWhen=[when("age", ">=", answerInteger=65)]),
            ask("today", "string", enableWhen=[when("day", "=", answerDate="2026-11-22")]),
            ask("until", "string", enableWhen=[when("day", "<=", answerDate="2026-11-22"), when("hour", ">=", answerTime="12:00:00")]),
            ask("early", "string", enableWhen=[when("hour", "<", answerTime="12:00:00")]),
            ask("soon", "string", enableWhen=[when("day", "<=", answerDate="2026-12")]),
            ask("late", "string", enableWhen=[when("moment", ">", answerDateTime="2026-11-22T10:00:00Z")]),
            ask("giant", "string", enableWhen=[when("long", ">", answerQuantity={"value": 50, "unit": "cm", "system": UCUM, "code": "cm"})]),
            ask("light", "string", enableWhen=[when("weight", "!=", answerDecimal=2.5)]),
            ask("nameless", "string", enableWhen=[when("name", "exists", answerBoolean=False)]),
            ask("bob", "string", enableWhen=[when("name", "=", answerString="Bob"), when("else", "=", answerString="Cocoa")], enableBehavior="any"),
            ask("dry", "string", enableWhen=[when("with", "!=", answerCoding=code("butter")), when("with", "exists", answerBoolean=True)]),
            ask("in-a", "string", enableWhen=[when("mode", "=", answerCoding=code("a"))]),
            ask("not-a", "string", enableWhen=[when("mode", "!=", answerCoding=code("a"))]),
            ask("batches", "string", enableWhen=[when("batch", "exists", answerBoolean=True)]),
            ask("stale", "display", enableWhen=STALE, enableBehavior="any"),
            ask("ryes", "string", enableWhen=[when("kind", "=", answerCoding=code("rye"))]),
            enableWhen=[when("smoke", "!=", answerCoding=code("yes"))],
        ),
    ],
}  # fmt: skip
FORM = questionnaire.index(QUESTIONNAIRE)
STEPS = asking.steps(QUESTIONNAIRE, FORM)


def made(*items: Raw, **more: Any) -> Raw:
    """A Questionnaire of these items."""
    return {key: QUESTIONNAIRE[key] for key in ("resourceType", "url", "version", "status", "title")} | {"item": list(items)} | more


def steps_of(*items: Raw) -> tuple[Step, ...]:
    """Its steps."""
    return asking.steps(made(*items), questionnaire.index(made(*items)))


def filled(fields: Mapping[str, list[str]]) -> tuple[Page, ...]:
    return sheet.fill(STEPS, FORM, fields)


def by_name(fields: Mapping[str, list[str]]) -> dict[str, Asked]:
    return {one.name: one for page in filled(fields) for one in page.walk()}
