"""The report as people and machines read it."""

from cds.client import report, rows
from cds.client.report import FAILED, PASSED, UNCHECKED, Finding, Report

TABLE = rows.load()
FOUND = Report(
    "https://cds.example.org",
    (Finding(TABLE["A1"], PASSED), Finding(TABLE["A4"], FAILED, ("A comma.", "A comment.")), Finding(TABLE["B1"], UNCHECKED, ("No answer.",))),
)


def test_lines_stand_under_the_title_of_their_section_with_their_reasons_below() -> None:
    text = "\n".join(report.lines(FOUND))
    assert text.index(TABLE["A1"].section) < text.index("A1") < text.index("A4") < text.index("A comma.") < text.index("A comment.")
    assert text.index("A comment.") < text.index(TABLE["B1"].section) < text.index("No answer.")


def test_the_last_line_counts() -> None:
    assert list(report.lines(FOUND))[-1].strip() == "3 rows: 1 passed, 1 failed, 1 not checked."


def test_the_document_says_the_same() -> None:
    told = FOUND.document()
    assert told["counts"] == {"passed": 1, "failed": 1, "not checked": 1}
    assert [(one["row"], one["verdict"], one.get("reasons")) for one in told["rows"]] == [
        ("A1", "passed", None),
        ("A4", "failed", ["A comma.", "A comment."]),
        ("B1", "not checked", ["No answer."]),
    ]
    assert told["clean"] is False


def test_a_service_that_answered_no_call_is_not_clean_and_the_lines_say_so() -> None:
    silent = Report("https://cds.example.org", (Finding(TABLE["A1"], PASSED), Finding(TABLE["F1"], UNCHECKED, ("No answer.",))))
    assert not silent.clean
    assert list(report.lines(silent))[-1].startswith("No call was answered")
    assert Report("https://cds.example.org", (Finding(TABLE["F1"], PASSED),)).clean
