"""A small questionnaire with its facts and value sets, and the resources that the tests send."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cds.facts import FactDefinition, FactDefinitions, RecordSource
from cds.fhir import questionnaire
from cds.values.release import ValueSet

URL = "https://example.org/Questionnaire/back"
ANSWERS = "https://example.org/CodeSystem/answers"
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
PATIENT = "p1"
CANARY = "canary-7f3a"
_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"


def option(code: str, *, exclusive: bool = False) -> dict[str, Any]:
    extra = {"extension": [{"url": f"{_EXTENSION}questionnaire-optionExclusive", "valueBoolean": True}]} if exclusive else {}
    return extra | {"valueCoding": {"system": ANSWERS, "code": code, "display": code.title()}}


def choice(link_id: str, codes: str, **more: Any) -> dict[str, Any]:
    options = [option(code, exclusive=code == "nothing") for code in codes.split()]
    return {"linkId": link_id, "type": "choice", "text": link_id, "answerOption": options} | more


def when(question: str, operator: str, **answer: Any) -> dict[str, Any]:
    return {"question": question, "operator": operator} | answer


def bound(name: str, value: int) -> dict[str, Any]:
    return {"url": f"{_EXTENSION}{name}", "valueInteger": value}


def unit(code: str) -> dict[str, Any]:
    return {"url": f"{_EXTENSION}questionnaire-unitOption", "valueCoding": {"system": UCUM, "code": code}}


QUESTIONNAIRE: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "url": URL,
    "version": "1.0.0",
    "status": "active",
    "item": [
        {
            "linkId": "g-now",
            "type": "group",
            "item": [
                {"linkId": "age", "type": "integer", "required": True, "extension": [bound("minValue", 0), bound("maxValue", 120)]},
                choice("sex", "male female unsure"),
                choice("fever", "yes no unsure skip", required=True),
                choice("bladder", "yes old no unsure"),
                choice(
                    "pregnant",
                    "yes no unsure",
                    enableBehavior="all",
                    enableWhen=[
                        when("sex", "!=", answerCoding={"system": ANSWERS, "code": "male"}),
                        when("age", ">=", answerInteger=12),
                        when("age", "<=", answerInteger=55),
                    ],
                ),
                {"linkId": "note", "type": "display", "text": "Thank you"},
            ],
        },
        {
            "linkId": "g-run",
            "type": "group",
            "enableWhen": [when("age", "<", answerInteger=100)],
            "item": [
                {"linkId": "onset", "type": "date"},
                {
                    "linkId": "days",
                    "type": "integer",
                    "required": True,
                    "enableWhen": [when("onset", "exists", answerBoolean=False)],
                    "extension": [bound("minValue", 0), bound("maxValue", 36500)],
                },
                choice("worse", "sit stand cough nothing", repeats=True),
                {"linkId": "distance", "type": "quantity", "extension": [bound("minValue", 0), unit("km"), unit("[mi_i]")]},
                {"linkId": "goal", "type": "text"},
            ],
        },
    ],
}
FORM = questionnaire.index(QUESTIONNAIRE)


def _source(value_set: str, resource: Any, **more: Any) -> RecordSource:
    return RecordSource(value_set, resource, **more)


def _days(count: int) -> timedelta:
    return timedelta(days=count)


_FEVER = (
    _source("temperature", "Observation", at_least=Decimal("38.0"), unit="Cel", within=timedelta(hours=72)),
    _source("fever", "Condition", onset_within=timedelta(hours=72)),
)
_PREGNANT = (
    _source("pregnancy", "Condition", status="active", onset_within=_days(294)),
    _source("pregnancy-status", "Observation", answer_in="pregnancy", within=_days(90)),
)
_YES_NO = ("yes", "no")
_ALL = (
    FactDefinition("age", "integer", minimum=Decimal(0), maximum=Decimal(120), link_id="age", patient_element="birthDate", record_wins=True),
    FactDefinition("sex", "string", ("male", "female"), link_id="sex", patient_element="gender"),
    FactDefinition("fever", "string", _YES_NO, link_id="fever", worst=_YES_NO, sets="yes", sources=_FEVER),
    FactDefinition("bladder", "string", ("yes", "old", "no"), link_id="bladder", worst=("yes", "old", "no")),
    FactDefinition("pregnant", "string", _YES_NO, link_id="pregnant", worst=_YES_NO, sets="yes", sources=_PREGNANT),
    FactDefinition("days", "integer", minimum=Decimal(0), maximum=Decimal(36500), link_id="days", onset_link_id="onset"),
    FactDefinition("worse", "list of string", ("sit", "stand", "cough", "nothing"), link_id="worse", exclusive="nothing"),
    FactDefinition("distance", "number", minimum=Decimal(0), unit="km", link_id="distance", convert={"[mi_i]": Decimal("1.609344")}),
    FactDefinition("temperature", "number", unit="Cel", reads=_source("temperature", "Observation", within=timedelta(hours=72))),
    FactDefinition("cancer", "string", _YES_NO, sets="yes", sources=(_source("cancer", "Condition"),)),
    FactDefinition("diabetes", "string", _YES_NO, sets="yes", sources=(_source("diabetes", "Condition", status="active"),)),
    FactDefinition("steroid", "string", _YES_NO, sets="yes", sources=(_source("steroids", "Medication", taken=_days(90), within=_days(365)),)),
    FactDefinition("thinner", "string", _YES_NO, sets="yes", sources=(_source("thinners", "Medication", stopped_within=_days(90)),)),
    FactDefinition("operated", "string", _YES_NO, sets="yes", sources=(_source("operation", "Procedure", onset_within=_days(90)),)),
)
DEFINITIONS = FactDefinitions(
    facts={fact.name: fact for fact in _ALL},
    stale_after=timedelta(hours=72),
    skew=timedelta(minutes=10),
    prefetch={
        "patient": "Patient/{{context.patientId}}",
        "response": f"QuestionnaireResponse?patient={{{{context.patientId}}}}&questionnaire={URL}",
        "conditions": "Condition?patient={{context.patientId}}",
        "medications": "MedicationRequest?patient={{context.patientId}}",
        "temperature": f"Observation?patient={{{{context.patientId}}}}&code={LOINC}|8310-5&_sort=-date",
    },
    required=("patient", "response"),
    trigger="back-pain",
)


def _set(name: str, *codes: tuple[str, str], **more: Any) -> tuple[str, ValueSet]:
    return name, ValueSet(name, frozenset(codes), **more)


VALUE_SETS = dict(
    [
        _set("temperature", (LOINC, "8310-5")),
        _set("pregnancy-status", (LOINC, "82810-3")),
        _set("fever", (SNOMED, "386661006")),
        _set("pregnancy", (SNOMED, "77386006")),
        _set("cancer", (SNOMED, "363346000")),
        _set("diabetes", (SNOMED, "73211009")),
        _set("back-pain", (SNOMED, "279039007")),
        _set("operation", (SNOMED, "999001")),
        _set("steroids", (RXNORM, "8640"), names=("prednisone", "hydrocortisone"), excluded_words=("cream", "inhal*", "ear drops")),
        _set("thinners", (RXNORM, "11289"), names=("warfarin", "heparin sodium")),
    ]
)


def coded(code: str, **more: Any) -> dict[str, Any]:
    return {"valueCoding": {"system": ANSWERS, "code": code} | more}


def item(link_id: str, *answers: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"linkId": link_id} | ({"answer": [dict(answer) for answer in answers]} if answers else {}) | more


def response(*groups: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A completed response of today's patient; `more` replaces its elements, None leaves one out."""
    whole: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "id": "r1",
        "questionnaire": f"{URL}|1.0.0",
        "status": "completed",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authored": "2026-03-10T08:00:00Z",
        "item": [dict(group) for group in groups],
    } | more
    return {name: value for name, value in whole.items() if value is not None and value != []}


