"""The cases of the rules about the values of answers: one question each, answered rightly and wrongly."""

from decimal import Decimal

from tests.fhir import samples
from tests.fhir.samples import coded, option, unit
from tests.fhir.validation.value_parts import (
    ABSENT,
    EXCLUSIVE,
    HELD,
    REASON,
    SDC,
    UNITS,
    Raw,
    attachment,
    case,
    clock,
    day,
    extension,
    moment,
    number,
    quantity,
    question,
    reference,
    text,
    unchecked,
    warned,
    whole,
)

CHOICE = question("choice", answerOption=[option("yes"), option("no"), option("nothing", exclusive=True)], repeats=True)
WORDED = question(
    "choice",
    answerOption=[option("yes"), {"valueCoding": {"display": "Perhaps"}}, {"valueCoding": {"display": "None of these"}} | EXCLUSIVE],
    repeats=True,
)
OPEN = question("open-choice", answerOption=[option("yes"), option("no")])
LISTED = question("choice", answerValueSet=HELD)
_OTHERS = [{"valueReference": {"reference": "Patient/1", "display": "A"}}]
_TYPES: tuple[tuple[str, Raw, Raw], ...] = (
    ("boolean", {"valueBoolean": True}, text("true")),
    ("decimal", {"valueDecimal": Decimal("1.5")}, whole(1)),
    ("integer", whole(1), {"valueDecimal": Decimal("1.5")}),
    ("date", {"valueDate": "2026-01"}, {"valueDateTime": "2026-01-01"}),
    ("dateTime", {"valueDateTime": "2026-01-01T10:00:00Z"}, {"valueDate": "2026-01-01"}),
    ("time", {"valueTime": "10:00:00"}, text("10:00:00")),
    ("string", text("a"), {"valueUri": "a"}),
    ("text", text("a\nb"), {"valueUri": "a"}),
    ("url", {"valueUri": "https://example.org/"}, text("https://example.org/")),
    ("choice", coded("yes"), text("yes")),
    ("open-choice", text("anything"), whole(1)),
    ("quantity", quantity(1), whole(1)),
    ("attachment", attachment(), text("a")),
    ("reference", reference("Patient/1"), text("Patient/1")),
)
TYPES = (
    *(case("invalidAnswerType", question(kind), valid, invalid, name=kind) for kind, valid, invalid in _TYPES),
    case("invalidAnswerType", question("choice", answerOption=[{"valueString": "a"}]), text("a"), coded("a"), name="strings"),
    case("invalidAnswerType", question("question"), [], text("a"), name="question"),
    case("invalidAnswerType", question("open-choice", answerOption=[{"valueInteger": 1}]), whole(1), {"valueTime": "10:00:00"}, name="open integers"),
)
OPTIONS = (
    case("invalidAnswerOption", CHOICE, coded("yes"), coded("maybe"), name="code"),
    case("invalidAnswerOption", CHOICE, coded("yes"), coded("yes", system="urn:other"), name="system"),
    case("invalidAnswerOption", CHOICE, coded("yes"), {"valueCoding": {"code": "yes"}}, name="no system"),
    case("invalidAnswerOption", CHOICE, coded("yes"), {"valueCoding": {"display": "Yes"}}, name="display only"),
    case("invalidAnswerOption", OPEN, text("perhaps"), coded("maybe"), name="open"),
    case("invalidAnswerOption", question("choice", answerOption=[{"valueString": "a"}]), text("a"), text("b"), name="string"),
    case("invalidAnswerOption", question("choice", answerOption=[{"valueInteger": 1}]), whole(1), whole(2), name="integer"),
    case("invalidAnswerOption", question("integer", answerOption=[{"valueInteger": 1}]), whole(1), whole(2), name="of an integer"),
    case(
        "invalidAnswerOption",
        question("choice", answerOption=[{"valueDate": "2026-01"}]),
        {"valueDate": "2026-01"},
        {"valueDate": "2026-02"},
        name="date",
    ),
    case(
        "invalidAnswerOption",
        question("choice", answerOption=[{"valueTime": "10:00:00"}]),
        {"valueTime": "10:00:00.0"},
        {"valueTime": "10:00:00.01"},
        name="time",
    ),
    case("invalidAnswerOption", question("choice", answerOption=_OTHERS), reference("Patient/1"), reference("Patient/2"), name="reference"),
    case("exclusiveAnswerOption", CHOICE, [coded("yes"), coded("no")], [coded("yes"), coded("nothing")], at_item=True),
    warned("duplicateAnswer", CHOICE, [coded("yes"), coded("no")], [coded("yes"), coded("yes")], at_item=True),
    case("invalidAnswerOption", WORDED, {"valueCoding": {"display": "perhaps "}}, {"valueCoding": {"display": "No"}}, name="words"),
    case("invalidAnswerOption", WORDED, coded("new", display="Perhaps"), coded("new", display="Never"), name="words beside a code"),
    case(
        "invalidAnswerOption",
        question("choice", answerOption=[{"valueReference": {"identifier": {"system": "urn:x", "value": "7"}}}]),
        {"valueReference": {"identifier": {"system": "urn:x", "value": "7"}}},
        {"valueReference": {"identifier": {"system": "urn:y", "value": "7"}}},
        name="identifier",
    ),
    case("exclusiveAnswerOption", WORDED, [coded("yes")], [coded("yes"), {"valueCoding": {"display": "None of these"}}], at_item=True, name="words"),
    warned("displayDiffers", CHOICE, coded("yes", display=" YES"), coded("yes", display="no"), below=".value"),
    warned("displayDiffers", CHOICE, coded("yes", display="Certainly"), coded("yes", display="No"), below=".value", name="other words"),
    warned("displayDiffers", LISTED, coded("one", system="urn:a"), coded("one", system="urn:a", display="Second"), below=".value", name="value set"),
    warned("tsError", question("choice", answerValueSet=ABSENT), REASON, coded("a")),
    warned("tsError", question("quantity", extension("questionnaire-unitValueSet", valueCanonical=ABSENT)), REASON, quantity(1), name="units"),
    case("invalidCoding", LISTED, coded("one", system="urn:a"), coded("one", system="urn:b"), name="other system"),
    case("invalidCoding", LISTED, coded("two", system="urn:b"), coded("three", system="urn:a"), name="other code"),
    case("invalidCoding", LISTED, coded("two", system="urn:b"), {"valueCoding": {"display": "one"}}, name="display only"),
    warned("codingWithoutSystem", LISTED, coded("one", system="urn:a"), {"valueCoding": {"code": "one"}}),
    warned("codingWithoutSystem", question("choice"), coded("one"), {"valueCoding": {"code": "one"}}, name="no list"),
    warned("optionAsText", OPEN, coded("yes"), text("Yes")),
    warned("optionAsText", question("open-choice", answerValueSet=HELD), text("Third"), text("Second"), name="value set"),
)
_AGE = question("integer", extension("minValue", valueInteger=0), extension("maxValue", valueInteger=120))
_SHARE = question("decimal", extension("minValue", valueDecimal=Decimal("0.5")), extension("maxValue", valueInteger=1))
_DAY = question("date", extension("minValue", valueDate="2026-01-15"), extension("maxValue", valueDate="2026-02"))
_MOMENT = question(
    "dateTime", extension("minValue", valueDateTime="2026-01-15T12:00:00Z"), extension("maxValue", valueDateTime="2026-01-20T12:00:00+02:00")
)
_CLOCK = question("time", extension("minValue", valueTime="08:00:00"), extension("maxValue", valueTime="18:00:00.5"))
_WALK = question("quantity", extension("minValue", valueInteger=0), extension("maxValue", valueInteger=100))
_HEAVY = question("quantity", extension("minValue", valueQuantity={"value": 2, "system": samples.UCUM, "code": "kg"}))
_WHOLE = question("quantity", extension("maxDecimalPlaces", valueInteger=0))
RUN = question(
    "quantity",
    extension(SDC + "minQuantity", valueQuantity={"value": 1, "system": samples.UCUM, "code": "km"}),
    extension(SDC + "maxQuantity", valueQuantity={"value": 50, "system": samples.UCUM, "code": "km"}),
)


