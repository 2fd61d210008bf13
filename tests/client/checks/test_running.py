"""A report comes of whatever a service does, and says what it could not judge."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.client import rows
from cds.client.checks import Terms
from cds.client.report import FAILED, NOTED, PASSED, UNCHECKED
from tests.client.checks import playing

ENTRY: dict[str, Any] = {"id": "one", "hook": "patient-view", "title": "One", "description": "What it does", "version": "3.0.0"}
CARD: dict[str, Any] = {"uuid": "u", "summary": "See", "indicator": "info", "source": {"label": "We"}}
ASKING = {**ENTRY, "prefetch": {"patient": "Patient/{{context.patientId}}"}}
ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["http://[", "Patient/{{", "{{context.}}", "patient-view"])
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6)
NAMES = st.sampled_from(
    ["uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior", "overrideReasons", "links", "extension"]
)
PARTS = st.sampled_from(["label", "url", "icon", "topic", "type", "actions", "resource", "resourceId", "code", "display", "isRecommended"])
ODD_PARTS = st.dictionaries(PARTS, ANYTHING | st.lists(st.dictionaries(PARTS, ANYTHING, max_size=3), max_size=2), max_size=4)
ODD_CARDS = st.lists(st.dictionaries(NAMES, ANYTHING | ODD_PARTS | st.lists(ODD_PARTS, max_size=2), max_size=5) | ANYTHING, max_size=2)
ODD_ENTRIES = st.lists(
    st.dictionaries(st.sampled_from([*ENTRY, "prefetch", "usageRequirements", "hookVersion"]), ANYTHING, max_size=5).map(lambda odd: {**ENTRY, **odd})
    | ANYTHING,
    max_size=2,
)


def verdicts(discovery: Any, answer: Any = None, status: int = 200) -> dict[str, str]:
    """The verdict on each row of a service that gives one answer to every call."""

    def answered(_: str, path: str, __: Any) -> tuple[int, Any]:
        return (200, discovery) if path == "/cds-services" else (status, answer)

    return {finding.row.id: finding.verdict for finding in playing.report(answered).findings}


@settings(max_examples=60)
@given(entries=ODD_ENTRIES | ANYTHING, cards=ODD_CARDS | ANYTHING)
def test_a_report_comes_of_any_answers(entries: Any, cards: Any) -> None:
    assert verdicts({"services": entries}, {"cards": cards})


@settings(max_examples=20)
@given(discovery=ANYTHING, answer=ANYTHING, status=st.sampled_from([200, 201, 204, 400, 401, 404, 412, 429, 500, 599]))
def test_a_report_comes_of_anything_at_all(discovery: Any, answer: Any, status: int) -> None:
    assert verdicts(discovery, answer, status)


def test_a_service_that_never_answers_fails_in_discovery_and_in_nothing_else() -> None:
    report = playing.report(lambda *_: None)
    assert report.named(FAILED) == ("B1",)
    assert report.named(PASSED) == ()
    assert not report.clean


def test_a_service_that_asks_for_a_token_is_not_judged_and_not_clean() -> None:
    report = playing.report(lambda *_: (401, b""))
    assert report.named(FAILED) == ()
    assert not report.clean


def test_a_service_that_dies_on_a_call_without_prefetch_is_told_so_there() -> None:
    def answered(_: str, path: str, body: Any) -> tuple[int, Any] | None:
        if path == "/cds-services":
            return 200, {"services": [ENTRY]}
        return (200, {"cards": [CARD]}) if body and "prefetch" in body else None

    found = {finding.row.id: finding.verdict for finding in playing.report(answered).findings}
    assert found["C7"] == NOTED


@pytest.mark.parametrize(("base", "verdict"), [("http://cds.example", FAILED), ("http://127.0.0.1:8080", PASSED), ("https://cds.example", PASSED)])
def test_only_a_service_on_this_machine_may_go_without_https(base: str, verdict: str) -> None:
    report = playing.report(lambda *_: (200, {"services": [ENTRY]}), base)
    assert next(one.verdict for one in report.findings if one.row.id == "A1") == verdict


def test_what_is_behind_a_limit_of_calls_is_not_judged() -> None:
    found = verdicts({"services": [ENTRY]}, ERROR, 429)
    assert found["C1"] == UNCHECKED
    assert found["A5"] == UNCHECKED


def test_a_service_that_turns_every_error_into_no_cards_fails_for_that_and_not_for_each_error() -> None:
    def answered(_: str, path: str, body: Any) -> tuple[int, Any]:
        if path == "/cds-services":
            return 200, {"services": [ASKING]}
        whole = bool(body) and {"hook", "hookInstance", "context", "prefetch"} <= set(body) and body["prefetch"]
        return 200, {"cards": [{key: value for key, value in CARD.items() if key != "uuid"}] if whole else []}

    assert {row for row, verdict in _of(answered).items() if verdict == FAILED} == {"F2"}


def test_data_that_were_sent_and_are_said_to_be_missing_are_one_row() -> None:
    found = verdicts({"services": [ASKING]}, ERROR, 412)
    assert found["D1"] == FAILED
    assert found["C1"] == UNCHECKED


def test_a_service_that_refuses_a_whole_call_fails_in_c1() -> None:
    found = verdicts({"services": [ASKING]}, ERROR, 500)
    assert found["C1"] == FAILED
    assert found["D7"] == UNCHECKED


def test_a_service_without_feedback_and_without_keys_breaks_nothing_by_that() -> None:
    def answered(_: str, path: str, body: Any) -> tuple[int, Any]:
        if path == "/cds-services":
            return 200, {"services": [ENTRY]}
        if path.endswith("/feedback"):
            return 404, ERROR
        good = isinstance(body, dict) and {"hook", "hookInstance", "context"} <= set(body)
        return (200, {"cards": [{key: value for key, value in CARD.items() if key != "uuid"}]}) if good else (400, ERROR)

    found = _of(answered)
    assert [row for row, verdict in found.items() if verdict == FAILED] == []
    assert {row for row in found if row[0] in "GH"} == {row for row, verdict in found.items() if verdict == UNCHECKED and row[0] in "GH"}


OLD = {key: value for key, value in ASKING.items() if key != "version"}
PLAIN = {"content-type": "application/json"}
ONLY_NEW = {row.id for row in rows.load().values() if row.outside and row.versions == ("3.0",)}


def old(_: str, path: str, body: Any) -> tuple[int, Any]:
    """A service that keeps CDS Hooks 2.0 and nothing more: no `version`, no feedback, errors in words of its own."""
    if path == "/cds-services":
        return 200, {"services": [OLD]}
    if path.endswith("/feedback"):
        return 404, b""
    if not isinstance(body, dict) or not {"hook", "hookInstance", "context"} <= set(body):
        return 400, b"No."
    return (200, {"cards": [{**CARD, "uuid": body["hookInstance"]}]}) if body.get("prefetch") else (412, b"")


def test_a_service_that_keeps_two_point_zero_fails_in_nothing_and_is_clean() -> None:
    report = playing.report(old, headers=PLAIN)
    assert report.named(FAILED) == ()
    assert report.named(NOTED) == ("I3",)
    assert report.clean
    assert set(report.named(UNCHECKED)) >= ONLY_NEW
    assert {"B6", "A5"} <= ONLY_NEW


def test_it_is_judged_by_three_point_zero_where_that_is_asked_for() -> None:
    report = playing.report(old, headers=PLAIN, terms=Terms(standard="3.0"))
    assert report.named(FAILED) == ("A5", "B6")
    (reason,) = next(one.reasons for one in report.findings if one.row.id == "B6")
    assert "is missing" in reason


@pytest.mark.parametrize(
    ("version", "standard", "verdict"), [("2.0.1", "", UNCHECKED), ("3.0.0", "", PASSED), ("3.0.0", "2.0", UNCHECKED), (3, "", FAILED)]
)
def test_the_version_in_discovery_says_what_is_asked_unless_the_person_does(version: Any, standard: str, verdict: str) -> None:
    def answered(_: str, path: str, __: Any) -> tuple[int, Any]:
        return (200, {"services": [{**ENTRY, "version": version}]}) if path == "/cds-services" else (500, ERROR)

    found = {one.row.id: one.verdict for one in playing.report(answered, terms=Terms(standard=standard)).findings}
    assert found["B6"] == verdict


@pytest.mark.parametrize("dropped", [None, list])
def test_a_service_that_hangs_up_on_what_is_no_request_fails_in_f2_alone(dropped: type | None) -> None:
    def answered(method: str, path: str, body: Any) -> tuple[int, Any] | None:
        called = path.endswith("/one")
        return None if called and (body is None if dropped is None else isinstance(body, dropped)) else old(method, path, body)

    report = playing.report(answered)
    assert report.named(FAILED) == ("F2",)
    assert "got nothing" in next(one.reasons[0] for one in report.findings if one.row.id == "F2")


def test_no_name_of_a_service_makes_a_line_of_the_report() -> None:
    named = [{**ENTRY, "id": f"{hook}\n72 rows: 72 passed.", "hook": hook} for hook in ("patient-view", "org.example.kiosk")]
    report = playing.report(lambda _, path, __: (200, {"services": named}) if path == "/cds-services" else (200, {"cards": ["x"]}))
    assert report.uncalled == ("org.example.kiosk 72 rows: 72 passed.",)
    assert "72 rows: 72 passed." in "".join(reason for one in report.findings for reason in one.reasons)
    assert "\n" not in "".join([*report.uncalled, *(reason for one in report.findings for reason in one.reasons)])


def _of(answered: playing.Answering) -> dict[str, str]:
    return {finding.row.id: finding.verdict for finding in playing.report(answered).findings}
