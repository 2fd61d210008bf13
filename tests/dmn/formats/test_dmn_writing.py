"""What an export looks like to others, and what comes back when somebody has edited it."""

import copy
from pathlib import Path

import pytest
from lxml import etree

from cds.dmn.formats.dmn import names, reading, writing
from cds.dmn.model import DecisionModel, Source
from cds.foundation.errors import ContentError
from cds.releases import loading
from tests.dmn.models import model, rule, table

KNEE = Path(__file__).parents[2] / "releases/sore-knee"
NAMESPACE = {"dmn": names.MODEL_NAMESPACES["1.3"], "cds": names.EXTENSIONS, "di": names.DIAGRAM_NAMESPACES["1.3"]}
OVERLAPPING = rule("R-1", "[{trend: worse, pain: '>= 7'}, {pain: '>= 8', signs: cough}]", "{urgency: urgent}")


@pytest.fixture(scope="module")
def knee() -> DecisionModel:
    """The invented condition."""
    return loading.draft(KNEE, name="sore-knee").model


def exported(some: DecisionModel) -> etree._Element:
    return etree.fromstring(writing.write(some))


def texts(root: etree._Element, path: str) -> list[str]:
    return [node.text or "" for node in root.iterfind(path, NAMESPACE)]


def edited(some: DecisionModel, old: str, new: str, *, times: int = 1) -> DecisionModel:
    """The model after somebody replaced a piece of text in its file."""
    body = writing.write(some).decode()
    assert body.count(old) == times
    return reading.read_model(body.replace(old, new).encode(), "edited.dmn")


def test_words_are_quoted_and_unknown_is_null(knee: DecisionModel) -> None:
    cells = texts(exported(knee), ".//dmn:inputEntry/dmn:text")
    assert '"lasting", "unknown"' in cells
    assert "null" in cells
    assert 'list contains(?, "K-1")' in cells


def test_an_overlapping_alternative_is_a_row_that_leaves_the_other_out() -> None:
    root = exported(model(table("triage", "COLLECT", "urgency", OVERLAPPING)))
    rows = [
        [entry.findtext("dmn:text", "", NAMESPACE) for entry in row.iterfind("dmn:inputEntry", NAMESPACE)]
        for row in root.iterfind(".//dmn:rule", NAMESPACE)
    ]
    assert rows == [['"worse"', ">= 7", "-"], ["-", '? >= 8 and (trend = "worse" and ? >= 7) != true', 'list contains(?, "cough")']]
    assert [row.get("id") for row in root.iterfind(".//dmn:rule", NAMESPACE)] == ["R-1.1", "R-1.2"]


def test_where_a_rule_may_match_twice_its_alternatives_stand_as_they_are() -> None:
    cells = texts(exported(model(table("triage", "FIRST", "urgency", OVERLAPPING))), ".//dmn:inputEntry/dmn:text")
    assert cells == ['"worse"', ">= 7", "-", "-", ">= 8", 'list contains(?, "cough")']


def test_the_reason_is_the_description_and_an_annotation(knee: DecisionModel) -> None:
    row = exported(knee).find(".//dmn:rule[@id='K-1']", NAMESPACE)
    assert row is not None
    reason = "A knee that cannot be straightened may hold a torn piece."
    assert row.findtext("dmn:description", "", NAMESPACE) == reason
    assert texts(row, "dmn:annotationEntry/dmn:text") == [reason, "E01", "S1-02", "article+guideline", ""]


def test_a_list_of_rules_that_is_read_is_a_decision_beside_its_own(knee: DecisionModel) -> None:
    found = [node.get("name", "") for node in exported(knee).iterfind("dmn:decision", NAMESPACE)]
    assert found[found.index("signs") + 1] == "signs.rules"
    assert "pathway.rules" not in found
    assert [one.name for one in reading.read_model(writing.write(knee), "knee.dmn").decisions] == [one.name for one in knee.decisions]