BOUNDS = (
    case("minValue", _AGE, whole(0), whole(-1), name="integer"),
    case("maxValue", _AGE, whole(120), whole(121), name="integer"),
    case("minValue", _SHARE, number("0.50"), number("0.4999999999999999999"), name="decimal"),
    case("maxValue", _SHARE, number("1.0"), number("1.0000000000000000001"), name="decimal"),
    case("maxValue", question("decimal"), number("1"), number("1E+200"), name="more than is held"),
    case("minValue", _DAY, day("2026-01"), day("2026-01-14"), name="date"),
    case("minValue", _DAY, day("2026"), day("2025"), name="year"),
    case("maxValue", _DAY, day("2026-02-28"), day("2026-03"), name="date"),
    case("minValue", _MOMENT, moment("2026-01-15T12:00:00Z"), moment("2026-01-15T12:59:59+01:00"), name="dateTime"),
    case("maxValue", _MOMENT, moment("2026-01-20T10:00:00Z"), moment("2026-01-20T10:00:00.001Z"), name="dateTime"),
    case("minValue", _MOMENT, moment("2026-01-15"), moment("2026-01-14"), name="day of a dateTime"),
    case("maxValue", _MOMENT, moment("2026-01-21"), moment("2026-01-22"), name="day of a dateTime"),
    case("minValue", _CLOCK, clock("08:00:00.00"), clock("07:59:59.999"), name="time"),
    case("maxValue", _CLOCK, clock("18:00:00.50"), clock("18:00:00.51"), name="time"),
    case("minValue", _WALK, quantity(0, "mi"), quantity(-1, "mi"), name="quantity"),
    case("maxValue", _WALK, quantity(100), quantity(101), name="quantity"),
    case("minValue", RUN, quantity(1), quantity(Decimal("0.99")), name="minQuantity"),
    case("maxValue", RUN, quantity(50), quantity(51), name="maxQuantity"),
    case("minValue", _HEAVY, quantity(2, "kg"), quantity(1, "kg"), name="a quantity"),
    case("maxDecimalPlaces", question("decimal", extension("maxDecimalPlaces", valueInteger=1)), number("1.5"), number("1.50")),
    case(
        "maxDecimalPlaces",
        question("quantity", extension("maxDecimalPlaces", valueInteger=0)),
        quantity(1),
        quantity(Decimal("1.0")),
        name="quantity",
    ),
)
TEXTS = (
    case("minLength", question("string", extension("minLength", valueInteger=2)), text("ab"), text("a")),
    case("maxLength", question("text", maxLength=2), text("äß"), text("abc")),
    case("maxLength", question("integer", maxLength=2), whole(99), whole(100), name="digits"),
    case("maxLength", question("decimal", maxLength=4), number("1E+3"), number("1E-3"), name="digits without an exponent"),
    case("maxLength", question("open-choice", maxLength=2), text("ab"), text("abc"), name="open"),
    case("regex", question("decimal", extension("regex", valueString=r"\d+\.\d+")), number("0.00000001"), number("1"), name="decimal"),
    case("maxLength", question("url", maxLength=5), {"valueUri": "a:b:c"}, {"valueUri": "a:b:cd"}, name="url"),
    case("regex", question("string", extension("regex", valueString="[0-9]{2}|x")), text("12"), text("123")),
    case("regex", question("integer", extension("regex", valueString="[12]+")), whole(12), whole(13), name="integer"),
    case("regex", question("date", extension("regex", valueString=".{10}")), day("2026-01-01"), day("2026"), name="date"),
    warned("lineBreak", question("string"), text("a b"), text("a\nb")),
    warned("lineBreak", question("string"), text("a\tb"), text("a\rb"), name="return"),
)
GLASSES = question("quantity", extension("questionnaire-unitOption", valueCoding={"display": "glasses"}))
_ANYWHERE = {"valueAttachment": {"url": "https://example.org/a"}}
QUANTITIES = (
    case("invalidQuantity", question("quantity"), quantity(1), {"valueQuantity": {"unit": "km"}}, name="no value"),
    warned("comparator", RUN, quantity(1), quantity(0, comparator="<"), name="out of its bounds"),
    case(
        "invalidUnit", GLASSES, {"valueQuantity": {"value": 1, "unit": " Glasses"}}, {"valueQuantity": {"value": 1, "unit": "bottles"}}, name="named"
    ),
    case("invalidUnit", GLASSES, quantity(1, "{glass}", unit="glasses"), quantity(1), name="named beside a code"),
    case("invalidUnit", question("quantity", unit("km"), unit("m")), quantity(1, "m"), quantity(1, "g")),
    case("invalidUnit", question("quantity", unit("km")), quantity(1), {"valueQuantity": {"value": 1, "unit": "km"}}, name="words"),
    case(
        "invalidUnitValueSet",
        question("quantity", extension("questionnaire-unitValueSet", valueCanonical=UNITS)),
        quantity(1),
        quantity(1, "m"),
    ),
)
IMAGE = question("attachment", extension("mimeType", valueCode="image/png"), extension("mimeType", valueCode="text/*"))
SMALL = question("attachment", extension("maxSize", valueDecimal=Decimal("0.00001")))
ATTACHMENTS = (
    case("attachmentType", IMAGE, attachment(), attachment(contentType="image/jpeg")),
    case(
        "attachmentType",
        IMAGE,
        attachment(contentType="Text/Plain; charset=utf-8"),
        {"valueAttachment": {"url": "https://example.org/a"}},
        name="none",
    ),
    case("attachmentSize", SMALL, attachment(data="QUJD"), attachment(data="QUFBQUFBQUFBQUFB"), name="data"),
    case("attachmentSize", SMALL, attachment(size=10), attachment(size=11), name="size"),
    case("attachmentLength", question("attachment"), attachment(data="QUJD", size=3), attachment(data="QUJD", size=4)),
)
PEOPLE = question(
    "reference", extension("questionnaire-referenceResource", valueCode="Patient"), extension("questionnaire-referenceResource", valueCode="Group")
)
_URN = "urn:uuid:11111111-1111-1111-1111-111111111111"
REFERENCES = (
    case("invalidRefType", PEOPLE, reference("Group/1"), reference("Device/1"), name="relative"),
    case("invalidRefType", PEOPLE, reference("https://example.org/r4/Patient/1"), reference("https://example.org/r4/Device/1"), name="absolute"),
    case("invalidRefType", PEOPLE, reference(_URN, type="Patient"), reference(_URN, type="Device"), name="by type"),
    case("invalidRefType", question("reference"), reference("Patient/1"), reference("Pationt/1"), name="unknown"),
    case("invalidRefType", question("reference"), reference("Patient/1"), reference("Citation/1"), name="not of R4"),
    case("invalidRefType", question("reference"), reference("Patient/1", type="Patient"), reference("Patient/1", type="Group"), name="two types"),
    case(
        "invalidRefType",
        PEOPLE,
        {"valueReference": {"type": "Group", "identifier": {"value": "7"}}},
        {"valueReference": {"type": "Device", "identifier": {"value": "7"}}},
        name="logical",
    ),
    *(
        case("invalidRefValue", question("reference"), reference(good), reference(bad), name=bad)
        for good, bad in (
            ("Patient/1", "1"),
            ("Patient/1/_history/2", "Patient/1/2"),
            (_URN, "urn:uuid:1"),
            ("urn:oid:1.2.3", "urn:oid:1.02"),
            ("https://example.org/any/thing", "ftp://example.org/Patient/1"),
            ("http://example.org/Patient/1", "Patient/a_b"),
        )
    ),
    case("invalidRefValue", question("reference"), {"valueReference": {"display": "Dr"}}, {"valueReference": {"type": "Patient"}}, name="nothing"),
)
ABSENCE = (case("emptyAnswer", question("string"), text("a"), {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}),)
UNCHECKED = tuple(
    unchecked(form, REASON, answer, name)
    for name, form, answer in (
        ("minQuantity in another unit", RUN, quantity(1, "m")),
        ("minQuantity without a value", question("quantity", extension(SDC + "minQuantity", valueQuantity={"code": "km"})), quantity(1)),
        ("bound of another kind", question("integer", extension("minValue", valueDate="2026-01-01")), whole(1)),
        ("date with a number for a bound", question("date", extension("maxValue", valueInteger=1)), day("2026")),
        ("time with a date for a bound", question("time", extension("maxValue", valueDate="2026")), clock("10:00:00")),
        ("look-ahead", question("string", extension("regex", valueString="(?=a)a")), text("a")),
        ("a very long expression", question("string", extension("regex", valueString="a" * 1_001)), text("a")),
        ("attachment", question("attachment"), attachment()),
        ("size of an attachment", SMALL, _ANYWHERE),
        ("type of a reference", PEOPLE, reference(_URN)),
    )
)
CASES = (*TYPES, *OPTIONS, *BOUNDS, *TEXTS, *QUANTITIES, *ATTACHMENTS, *REFERENCES, *ABSENCE, *UNCHECKED)
