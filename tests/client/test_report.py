"""The report as people and machines read it."""

from cds.client import report, rows
from cds.client.report import FAILED, NOTED, PASSED, UNCHECKED, Finding, Report

TABLE = rows.load()
FOUND = Report(
    "https://cds.example.org",
    (Finding(TABLE["A1"], PASSED), Finding(TABLE["A4"], FAILED, ("A comma.", "A comment.")), Finding(TABLE["B1"], UNCHECKED, ("No answer.",))),
)


def test_lines_stand_under_the_title_of_their_section_with_their_reasons_below() -> None:
    text = "\n".join(report.lines(FOUND))
    assert text.index(TABLE["A1"].section) < text.index("A1") < text.index("A4") < text.index("A comma.") < text.index("A comment.")
    assert TABLE["A4"].asks in text


def test_what_could_not_be_judged_stands_below_once_a_reason() -> None:
    lost = (
        Finding(TABLE["B2"], UNCHECKED, ("No answer.",)),
        Finding(TABLE["B3"], UNCHECKED, ("No key.",)),
        Finding(TABLE["B4"], UNCHECKED, ("No answer.",)),
    )
    lines = [line.strip() for line in report.lines(Report("https://cds.example.org", (*lost, *FOUND.findings)))]
    start = lines.index("Not checked")
    assert lines[start + 1 : start + 5] == ["-    No answer.", "B2 B4 B1", "-    No key.", "B3"]
    assert TABLE["B2"].asks not in "".join(lines)


def test_what_is_wrong_in_a_row_without_a_level_is_told_and_no_failure() -> None:
    found = Report("https://cds.example.org", (Finding(TABLE["F1"], PASSED), Finding(TABLE["I3"], report.fault(TABLE["I3"]), ("It may be stored.",))))
    assert (found.named(NOTED), found.named(FAILED), found.clean) == (("I3",), (), True)
    assert "It may be stored." in "\n".join(report.lines(found))
    assert list(report.lines(found))[-1].strip() == "2 rows: 1 passed, 0 failed, 1 noted, 0 not checked."
    assert {report.fault(row) for row in TABLE.values() if row.level != "none"} == {FAILED}


def test_the_last_line_counts() -> None:
    assert list(report.lines(FOUND))[-1].strip() == "3 rows: 1 passed, 1 failed, 1 not checked."


def test_the_document_says_the_same() -> None:
    told = FOUND.document()
    assert told["counts"] == {"passed": 1, "failed": 1, "noted": 0, "not checked": 1}
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