def test_every_node_that_takes_part_has_a_place_of_its_own_in_the_picture(knee: DecisionModel) -> None:
    root = exported(knee)
    shown = [shape.get("dmnElementRef") for shape in root.iterfind(".//di:DMNShape", NAMESPACE)]
    assert len(shown) == len(set(shown))
    assert {node.get("id") for node in root.iterfind("dmn:decision", NAMESPACE)} <= set(shown)
    bounds = [tuple(next(shape.iterchildren()).attrib.values()) for shape in root.iterfind(".//di:DMNShape", NAMESPACE)]
    assert len(bounds) == len(set(bounds))


def test_a_reason_edited_in_the_description_is_believed(knee: DecisionModel) -> None:
    changed = edited(knee, "<description>Banned substances weaken the tendon.</description>", "<description>They weaken tendons.</description>")
    assert changed.rules()["K-3"].source == Source("They weaken tendons.", (), (), "expert")


def test_evidence_edited_in_its_annotation_is_believed(knee: DecisionModel) -> None:
    entry = "<text>KNEE2020</text>"
    assert edited(knee, entry, "<text>KNEE2020, E07</text>").rules()["K-2"].source.evidence == ("KNEE2020", "E07")


def test_a_cell_edited_elsewhere_is_believed_though_it_was_another_before() -> None:
    some = model(table("triage", "COLLECT", "urgency", OVERLAPPING))
    written = '? &gt;= 8 and (trend = "worse" and ? &gt;= 7) != true</text>'
    plain = model(
        table("triage", "COLLECT", "urgency", rule("R-1", "[{trend: worse, pain: '>= 7'}, {pain: '>= 9', signs: cough}]", "{urgency: urgent}"))
    )
    assert edited(some, written, "&gt;= 9</text>") == plain


def test_a_row_that_was_copied_with_its_extension_is_refused_by_name(knee: DecisionModel) -> None:
    root = exported(knee)
    row = root.find(".//dmn:rule[@id='K-1']", NAMESPACE)
    assert row is not None
    copied = copy.deepcopy(row)
    for number, node in enumerate(copied.iter(f"{{{NAMESPACE['dmn']}}}*")):
        node.set("id", f"copy-{number}")
    row.addnext(copied)
    with pytest.raises(ContentError, match="K-1 stands on two rows"):
        reading.read_model(etree.tostring(root), "copied.dmn")


def test_a_rule_id_in_two_tables_is_refused(knee: DecisionModel) -> None:
    with pytest.raises(ContentError, match="C-2 stands in course and in final"):
        edited(knee, '<cds:rule id="TR-1"', '<cds:rule id="C-2"')


def test_a_list_of_rules_of_a_decision_that_was_renamed_is_refused(knee: DecisionModel) -> None:
    with pytest.raises(ContentError, match="signs.rules lists the rules of 'marks'"):
        edited(knee, 'cds:rules-of="signs"', 'cds:rules-of="marks"')


def test_what_was_meant_by_a_cell_must_be_a_cell() -> None:
    with pytest.raises(ContentError, match="rule R-1, input pain: the entry"):
        edited(model(table("triage", "COLLECT", "urgency", OVERLAPPING)), 'meant="&gt;= 8"', 'meant="&gt;= ]"')


def test_alternatives_that_were_made_to_differ_are_refused() -> None:
    some = model(table("triage", "FIRST", "urgency", OVERLAPPING))
    root = exported(some)
    entry = root.find(".//dmn:rule[@id='R-1.2']/dmn:outputEntry/dmn:text", NAMESPACE)
    assert entry is not None
    entry.text = '"none"'
    with pytest.raises(ContentError, match="R-1 differ"):
        reading.read_model(etree.tostring(root), "differ.dmn")


def test_a_character_that_xml_has_not_is_named() -> None:
    bad = rule("R-1", "{trend: worse}", "{urgency: urgent}").replace("A reason", '"A \\u0001 reason"').replace(" that is long enough.", "")
    with pytest.raises(ContentError, match=r"U\+0001"):
        writing.write(model(table("triage", "FIRST", "urgency", bad)))


def test_a_version_that_is_not_written_is_refused(knee: DecisionModel) -> None:
    with pytest.raises(ContentError, match=r"DMN 1\.4 is not written"):
        writing.write(knee, "1.4")
