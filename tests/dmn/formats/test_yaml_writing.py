"""YAML is written as a person writes it here, and any text comes back as it was."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.formats import yaml_text, yaml_writer
from cds.dmn.formats.dmn import reading
from cds.foundation import yaml
from cds.foundation.errors import ContentError
from cds.releases import documents, loading
from tests.dmn.models import model, rule, table

ROOT = Path(__file__).parents[3]
KNEE = ROOT / "tests/releases/sore-knee"
CONFORMANCE = ROOT / "tests/conformance/models"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["no", "1.5", "a: b", "a #b", "- a", "[1", "~", "", "=", "a:"]
)
LONG = st.lists(TEXT, max_size=40).map(" ".join)
CHECKED = settings(max_examples=200, derandomize=True, deadline=None)


@CHECKED
@given(st.dictionaries(TEXT, st.one_of(LONG, st.lists(LONG, max_size=3), st.dictionaries(TEXT, LONG, max_size=4)), max_size=3))
def test_any_text_comes_back(value: dict[str, object]) -> None:
    written = "".join(f"{line}\n" for line in yaml_text.block(value, 0)) or "{}"
    assert yaml.parse(written, name="x").value == value


@CHECKED
@given(LONG)
def test_a_long_text_is_folded_where_it_has_single_spaces(text: str) -> None:
    lines = [*yaml_text.entry("because", text, 4)]
    assert len(lines) == 1 or all(len(line) <= yaml_text.WIDTH or " " not in line.strip() for line in lines)


@pytest.mark.parametrize(
    "text", ["no", "Yes", "null", "~", "1", "-1.5e3", "0x1F", "1_000", "12:30", ".5", "true", "a: b", "a #b", "- a", "'a'", "*a", "=", "<<"]
)
def test_what_another_reader_would_not_take_for_text_is_quoted(text: str) -> None:
    assert yaml_text.scalar(text).startswith(("'", '"'))


@pytest.mark.parametrize("text", ["self-care", "cauda-equina", "A knee that moves freely, most often.", "past 3 m/10 ft; ED", "W-2.c1", "lt2w"])
def test_plain_words_stay_plain(text: str) -> None:
    assert yaml_text.scalar(text) == text


def test_a_rule_has_the_layout_of_the_content() -> None:
    when = "[{trend: worse, pain: '[7..10]'}, {signs: 'cough, sit'}]"
    written = yaml_writer.texts(model(table("triage", "FIRST", "urgency", rule("R-1", when, "{urgency: urgent}"))))
    assert written["triage"] == (
        "decision: triage\n"
        "hit policy: FIRST\n"
        "inputs: [trend, pain, signs]\n"
        "outputs: [urgency]\n"
        "rules:\n"
        "  - id: R-1\n"
        "    when:\n"
        "      - {trend: worse, pain: '[7..10]'}\n"
        "      - {signs: 'cough, sit'}\n"
        "    then: {urgency: urgent}\n"
        "    because: A reason that is long enough.\n"
        "    evidence: []\n"
        "    claims: []\n"
        "    origin: expert\n"
    )


def test_what_is_written_keeps_the_schemas() -> None:
    for name, text in yaml_writer.texts(loading.draft(KNEE, name="sore-knee").model).items():
        schema = "decision-model" if name == yaml_writer.WIRING else "decision-table"
        documents.require_valid(schema, yaml.parse(text, name=name))


@pytest.mark.parametrize(("file", "told"), [("knowledge", "no knowledge models"), ("contexts", "no boxed expressions")])
def test_what_our_tables_cannot_hold_is_told(file: str, told: str) -> None:
    some = reading.read_model((CONFORMANCE / f"{file}.dmn").read_bytes(), file)
    with pytest.raises(ContentError, match=told):
        yaml_writer.texts(some)
