"""Search parameters of AuditEvent and Provenance: dates with their prefixes, identifiers, codes, patients, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.fhir import audit_codes, audit_events, audit_searching, provenances
from cds.fhir.audit_searching import Query
from cds.foundation.errors import WrongShape
from tests.fhir import entries

EVENT = audit_events.audit_event(entries.decision(), entries.POSITION, address=entries.ADDRESS)
SOURCE = provenances.provenance(entries.decision(), entries.POSITION, address=entries.ADDRESS, opened=False)
INSTANTS = st.integers(-(10**9), 4 * 10**9).map(lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


def query(*pairs: tuple[str, str], kind: str = "AuditEvent", strict: bool = False) -> Query:
    return audit_searching.query(kind, pairs, strict=strict)


def finds(*pairs: tuple[str, str], kind: str = "AuditEvent") -> bool:
    """Whether the decision of 2030-05-06T07:08:09.25Z is found; the pseudonym of each patient is what was sent."""
    asked = query(*pairs, kind=kind)
    subjects = [[value for _, value in values] for values in asked.patients]
    return asked.matches(EVENT if kind == "AuditEvent" else SOURCE, subjects)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2030", True),
        ("2030-05", True),
        ("2030-05-06", True),
        ("2030-05-06T07:08", True),
        ("2030-05-06T07:08:09Z", True),
        ("2030-05-06T09:08:09+02:00", True),
        ("2030-05-06T07:08:09.25Z", True),
        ("2030-05-06T07:08:09.250001Z", False),
        ("2030-05-07", False),
        ("ne2030-05-06", False),
        ("ne2030-05-07", True),
        ("ge2030-05-06", True),
        ("gt2030-05-06", False),
        ("sa2030-05-05", True),
        ("lt2030-05-06", False),
        ("le2030-05-06", True),
        ("eb2030-05-07", True),
        ("2030-05-01,2030-05-06", True),
        ("eq2030-05", True),
        ("ge2024-02-29", True),
    ],
)
def test_a_date_finds_what_happened_within_it_by_its_precision_and_prefix(value: str, found: bool) -> None:
    assert finds(("date", value)) is found
    assert finds(("recorded", value), kind="Provenance") is found


def test_a_month_and_a_year_end_where_the_calendar_ends_them() -> None:
    lengths = {text: audit_searching.span(text).high - audit_searching.span(text).low for text in ("2028-02", "2030-02", "2028", "2030", "2030-12")}
    assert [found.days for found in lengths.values()] == [29, 28, 366, 365, 31]


@given(INSTANTS, st.sampled_from(("eq", "gt", "lt", "ge", "le", "")), INSTANTS)
def test_what_a_date_finds_lies_within_the_bounds_that_the_store_is_asked_for(wanted: datetime, prefix: str, at: datetime) -> None:
    asked = query(("date", f"{prefix}{wanted.date().isoformat()}"))
    low, high = asked.bounds
    if asked.matches(EVENT | {"recorded": at.isoformat()}, ()):
        assert low <= at < high


@given(INSTANTS, INSTANTS)
def test_before_at_and_after_a_date_are_all_there_is(wanted: datetime, at: datetime) -> None:
    day = wanted.date().isoformat()
    held = [audit_searching.span(f"{prefix}{day}").holds(at) for prefix in ("lt", "eq", "gt")]
    assert sum(held) == 1
    assert audit_searching.span(f"ne{day}").holds(at) is not held[1]
    assert audit_searching.span(f"ge{day}").holds(at) is (held[1] or held[2])


def test_repeated_dates_narrow_and_values_with_commas_do_not() -> None:
    low, high = query(("date", "ge2030-05-01"), ("date", "lt2030-06"), ("date", "2031,2032")).bounds
    assert (low, high) == (datetime(2030, 5, 1, tzinfo=UTC), datetime(2030, 6, 1, tzinfo=UTC))
    assert query(("date", "ne2030")).bounds == (audit_searching.FIRST, audit_searching.LAST)
    assert high - low == timedelta(days=31)


@pytest.mark.parametrize("value", ["yesterday", "ap2030", "20", "2030-13", "2030-02-30", "2030-05-06T25:00:00Z", "zz2030", "2030-05-06T07", "10000"])
def test_what_is_no_date_is_refused_without_an_echo(value: str) -> None:
    with pytest.raises(WrongShape) as refused:
        query(("date", value))
    assert value not in refused.value.text


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([("_id", "17")], True),
        ([("_id", "1,17")], True),
        ([("_id", "18")], False),
        ([("type", "rest")], True),
        ([("type", "http://terminology.hl7.org/CodeSystem/audit-event-type|rest")], True),
        ([("type", "http://dicom.nema.org/resources/ontology/DCM|rest")], False),
        ([("subtype", "decision")], True),
        ([("subtype", "create,erasure")], True),
        ([("subtype", "erasure")], False),
        ([("action", "C")], True),
        ([("action", "D")], False),
        ([("outcome", "0")], True),
        ([("outcome", "http://terminology.hl7.org/CodeSystem/audit-event-outcome|0")], True),
        ([("outcome", "4,8")], False),
        ([("entity:identifier", f"urn:uuid:{entries.DECISION}")], True),
        ([("entity:identifier", f"urn:ietf:rfc:3986|urn:uuid:{entries.DECISION}")], True),
        ([("entity:identifier", f"urn:oid:1.2|urn:uuid:{entries.DECISION}")], False),
        ([("entity:identifier", audit_codes.RELEASES + r"|low-back-pain\|1.0.0")], True),
        ([("agent:identifier", r"spec\|north")], True),
        ([("agent:identifier", "spec|north")], False),
        ([("agent:identifier", audit_codes.CLIENTS + r"|spec\|north")], True),
        ([("patient:identifier", f"{audit_codes.PATIENTS}|{entries.SUBJECT}")], True),
        ([("patient", entries.SUBJECT)], True),
        ([("patient", "Patient/8")], False),
        ([("_id", "17"), ("outcome", "4")], False),
    ],
)
def test_codes_identifiers_and_patients_are_compared(pairs: list[tuple[str, str]], found: bool) -> None:
    assert finds(*pairs) is found


def test_a_provenance_is_found_by_its_target_its_release_and_its_agent() -> None:
    assert finds(("target:identifier", f"urn:uuid:{entries.DECISION}"), kind="Provenance")
    assert finds(("entity:identifier", "sha256:" + "cd" * 32), kind="Provenance")
    assert not finds(("agent:identifier", "nobody"), kind="Provenance")
    assert finds(("patient", entries.SUBJECT), kind="Provenance")


def test_an_identifier_of_a_patient_has_a_system_or_is_a_pseudonym() -> None:
    asked = query(("patient", "Patient/7,8"), ("patient:identifier", "urn:oid:1.2|x,ab"))
    assert asked.patients == [[("", "Patient/7"), ("", "8")], [("urn:oid:1.2", "x"), (audit_codes.PATIENTS, "ab")]]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (r"a\|b|c", ("a|b", "c")),
        (r"a|b\|c", ("a", "b|c")),
        ("a|b|c", ("a", "b|c")),
        (r"a\\|b", ("a\\", "b")),
        (r"a\|b", (audit_codes.PATIENTS, "a|b")),
        ("|b", ("", "b")),
    ],
)
def test_a_bar_that_is_escaped_parts_no_system_from_its_value(sent: str, meant: tuple[str, str]) -> None:
    assert query(("patient:identifier", sent)).patients == [[meant]]


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ([("subtype", "decision")], ("decision",)),
        ([("subtype", "feedback,refusal")], ("feedback", "refusal")),
        ([("subtype", "create")], ()),
        ([("subtype", "erasure,decision")], ()),
        ([], ()),
    ],
)
def test_the_kinds_that_can_be_found_are_told_where_they_are_sure(pairs: list[tuple[str, str]], wanted: tuple[str, ...]) -> None:
    assert query(*pairs).entry_kinds == wanted
    assert query(kind="Provenance").entry_kinds == ("decision",)


@pytest.mark.parametrize(
    "pairs",
    [
        [("entity", "GuidanceResponse/1")],
        [("agent:type", "x")],
        [("date:missing", "true")],
        [("patient:Patient", "7")],
        [("_count", "many")],
        [("page", "-1")],
        [("_id", ",".join(map(str, range(201))))],
    ],
)
def test_what_cannot_be_searched_is_refused_to_every_client(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(WrongShape):
        query(*pairs)


def test_what_is_not_known_is_left_out_and_refused_to_a_strict_client() -> None:
    assert query(("altid", "x"), ("_format", "json")).pairs == ()
    assert query(("_format", "json"), ("_count", "5"), strict=True).count == 5
    with pytest.raises(WrongShape):
        query(("altid", "x"), strict=True)


def test_a_page_has_at_most_so_many_and_links_keep_what_was_asked_for() -> None:
    assert (query(("_count", "100000")).count, query().count) == (audit_searching.MOST_FOUND, audit_searching.USUAL)
    asked = query(("date", "ge2030"), ("altid", "x"), ("_count", "5"), ("page", "90"))
    assert asked.links("https://cds.example.org/fhir/AuditEvent", 70) == {
        "self": "https://cds.example.org/fhir/AuditEvent?date=ge2030&_count=5&page=90",
        "next": "https://cds.example.org/fhir/AuditEvent?date=ge2030&_count=5&page=70",
    }
    assert query().links("https://x.example/fhir/AuditEvent", None) == {"self": "https://x.example/fhir/AuditEvent"}


def test_every_parameter_that_is_listed_is_taken() -> None:
    for kind in audit_searching.KINDS:
        for name in audit_searching.TYPES[kind]:
            value: Any = "2030" if name in audit_searching.DATES.values() else "1"
            sent = f"{name}:identifier" if name in audit_searching.IDENTIFIED[kind] else name
            assert query((sent, value), kind=kind, strict=True).pairs == ((sent, value),)
