"""Reading DMN XML: what the model holds afterwards, and what every fault says."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.feel import ast
from cds.dmn.formats.dmn import names, reading, xml
from cds.dmn.model import DecisionModel, DecisionTable, HitPolicy, ItemDefinition
from cds.foundation.errors import ContentError

MODELS = Path(__file__).parents[2] / "conformance" / "models"
SOME = settings(max_examples=60, derandomize=True, deadline=None)

TABLE = """<definitions xmlns="{namespace}" name="fees">
  <itemDefinition name="tStatus"><typeRef>string</typeRef><allowedValues><text>"member", "guest"</text></allowedValues></itemDefinition>
  <itemDefinition name="tAge"><typeRef>number</typeRef><allowedValues><text>[0..150]</text></allowedValues></itemDefinition>
  <inputData id="age" name="Age"><variable name="Age" typeRef="tAge"/></inputData>
  <inputData id="status" name="Status"><variable name="Status" typeRef="tStatus"/></inputData>
  <inputData id="other" name="Other thing"><variable name="Other thing" typeRef="number"/></inputData>
  <decision id="fee" name="Fee">
    <variable name="Fee" typeRef="string"/>
    <informationRequirement><requiredInput href="#age"/></informationRequirement>
    <informationRequirement><requiredInput href="#status"/></informationRequirement>
    <decisionTable hitPolicy="PRIORITY">
      <input><inputExpression typeRef="number"><text>Age</text></inputExpression></input>
      <input><inputExpression typeRef="string"><text>Status</text></inputExpression></input>
      <output name="fee" typeRef="string"><outputValues><text>"high", "low"</text></outputValues></output>
      <annotation name="Why"/>
      <rule id="r1">
        <inputEntry><text>&lt; 18</text></inputEntry>
        <inputEntry><text>-</text></inputEntry>
        <outputEntry><text>"low"</text></outputEntry>
        <annotationEntry><text>Children pay little.</text></annotationEntry>
      </rule>
      <rule>
        <inputEntry><text></text></inputEntry>
        <inputEntry><text>"guest"</text></inputEntry>
        <outputEntry><text>"high"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>"""


def read(text: str) -> DecisionModel:
    return reading.read_model(text.replace("{namespace}", names.MODEL_NAMESPACES["1.3"]).encode(), "fees.dmn")


def table(model: DecisionModel) -> DecisionTable:
    logic = model.decisions[0].logic
    assert isinstance(logic, DecisionTable)
    return logic


def refused(text: str | bytes) -> ContentError:
    body = text.replace("{namespace}", names.MODEL_NAMESPACES["1.3"]).encode() if isinstance(text, str) else text
    with pytest.raises(ContentError) as caught:
        reading.read_model(body, "fees.dmn")
    return caught.value


@pytest.mark.parametrize("version", names.MODEL_NAMESPACES)
def test_every_version_of_the_standard_is_read(version: str) -> None:
    model = reading.read_model(TABLE.replace("{namespace}", names.MODEL_NAMESPACES[version]).encode(), "fees.dmn")
    assert [decision.name for decision in model.decisions] == ["Fee"]


def test_allowed_words_and_closed_ranges_become_the_type() -> None:
    inputs = read(TABLE).inputs
    assert inputs["Status"].allowed == ("member", "guest")
    assert (inputs["Age"].minimum, inputs["Age"].maximum) == (Decimal(0), Decimal(150))


def test_other_allowed_values_are_kept_as_tests() -> None:
    model = read(TABLE.replace("[0..150]", "[0..18), &gt; 65"))
    assert model.inputs["Age"].constraint == (ast.Interval(Decimal(0), Decimal(18), True, False), ast.Compare(">", Decimal(65)))


def test_a_table_has_its_policy_inputs_outputs_and_rules() -> None:
    found = table(read(TABLE))
    assert found.hit_policy is HitPolicy.PRIORITY
    assert [clause.name for clause in found.inputs] == ["Age", "Status"]
    assert found.outputs[0].item.allowed == ("high", "low")
    assert found.rules[0].when == ({"Age": (ast.Compare("<", Decimal(18)),)},)
    assert found.rules[0].source.because == "Children pay little."


def test_a_rule_without_an_id_is_numbered() -> None:
    assert [rule.id for rule in table(read(TABLE)).rules] == ["r1", "Fee rule 2"]


def test_an_empty_entry_is_any_value() -> None:
    assert table(read(TABLE)).rules[1].when == ({"Status": (ast.Equals("guest"),)},)


def test_not_a_value_holds_for_null_as_the_standard_says() -> None:
    found = table(read(TABLE.replace('<text>"guest"</text>', '<text>not("guest")</text>')))
    assert found.rules[1].when[0]["Status"] == (ast.Not((ast.Equals("guest"),)), ast.Unknown())


def test_an_input_that_is_an_expression_keeps_it() -> None:
    clause = table(read(TABLE.replace("<text>Age</text>", "<text>Age + 1</text>"))).inputs[0]
    assert clause.name == "Age + 1"
    assert clause.expression == ast.Binary("+", ast.Name("Age"), ast.Constant(Decimal(1)))


def test_two_inputs_that_read_the_same_have_two_names() -> None:
    text = TABLE.replace("<text>Status</text>", "<text>Age</text>").replace('typeRef="string"><text>Age', 'typeRef="number"><text>Age')
    found = table(read(text.replace('<text>"guest"</text>', "<text>&gt; 3</text>")))
    assert [(clause.name, clause.expression) for clause in found.inputs] == [("Age", None), ("Age (2)", ast.Name("Age"))]


def test_an_input_without_a_type_has_the_one_that_its_table_declares() -> None:
    text = TABLE.replace('name="Age" typeRef="tAge"', 'name="Age"')
    assert read(text).inputs["Age"] == ItemDefinition("number")


def test_decisions_stand_after_what_they_require_in_whatever_order_the_file_has_them() -> None:
    model = reading.read_model((MODELS / "graph.dmn").read_bytes(), "graph.dmn")
    place = [decision.name for decision in model.decisions].index
    assert place("A") < place("B") < place("C")


def test_a_long_chain_of_decisions_is_read() -> None:
    nodes = "".join(
        f'<decision id="d{n}" name="d{n}"><informationRequirement><requiredDecision href="#d{n + 1}"/></informationRequirement>'
        f"<literalExpression><text>d{n + 1}</text></literalExpression></decision>"
        for n in range(1500)
    )
    last = '<decision id="d1500" name="d1500"><literalExpression><text>7</text></literalExpression></decision>'
    model = read(f'<definitions xmlns="{{namespace}}" name="chain">{nodes}{last}</definitions>')
    assert model.decisions[0].name == "d1500"


FAULTS: list[tuple[str, Callable[[str], str], str, str]] = [
    ("unknown name", lambda t: t.replace("&lt; 18", "&lt; Limit"), ":17", "Decision Fee: rule r1, input Age"),
    ("requirement missing", lambda t: t.replace("&lt; 18", "&lt; Other thing"), ":17", "reads Other thing, which is not required here"),
    (
        "number on a word",
        lambda t: t.replace('<text>"guest"</text>', "<text>&gt; 3</text>"),
        ":24",
        "Fee rule 2, input Status: the entry holds number",
    ),
    ("word on a number", lambda t: t.replace("&lt; 18", '"young"'), ":17", "rule r1, input Age: the entry holds string, but the input is number"),
    ("name of another type", lambda t: t.replace("&lt; 18", "&lt; Status"), ":17", "the entry holds string, but the input is number"),
    ("word not allowed", lambda t: t.replace('<text>"guest"</text>', '<text>"gest"</text>'), ":24", "not one of the input values member, guest"),
    (
        "output not allowed",
        lambda t: t.replace('<text>"low"</text>', '<text>"lo"</text>'),
        ":19",
        "rule r1, output fee: the entry is not a value of the output, which is one of high, low",
    ),
    ("output of another type", lambda t: t.replace('<text>"low"</text>', "<text>3</text>"), ":19", "rule r1, output fee: the entry holds number"),
    ("bad cell", lambda t: t.replace("&lt; 18", "[1.."), ":17", "rule r1, input Age: the entry"),
    ("list on a scalar", lambda t: t.replace('<text>"guest"</text>', '<text>list contains(?, "a")</text>'), ":24", "the input is string"),
    ("too few entries", lambda t: t.replace("<inputEntry><text>-</text></inputEntry>", ""), ":16", "rule r1 has 1 input entries"),
    ("twice the id", lambda t: t.replace("<rule>", '<rule id="r1">'), ":22", "The id 'r1' stands twice, first at fees.dmn:16"),
    (
        "twice the name",
        lambda t: t.replace('id="other" name="Other thing"', 'id="other" name="Age"').replace('e name="Other thing"', 'e name="Age"'),
        ":6",
        "'Age' stands twice",
    ),
    ("no such href", lambda t: t.replace("#status", "#stat"), ":10", "Fee requires '#stat', which is not in this file"),
    (
        "wrong kind of href",
        lambda t: t.replace('requiredInput href="#status"', 'requiredDecision href="#status"'),
        ":10",
        "requiredDecision names Status",
    ),
    ("cycle", lambda t: t.replace('<requiredInput href="#status"/>', '<requiredDecision href="#fee"/>'), "", "require each other: Fee -> Fee"),
    ("unknown type", lambda t: t.replace('name="Age" typeRef="tAge"', 'name="Age" typeRef="tAg"'), ":4", "The type 'tAg' is not known"),
    (
        "clash of declarations",
        lambda t: t.replace('typeRef="number"><text>Age', 'typeRef="string"><text>Age'),
        ":12",
        "declared as string, but 'Age' is number",
    ),
    ("clash of allowed values", lambda t: t.replace("[0..150]", '"old"'), ":3", "Type tAge: allowedValues holds string, but the type is number"),
    ("hit policy", lambda t: t.replace("PRIORITY", "SOMETIMES"), ":11", "the hit policy SOMETIMES is not known"),
    ("priority of nothing", lambda t: t.replace('<outputValues><text>"high", "low"</text></outputValues>', ""), ":11", "PRIORITY needs outputValues"),
    ("unsupported element", lambda t: t.replace("decisionTable", "decisionTree"), ":11", "Decision Fee: the element decisionTree is not supported"),
    (
        "clash with a name",
        lambda t: t.replace('href="#status"', 'href="#other"').replace("<text>Status", "<text>Other thing"),
        ":13",
        "declared as string",
    ),
    ("no logic", lambda t: t[: t.index("<decisionTable")] + "</decision></definitions>", ":7", "Decision Fee: the decision has no expression"),
    (
        "other language",
        lambda t: t.replace("<inputEntry><text>&lt;", '<inputEntry expressionLanguage="juel"><text>&lt;'),
        ":17",
        "language juel is not",
    ),
    (
        "decision service",
        lambda t: t.replace('<inputData id="age"', '<decisionService id="s" name="S"/><inputData id="age"').replace(
            'requiredInput href="#age"', 'requiredDecision href="#s"'
        ),
        ":9",
        "it is a decisionService",
    ),
    ("undeclared input", lambda t: t.replace("<text>Age<", "<text>Years<"), ":12", "reads Years, which the model does not have; add an inputData"),
]


@pytest.mark.parametrize(("change", "line", "text"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_names_its_place_and_what_is_wrong(change: Callable[[str], str], line: str, text: str) -> None:
    changed = change(TABLE)
    assert changed != TABLE
    error = refused(changed)
    assert text in error.text
    assert error.expression == f"fees.dmn{line}"


def test_a_variable_of_another_name_is_what_the_others_read() -> None:
    model = read(TABLE.replace('name="Age"><variable', 'name="How old"><variable').replace('<variable name="Fee"', '<variable name="Charge"'))
    assert list(model.inputs) == ["Age", "Status", "Other thing"]
    assert (model.decisions[0].name, model.decisions[0].requires) == ("Charge", ("Age", "Status"))


def laughs() -> bytes:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE definitions [<!ENTITY l0 "ha">{lines}]><definitions xmlns="{names.MODEL_NAMESPACES["1.3"]}">&l9;</definitions>'.encode()


def types(count: int, *, closed: bool) -> str:
    """A chain of types, the last of which is the first again when it is closed."""
    references = [f"t{number + 1}" for number in range(count)] + ["t0" if closed else "string"]
    items = "".join(f'<itemDefinition name="t{n}"><typeRef>{reference}</typeRef></itemDefinition>' for n, reference in enumerate(references))
    return f'<definitions xmlns="{{namespace}}" name="m">{items}</definitions>'


BAD_FILES: list[tuple[str, str | bytes, str]] = [
    ("empty", b"", "not well-formed XML"),
    ("not XML", b"decision: fee", "not well-formed XML"),
    ("JSON", b'{"decision": "fee"}', "not well-formed XML"),
    ("cut off", TABLE[:700], "not well-formed XML"),
    ("zero bytes", b"\x00" * 64, "not well-formed XML"),
    ("billion laughs", laughs(), "not well-formed XML"),
    ("file entity", b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///secret">]><d>&e;</d>', "document type declaration"),
    ("external DTD", b'<!DOCTYPE d SYSTEM "https://back-pain-cds.example/d.dtd"><d/>', "document type declaration"),
    ("wrong root", "<decision/>", "The root is not `definitions`"),
    ("wrong namespace", '<definitions xmlns="https://back-pain-cds.example/"/>', "The namespace is none of DMN 1.1, 1.2, 1.3, 1.4, 1.5"),
    ("another language", '<definitions xmlns="{namespace}" expressionLanguage="http://www.w3.org/2001/XMLSchema"/>', "is not supported"),
    ("no namespace", "<definitions/>", "The namespace is none of DMN"),
    ("too large", b" " * (10 * 1024 * 1024), f"at most {xml.MAX_BYTES} are read"),
    ("too deep", f'<definitions xmlns="{{namespace}}">{"<list>" * 100}{"</list>" * 100}</definitions>', "nested deeper"),
    ("much too deep", f'<definitions xmlns="{{namespace}}">{"<list>" * 100_000}{"</list>" * 100_000}</definitions>', "nested too deep"),
    ("types in a circle", types(3, closed=True), "The types are made of each other: t0 -> t1 -> t2 -> t3 -> t0"),
    ("a type of itself", types(0, closed=True), "The types are made of each other"),
    ("types in a long chain", types(500, closed=False), "Types refer to each other over more than"),
]


@pytest.mark.parametrize(("body", "text"), [bad[1:] for bad in BAD_FILES], ids=[bad[0] for bad in BAD_FILES])
def test_a_file_that_is_no_model_is_refused(body: str | bytes, text: str) -> None:
    assert text in refused(body).text


@SOME
@given(st.sampled_from(sorted(MODELS.glob("*.dmn"))), st.data())
def test_a_file_with_bytes_lost_is_read_or_refused_with_a_place(path: Path, data: st.DataObject) -> None:
    body = path.read_bytes()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 60)))
    try:
        reading.read_model(body[:start] + body[end:], path.name)
    except ContentError as error:
        assert error.expression.startswith(path.name)


@SOME
@given(st.text(max_size=20))
def test_any_text_in_a_cell_is_read_or_refused(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    try:
        read(TABLE.replace("&lt; 18", escaped))
    except ContentError as error:
        assert error.expression.startswith("fees.dmn")