def now(*items: Mapping[str, Any]) -> dict[str, Any]:
    """The first group with those items."""
    return {"linkId": "g-now", "item": [dict(one) for one in items]}


def run(*items: Mapping[str, Any]) -> dict[str, Any]:
    """The second group with those items."""
    return {"linkId": "g-run", "item": [dict(one) for one in items]}


def bundle(*resources: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": dict(one)} for one in resources]} | more


def concept(system: str, code: str, text: str = "") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def resource(kind: str, identity: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": identity, "subject": {"reference": f"Patient/{PATIENT}"}} | more


def condition(code: str, identity: str = "c1", *, status: str = "active", **more: Any) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    return resource("Condition", identity, code=concept(SNOMED, code), clinicalStatus=concept(system, status)) | more


def reading(value: str, identity: str = "o1", *, code: str = "Cel", **more: Any) -> dict[str, Any]:
    quantity = {"value": Decimal(value), "system": UCUM, "code": code}
    made = {"status": "final", "code": concept(LOINC, "8310-5"), "effectiveDateTime": "2026-03-10T06:00:00Z", "valueQuantity": quantity}
    return resource("Observation", identity) | made | more


def order(text: str = "", identity: str = "m1", *, code: str = "", status: str = "active", **more: Any) -> dict[str, Any]:
    medicine: dict[str, Any] = ({"text": text} if text else {}) | (concept(RXNORM, code) if code else {})
    made = {"status": status, "intent": "order", "medicationCodeableConcept": medicine}
    return resource("MedicationRequest", identity) | made | more


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
